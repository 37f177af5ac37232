"""Exercises with checks that tell what is wrong: ``python -m draw_np.exercises``."""

import argparse
import inspect
import json
import sys
import textwrap
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tqdm import tqdm

from draw_np import cli
from draw_np.practice import contents, files, judge, runner, watching
from draw_np.practice.exercise import Verdict

PROG = "python -m draw_np.exercises"
ABOUT = """\
Exercises on the chapters, and checks that tell what is wrong with an answer.

  python -m draw_np.exercises start            files to write in; or: start 8, start 8.2
  python -m draw_np.exercises                  what there is, what is done, what is next
  python -m draw_np.exercises check            check all that is begun; or: check 8, check 8.2
  python -m draw_np.exercises watch            checks every file as you save it
  python -m draw_np.exercises hint 8.2         a nudge; hint 8.2 2 and 3 say more
  python -m draw_np.exercises solution 8.2     the package's own function, with its derivation
  python -m draw_np.exercises reset 8.2        the stub again; the old text is kept
  python -m draw_np.exercises draw             a network made of your functions, and its digits
  python -m draw_np.exercises collect DIR ...  a table of many readers' answers

Write your answers in chapters/exercises. Exit code 0: all that was asked for passes; 1:
something is wrong; 3: nothing is wrong, but something is not started; 2: a wrong command.
"""
MARKS = {"passed": "done", "wrong": "WRONG", "error": "ERROR", "waits": ".", "absent": "-"}
SIGNS = {"passed": "+", "wrong": "x", "error": "!", "waits": ".", "absent": "-"}


FEW = 5  # exercises that are named where others are counted
NO_CHECKOUT = f"no {files.PLACE.as_posix()} here or above: go into a checkout of the project"


# ---------------------------------------------------------------- in a notebook


def check(number: str, *functions: Callable[..., object]) -> None:
    """Check an answer from where it was written, print the verdict, and show what it makes.

    Parameters
    ----------
    number : str
        "8.2".
    functions : callables
        The answer; for a "find the bug" exercise the property and the fixed function.

    Raises
    ------
    ValueError
        If there is no such exercise, or the functions are more or fewer than it asks for;
        or if the number is not text and may mean two, as 8.10, which Python takes for 8.1.
    """
    if not isinstance(number, str) and f"{number}0" in contents.LABELS:
        raise ValueError(f'{number} may be "{number}" or "{number}0": write it as text, in quotes')
    exercise = the_one(str(number))
    if len(functions) != len(exercise.functions):
        wanted = " and ".join(exercise.functions)
        call = f'check("{number}", {", ".join(exercise.functions)})'
        raise ValueError(f"exercise {number} checks {wanted}: {call}")
    verdict = judge.verdict(exercise, *functions)
    print(wrapped(verdict))
    if (
        verdict.status == "passed"
        and "IPython" in sys.modules
        and sys.modules["IPython"].get_ipython()
    ):
        show_picture(exercise.number, functions[-1])


def show_picture(number, answer):
    """Show what a right answer makes below its cell, where the exercise has a picture."""
    from draw_np.book import notebook
    from draw_np.practice import shows

    if number in contents.SHOWN:
        notebook.show(shows.figure_of(number, answer), f"{shows.title(number)}.")


def show(number: str) -> None:
    """Print the stub of an exercise, to copy into a cell."""
    exercise = the_one(str(number))
    text = files.stub_text(exercise.chapter)
    lines = text.splitlines()
    for name in exercise.functions:
        first, last = files.span(text, name)
        print("\n".join(lines[first:last]) + "\n")


def wrapped(verdict, width=100):
    """A verdict in lines that a terminal can show."""
    lines = []
    for line in str(verdict).splitlines():
        short = len(line) <= width
        indent = " " * (6 if line.startswith(" ") else 4)
        whole = {"break_on_hyphens": False, "break_long_words": False}  # as names of files are
        lines += [line] if short else textwrap.wrap(line, width, subsequent_indent=indent, **whole)
    return "\n".join(lines)


# ---------------------------------------------------------------- the command


def chosen(words, chapters=True):
    """The numbers of the exercises that words like "8.2" and "8" name, in order.

    Raises
    ------
    ValueError
        If there is no such exercise.
    """
    numbers = []
    for word in words:
        of_chapter = [n for n in contents.LABELS if chapters and n.split(".")[0] == word]
        if not of_chapter and word not in contents.LABELS:
            raise ValueError(unknown(word))
        numbers += of_chapter or [word]
    return contents.in_order(set(numbers))


def the_one(word):
    """The exercise that "8.2" names."""
    (number,) = chosen([word], chapters=False)
    return contents.EXERCISES[number]


def unknown(word):
    """The sentence for a number that does not exist."""
    here = [n for n in contents.LABELS if n.split(".")[0] == word.split(".")[0]]
    if here:
        return f"there is no exercise {word}: this chapter has {here[0]} to {here[-1]}"
    listed = ", ".join(map(str, contents.FILES))
    return f"there is no exercise {word}: there are exercises for the chapters {listed}"


def for_all_commands() -> argparse.ArgumentParser:
    """The options of every command."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--folder", type=Path, metavar="DIR", help="where the answers are (chapters/exercises)"
    )
    shared.add_argument(
        "--seconds",
        type=cli.positive,
        default=runner.SECONDS,
        help=f"limit for one exercise ({runner.SECONDS})",
    )
    return shared


def parser() -> cli.Parser:
    """The command line."""
    p = cli.Parser(prog=PROG, description=ABOUT)
    shared = for_all_commands()
    commands = p.add_subparsers(dest="command", parser_class=argparse.ArgumentParser)

    def command(name, about):
        made = commands.add_parser(name, help=about, description=about, parents=[shared])
        made.error = p.error
        return made

    command("list", "what there is, what is done, what is next")
    c = command("start", "files to write in; what is there is never touched")
    c.add_argument("numbers", nargs="*", metavar="NUMBER", help="8.2, or 8 (all)")
    c = command("check", "check exercises or whole chapters")
    c.add_argument("numbers", nargs="*", metavar="NUMBER", help="8.2, or 8 (all)")
    c.add_argument("--json", metavar="FILE", help="write the verdicts there; - for the screen")
    watch = command("watch", "check every file as it is saved; Ctrl-C ends it")
    for each in (c, watch):
        each.add_argument(
            "--no-pictures",
            dest="pictures",
            action="store_false",
            help="of what right answers make",
        )
    c = command("hint", "a hint, in layers")
    c.add_argument("number", metavar="NUMBER")
    c.add_argument("layer", nargs="?", type=cli.size, default=1, metavar="LAYER")
    c = command("solution", "the package's own function, with its derivation")
    c.add_argument("number", metavar="NUMBER")
    c.add_argument("--anyway", action="store_true", help="also if the exercise is not solved")
    c = command("reset", "put stubs back; the old text is kept")
    c.add_argument("numbers", nargs="+", metavar="NUMBER", help="8.2, or 8")
    c = command("draw", "train a network made of your functions, and see what it draws")
    c.add_argument("--steps", type=cli.size, help="so many, and not what fits into the time")
    c.add_argument(
        "--minutes", type=cli.positive, default=3, help="time for your network and ours (3)"
    )
    c.add_argument("--seed", type=cli.count, default=0, help="of the run (0)")
    c = command("collect", "a table of many readers' answers")
    c.add_argument("folders", nargs="+", type=Path, metavar="DIR", help="one for each reader")
    c.add_argument("--json", metavar="FILE", help="write all there; - for the screen")
    return p


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the arguments say; returns the exit code."""
    argv = sys.argv[1:] if argv is None else argv
    args = parser().parse_args(
        argv if argv and argv[0] not in ("--folder", "--seconds") else ["list", *argv]
    )
    with cli.user_errors(ValueError):
        return globals()[f"{args.command}_command"](args)


def folder_of(args):
    """The reader's folder."""
    folder = args.folder or files.find(Path.cwd())
    if folder is None:
        raise cli.UserError(f"{NO_CHECKOUT}, or name the folder with --folder")
    if not folder.is_dir():
        raise cli.UserError(f"{folder} is no folder: name the one with the answers by --folder")
    return folder


def list_command(args):
    """Print all exercises with their state, and which is next."""
    folder = folder_of(args)
    checked = runner.check(folder, seconds=args.seconds, progress=bar)
    chapter = None
    for number, v in checked.verdicts.items():
        if contents.chapter_of(number) != chapter:
            chapter = contents.chapter_of(number)
            print(f"\n{folder.name}/{contents.FILES[chapter]}")
        label = contents.LABELS[number]
        size = f"{label.difficulty}, {label.minutes} min, about {label.lines} line"
        size += "s" * (label.lines > 1)
        print(f"  {MARKS[v.status]:<6}{number:<6}{label.title:<44}{size}")
    print_notes(checked)
    print(f"\n{tally(checked)}{what_is_next(checked)}")
    return 0


def bar(places):
    """Show which chapter or folder is being checked, where somebody looks on."""
    shown = tqdm(places, disable=None, leave=False, bar_format="checking {desc} {bar}")
    for place in shown:
        shown.set_description_str(f"{'chapter ' * isinstance(place, int)}{place}")
        yield place


def start_command(args):
    """Hand stubs out, in files that are not there yet."""
    folder = args.folder or files.find(Path.cwd())
    if folder is None:
        raise cli.UserError(f"{NO_CHECKOUT}, or name a folder for them with --folder")
    with cli.writing(folder):
        written = files.start(folder, chosen(args.numbers or list(map(str, contents.FILES))))
    for name in written:
        print(f"{folder / name}")
    if not written:
        print(f"all that was asked for is in {folder} already, and stays as it is")
    else:
        print(f"Write your answers there. What is next says: {PROG}")
    return 0


def tally(checked):
    """A line that counts."""
    done, waits = len(checked.having("passed")), len(checked.having("waits"))
    wrong, absent = len(checked.having("wrong", "error")), checked.having("absent")
    says = f"{done} of {len(checked.verdicts)} done, {wrong} wrong, {waits} not started"
    if not absent:
        return f"{says}."
    few = f" ({', '.join(absent)})" if len(absent) <= FEW else ""
    return f"{says}, {len(absent)} not handed out{few}."


def what_is_next(checked):
    """The first exercise that is not done."""
    left = checked.having("wrong", "error", "waits")
    if len(checked.having("absent")) == len(checked.verdicts):
        return f" Begin with: {PROG} start"
    if not left:
        return " All done."
    title = contents.LABELS[left[0]].title
    return f" Next: {left[0]}, {title}."


def print_notes(checked):
    """Say what is wrong outside the exercises."""
    for note in checked.notes:
        print(note)


def check_command(args):
    """Check, and print every verdict on what is begun."""
    asked = chosen(args.numbers or list(map(str, contents.FILES)))
    folder = folder_of(args)
    pictures = files.pictures(folder, asked) if args.numbers and args.pictures else None
    checked = runner.check(folder, asked, args.seconds, pictures=pictures)
    if args.json != "-":
        for verdict in checked.verdicts.values():
            if verdict.status not in ("waits", "absent") or verdict.number in args.numbers:
                print(wrapped(verdict))
                print_printed(verdict)
        print_notes(checked)
        print(tally(checked))
    write_json(args.json, as_dict(checked))
    return checked.exit_code


def print_printed(verdict):
    """Show the beginning of what the reader's function printed, where it may help."""
    lines = verdict.printed.splitlines()
    for line in lines[:5] if verdict.status != "passed" else []:
        print(f"    printed: {line[:90]}")
    if verdict.status != "passed" and len(lines) > 5:
        print("    printed: ...")


def as_dict(checked):
    """For JSON."""
    statuses = [v.status for v in checked.verdicts.values()]
    return {
        "exercises": [
            v.as_dict() | {"title": contents.LABELS[n].title} for n, v in checked.verdicts.items()
        ],
        "notes": [note._asdict() for note in checked.notes],
        "counts": {status: statuses.count(status) for status in SIGNS},
        "exit_code": checked.exit_code,
    }


def write_json(where, data):
    """Write to a file, or to the screen for "-", or not at all for None."""
    if where is None:
        return
    text = json.dumps(data, indent=1, ensure_ascii=False) + "\n"
    if where == "-":
        sys.stdout.write(text)
        return
    with cli.writing(where):
        Path(where).write_text(text, encoding="utf-8")


def watch_command(args):
    """Check every file as it is saved, until Ctrl-C."""
    folder = folder_of(args)
    with runner.warm() as ahead:
        try:
            watch = watching.Watch(folder, args.seconds, args.pictures, bar)
            print(f"{tally(watch.checked)} Save a file in {folder} and it is checked. ", end="")
            print("Ctrl-C ends it.")
            print("\n".join(watch.what_is_next(watch.begun())), flush=True)
            while True:
                ahead()
                look(watch)
                time.sleep(watching.PAUSE)
        except KeyboardInterrupt:
            print("\nThe watch is over. Your files are as you saved them.")
    return 0


def look(watch):
    """Say what has come of the files that were saved."""
    for chapter, before in watch.saved().items():
        print(f"\n{time.strftime('%H:%M:%S')} {contents.FILES[chapter]}")
        for said in watch.check(chapter, before):
            print(wrapped(said))
            if isinstance(said, Verdict):
                print_printed(said)
        print("\n".join(watch.what_is_next(chapter)), flush=True)


def hint_command(args):
    """Print one layer of hints."""
    exercise = the_one(args.number)
    if args.layer > len(exercise.hints):
        raise cli.UserError(
            f"exercise {args.number} has {len(exercise.hints)} hints: ask for one of these"
        )
    print(f"Exercise {args.number}, hint {args.layer} of {len(exercise.hints)}:")
    print(exercise.hints[args.layer - 1])
    if args.layer < len(exercise.hints):
        print(f"(more: {PROG} hint {args.number} {args.layer + 1})")
    else:
        print(f"(that was the last; the solution: {PROG} solution {args.number} --anyway)")
    return 0


def solution_command(args):
    """Print the solution after a pass, or when asked for outright."""
    exercise = the_one(args.number)
    if not args.anyway:
        checked = runner.check(folder_of(args), [args.number], args.seconds)
        if not checked.having("passed"):
            print(f"Exercise {args.number} is not solved yet. To see the solution all the same:")
            print(f"{PROG} solution {args.number} --anyway")
            return 1
    print("\n\n".join(map(source_of, exercise.solution)))
    return 0


def source_of(function):
    """The source of a function of the package, under the name of its module."""
    from draw_np.book.notebook import origin  # matplotlib comes with it, and takes its time

    written = origin(function)
    return f"# {written.__module__}\n\n{inspect.getsource(written).rstrip()}"


def reset_command(args):
    """Put stubs back."""
    folder = folder_of(args)
    for exercise in map(contents.EXERCISES.get, chosen(args.numbers)):
        with cli.writing(folder):
            kept = files.reset(folder, exercise)
        where = f"; the file as it was is {files.OLD}/{kept.name}" if kept else ""
        print(f"Exercise {exercise.number}: its stub is back{where}")
    return 0


def draw_command(args):
    """Train a network made of the reader's functions."""
    from draw_np.practice import drawing  # with all that training takes

    folder = folder_of(args)
    with cli.writing(folder / files.PICTURES):
        return drawing.draw(folder, folder / files.PICTURES, args)


def collect_command(args):
    """Check many readers' folders and print a table."""
    everything, strays = {}, [folder for folder in args.folders if not folder.is_dir()]
    if len(strays) == len(args.folders):
        raise cli.UserError(f"{strays[0]} is no folder: name one for each reader")
    for folder in bar([folder for folder in args.folders if folder not in strays]):
        inside = folder / files.PLACE
        at = inside if inside.is_dir() else folder
        everything[str(folder)] = runner.check(at, seconds=args.seconds)
    if args.json != "-":
        print(table(everything))
        for stray in strays:
            print(f"left out: {stray} is no folder")
    write_json(args.json, {name: as_dict(checked) for name, checked in everything.items()})
    codes = {checked.exit_code for checked in everything.values()}
    return next(code for code in (1, 3, 0) if code in codes)


def table(everything):
    """A row for each reader: a sign for each exercise, and what they add up to."""
    by_chapter = {chapter: contents.of_chapter(chapter) for chapter in contents.FILES}
    wide = max(len(name) for name in [*everything, "reader"])
    heads = [f"{f'ch. {c}':<{max(len(ns), 5)}}" for c, ns in by_chapter.items()]
    heads.append("passed  wrong  not started  not handed out")
    lines = [f"{'reader':<{wide}}  {'  '.join(heads)}"]
    for name, checked in everything.items():
        signs = [
            f"{''.join(SIGNS[checked.verdicts[n].status] for n in ns):<{max(len(ns), 5)}}"
            for ns in by_chapter.values()
        ]
        states = ("passed",), ("wrong", "error"), ("waits",), ("absent",)
        counts = [
            f"{len(checked.having(*s)):>{w}}" for s, w in zip(states, (6, 5, 11, 14), strict=True)
        ]
        lines.append("  ".join([f"{name:<{wide}}", *signs, *counts]))
    lines.append("+ passed   x wrong   ! could not be run   . not started   - not handed out")
    return "\n".join(lines)


if __name__ == "__main__":
    cli.run(main, PROG)
