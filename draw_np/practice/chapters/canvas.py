"""Exercises of chapter 7: strokes as logits, the error image, the loop, something new."""

import numpy as np

from draw_np import model
from draw_np.nn import sigmoid
from draw_np.practice import compare
from draw_np.practice.chapters import solutions
from draw_np.practice.exercise import Case, Exercise, Suspect, numbers, sized

rng, normal = numbers(7)


# ---------------------------------------------------------------- 7.1


def logit(p):
    """The logarithm of the odds."""
    return np.log(p / (1 - p))


def strokes_add_up(f):
    """Two strokes are one, and one taken back is none."""
    p = np.array([0.1, 0.5, 0.8])
    once = np.asarray(f(f(p.copy(), np.full(3, 1.5)), np.full(3, -0.5)))
    at_once = np.asarray(f(p.copy(), np.full(3, 1.0)))
    off = np.abs(once - at_once)
    k = np.argmax(off)
    assert not np.any(off > 1e-6), (  # nor is it for NaN alone, which says nothing
        f"a stroke of 1.5 and one of -0.5 are together a stroke of 1; from p = {p[k]:g} they "
        f"lead to {compare.number(once[k], at_once[k])}, and the one stroke to "
        f"{compare.number(at_once[k], once[k])}"
    )
    for start, end in zip(p, at_once, strict=True):
        said = compare.number(end, np.clip(end, 0, 1))
        assert 0 <= end <= 1, (
            f"a probability is between 0 and 1; a stroke of 1 on {start:g} gives {said}"
        )


def back_to_one_half(about, p, floats=("float64", "float32")):
    """Probabilities, and strokes that make 0.5 of each."""
    p, about = np.array(p), f"for {about}, with strokes that lead from there to 0.5"
    return Case(about, (p, -logit(p)), {}, floats)


PAINTED = Exercise(
    "7.1",
    solutions.painted,
    cases=(
        Case(
            "for the pixel of Section 7.1 and its three strokes of log 9",
            (np.array([0.1, 0.5, 0.9]), np.full(3, np.log(9))),
        ),
        Case("for 2 x 3 pixels", (rng.uniform(0.05, 0.95, (2, 3)), 2 * normal(2, 3))),
        Case(
            "for strokes of 1000 and -1000",
            (np.array([0.3, 0.7, 0.5]), np.array([1000.0, -1000.0, 0.0])),
        ),
        back_to_one_half("p = 1e-4, 1e-9, 1e-30 and 0.999", [1e-4, 1e-9, 1e-30, 0.999]),
        back_to_one_half("p = 1e-300 and 0.99999", [1e-300, 0.99999], ("float64",)),
    ),
    properties=(strokes_add_up,),
)

# ---------------------------------------------------------------- 7.2


@sized("for T = {T}, M = {M}, H = {H}, C = {C} and {B} x {A} pixels")
def masks_case(T, M, H, C, B, A):
    """Arguments of a finished picture."""
    n = C * B * A
    return normal(C, B, A), np.tanh(normal(T, M, H)), normal(H, n), normal(n)


FINISHED = Exercise(
    "7.2",
    solutions.finished,
    cases=(
        *masks_case.each((3, 2, 4, 1, 5, 6), (5, 4, 2, 3, 2, 6), (1, 1, 3, 2, 4, 3)),
        Case(
            "for canvases of a thousand and more",
            (
                np.full((1, 1, 2), 1000.0),
                np.ones((30, 1, 1)),
                np.array([[50.0, -150]]),
                np.array([200.0, -150]),
            ),
            {"T": 30, "M": 1, "H": 1, "C": 1, "B": 1, "A": 2},
        ),
    ),
)

# ---------------------------------------------------------------- 7.3


def error(x, c):
    """The right answer: what is missing (Eq. 3)."""
    return x - sigmoid(c)


def error_by_parts(x, c):
    """A right one, written otherwise: x (1 - p) - (1 - x) p."""
    return x * sigmoid(-c) - (1 - x) * sigmoid(c)


def is_the_way_down(f):
    """Minus the slope of softplus(c) - x c, at a few pixels."""
    for x, c, wanted in ((1, 0, 0.5), (0, 0, -0.5), (1, -20, 1.0), (0, 20, -1.0)):
        one = np.ones((1, 1, 1, 1))
        found = np.asarray(f(x * one, c * one)).item()
        assert np.isclose(found, wanted, atol=1e-6), (
            f"at x = {x} and c = {c} the cost softplus(c) - x c has the slope {-wanted:g}, so "
            f"that the error is {wanted:g}; here it is {compare.number(found, wanted)}"
        )


@sized("for M = {M}, C = {C} and {B} x {A} pixels{about}")
def error_case(M, C, B, A, about="", spread=2.0):
    """Images and a canvas."""
    x = rng.integers(0, 2, (M, C, B, A)).astype(float)
    return x, spread * normal(M, C, B, A)


def sure(*shape, c=1000.0):
    """Logits of c and of -c."""
    return rng.choice([-c, c], shape)


ERROR = Exercise(
    "7.3",
    error,
    cases=(
        error_case(2, 1, 3, 4),
        error_case(3, 3, 2, 5),
        error_case(1, 1, 4, 4, ", logits of about 20", 20.0),
        Case(
            "for a grey image of 2 x 3 pixels",
            tuple(np.linspace(*ends, 6).reshape(1, 1, 2, 3) for ends in ((0.1, 0.8), (-2, 3))),
        ),
        Case(
            "for one image of 1 x 4 pixels, logits of 1000 and -1000",
            (np.array([[[[0.0, 1.0, 0.0, 1.0]]]]), np.array([[[[1e3, 1e3, -1e3, -1e3]]]])),
        ),
    ),
    properties=(is_the_way_down,),
    suspect=Suspect(error_by_parts),
)

# ---------------------------------------------------------------- 7.4, 7.5


def cell(name, U, V, inputs):
    """A cell without gates, tanh(h U + v V), that says so if its input is too long or short."""

    def rnn(h, v):
        if np.shape(v) != (len(h), len(V)):
            raise ValueError(f"{name} takes {inputs}, {(len(h), len(V))}, and gets {np.shape(v)}")
        return np.tanh(h @ U.astype(h.dtype) + v @ V.astype(h.dtype))

    return rnn


def network(C, B, A, H, Z, reach=1.0):
    """rnn_enc, posterior, rnn_dec and write, with some weights."""
    n = C * B * A
    W_mu, W_sigma, W, b = normal(H, Z), 0.5 * normal(H, Z), 2 * normal(H, n), normal(n)
    W_mu, W_sigma, W = reach * W_mu, reach * W_sigma, reach * W

    def posterior(h_enc):
        return h_enc @ W_mu.astype(h_enc.dtype), h_enc @ W_sigma.astype(h_enc.dtype)

    def write(h_dec):
        w = h_dec @ W.astype(h_dec.dtype) + b.astype(h_dec.dtype)
        return w.reshape(len(h_dec), C, B, A)

    V = normal(2 * n + H, H) / n**0.5
    rnn_enc = cell("rnn_enc", normal(H, H), V, "r_t and h_dec side by side")
    rnn_dec = cell("rnn_dec", normal(H, H), 2 * normal(Z, H), "z_t")
    return rnn_enc, posterior, rnn_dec, write


def grey(case):
    """The same with images that are not black and white."""
    return case.but("grey images", 0, 0.2 + 0.5 * case.arguments[0])


WORDS = "for T = {T}, M = {M}, C = {C}, {B} x {A} pixels, H = {H} and Z = {Z}{about}"


@sized(WORDS)
def loop_case(T, M, C, B, A, H, Z, far=None, about="", reach=1.0):
    """Arguments of the loop; the first canvas may be far from 0, and so may the posterior be."""
    x = rng.integers(0, 2, (M, C, B, A)).astype(float)
    c_0 = normal(M, C, B, A) if far is None else sure(M, C, B, A, c=far)
    start = c_0, np.tanh(normal(M, H)), np.tanh(normal(M, H))
    return x, normal(T, M, Z), *start, *network(C, B, A, H, Z, reach)


SMALL = {  # networks to follow an answer call by call
    "rnn_enc": lambda h, v: np.tanh(0.5 * h + v @ np.array([[0.1], [0.2], [0.5], [-0.5], [0.3]])),
    "posterior": lambda h: (2 * h, h - 0.5),
    "rnn_dec": lambda h, z: np.tanh(0.5 * h + z),
    "write": lambda h: np.array([3.0, -2.0]).reshape(1, 1, 2, 1) * h,
}
PAIR = np.array([1.0, 0.0]).reshape(1, 1, 2, 1)  # an image of two rows, one above the other
NOISE, STATES = np.array([0.5, -1.0]).reshape(2, 1, 1), (np.full((1, 1), 0.2), np.full((1, 1), 0.1))


def calls(answer, arguments, names):
    """What an answer hands to the networks: a line a call."""
    made = []

    def spied(name):
        def network(*inputs):
            numbers = (" ".join(f"{v:.4g}" for v in np.ravel(array)) for array in inputs)
            made.append(f"{name}({', '.join(f'[{line}]' for line in numbers)})")
            return SMALL[name](*inputs)

        return network

    answer(*(np.array(a) for a in arguments), *map(spied, names))
    return made


def followed(right, arguments, names, small):
    """A property: an answer hands to the networks what the right one does."""

    def hands_on(f):
        got, want = (calls(answer, arguments, names) for answer in (f, right))
        for k, wanted in enumerate(want):
            found = got[k] if k < len(got) else "not there"
            assert found == wanted, f"{small}, call {k + 1} is {wanted}; here it is {found}"
        assert len(got) <= len(want), (
            f"{small}, there are {len(want)} calls; here {got[len(want)]} follows"
        )

    return hands_on


def keeps_its_strokes(f):
    """A write that always paints 1: the canvases are c_0 and one more in every step."""
    x, h = np.ones((1, 1, 1, 2)), np.zeros((1, 2))
    nothing, ones = np.zeros((1, 1)), np.ones((1, 1, 1, 2))
    rnn_enc, posterior = lambda h, v: h, lambda h: (nothing, nothing)
    rnn_dec, write = lambda h, z: h, lambda h: ones
    c, _ = f(x, np.zeros((3, 1, 1)), 0.5 * x, h, h, rnn_enc, posterior, rnn_dec, write)
    found, wanted = np.asarray(c)[:, 0, 0, 0, 0], [0.5, 1.5, 2.5, 3.5]
    close = np.isclose(found, wanted)
    said = ", ".join(
        f"{v:.4g}" if fine else compare.number(v, w)
        for v, w, fine in zip(found, wanted, close, strict=True)
    )
    assert np.allclose(found, wanted), (
        f"with c_0 = 0.5 and strokes of 1, canvases are 0.5, 1.5, 2.5, 3.5; here {said}"
    )


LOOP = Exercise(
    "7.4",
    solutions.draw_again,
    cases=(
        loop_case(3, 2, 1, 3, 4, 5, 6),
        loop_case(2, 4, 3, 2, 3, 4, 1),
        loop_case(1, 1, 2, 2, 2, 3, 3),
        loop_case(2, 3, 1, 4, 5, 7, 6, 20.0, ", where c_0 is 20 or -20"),
        loop_case(2, 3, 1, 4, 5, 7, 6, 1000.0, ", where c_0 is 1000 or -1000"),
        grey(loop_case(2, 3, 1, 2, 4, 5, 2)),
        loop_case(2, 3, 1, 3, 2, 5, 4, about=", with large mu, log sigma and strokes", reach=12.0),
        loop_case(2, 3, 1, 3, 2, 5, 4, about=", with a posterior near the prior", reach=0.05),
    ),
    properties=(
        followed(
            solutions.draw_again,
            (PAIR, NOISE, 0 * PAIR, *STATES),
            SMALL,
            "for x = (1, 0), c_0 = (0, 0), h_enc = 0.2, h_dec = 0.1",
        ),
        keeps_its_strokes,
    ),
)


def adds_its_strokes(f):
    """A write that always paints 1."""
    ones, h = np.ones((1, 1, 1, 2)), np.zeros((1, 2))
    found = np.ravel(f(np.zeros((2, 1, 1)), 0.5 * ones, h, lambda h, z: h, lambda h: ones))
    wanted = sigmoid(2.5)
    said = compare.number(found[np.argmax(np.abs(found - wanted))], wanted)
    assert np.allclose(found, wanted), (
        "with c_0 = 0.5 and two strokes of 1 the last canvas is 2.5 and its sigmoid 0.9241; "
        f"here the picture is {said}"
    )


def gives_means(f):
    """A canvas between -1 and 1, on which nothing is painted, is neither black nor white."""
    c_0, h = np.linspace(-1, 1, 10).reshape(1, 1, 2, 5), np.zeros((1, 2))
    found = np.asarray(f(np.zeros((1, 1, 1)), c_0, h, lambda h, z: h, lambda h: 0 * c_0))
    assert np.any((found != 0) & (found != 1)), (
        "the means are wanted, not a sample and not rounded numbers: where the last canvas is "
        "between -1 and 1 they are between 0.2689 and 0.7311; here every pixel is 0 or 1"
    )


@sized(WORDS)
def new_case(T, M, C, B, A, H, Z, c_0=None, about=""):
    """Arguments of a drawing without an image."""
    start = normal(M, C, B, A) if c_0 is None else c_0, np.tanh(normal(M, H))
    return normal(T, M, Z), *start, *network(C, B, A, H, Z)[2:]


FAR = np.array([20.0, -20.0, 1000.0, -1000.0, 0.0])

NEW = Exercise(
    "7.5",
    solutions.draw_new,
    cases=(
        *new_case.each((3, 2, 1, 3, 4, 5, 2), (4, 3, 3, 2, 5, 4, 1), (1, 1, 2, 2, 2, 3, 3)),
        new_case(2, 3, 1, 4, 5, 7, 6, FAR + np.zeros((3, 1, 4, 5)), ", where c_0 is up to 1000"),
    ),
    properties=(
        gives_means,
        followed(
            solutions.draw_new,
            (NOISE, 0 * PAIR, STATES[1]),
            ("rnn_dec", "write"),
            "for z = 0.5 and -1, c_0 = (0, 0), h_dec = 0.1",
        ),
        adds_its_strokes,
    ),
    solution=(solutions.draw_new, model.generate),
)

# ---------------------------------------------------------------- 7.0


def canvases(c_0, strokes):
    """The right answer."""
    return c_0 + np.cumsum(strokes, axis=0)


@sized("for {T:stroke} on {B} x {A} pixels{about}")
def strokes_case(T, B, A, scale=1.0, about=""):
    """A canvas and its strokes."""
    return scale * normal(B, A), scale * normal(T, B, A)


CANVASES = Exercise(
    "7.0",
    canvases,
    cases=strokes_case.each(
        (4, 2, 3), (3, 3, 3), (1, 2, 5), (5, 1, 4, 300.0, ", logits of some hundred")
    ),
)
