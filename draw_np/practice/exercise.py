"""What an exercise is, and what is said about an answer to it."""

from dataclasses import asdict, dataclass, field, replace


@dataclass(frozen=True)
class Case:
    """Arguments to try an answer on."""

    about: str  #: what is special about them: "for 2 images and 3 filters"
    arguments: tuple  #: float64 or int arrays, whole numbers, and tuples of arrays
    sizes: dict = field(default_factory=dict)  #: letters that a wrong factor may equal, "M": 2
    floats: tuple = ("float64", "float32")  #: the dtypes in which it makes sense

    def but(self, about, place, value):
        """The same with another argument at a place."""
        arguments = (*self.arguments[:place], value, *self.arguments[place + 1 :])
        return replace(self, about=f"{self.about}, {about}", arguments=arguments)


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

    name: str  #: its name in the reader's file
    wrong: object  #: the function as it is handed out; a known mistake's name; or an edit
    variants: tuple  #: right functions, for which the reader's property must hold
    asks: object = lambda f: (f,)  #: the property's arguments for a function
    advice: str = ""  #: said of a property that a right function lacks: what to mind


@dataclass(frozen=True)
class Exercise:
    """One exercise; its title, difficulty and length stand in its stub."""

    number: str  #: "8.2": chapter and place
    function: str  #: the name of the reader's function
    right: object  #: what a right answer gives: a function of the same arguments
    gives: tuple  #: names of the results, "dx", "dW", ...
    cases: tuple  #: of Case
    solution: tuple  #: functions whose source is the solution, with its derivation
    source: tuple = ()  #: more functions that the right answer calls, and mistakes may edit
    hints: tuple = ()  #: from a nudge to nearly the answer; they stand in the chapter's text
    known: tuple = ()  #: of Known; they stand in the chapter's text, too
    otherwise: dict = field(default_factory=dict)  #: known mistakes that no edit can say
    properties: tuple = ()  #: functions: an answer to None, or to a sentence on what broke
    demands: tuple = ()  #: of the same kind: what no case can show, and right answers must have
    gradient: bool = False  #: whether results are derivatives
    parts: dict = field(default_factory=dict)  #: result to names of equal parts of its last axis
    suspect: Suspect = None  #: for "find the bug": ``function`` is then the property

    @property
    def chapter(self):
        """The number of its chapter."""
        return int(self.number.split(".")[0])

    @property
    def sources(self):
        """The functions that a mistake may edit."""
        return (self.right, *self.source, *self.solution)

    @property
    def functions(self):
        """Names of the functions that the reader writes or mends."""
        return (self.function, self.suspect.name) if self.suspect else (self.function,)


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
