"""Looks on while somebody writes: every file that is saved is checked at once."""

import time

from draw_np.practice import contents, files, runner

PAUSE = 0.2  # seconds between two looks at the folder
WIDTH = 20  # of a bar


class Watch:
    """What is known of a reader's folder, and what has changed in it since.

    Parameters
    ----------
    folder : Path
        Of the answers.
    seconds : float
        Limit for one exercise.
    pictures : bool
        Whether right answers show what they make.
    progress : callable
        As ``runner.check`` takes it.
    """

    def __init__(self, folder, seconds, pictures=True, progress=iter):
        self.folder, self.seconds, self.pictures = folder, seconds, pictures
        self.texts = {chapter: self.text(chapter) for chapter in contents.FILES}
        self.checked = runner.check(folder, seconds=seconds, progress=progress)
        self.verdicts = self.checked.verdicts

    def text(self, chapter):
        """The bytes of a chapter's file; None where it cannot be read."""
        try:
            return (self.folder / contents.FILES[chapter]).read_bytes()
        except OSError:
            return None

    def saved(self):
        """Chapter to the text before, where a file has changed and has not again for a moment."""
        found = {chapter: self.text(chapter) for chapter in contents.FILES}
        changed = [chapter for chapter in found if found[chapter] != self.texts[chapter]]
        if changed:
            time.sleep(PAUSE / 4)  # an editor may not have written all of it
        before = {c: self.texts[c] for c in changed if self.text(c) == found[c]}
        self.texts |= {chapter: found[chapter] for chapter in before}
        return before

    def check(self, chapter, before):
        """Check a file that was saved.

        Parameters
        ----------
        chapter : int
        before : bytes or None
            Its text when it was checked last.

        Returns
        -------
        list
            Verdicts: of the functions that have changed, or of all that do not pass if no function
            has; and those that are others than they were. And notes.
        """
        numbers, texts = contents.of_chapter(chapter), (before, self.texts[chapter])
        first = files.touched(chapter, *((t or b"").decode(errors="replace") for t in texts))
        pictures = files.pictures(self.folder, first) if self.pictures else None
        path = self.folder / contents.FILES[chapter]
        found, notes = runner.check_file(path, numbers, self.seconds, pictures)
        old, self.verdicts = self.verdicts, self.verdicts | found
        said = {n for n in first or numbers if first or found[n].status in ("wrong", "error")}
        said |= {n for n in numbers if found[n].status != old[n].status}
        news = [found[n] for n in contents.in_order(said) if found[n].status != "waits"]
        if news and news[0].kind == "file":  # of all exercises alike
            return [news[0].says]
        return news + notes

    def begun(self):
        """The chapter whose file was saved last, of those that are begun; else the first."""

        def age(chapter):
            begun = any(
                self.verdicts[n].status not in ("waits", "absent")
                for n in contents.of_chapter(chapter)
            )
            path = self.folder / contents.FILES[chapter]
            return path.stat().st_mtime if begun and path.exists() else 0

        return max(contents.FILES, key=age)

    def what_is_next(self, chapter):
        """Lines: bars over the chapter and the book, and the next exercise, here first."""
        numbers = contents.of_chapter(chapter)
        done = [n for n, v in self.verdicts.items() if v.status == "passed"]
        here = bar([n for n in numbers if n in done], numbers)
        lines = [f"chapter {chapter} {here}   book {bar(done, self.verdicts)}"]
        later = [n for n in self.verdicts if contents.chapter_of(n) > chapter]
        left = [n for n in (*numbers, *later, *self.verdicts) if n not in done]
        left = [n for n in left if self.verdicts[n].status != "absent"]
        if not left:
            return [*lines, "All done."]
        label = contents.LABELS[left[0]]
        size = f"{label.difficulty}, about {label.minutes} minutes"
        place = contents.FILES[contents.chapter_of(left[0])]
        return [*lines, f"Next: {left[0]}, {label.title} ({size}), in {place}."]


def bar(done, all_of_them):
    """How much is done: "[####......] 4 of 10"."""
    filled = WIDTH * len(done) // len(all_of_them)
    return f"[{'#' * filled}{'.' * (WIDTH - filled)}] {len(done)} of {len(all_of_them)}"
