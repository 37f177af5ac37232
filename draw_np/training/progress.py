"""What a run shows while it trains."""

import sys
import time

from tqdm import tqdm


class Progress:
    """A bar on a terminal, a line now and then elsewhere."""

    def __init__(self, run, last_step, lines=20):
        self.images, self.every = run.recipe.batch_size, max(1, (last_step - run.step) // lines)
        self.began, self.first, self.last = time.perf_counter(), run.step, last_step
        self.task, self.valid = run.task, ""
        terminal = sys.stderr.isatty()
        self.bar = tqdm(total=last_step, initial=run.step, unit="step") if terminal else None

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def close(self):
        """Leave the terminal tidy."""
        if self.bar is not None:
            self.bar.close()

    def __call__(self, m, valid):
        """Show one step."""
        if valid is not None:
            self.valid = f"  valid {valid:.{self.task.decimals}f}"
        rate = self.images * (m.step - self.first) / (time.perf_counter() - self.began)
        text = f"{self.task.text(m.numbers)}{self.valid}  {rate:5.0f} images/s"
        if self.bar is not None:
            self.bar.update()
            self.bar.set_postfix_str(text, refresh=False)
        elif m.step % self.every == 0 or m.step == self.last or m.step == self.first + 1:
            print(f"step {m.step:>6}/{self.last}  {text}", flush=True)


def duration(seconds):
    """A length of time as a person would say it."""
    if seconds < 90:
        return f"{max(1, round(seconds))} seconds"
    if seconds < 5400:
        return f"{seconds / 60:.1f} minutes"
    return f"{seconds / 3600:.1f} hours"


def profile(clock):
    """A table of a clock's seconds by block, the longest first."""
    total = sum(clock.seconds.values())
    rows = sorted(clock.seconds.items(), key=lambda row: -row[1])
    return "\n".join(
        [
            f"\nwhere the {total:.1f} s of the training steps went:",
            *(f"  {name:<28}{s:8.2f} s  {100 * s / total:5.1f} %" for name, s in rows),
        ]
    )
