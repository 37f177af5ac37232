"""What an exercise is, and what is said about an answer to it."""

import inspect
from dataclasses import asdict, dataclass, field, replace
from functools import wraps
from math import prod

import numpy as np

BOTH = ("float64", "float32")


def numbers(seed):
    """A stream of random numbers, and a function of sizes for standard normal ones from it."""
    rng = np.random.default_rng(seed)
    return rng, lambda *shape: rng.standard_normal(shape)


@dataclass(frozen=True)
class Case:
    """Arguments to try an answer on."""

    about: str  #: what is special about them: "for 2 images and 3 filters"
    arguments: tuple  #: float64 or int arrays, whole numbers, and tuples of arrays
    sizes: dict = field(default_factory=dict)  #: letters that a wrong factor may equal, "M": 2
    floats: tuple = BOTH  #: the dtypes in which it makes sense

    def but(self, about, place, value):
        """The same with another argument at a place."""
        arguments = (*self.arguments[:place], value, *self.arguments[place + 1 :])
        return replace(self, about=f"{self.about}, {about}", arguments=arguments)

    def with_first(self, *before):
        """The same with more arguments before the others."""
        return replace(self, arguments=(*before, *self.arguments))


class Count(int):
    """A number that counts things: ``f"{n:image}"`` is "1 image" or "2 images"."""

    def __format__(self, thing):
        several = "es" if thing.endswith("s") else "s"
        return f"{int(self)} {thing}{several * (self != 1)}" if thing.isalpha() else str(int(self))


def sized(about, **products):
    """For a function that gives arguments of some sizes: it becomes one that gives a Case.

    Its ``each`` takes several tuples of sizes, and gives a tuple of cases.

    Parameters
    ----------
    about : str
        What is said of a case, with the function's parameters in braces: "for {M:image} and
        {N:filter}". Those of one letter that are whole numbers are the case's sizes, too.
    **products : str
        More sizes, and the letters that each is the product of: ``pixels="BA"``.
    """

    def decorate(arguments_of):
        @wraps(arguments_of)
        def case(*given, floats=BOTH, **named):
            bound = inspect.signature(arguments_of).bind(*given, **named)
            bound.apply_defaults()
            words = {k: Count(v) if type(v) is int else v for k, v in bound.arguments.items()}
            sizes = {k: int(v) for k, v in words.items() if len(k) == 1 and isinstance(v, Count)}
            more = {k: prod(sizes[letter] for letter in v) for k, v in products.items()}
            return Case(about.format(**words), arguments_of(*given, **named), sizes | more, floats)

        case.each = lambda *several: tuple(case(*given) for given in several)
        return case

    return decorate


@dataclass(frozen=True)
class Known:
    """A mistake that many make, as a function: an answer that equals it is told so."""

    name: str  #: as in ``draw_np.mistakes``, where it stands there
    says: str  #: what it does wrong, a sentence
    function: object  #: the wrong answer, with the arguments of the exercise
    edits: tuple = ()  #: pairs of right and wrong words, where it is made by edits


@dataclass(frozen=True)
class Suspect:
    """The wrong function of a "find the bug" exercise."""

    otherwise: object  #: a right one, written otherwise: the reader's property must hold for it
    asks: object = lambda f: (f,)  #: the property's arguments for a function
    wrong: object = None  #: the function as it is handed out, by the chapter's text
    advice: str = ""  #: said of a property that a right function lacks; in the text, too


@dataclass(frozen=True)
class Exercise:
    """One exercise; what is said of it stands in its stub, and in its chapter's text."""

    number: str  #: "8.2": chapter and place
    right: object  #: what a right answer gives: a function of the same arguments
    cases: tuple  #: of Case
    solution: tuple = ()  #: functions whose source is the solution; else the right one
    source: tuple = ()  #: more functions that the right answer calls, and mistakes may edit
    properties: tuple = ()  #: functions that assert of an answer what a right one has, in words
    demands: tuple = ()  #: of the same kind: what no case can show, and right answers must have
    suspect: Suspect = None  #: for "find the bug": the reader's first function is the property
    otherwise: dict = field(default_factory=dict)  #: known mistakes that no edit can say
    functions: tuple = ()  #: names of what the reader writes, and mends; by the stub
    #: by the text: names of the results, "dx", "dW", ..., and of equal parts of their last axis
    gives: tuple = ()
    parts: dict = field(default_factory=dict)
    gradient: bool = False  #: whether results are derivatives; by the text
    hints: tuple = ()  #: from a nudge to nearly the answer; by the text
    known: tuple = ()  #: of Known; by the text

    @property
    def chapter(self):
        """The number of its chapter."""
        return int(self.number.split(".")[0])

    @property
    def sources(self):
        """The functions that a mistake may edit."""
        return (self.right, *self.source, *self.solution)

    @property
    def function(self):
        """The name of the reader's function, or property."""
        return self.functions[0]


WORDS = {"waits": "not started", "absent": "not handed out"}  # of a status


@dataclass(frozen=True)
class Verdict:
    """What is said about an answer."""

    number: str
    status: str  #: "passed", "wrong", "error" (it could not be run), "waits" or "absent"
    kind: str = ""  #: what is wrong first: "shape", "dtype", "value", "gradient", ...
    says: str = ""  #: one line
    details: tuple = ()  #: more lines: entries, largest error, the property that broke
    mistake: str = ""  #: the name of the known mistake that the answer behaves like
    printed: str = ""  #: the beginning of what it printed
    picture: str = ""  #: the file of what it makes and what it shows, where it was asked for

    def __str__(self):
        head = "half done" if self.kind == "unfixed" else WORDS.get(self.status, self.status)
        lines = [f"Exercise {self.number}: {head}{': ' + self.says if self.says else ''}"]
        look = [f"see {self.picture}"] if self.picture else []
        return "\n".join([*lines, *(f"    {line}" for line in (*self.details, *look))])

    def as_dict(self):
        """For JSON."""
        return asdict(self)
