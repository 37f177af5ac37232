"""Pages that the code tells of itself: its docstrings, and what the commands say of theirs."""

import argparse
from functools import partial
from importlib import import_module

import draw_np
from draw_np import cli
from draw_np.measuring.bounds import Bound

WIDTH = 80  # columns of a command's help
LOADED = ("draw_np.Network",)  # which nobody makes by a call: its twenty fields are told one by one
MANUAL = ("nn", "lstm", "attention", "latent", "likelihood", "model", "glimpse")
PUBLIC = """\
# Reference

What `import draw_np` has. All pages of this part are made from the docstrings, which give shapes
and units. Where an `ndarray` is asked for, an array of CuPy's will do, too.

{names}

The files of the model follow, and then its derivatives by hand and the check of a gradient.

```{{toctree}}
:maxdepth: 1

{pages}
```

## Trained networks, and Adam
"""


def pages(model):
    """The pages of the reference and that of the commands: file name to Markdown.

    Parameters
    ----------
    model : sequence of str
        The files of the model, in the order in which to read them.
    """
    modules = [name.removesuffix(".py") for name in model] + ["gradcheck"]
    by_hand = [f"manual.{name}" for name in MANUAL]
    return {
        "api/index.md": public([*modules, "manual"]),
        **{f"api/{name}.md": f"# {name}\n\n{module(name)}" for name in modules},
        "api/manual.md": "\n".join(
            ["# manual: every derivative by hand", *(f"## {n}\n\n{module(n)}" for n in by_hand)]
        ),
        "commands.md": commands(),
    }


def public(names):
    """The page with the public names of the package."""
    objects = {name: getattr(draw_np, name) for name in draw_np.__all__ if name != "__version__"}
    told = {
        name: o.__module__ if o.__module__.removeprefix("draw_np.") in names else "draw_np"
        for name, o in objects.items()
    }
    lines = [
        f"- {{py:obj}}`{name} <{told[name]}.{name}>`: {first_line(o)}"
        for name, o in objects.items()
    ]
    here = [(f"draw_np.{name}", o) for name, o in objects.items() if told[name] == "draw_np"]
    parts = [
        directive(kind(o), place) for place, o in [*here, ("draw_np.measuring.bounds.Bound", Bound)]
    ]
    return "\n".join([PUBLIC.format(names="\n".join(lines), pages="\n".join(names)), *parts])


def first_line(o):
    """The first line of a docstring, as Markdown."""
    return o.__doc__.splitlines()[0].replace("``", "`")


def kind(o):
    """The directive that documents a class, an error or a function."""
    if isinstance(o, type):
        return "autoexception" if issubclass(o, Exception) else "autoclass"
    return "autofunction"


def module(name):
    """The docstrings of a module of the package."""
    return directive("automodule", f"draw_np.{name}")


def directive(what, name):
    """One of autodoc's directives, in Markdown."""
    members = "" if what == "autofunction" else "   :members:\n"
    call = "()" if name in LOADED else ""
    return f"```{{eval-rst}}\n.. {what}:: {name}{call}\n{members}```\n"


def commands():
    """The page with the help of every command."""
    parts = [
        "# The commands",
        "`draw-np train` is `python -m draw_np.train`, and so with the others.",
    ]
    for name in cli.COMMANDS:
        for prog, parser in parsers(import_module(f"draw_np.{name}").parser(), f"draw-np {name}"):
            parser.formatter_class = partial(argparse.RawDescriptionHelpFormatter, width=WIDTH)
            parts.append(f"## {prog}\n\n```text\n{parser.format_help()}```\n")
    return "\n\n".join(parts)


def parsers(parser, prog):
    """A command's parser and those of its subcommands, each with its name."""
    found = [(prog, parser)]
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                found += parsers(below, f"{prog} {name}")
    return found
