"""A DRAW of the reader's own, in a terminal: whose the pieces are, training, and what it draws."""

import tempfile
from contextlib import suppress
from functools import partial
from itertools import groupby
from pathlib import Path

import numpy as np
from tqdm import tqdm

from draw_np.attention import Attention
from draw_np.measuring import bounds
from draw_np.nn import sigmoid
from draw_np.pictures import plot
from draw_np.practice import contents, own, runner
from draw_np.practice.exercise import WORDS
from draw_np.training import loop

SHOWN = 10  # digits in a row


def draw(folder, pictures, args):
    """Train the reader's network, and show what it draws.

    Parameters
    ----------
    folder, pictures : Path
        Of the answers, and for what comes of it.
    args : Namespace
        ``steps`` or None, ``minutes``, ``seed``, ``seconds``.

    Returns
    -------
    int
        The exit code.
    """
    checked = runner.check(folder, own.PIECES, args.seconds)
    mine = [n for n in checked.having("passed") if not checked.verdicts[n].says]
    print(whose(checked, mine))
    if not mine:
        return 1
    with tempfile.TemporaryDirectory() as place:
        out = Path(place) / "own.npz"
        request = {"pieces": mine, "out": str(out), "steps": args.steps, "seed": args.seed}
        if args.steps is None:
            print("How long does a step take? ...")
            advance = partial(loop.advance, *own.begin(own.WARM * 2))
            request |= {"seconds": 60 * args.minutes, "beside": own.seconds_of_a_step(advance)}
        losses = follow(runner.train(folder, checked, request), args)
        if losses is None:
            return 1
        with np.load(out) as found:
            results = dict(found)
    package = beside(len(losses), args.seed)
    report(results, package, pictures)
    print(how_many(mine))
    return 0


def whose(checked, mine):
    """Lines on the pieces: the reader's, and the package's, and why."""
    lines = [f"A network of {len(own.PIECES)} pieces; {len(mine)} of them are yours:"]
    for chapter, numbers in groupby(own.PIECES, contents.chapter_of):
        numbers = list(numbers)
        yours = ", ".join(n for n in numbers if n in mine)
        others = ", ".join(f"{n} ({why(checked.verdicts[n])})" for n in numbers if n not in mine)
        parts = [f"yours {yours}"] * bool(yours) + [f"the package's {others}"] * bool(others)
        lines.append(f"  chapter {chapter:<3} {'; '.join(parts)}")
    if not mine:
        lines.append(f"None passes yet. The first is {own.PIECES[0]}.")
    return "\n".join(lines)


def why(verdict):
    """Why a piece is the package's."""
    if verdict.status == "passed":
        return "yours calls it"
    return "wrong" if verdict.status in ("wrong", "error") else WORDS[verdict.status]


def how_many(mine):
    """A line that counts, and what comes next."""
    if len(mine) == len(own.PIECES):
        return f"All {len(mine)} pieces are yours: forward, backward by hand, and Adam."
    after = next(n for n in own.PIECES if n not in mine)
    title = contents.LABELS[after].title
    return f"{len(mine)} of {len(own.PIECES)} pieces are yours. The next: {after}, {title}."


def steps_of(name, steps):
    """A bar over the steps of a network."""
    counts = "{desc}: {n_fmt} of {total_fmt} steps, {remaining} left{postfix} {bar}"
    return tqdm(total=steps, desc=name, disable=None, leave=False, bar_format=counts)


def move(bar, loss):
    """One step on, with its loss beside it."""
    bar.set_postfix_str(f"{loss:.1f} nats", refresh=False)
    bar.update()


def follow(messages, args):
    """Show how training goes: the losses, or None after a sentence on what broke."""
    losses, bar = [], None
    with suppress(StopIteration):
        for message in messages:
            if "steps" in message:
                steps = message["steps"]
                time_said = "" if args.steps else f" fit into {args.minutes:g} minutes"
                print(f"{steps} steps{time_said}: your network's, then as many of the package's.")
                bar = steps_of("yours", steps)
            elif "loss" in message:
                losses.append(message["loss"])
                move(bar, losses[-1])
            elif "broken" in message:
                if bar:
                    bar.close()
                print(broken(message, len(losses)))
                return None
            elif "done" in message:
                break
    bar.close()
    return losses


def broken(message, steps):
    """A sentence on a network that stopped."""
    after = f"after {steps} steps" if steps else "in the first step"
    if message["broken"] is None:
        return f"Your network stops {after}: {message['says']}."
    number = message["broken"]
    name = contents.EXERCISES[number].functions[-1]
    return (
        f"Your network stops {after}: exercise {number}, {name}, passes its check, and yet here "
        f"it {message['says']}."
    )


def beside(steps, seed):
    """The package's network after as many steps: its losses, and its bound."""
    run, dataset = own.begin(steps, seed)
    losses, bar = [], steps_of("the package's", steps)
    for _ in range(steps):
        losses.append(loop.advance(run, dataset).objective)
        move(bar, losses[-1])
    bar.close()
    return {
        "run": run,
        "dataset": dataset,
        "losses": losses,
        "bound": bounds.bound(run.params, run.config, dataset.test).each,
    }


# ---------------------------------------------------------------- what comes of it


def report(results, package, pictures):
    """Both bounds in lines; the pictures and the network in files."""
    steps, run = len(results["losses"]), package["run"]
    print(f"After {steps} steps, on the {len(results['bound'])} digits of the test:")
    for name, each in (("your bound", results["bound"]), ("the package's", package["bound"])):
        print(f"  {name:<14} {np.mean(each):6.1f} +- {bounds.standard_error(each):.1f} nats")
    pictures.mkdir(parents=True, exist_ok=True)
    plot.save(sheet(results, package), pictures / "draw.png")
    means, att = (
        results["means"][:, :SHOWN],
        Attention(*results["grids"][..., :SHOWN].swapaxes(0, 1)),
    )
    start = np.broadcast_to(sigmoid(results["param c_0"]), means[:1].shape)
    whole = np.concatenate([start, means])
    title = f"your digits after {steps} steps"
    plot.animation(pictures / "draw.gif", whole, att, run.config.N_write, title)
    run.params = {name: results[f"param {name}"] for name in run.params}
    run.save(pictures / "draw.npz")
    print(f"Your digits: {pictures / 'draw.png'}; being drawn: {pictures / 'draw.gif'}")
    print(f"Your network: python -m draw_np.sample {pictures / 'draw.npz'}")


def sheet(results, package):
    """New digits, digits of the test drawn again, and how both networks learned."""
    new, again = results["means"][-1], sigmoid(results["redrawn"])
    x, *_ = next(bounds.draws(package["run"].config, package["dataset"].test))
    with plot.style():
        fig = plot.figure(7.5, 7.4)
        top, middle, bottom = fig.subplots(3, 1, height_ratios=(4, 2, 2.6))
        plot.show_mosaic(top, new.reshape(-1, SHOWN, *new.shape[1:]))
        top.set_title(f"Your digits, after {len(results['losses'])} steps")
        plot.show_mosaic(middle, np.stack([x[:SHOWN], again]))
        middle.set_title("Digits of the test, and how your network draws them again")
        looks = {"linewidth": 4, "color": "#CCCCCC"}, {"linewidth": 1, "color": plot.LINES[0]}
        named = ("the package's", package["losses"]), ("yours", results["losses"])
        for (name, losses), look in zip(named, looks, strict=True):
            bottom.plot(np.arange(1, len(losses) + 1), losses, label=name, **look)
        bottom.set(title="How both learned", xlabel="step", ylabel="bound, nats")
        bottom.legend()
    return fig
