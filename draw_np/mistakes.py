"""What others got wrong, and what it looks like: a catalogue of mistakes to put in.

Nearly every public DRAW has one of these in it, and most train on happily. A mistake is an
edit: a few words of a function of the readable engine, and the wrong words in their place::

    from draw_np import mistakes

    with mistakes.made("zero-based-grid"):
        ...  # the grid now counts its filters from 0

    print(mistakes.CATALOGUE["zero-based-grid"])

prints what it does, what that looks like, which test goes red, and the line that differs.
``KINDS`` tells what the labels M1, M2, ... stand for. The functions of the core know nothing of
this, and ``manual`` is not touched by it. ``edited`` makes the wrong function; the exercises
use it too.
"""

import ast
import difflib
import inspect
import linecache
import sys
import textwrap
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from types import FunctionType

# ---------------------------------------------------------------- edits


def edited(function, edits, name, names=None):
    """A copy of a function with some of its words exchanged.

    The docstring is not touched. A traceback shows the wrong line, and ``inspect.getsource``
    gives the text as edited.

    Parameters
    ----------
    function : function
        Of a module's top level; decorators are left out.
    edits : sequence of (str, str)
        Right words and wrong ones, made one after the other.
    name : str
        Of the mistake, for messages.
    names : dict, optional
        The globals of the copy; without, those of the function, as they are when it is called.

    Returns
    -------
    function

    Raises
    ------
    ValueError
        If right words are not in the function, or not only once.
    """
    _, spoiled = texts(function, edits, name)
    file = f"<{name}: {function.__module__}.{function.__qualname__}>"
    linecache.cache[file] = (len(spoiled), None, spoiled.splitlines(keepends=True), file)
    scratch = dict(function.__globals__)
    exec(compile(spoiled, file, "exec"), scratch)
    made = rebound(scratch[function.__name__], function.__globals__ if names is None else names)
    made.right = function
    return made


def rebound(function, names):
    """A copy of a function that takes its globals from ``names``."""
    copy = FunctionType(function.__code__, names, function.__name__, function.__defaults__)
    copy.__kwdefaults__, copy.__doc__ = function.__kwdefaults__, function.__doc__
    copy.__module__, copy.__qualname__ = function.__module__, function.__qualname__
    return copy


def texts(function, edits, name):
    """The source of a function, and the same with its edits made."""
    head, body = head_and_body(function)
    spoiled = body
    for right, wrong in edits:
        if spoiled.count(right) != 1:
            raise ValueError(
                f"the mistake {name} puts `{wrong}` in the place of `{right}`, which stands "
                f"{spoiled.count(right)} times in {function.__qualname__} and should stand there "
                "once: mend the edit"
            )
        spoiled = spoiled.replace(right, wrong)
    return head + body, head + spoiled


def has(function, words):
    """Whether words stand in a function, below its docstring."""
    return words in head_and_body(function)[1]


@cache
def head_and_body(function):
    """A function's source up to the end of its docstring, and what follows."""
    lines = textwrap.dedent(inspect.getsource(function)).splitlines(keepends=True)
    (node,) = ast.parse("".join(lines)).body
    lines = lines[node.lineno - 1 :]  # without decorators
    (node,) = ast.parse("".join(lines)).body
    begins = node.body[0].end_lineno if ast.get_docstring(node) else node.body[0].lineno - 1
    return "".join(lines[:begins]), "".join(lines[begins:])


def differing_lines(right, wrong):
    """The lines of two texts that are not the same, after - and +."""
    lines = difflib.ndiff(right.splitlines(), wrong.splitlines())
    return [line for line in lines if line.startswith(("- ", "+ "))]


# ---------------------------------------------------------------- the catalogue

KINDS = {
    "M1": "the KL's constant and sum",
    "M2": "filters counted from 0",
    "M3": "pixels counted from 0, or the wrong centre",
    "M4": "the Gaussian's exponent",
    "M5": "the rows of a filterbank do not sum to 1",
    "M6": "the intensity gamma",
    "M7": "one head for reading and writing",
    "M8": "a step looks at the wrong state",
    "M9": "x and y, or rows and columns, swapped",
    "M10": "noise shared between steps or images",
    "M11": "noise left out",
    "M12": "log sigma taken for log sigma^2",
    "M13": "the canvas and its sigmoid",
    "M14": "starts that should be learned",
    "M15": "what the loss sums and averages",
    "M17": "a reconstruction sold as a new image",
    "M18": "attention without a gradient",
    "M19": "the last canvas lost",
    "M20": "the stride",
    "M24": "the LSTM's gates",
    "M25": "importance weights",
    "M26": "the pyramid: taking apart, putting together",
    "M27": "the two players",
}


@dataclass(frozen=True)
class Mistake:
    """One mistake, what it looks like, and where to find it."""

    name: str  #: what ``made`` takes
    label: str  #: its kind, a key of ``KINDS``
    where: str  #: the function that is wrong, "attention.filterbank" in ``draw_np``
    check: str  #: the test that goes red, as pytest names it
    does: str  #: what is wrong, in a line
    symptom: str  #: what one sees, in a line
    edits: tuple  #: pairs of right and wrong words

    @cached_property
    def right(self):
        """The function as it should be, also while another mistake is in its place."""
        module, function = self.where.split(".")
        found = getattr(import_module(f"draw_np.{module}"), function)
        while hasattr(found, "right"):
            found = found.right
        return found

    @cached_property
    def replacement(self):
        """The function as the mistake makes it."""
        return edited(self.right, self.edits, self.name)

    @property
    def difference(self):
        """What the mistake changes, as lines after - and +: "- the right line", "+ the wrong".

        Returns
        -------
        str
            Two lines for nearly all, two for every line that is changed.
        """
        return "\n".join(differing_lines(*texts(self.right, self.edits, self.name)))

    def __str__(self):
        return (
            f"{self.name} ({self.label}, {KINDS[self.label]})\n"
            f"  does:     {self.does}\n"
            f"  symptom:  {self.symptom}\n"
            f"  in:       draw_np.{self.where}\n"
            f"  test:     {self.check}\n" + textwrap.indent(self.difference, "  ")
        )


CATALOGUE: dict[str, Mistake] = {}  # of DRAW
PYRAMID: dict[str, Mistake] = {}  # of the pyramid of adversarial networks


def mistake(name, label, where, check, catalogue=CATALOGUE, **rest):
    """Enter a mistake into a catalogue."""
    edits = tuple(rest.pop("edits"))
    catalogue[name] = Mistake(name, label, where, f"tests/test_{check}", edits=edits, **rest)


@contextmanager
def made(name):
    """Work with a mistake in the readable engine, and always put things right again.

    The function is replaced in its own module and wherever else in ``draw_np`` it was
    imported by name. A name that other code imported before keeps the right function.

    Parameters
    ----------
    name : str
        A key of ``CATALOGUE`` or of ``PYRAMID``.

    Yields
    ------
    Mistake

    Raises
    ------
    ValueError
        If there is no such mistake, or the words that it changes are no longer there.
    """
    known = CATALOGUE | PYRAMID
    if name not in known:
        raise ValueError(f"no mistake is called {name!r}; there are {', '.join(known)}")
    entry = known[name]
    wrong = entry.replacement
    module, function = entry.where.split(".")
    before = getattr(import_module(f"draw_np.{module}"), function)  # which may be wrong already
    with swapped(before, wrong):
        yield entry


@contextmanager
def swapped(old, new):
    """Work with ``new`` in the place of ``old``, wherever the package has it."""
    swap(old, new)
    try:
        yield
    finally:
        swap(new, old)


def swap(old, new):
    """Put ``new`` in the place of ``old`` in every module of the package but this."""
    for name, module in list(sys.modules.items()):
        if name.startswith("draw_np") and name != __name__:
            for attribute in [a for a, value in vars(module).items() if value is old]:
                setattr(module, attribute, new)


#: the exponent of Eq. 25 as it is printed, before the nearest pixel's is taken away from it
BELL = ("(a - nearest) * (a + nearest - 2 * mu)", "(a - mu) ** 2")

# The latent: M1, M11, M12

mistake(
    "kl-constant-once-a-step",
    "M1",
    "latent.kl_to_prior",
    "latent.py::test_kl_is_zero_at_the_prior",
    does="Subtract 1/2 once a step, as Eq. 11 is printed, and not for every component.",
    symptom="L^z is too large by (Z - 1)/2 nats a step, and not 0 where Q is the prior",
    edits=[("- 2 * log_sigma - 1, axis=1)", "- 2 * log_sigma, axis=1) - 0.5")],
)
mistake(
    "kl-without-constant",
    "M1",
    "latent.kl_to_prior",
    "latent.py::test_kl_is_zero_at_the_prior",
    does="Leave the constant of the KL out.",
    symptom="L^z is too large by Z/2 nats a step: 3200 for the paper's 64 steps of 100",
    edits=[("- 2 * log_sigma - 1, axis=1)", "- 2 * log_sigma, axis=1)")],
)
mistake(
    "kl-averaged",
    "M1",
    "latent.kl_to_prior",
    "latent.py::test_kl_by_pencil",
    does="Average the KL over the components of z where it should be summed.",
    symptom="L^z is Z times too small: the latent is nearly free, and the loss bounds nothing",
    edits=[("np.sum(", "np.mean(")],
)
mistake(
    "noise-dropped",
    "M11",
    "latent.sample",
    "latent.py::test_sample_by_pencil",
    does="Take z = mu: the posterior's mean where a sample should be.",
    symptom="two noises give the same reconstruction, and the KL is no longer the cost of z",
    edits=[("mu + np.exp(log_sigma) * eps", "mu")],
)
mistake(
    "sample-by-log-variance",
    "M12",
    "latent.sample",
    "latent.py::test_sample_by_pencil",
    does="Draw z as if the network gave log sigma^2, while the KL takes it for log sigma.",
    symptom="the KL is not that of the z that is drawn: Monte-Carlo disagrees with it",
    edits=[("np.exp(log_sigma)", "np.exp(0.5 * log_sigma)")],
)
mistake(
    "kl-by-log-variance",
    "M12",
    "latent.kl_to_prior",
    "latent.py::test_kl_is_the_mean_of_the_log_ratio",
    does="Compute the KL as if the network gave log sigma^2, while z is drawn by log sigma.",
    symptom="the bound is wrong nearly everywhere, yet 0 at the prior, so that nobody notices",
    edits=[("np.exp(2 * log_sigma) - 2 * log_sigma", "np.exp(log_sigma) - log_sigma")],
)

# The grid: M2, M3, M18, M20

mistake(
    "zero-based-grid",
    "M2",
    "attention.filter_centres",
    "attention.py::test_the_initial_grid_spans_the_image",
    does="Count the filters from 0 in mu^i = g + delta (i - N/2 - 0.5).",
    symptom="the patch is a stride too far to the upper left; if N = 2, 3 filters of 4 lie outside",
    edits=[("counting(N, g)", "counting(N, g) - 1")],
)
mistake(
    "pixels-from-zero",
    "M3",
    "attention.filterbank",
    "attention.py::test_mirror",
    does="Count the pixels from 0, though the centres of Eqs. 22 and 23 count from 1.",
    symptom="everything is read and written one pixel too far to the lower right",
    edits=[
        ("counting(A, mu)", "counting(A, mu) - 1"),
        ("nearest_pixel(mu, A)", "nearest_pixel(mu + 1, A) - 1"),
    ],
)
mistake(
    "centre-at-half-the-width",
    "M3",
    "attention.attention",
    "attention.py::test_attention_by_pencil",
    does="Centre the grid at A/2 and B/2, though pixels count from 1.",
    symptom="half a pixel off at rest: an image and its mirror are not drawn alike",
    edits=[("(A + 1) / 2 *", "A / 2 *"), ("(B + 1) / 2 *", "B / 2 *")],
)
mistake(
    "attention-detached",
    "M18",
    "attention.attention",
    "attention.py::test_gradients_of_read_and_write_in_all_five_parameters",
    does="Take the five parameters out of the graph, as ``.item()`` would: no gradient.",
    symptom="the heads never learn: windows stay wide, and the loss falls all the same, but slowly",
    edits=[("columns = np.split(", "columns = notrace_primitive(np.split)(")],
)
mistake(
    "stride-divided",
    "M20",
    "attention.attention",
    "attention.py::test_attention_by_pencil",
    does="Divide the stride by delta~ where Eq. 24 multiplies.",
    symptom="nothing at log delta~ = 0; a larger delta~ zooms in where it should zoom out",
    edits=[("default_stride(A, B, N) *", "default_stride(A, B, N) /")],
)
mistake(
    "stride-by-precedence",
    "M20",
    "attention.default_stride",
    "attention.py::test_the_initial_grid_spans_the_image",
    does="Forget the brackets of Eq. 24: (max(A, B) - 1) / N - 1.",
    symptom="the first patch is too small: 5 filters on 28 pixels span 17.6 of them and not 27",
    edits=[("(max(A, B) - 1) / max(N - 1, 1)", "(max(A, B) - 1) / N - 1")],
)
mistake(
    "stride-over-n-filters",
    "M20",
    "attention.default_stride",
    "attention.py::test_the_initial_grid_spans_the_image",
    does="Divide by the N filters where Eq. 24 divides by the N - 1 gaps between them.",
    symptom="the first patch leaves out the border: 5 filters on 28 pixels span 21.6 and not 27",
    edits=[("max(N - 1, 1)", "N")],
)
mistake(
    "stride-of-a-single-filter",
    "M20",
    "attention.default_stride",
    "attention.py::test_a_single_filter_sits_at_the_centre_whatever_the_stride",
    does="Leave the division by N - 1 = 0 in Eq. 24 as it is.",
    symptom="N = 1 stops with a division by zero",
    edits=[("max(N - 1, 1)", "(N - 1)")],
)

# The filterbank: M4, M5

mistake(
    "whole-fraction-squared",
    "M4",
    "attention.filterbank",
    "attention.py::test_filterbank_by_pencil",
    does="Square the fraction whole: exp(-((a - mu) / (2 sigma^2))^2).",
    symptom="right for sigma^2 = 1/2 only; at log sigma^2 = 2 the variance is 109 and not 7.39",
    edits=[("/ (2 * sigma2)", "/ (2 * sigma2) ** 2")],
)
mistake(
    "exponent-without-2",
    "M4",
    "attention.filterbank",
    "attention.py::test_filterbank_by_pencil",
    does="Forget the 2 of 2 sigma^2 in the exponent.",
    symptom="filters too narrow by sqrt(2), which learning makes up for and so hides",
    edits=[("/ (2 * sigma2)", "/ sigma2")],
)
mistake(
    "variance-as-deviation",
    "M4",
    "attention.filterbank",
    "attention.py::test_filterbank_by_pencil",
    does="Take the variance for the standard deviation: 2 (sigma^2)^2 in the exponent.",
    symptom="right for sigma = 1 only; wide filters are far too wide and narrow ones too narrow",
    edits=[("/ (2 * sigma2)", "/ (2 * sigma2**2)")],
)
mistake(
    "rows-not-normalised",
    "M5",
    "attention.filterbank",
    "attention.py::test_filterbank_by_pencil",
    does="Do not divide by Z at all.",
    symptom="wide filters read and write too strongly, and gamma has to make up for it",
    edits=[BELL, ("numerator / np.sum(numerator, axis=2, keepdims=True)", "numerator")],
)
mistake(
    "rows-normalised-on-paper",
    "M5",
    "attention.filterbank",
    "attention.py::test_filterbank_by_pencil",
    does="Divide by sqrt(2 pi sigma^2), the integral, and not by the sum over the pixels.",
    symptom="rows lose weight at the edge, and narrow filters between two pixels see neither",
    edits=[BELL, ("np.sum(numerator, axis=2, keepdims=True)", "np.sqrt(2 * np.pi * sigma2)")],
)
mistake(
    "one-sum-for-all-rows",
    "M5",
    "attention.filterbank",
    "attention.py::test_filterbank_by_pencil",
    does="Divide by the sum over all filters and pixels, and not row by row.",
    symptom="rows sum to about 1/N, so that a patch is about N^2 times too faint",
    edits=[BELL, ("axis=2", "axis=(1, 2)")],
)
mistake(
    "normalised-over-filters",
    "M5",
    "attention.filterbank",
    "attention.py::test_filterbank_by_pencil",
    does="Normalise over the filters where it should be over the pixels.",
    symptom="the outermost filters gather every pixel beyond the grid, and strengths vary with A",
    edits=[BELL, ("axis=2", "axis=1")],
)
mistake(
    "epsilon-added-to-the-sum",
    "M5",
    "attention.filterbank",
    "attention.py::test_rows_sum_to_one_with_finite_gradients",
    does="Add 1e-4 to Z against the division by zero.",
    symptom="a filter that leaves the image reads 0, has no gradient, and never comes back",
    edits=[
        BELL,
        (
            "np.sum(numerator, axis=2, keepdims=True)",
            "(np.sum(numerator, axis=2, keepdims=True) + 1e-4)",
        ),
    ],
)
mistake(
    "sum-kept-above-epsilon",
    "M5",
    "attention.filterbank",
    "attention.py::test_rows_sum_to_one_with_finite_gradients",
    does="Keep Z above 1e-8 against the division by zero.",
    symptom="the same a little later: rows sum to 1 up to some six sigma outside, and then to 0",
    edits=[
        BELL,
        (
            "np.sum(numerator, axis=2, keepdims=True)",
            "np.maximum(np.sum(numerator, axis=2, keepdims=True), 1e-8)",
        ),
    ],
)
mistake(
    "nothing-against-0-over-0",
    "M5",
    "attention.filterbank",
    "attention.py::test_rows_sum_to_one_with_finite_gradients",
    does="Compute Eq. 25 as it is printed: 0/0 where a filter is far outside.",
    symptom="all is well until a filter is far outside the image, and then everything is NaN",
    edits=[BELL],
)

# Read and write: M6, M9

mistake(
    "read-without-gamma",
    "M6",
    "attention.glimpse",
    "attention.py::test_read_by_pencil",
    does="Read without the intensity gamma.",
    symptom="the read head's fifth output does nothing and gets no gradient",
    edits=[("np.expand_dims(att.gamma, (1, 2, 3)) * patch", "patch")],
)
mistake(
    "read-with-gamma-squared",
    "M6",
    "attention.glimpse",
    "attention.py::test_read_by_pencil",
    does="Multiply by gamma twice, once for each filterbank.",
    symptom="nothing at gamma = 1; the intensity of a read answers twice as strongly as it should",
    edits=[("att.gamma", "att.gamma**2")],
)
mistake(
    "write-without-gamma",
    "M6",
    "attention.write",
    "attention.py::test_write_by_pencil",
    does="Write without 1/gamma.",
    symptom="the write head's fifth output does nothing and gets no gradient",
    edits=[("strokes / np.expand_dims(att.gamma, (1, 2, 3))", "strokes")],
)
mistake(
    "write-with-gamma",
    "M6",
    "attention.write",
    "attention.py::test_write_by_pencil",
    does="Write with gamma where Eq. 29 has 1/gamma.",
    symptom="a network can learn it with the sign of log gamma turned, so that only a test tells",
    edits=[("strokes /", "strokes *")],
)
mistake(
    "patch-transposed",
    "M9",
    "attention.glimpse",
    "attention.py::test_read_by_pencil",
    does="Read F_X x^T F_Y^T, the patch with its rows and columns swapped.",
    symptom="no error anywhere, for a patch is square: the network sees the image lying down",
    edits=[
        (
            "np.matmul(np.matmul(F_Y, x), transpose(F_X))",
            "np.matmul(np.matmul(F_X, transpose(x)), transpose(F_Y))",
        )
    ],
)
mistake(
    "rows-placed-by-the-columns",
    "M9",
    "attention.filterbanks",
    "attention.py::test_read_by_pencil",
    does="Place the filters along y by g_X.",
    symptom="windows move along the diagonal only, and a head's second output does nothing",
    edits=[("att.g_Y", "att.g_X")],
)
mistake(
    "pixels-taken-column-by-column",
    "M9",
    "attention.glimpse",
    "attention.py::test_read_by_pencil",
    does="Take the pixels as columns one after the other, where they lie row by row.",
    symptom="a square image is read lying down, any other is scrambled",
    edits=[("np.matmul(F_Y, x)", "np.matmul(F_Y, transpose(np.reshape(x, (*x.shape[:2], A, B))))")],
)

# The model: M7, M8, M10, M13, M14, M17, M19

mistake(
    "one-head-for-both",
    "M7",
    "model.head",
    "model.py::test_each_head_moves_its_own_window_only",
    does="Take the read head's outputs for reading and for writing.",
    symptom="a stroke always lies where the next read will look, and 5 (H + 1) weights lie idle",
    edits=[("raw = affine(", 'name = "read" if "read.W" in params else "write"; raw = affine(')],
)
mistake(
    "read-placed-by-the-encoder",
    "M8",
    "model.step",
    "model.py::test_read_looks_where_the_previous_decoder_says",
    does="Place the read window by h_enc of the step before, not by h_dec.",
    symptom="nothing breaks: the window follows what was seen and not what was drawn",
    edits=[("x_hat, state.h_dec", "x_hat, state.h_enc")],
)
mistake(
    "encoder-blind-to-the-decoder",
    "M8",
    "model.encode",
    "model.py::test_encoder_sees_the_previous_decoder",
    does="Leave h_dec out of the encoder's input [r_t, h_{t-1}^dec].",
    symptom="nothing breaks: of what was drawn, the encoder knows what the error image shows",
    edits=[("[r, state.h_dec]", "[r, 0 * state.h_dec]")],
)
mistake(
    "write-from-the-state-before",
    "M8",
    "model.decode",
    "model.py::test_write_answers_to_the_new_decoder_only",
    does="Write from h_dec of the step before.",
    symptom="z_t shows on the canvas a step late and z_T never: learning drives its KL to 0",
    edits=[("write(params, h_dec,", "write(params, state.h_dec,")],
)
mistake(
    "noise-shared-by-the-steps",
    "M10",
    "model.unroll",
    "model.py::test_noise_moves_its_own_image_from_its_own_step_on",
    does="Draw the noise once and use it at every step.",
    symptom="a loss below what any model reaches (some 75 nats on MNIST) with hardly any KL",
    edits=[("x, eps_t,", "x, eps[0],")],
)
mistake(
    "noise-shared-by-the-images",
    "M10",
    "latent.sample",
    "latent.py::test_sample_uses_each_image_its_own_noise",
    does="Give every image of the minibatch the noise of the first.",
    symptom="the noise of the gradient does not average out over the minibatch",
    edits=[("* eps", "* eps[:1]")],
)
mistake(
    "sigmoid-at-every-step",
    "M13",
    "model.decode",
    "model.py::test_canvas_is_the_start_and_the_sum_of_the_strokes",
    does="Squash the canvas by a sigmoid at every step, not once at the end.",
    symptom="every pixel of every picture stays between p = 1/2 and p = 0.73",
    edits=[("c=state.c + stroke", "c=sigmoid(state.c + stroke)")],
)
mistake(
    "canvas-replaced",
    "M13",
    "model.decode",
    "model.py::test_canvas_is_the_start_and_the_sum_of_the_strokes",
    does="Replace the canvas by the stroke where Eq. 8 adds it.",
    symptom="a picture is its last stroke: earlier ones show at no time but their own",
    edits=[("c=state.c + stroke", "c=stroke")],
)
mistake(
    "sigmoid-inverted",
    "M13",
    "model.step",
    "model.py::test_the_error_image_is_what_the_canvas_still_lacks",
    does="Take sigmoid(-c) for what is on the canvas.",
    symptom="in the error image a right pixel is 1 or -1 and a wrong one 0",
    edits=[("sigmoid(state.c)", "sigmoid(-state.c)")],
)
mistake(
    "error-from-logits",
    "M13",
    "model.step",
    "model.py::test_the_error_image_is_what_the_canvas_still_lacks",
    does="Compare the image with the canvas's logits, without the sigmoid of Eq. 3.",
    symptom="the error image has no bounds, and is largest where the canvas is right and sure",
    edits=[("x - sigmoid(state.c)", "x - state.c")],
)
mistake(
    "starts-at-zero",
    "M14",
    "model.initial_state",
    "model.py::test_every_start_is_learned",
    does="Start canvas, outputs and cells at 0 and not at what was learned.",
    symptom="every drawing begins with a grey canvas, and the first strokes go into removing it",
    edits=[("bias[None]", "0 * bias[None]")],
)
mistake(
    "reconstruction-as-generation",
    "M17",
    "model.generate",
    "model.py::test_generate_takes_no_image_and_no_encoder",
    does="Run the encoder, here on a blank image, and call what comes out new.",
    symptom="what is shown was drawn from the posterior of an image, and none of it from the prior",
    edits=[
        (
            "state, writing = decode(params, z_t,",
            "state, look = step(params, np.zeros_like(state.c), z_t,",
        ),
        ("writings.append(writing)", "writings.append(look.writing)"),
    ],
)
mistake(
    "last-canvas-lost",
    "M19",
    "model.generate",
    "model.py::test_generate_ends_with_the_last_canvas",
    does="End the sequence with c_{T-1}.",
    symptom="the picture that is shown lacks its last stroke",
    edits=[("np.stack(canvases)", "np.stack(canvases[:-1])")],
)

# The loss: M15, M25

mistake(
    "mean-over-pixels",
    "M15",
    "likelihood.bernoulli_nll",
    "likelihood.py::test_nll_is_a_sum_over_pixels_and_channels",
    does="Average the reconstruction term over pixels and channels.",
    symptom="L^x is less than a nat, and the KL weighs C B A times too much beside it",
    edits=[("np.sum(", "np.mean(")],
)
mistake(
    "probability-plus-epsilon",
    "M15",
    "likelihood.bernoulli_nll",
    "likelihood.py::test_nll_at_logits_of_50",
    does="Take the logarithm of sigmoid(c) + 1e-8 and not the logit.",
    symptom="a pixel that is sure and wrong costs at most 18.4 nats and has no gradient",
    edits=[
        (
            "return np.sum(softplus(c) - x * c,",
            "p = 0.5 * np.tanh(0.5 * c) + 0.5\n"
            "    return -np.sum(x * np.log(p + 1e-8) + (1 - x) * np.log(1 - p + 1e-8),",
        )
    ],
)
mistake(
    "every-canvas-judged",
    "M15",
    "model.reconstruction",
    "model.py::test_terms_keep_the_kl_of_every_step",
    does="Sum L^x over the canvases of all steps where only the last counts.",
    symptom="L^x is the sum of T of them, and the first sketches are pulled to the whole image",
    edits=[
        (
            "bernoulli_nll(x.astype(c_T.dtype), c_T)",
            "sum(bernoulli_nll(x.astype(c_T.dtype), s.c) for s in states[1:])",
        )
    ],
)
mistake(
    "kl-averaged-over-steps",
    "M15",
    "model.step_kl",
    "model.py::test_loss_is_a_sum_over_everything_but_the_images",
    does="Average the KL over the steps where it should be summed.",
    symptom="L^z is T times too small: the latent is nearly free, and the loss bounds nothing",
    edits=[("for look in looks])", "for look in looks]) / len(looks)")],
)
mistake(
    "sum-over-images",
    "M15",
    "model.mean_terms",
    "model.py::test_loss_is_a_mean_over_the_images",
    does="Sum over the minibatch where the loss is a mean.",
    symptom="loss and gradient grow with the minibatch, and so does what clipping takes away",
    edits=[
        (
            "Terms(np.sum(each.L_x) * (1 / M), np.sum(each.L_z, axis=1) * (1 / M))",
            "Terms(np.sum(each.L_x), np.sum(each.L_z, axis=1))",
        )
    ],
)
mistake(
    "weights-by-closed-form",
    "M25",
    "model.log_weights_along",
    "model.py::test_log_weight_is_minus_the_bound_in_the_mean",
    does="Weigh a drawn z by the closed-form KL, which does not depend on it.",
    symptom="right in the mean, so that K = 1 looks well; for larger K the number bounds nothing",
    edits=[("np.sum(np.stack(log_ratio), axis=0)", "-np.sum(step_kl(looks), axis=0)")],
)

# The LSTM: M24

mistake(
    "forget-gate-missing",
    "M24",
    "lstm.lstm",
    "lstm.py::test_lstm_by_pencil",
    does="Never forget: s + i g, as before Gers et al. (2000).",
    symptom="a cell can let go of nothing: over many steps it saturates",
    edits=[("s = f * s + i * g", "s = s + i * g")],
)
mistake(
    "cell-shown-raw",
    "M24",
    "lstm.lstm",
    "lstm.py::test_lstm_by_pencil",
    does="Show the cell without its tanh: h = o s.",
    symptom="outputs have no bounds",
    edits=[("h = o * np.tanh(s)", "h = o * s")],
)

# The pyramid of adversarial networks: M26, M27


def of_the_pyramid(name, label, function, check, **rest):
    """Enter a mistake of ``pyramid``."""
    mistake(name, label, f"pyramid.{function}", f"pyramid.py::test_{check}", PYRAMID, **rest)


of_the_pyramid(
    "enlarged-without-the-four",
    "M26",
    "expand",
    "one_bright_pixel_by_pencil",
    does="Enlarge by the transpose alone, without the factor 4.",
    symptom="a coarse picture is a quarter as bright, and the details hold the rest of it",
    edits=[("4 * np.matmul", "np.matmul")],
)
of_the_pyramid(
    "border-forgotten",
    "M26",
    "halving",
    "halving_by_pencil",
    does="Leave out what of the outermost triangles lies outside.",
    symptom="pictures are darker along their border, at every level a little more",
    edits=[("R[0, 0] += 1 / 8", "R[0, 0] += 0"), ("R[-1, -1] += 1 / 8", "R[-1, -1] += 0")],
)
of_the_pyramid(
    "triangle-on-a-pixel",
    "M26",
    "halving",
    "halving_by_pencil",
    does="Centre the triangles on pixels, and not between two of them.",
    symptom="every picture lies half a pixel to the lower right of the one before",
    edits=[("2 * i - 0.5", "2 * i")],
)
of_the_pyramid(
    "details-of-the-coarse-picture",
    "M26",
    "take_apart",
    "put_together_is_what_was_taken_apart",
    does="Take the details as I - I, blurred twice: the coarse picture is reduced once more.",
    symptom="put together, the image is another one",
    edits=[("l_k = expand(smaller)", "l_k = expand(expand(reduce(smaller)))")],
)
of_the_pyramid(
    "signs-left-out",
    "M27",
    "with_signs",
    "a_generator_by_pencil",
    does="Give the generator its noise twice, and no signs.",
    symptom="it is continuous in z, and draws what lies between a 3 and a 1",
    edits=[("np.sign(z_k)", "z_k")],
)
of_the_pyramid(
    "coarse-picture-not-shown",
    "M27",
    "discriminate",
    "a_level_is_judged_by_its_own_pictures",
    does="Show the discriminator the sum twice, and not what was given.",
    symptom="a generator may draw another digit over the coarse one, and is not found out",
    edits=[("flat(l_k + h_k, *given)", "flat(l_k + h_k, *(l_k + h_k for _ in given))")],
)
of_the_pyramid(
    "generator-flees-the-wrong-way",
    "M27",
    "cost_of_being_found_out",
    "costs_by_pencil",
    does="Give the generator minus the discriminator's cost, log(1 - D), as the first formula has.",
    symptom="hardly a slope where the discriminator is sure: the generator does not get away",
    edits=[("softplus(-invented)", "-softplus(invented)")],
)
of_the_pyramid(
    "asked-to-be-certain",
    "M27",
    "cost_of_telling",
    "a_real_thing_is_to_be_named_nine_times_in_ten",
    does="Ask the discriminator for a probability of 1 at real details.",
    symptom="its logits grow as long as it is right, and the generator's slopes with them",
    edits=[("softplus(real) - REAL * real", "softplus(-real)")],
)
of_the_pyramid(
    "discriminator-not-held",
    "M27",
    "terms",
    "the_gradient_of_every_player_is_that_of_its_own_cost",
    does="Let the generator's cost reach the discriminator's weights.",
    symptom="the discriminator learns to be fooled: both costs fall, and nothing is drawn",
    edits=[("discriminate(others, k, invented", "discriminate(params, k, invented")],
)
of_the_pyramid(
    "generator-not-held",
    "M27",
    "terms",
    "the_gradient_of_every_player_is_that_of_its_own_cost",
    does="Let the discriminator's cost reach the generator's weights.",
    symptom="the generator learns to be told apart, against what it learns from its own cost",
    edits=[("discriminate(params, k, held(invented)", "discriminate(params, k, (invented)")],
)
of_the_pyramid(
    "one-noise-for-all-levels",
    "M27",
    "generate",
    "every_level_has_noise_of_its_own",
    does="Use the finest level's noise at every level.",
    symptom="details are a function of the digit: as many images as coarse pictures",
    edits=[("generate_details(params, k, z[k]", "generate_details(params, k, z[0]")],
)
of_the_pyramid(
    "levels-added-without-enlarging-the-sum",
    "M26",
    "generate",
    "drawing_goes_from_coarse_to_fine_and_stays_between_0_and_1",
    does="Enlarge the details alone, and forget what they were added to.",
    symptom="a digit loses its body from level to level, and keeps its edges",
    edits=[("expand(l_k + h_k) if k", "expand(h_k) if k")],
)
