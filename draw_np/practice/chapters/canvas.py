"""Exercises of chapter 7: strokes as logits, the error image, the loop, something new."""

import numpy as np

from draw_np import model
from draw_np.latent import kl_to_prior, log_posterior, log_prior, sample
from draw_np.nn import sigmoid
from draw_np.practice import compare
from draw_np.practice.chapters import solutions
from draw_np.practice.exercise import Case, Exercise, Known, Suspect, catalogued

rng = np.random.default_rng(7)


def normal(*shape):
    """Standard normal numbers."""
    return rng.standard_normal(shape)


def by_e_to_the_c(c):
    """The sigmoid as infinity over infinity."""
    return np.exp(c) / (1 + np.exp(c))


# ---------------------------------------------------------------- 7.1


def logit(p):
    """The logarithm of the odds."""
    return np.log(p / (1 - p))


def through_e_to_the_w(p, w):
    """The odds as they stand on paper."""
    odds = p / (1 - p) * np.exp(w)
    return odds / (1 + odds)


def strokes_add_up(f):
    """Two strokes are one, and one taken back is none."""
    p = np.array([0.1, 0.5, 0.8])
    once = np.asarray(f(f(p.copy(), np.full(3, 1.5)), np.full(3, -0.5)))
    at_once = np.asarray(f(p.copy(), np.full(3, 1.0)))
    if np.any(np.abs(once - at_once) > 1e-6):  # not so for NaN, which says nothing
        k = np.argmax(np.abs(once - at_once))
        return (
            f"a stroke of 1.5 and one of -0.5 are together a stroke of 1; from p = {p[k]:g} they "
            f"lead to {compare.number(once[k], at_once[k])}, and the one stroke to "
            f"{compare.number(at_once[k], once[k])}"
        )
    for start, end in zip(p, at_once, strict=True):
        if not 0 <= end <= 1:
            said = compare.number(end, np.clip(end, 0, 1))
            return f"a probability is between 0 and 1; a stroke of 1 on {start:g} gives {said}"
    return None


def back_to_one_half(about, p, floats=("float64", "float32")):
    """Probabilities, and strokes that make 0.5 of each."""
    p, about = np.array(p), f"for {about}, with strokes that lead from there to 0.5"
    return Case(about, (p, -logit(p)), {}, floats)


PAINTED = Exercise(
    "7.1",
    "painted",
    solutions.painted,
    gives=("p",),
    cases=(
        Case("for the pixel of Section 7.1 and its three strokes of log 9",
             (np.array([0.1, 0.5, 0.9]), np.full(3, np.log(9)))),
        Case("for 2 x 3 pixels", (rng.uniform(0.05, 0.95, (2, 3)), 2 * normal(2, 3))),
        Case("for strokes of 1000 and -1000",
             (np.array([0.3, 0.7, 0.5]), np.array([1000.0, -1000.0, 0.0]))),
        back_to_one_half("p = 1e-4, 1e-9, 1e-30 and 0.999", [1e-4, 1e-9, 1e-30, 0.999]),
        back_to_one_half("p = 1e-300 and 0.99999", [1e-300, 0.99999], ("float64",)),
    ),
    known=(
        Known("probability-multiplied", "e^w multiplies the odds p / (1 - p), and not the "
              "probability.", lambda p, w: p * np.exp(w)),
        Known("added-to-the-probability", "A stroke is added to the logit, and not to the "
              "probability; then nothing need be cut off.", lambda p, w: np.clip(p + w, 0, 1)),
        Known("probability-as-logit", "The stroke is added to p itself: first make its logit of "
              "it, log(p / (1 - p)).", lambda p, w: sigmoid(p + w)),
        Known("logarithm-of-p", "The logit is the logarithm of the odds p / (1 - p), and not of "
              "p.", lambda p, w: sigmoid(np.log(p) + w)),
        Known("logit-returned", "This is the new logit: a sigmoid makes a probability of it.",
              lambda p, w: logit(p) + w),
        Known("odds-returned", "These are the new odds o: the probability is o / (1 + o).",
              lambda p, w: p / (1 - p) * np.exp(w)),
        Known("odds-of-one-side", "Odds of p against 1 - p are p / (1 - p): this is their "
              "inverse.", lambda p, w: sigmoid(w - logit(p))),
        Known("stroke-taken-away", "A positive stroke makes a pixel lighter; here it makes it "
              "darker.", lambda p, w: sigmoid(logit(p) - w)),
        Known("pixel-forgotten", "The result does not depend on what was there before.",
              lambda p, w: sigmoid(w)),
        Known("overflows", "Right on paper, but e^1000 is infinite, and infinite by infinite is "
              "NaN. Go by the new logit, or divide both by e^w first.", through_e_to_the_w),
    ),
    properties=(strokes_add_up,),
    hints=(
        "What is the logit of a probability p? The stroke is added to that.",
        "The new logit is log(p / (1 - p)) + w, and a sigmoid makes a probability of it. "
        "Sigmoids of 1000 and of -1000 must do.",
        "0.5 * np.tanh(0.5 * v) + 0.5 is a sigmoid that never overflows; v is the new logit.",
    ),
    solution=(solutions.painted,),
)  # fmt: skip

# ---------------------------------------------------------------- 7.2


def finished_by(states=lambda h: np.sum(h, axis=0), biases=len, starts=lambda h: 1,
                shaped=lambda v, shape: v.reshape(len(v), *shape), end=lambda c: c):  # fmt: skip
    """The finished picture with some of its parts exchanged."""

    def finished(c_0, h, W, b):
        strokes = states(h) @ W + biases(h) * b
        return end(starts(h) * c_0 + shaped(strokes, c_0.shape))

    return finished


def channels_inside(v, shape):
    """A mask read as (B, A, C)."""
    C, B, A = shape
    return np.moveaxis(v.reshape(len(v), B, A, C), 3, 1)


def columns_first(v, shape):
    """A mask read column by column."""
    C, B, A = shape
    return np.swapaxes(v.reshape(len(v), C, A, B), 2, 3)


def masks_case(T, M, H, C, B, A):
    """Arguments of a finished picture."""
    n = C * B * A
    arguments = normal(C, B, A), np.tanh(normal(T, M, H)), normal(H, n), normal(n)
    about = f"for T = {T}, M = {M}, H = {H}, C = {C} and {B} x {A} pixels"
    return Case(about, arguments, {"T": T, "M": M, "H": H, "C": C, "B": B, "A": A})


FINISHED = Exercise(
    "7.2",
    "finished",
    solutions.finished,
    gives=("c_T",),
    cases=(masks_case(3, 2, 4, 1, 5, 6), masks_case(5, 4, 2, 3, 2, 6),
           masks_case(1, 1, 3, 2, 4, 3)),
    known=(
        Known("bias-once", "The bias b is in the stroke of every step: it stands there T times.",
              finished_by(biases=lambda h: 1)),
        Known("bias-forgotten", "The bias b is missing.", finished_by(biases=lambda h: 0)),
        Known("mean-of-the-states", "Strokes are added: sum the states h_t, and do not average "
              "them.", finished_by(states=lambda h: np.mean(h, axis=0))),
        Known("everything-averaged", "Strokes are added: their sum, and not their mean.",
              finished_by(states=lambda h: np.mean(h, axis=0), biases=lambda h: 1)),
        Known("last-stroke-only", "This is c_0 and the last stroke; the canvas keeps all of them.",
              finished_by(states=lambda h: h[-1], biases=lambda h: 1)),
        Known("last-state-only", "Only the last state h_T is used; every h_t has made a stroke.",
              finished_by(states=lambda h: h[-1])),
        Known("start-forgotten", "c_0 is missing: strokes are added to what was there.",
              finished_by(starts=lambda h: 0)),
        Known("start-in-every-step", "c_0 is there once, and not in every step.",
              finished_by(starts=len)),
        Known("sigmoid-taken", "The canvas is a logit: no sigmoid is asked for.",
              finished_by(end=sigmoid)),
        Known("channels-inside", "A mask is C, then B, then A, as reshape(C, B, A) takes it; here "
              "the channel comes last.", finished_by(shaped=channels_inside)),
        Known("columns-first", "Rows come before columns: reshape to (C, B, A), and not to "
              "(C, A, B).", finished_by(shaped=columns_first)),
    ),
    hints=(
        "Write down c_1, c_2 and c_3, each in terms of c_0, and look at what can be put outside "
        "the brackets.",
        "All strokes together are (h_1 + ... + h_T) W + T b. Which axis of h are the steps?",
        "(np.sum(h, axis=0) @ W + T * b).reshape(M, C, B, A) has all strokes, and c_0 is added "
        "to each of the M images.",
    ),
    solution=(solutions.finished,),
)  # fmt: skip

# ---------------------------------------------------------------- 7.3


def error(x, c):
    """The right answer: what is missing (Eq. 3)."""
    return x - sigmoid(c)


def error_by_parts(x, c):
    """A right one, written otherwise: x (1 - p) - (1 - x) p."""
    return x * sigmoid(-c) - (1 - x) * sigmoid(c)


def squared_error_slope(x, c):
    """Minus the gradient of half the squared error in c."""
    p = sigmoid(c)
    return (x - p) * p * (1 - p)


def is_the_way_down(f):
    """Minus the slope of softplus(c) - x c, at a few pixels."""
    for x, c, wanted in ((1, 0, 0.5), (0, 0, -0.5), (1, -20, 1.0), (0, 20, -1.0)):
        one = np.ones((1, 1, 1, 1))
        found = np.asarray(f(x * one, c * one)).item()
        if not np.isclose(found, wanted, atol=1e-6):
            return (
                f"at x = {x} and c = {c} the cost softplus(c) - x c has the slope {-wanted:g}, so "
                f"that the error is {wanted:g}; here it is {compare.number(found, wanted)}"
            )
    return None


def error_case(M, C, B, A, about, spread=2.0):
    """Images and a canvas."""
    x = rng.integers(0, 2, (M, C, B, A)).astype(float)
    about = f"for M = {M}, C = {C} and {B} x {A} pixels{about}"
    return Case(about, (x, spread * normal(M, C, B, A)), {"M": M, "C": C, "B": B, "A": A})


def sure(*shape, c=1000.0):
    """Logits of c and of -c."""
    return rng.choice([-c, c], shape)


ERROR = Exercise(
    "7.3",
    "leads_downhill",
    error,
    gives=("x_hat",),
    cases=(error_case(2, 1, 3, 4, ""), error_case(3, 3, 2, 5, ""),
           error_case(1, 1, 4, 4, ", logits of about 20", 20.0),
           Case("for a grey image of 2 x 3 pixels",
                (np.linspace(0.1, 0.8, 6).reshape(1, 1, 2, 3),
                 np.linspace(-2, 3, 6).reshape(1, 1, 2, 3))),
           Case("for one image of 1 x 4 pixels, logits of 1000 and -1000",
                (np.array([[[[0.0, 1.0, 0.0, 1.0]]]]), np.array([[[[1e3, 1e3, -1e3, -1e3]]]])))),
    known=(
        Known("error-from-logits", "The image is compared with the logits; the sigmoid makes "
              "intensities of them.", lambda x, c: x - c),
        Known("sigmoid-inverted", "This is x - sigmoid(-c): what is light and what is dark on the "
              "canvas is exchanged.", lambda x, c: x - sigmoid(-c)),
        Known("canvas-minus-image", "It is image minus canvas: positive where light is missing.",
              lambda x, c: sigmoid(c) - x),
        Known("distance", "The sign is gone: whether light is missing or too much is the news.",
              lambda x, c: np.abs(x - sigmoid(c))),
        Known("factor-p-left", "The factor p has no place there either: what is light and should "
              "be dark is seen, and what is dark and should be light is not.",
              lambda x, c: (x - sigmoid(c)) * sigmoid(c)),
        Known("factor-1-p-left", "The factor 1 - p has no place there either: what is dark and "
              "should be light is seen, and what is light and should be dark is not.",
              lambda x, c: (x - sigmoid(c)) * sigmoid(-c)),
        Known("divided-twice", "The factor p (1 - p) is to be left out, and not divided by.",
              lambda x, c: (x - sigmoid(c)) / np.maximum(sigmoid(c) * sigmoid(-c), 1e-30)),
        Known("overflow", "exp(c) / (1 + exp(c)) is infinity over infinity for large c: use a "
              "sigmoid that does not overflow (5.2).", lambda x, c: x - by_e_to_the_c(c)),
    ),
    properties=(is_the_way_down,),
    suspect=Suspect("suspect_error", squared_error_slope, (error, error_by_parts)),
    hints=(
        "Try it on a pixel with x = 1 and c = -20: the canvas is sure that it is dark, and it is "
        "not. How much is missing there, by Eq. 3, and what does the suspect say?",
        "A property: for x = 1 and c = -20 the error is nearly 1. Or, for all c: it is minus the "
        "slope of softplus(c) - x c, by central differences (Section 7.2).",
        "x, c = np.ones((1, 1, 1, 1)), np.full((1, 1, 1, 1), -20.0); "
        "np.allclose(error(x, c), 1). And the factor p * (1 - p), which belongs to a squared "
        "error, has to go.",
    ),
    solution=(solutions.leads_downhill, model.step),
)  # fmt: skip

# ---------------------------------------------------------------- 7.4, 7.5


def cell(name, U, V, inputs):
    """A cell without gates, tanh(h U + v V), that says so if its input is too long or short."""

    def rnn(h, v):
        if np.shape(v) != (len(h), len(V)):
            raise ValueError(f"{name} takes {inputs}, {(len(h), len(V))}, and gets {np.shape(v)}")
        return np.tanh(h @ U.astype(h.dtype) + v @ V.astype(h.dtype))

    return rnn


def network(C, B, A, H, Z):
    """rnn_enc, posterior, rnn_dec and write, with some weights."""
    n = C * B * A
    W_mu, W_sigma, W, b = normal(H, Z), 0.5 * normal(H, Z), 2 * normal(H, n), normal(n)

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
    x, *rest = case.arguments
    return Case(f"{case.about}, grey images", (0.2 + 0.5 * x, *rest), case.sizes)


def loop_case(T, M, C, B, A, H, Z, far=None):
    """Arguments of the loop; the first canvas may be far from 0."""
    x = rng.integers(0, 2, (M, C, B, A)).astype(float)
    c_0 = normal(M, C, B, A) if far is None else sure(M, C, B, A, c=far)
    start = c_0, np.tanh(normal(M, H)), np.tanh(normal(M, H))
    about = f"for T = {T}, M = {M}, C = {C}, {B} x {A} pixels, H = {H} and Z = {Z}"
    about += "" if far is None else f", where c_0 is {far:g} or {-far:g}"
    sizes = {"T": T, "M": M, "C": C, "B": B, "A": A, "H": H, "Z": Z}
    return Case(about, (x, normal(T, M, Z), *start, *network(C, B, A, H, Z)), sizes)


def side_by_side(x, x_hat, axis=1):
    """r_t: both images, one after the other along an axis, as a vector."""
    return np.concatenate([x, x_hat], axis=axis).reshape(len(x), -1)


def loop_by(missing=lambda x, c, c_0: x - sigmoid(c), read=side_by_side,
            joined=lambda r, h_dec: (r, h_dec), old=lambda h, start: h,
            latent=lambda mu, log_sigma, eps, t: sample(mu, log_sigma, eps[t]),
            canvas=lambda c, new, old, write: c + write(new),
            cost=lambda mu, log_sigma, z: kl_to_prior(mu, log_sigma),
            kept=np.stack, paid=lambda costs: np.sum(costs, axis=0)):  # fmt: skip
    """The loop with some of its parts exchanged."""

    def draw_again(x, eps, c_0, h_enc, h_dec, rnn_enc, posterior, rnn_dec, write):
        c, canvases, costs, start = c_0, [c_0], [], (h_enc, h_dec)
        for t in range(len(eps)):
            memory = old((h_enc, h_dec), start)
            r = read(x, missing(x, c, c_0))
            h_enc = rnn_enc(memory[0], np.concatenate(joined(r, h_dec), axis=1))
            mu, log_sigma = posterior(h_enc)
            z = latent(mu, log_sigma, eps, t)
            h_new = rnn_dec(memory[1], z)
            c, h_dec = canvas(c, h_new, h_dec, write), h_new
            canvases.append(c)
            costs.append(cost(mu, log_sigma, z))
        return kept(canvases), paid(np.stack(costs))

    return draw_again


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
            if found != wanted:
                return f"{small}, call {k + 1} is {wanted}; here it is {found}"
        if len(got) > len(want):
            return f"{small}, there are {len(want)} calls; here {got[len(want)]} follows"
        return None

    return hands_on


def keeps_its_strokes(f):
    """A write that always paints 1: the canvases are c_0 and one more in every step."""
    x, h = np.ones((1, 1, 1, 2)), np.zeros((1, 2))
    nothing, ones = np.zeros((1, 1)), np.ones((1, 1, 1, 2))
    c, _ = f(x, np.zeros((3, 1, 1)), 0.5 * x, h, h, lambda h, v: h,
             lambda h: (nothing, nothing), lambda h, z: h, lambda h: ones)  # fmt: skip
    found, wanted = np.asarray(c)[:, 0, 0, 0, 0], [0.5, 1.5, 2.5, 3.5]
    if not np.allclose(found, wanted):
        close = np.isclose(found, wanted)
        said = ", ".join(
            f"{v:.4g}" if fine else compare.number(v, w)
            for v, w, fine in zip(found, wanted, close, strict=True)
        )
        return f"with c_0 = 0.5 and strokes of 1, canvases are 0.5, 1.5, 2.5, 3.5; here {said}"
    return None


LOOP = Exercise(
    "7.4",
    "draw_again",
    solutions.draw_again,
    gives=("c", "L_z"),
    cases=(loop_case(3, 2, 1, 3, 4, 5, 2), loop_case(2, 4, 3, 2, 3, 4, 1),
           loop_case(1, 1, 2, 2, 2, 3, 3), loop_case(2, 3, 1, 4, 5, 7, 6, far=20.0),
           loop_case(2, 3, 1, 4, 5, 7, 6, far=1000.0), grey(loop_case(2, 3, 1, 2, 4, 5, 2))),
    known=(
        Known("error-from-logits", "The error image compares x with the logits; Eq. 3 has a "
              "sigmoid.", loop_by(missing=lambda x, c, c_0: x - c)),
        Known("sigmoid-inverted", "The error image is x - sigmoid(-c) here.",
              loop_by(missing=lambda x, c, c_0: x - sigmoid(-c))),
        Known("canvas-minus-image", "The error image has its sign turned: it is x - sigmoid(c).",
              loop_by(missing=lambda x, c, c_0: sigmoid(c) - x)),
        Known("error-frozen", "The error image is that of c_0 in every step: it must be computed "
              "anew in the loop, from the canvas as it is.",
              loop_by(missing=lambda x, c, c_0: x - sigmoid(c_0))),
        Known("error-before-image", "In r_t the image comes first, and then the error image.",
              loop_by(read=lambda x, x_hat: side_by_side(x_hat, x))),
        Known("images-interleaved", "The images are joined along their columns, so that rows of "
              "both alternate in r_t. First all of x, then all of x_hat: join along axis 1.",
              loop_by(read=lambda x, x_hat: side_by_side(x, x_hat, 3))),
        Known("channels-interleaved", "The images are joined along their rows, so that channels of "
              "both alternate in r_t. First all of x, then all of x_hat: join along axis 1.",
              loop_by(read=lambda x, x_hat: side_by_side(x, x_hat, 2))),
        Known("state-before-image", "The encoder takes r_t first, and then h_dec.",
              loop_by(joined=lambda r, h_dec: (h_dec, r))),
        Known("encoder-blind-to-the-decoder", "The encoder gets zeros where h_dec of the step "
              "before should be.", loop_by(joined=lambda r, h_dec: (r, 0 * h_dec))),
        Known("encoder-without-memory", "rnn_enc begins with the first h_enc in every step: hand "
              "it the last one.", loop_by(old=lambda h, start: (start[0], h[1]))),
        Known("decoder-without-memory", "rnn_dec begins with the first h_dec in every step: hand "
              "it the last one.", loop_by(old=lambda h, start: (h[0], start[1]))),
        Known("noise-shared-by-the-steps", "All steps use the noise eps[0]: each has its own, "
              "eps[t].",
              loop_by(latent=lambda mu, log_sigma, eps, t: sample(mu, log_sigma, eps[0]))),
        Known("noise-dropped", "z is mu: the noise is missing.",
              loop_by(latent=lambda mu, log_sigma, eps, t: mu)),
        Known("log-for-sigma", "posterior gives log sigma, and the noise is multiplied by sigma.",
              loop_by(latent=lambda mu, log_sigma, eps, t: mu + log_sigma * eps[t])),
        Known("write-from-the-state-before", "The stroke is written from h_dec as it was before "
              "the step; Eq. 8 has the new one.",
              loop_by(canvas=lambda c, new, old, write: c + write(old))),
        Known("sigmoid-at-every-step", "The canvas is squashed in every step. It stays a logit; "
              "only the error image sees its sigmoid.",
              loop_by(canvas=lambda c, new, old, write: sigmoid(c + write(new)))),
        Known("canvas-replaced", "The stroke takes the place of the canvas; Eq. 8 adds it.",
              loop_by(canvas=lambda c, new, old, write: write(new))),
        Known("sigmoid-of-all-canvases", "Canvases are wanted as logits; these are their sigmoids.",
              loop_by(kept=lambda canvases: sigmoid(np.stack(canvases)))),
        Known("one-array-for-all-canvases", "All canvases are the last one: the list holds one "
              "array T + 1 times, and += changed it for all. Write c = c + ..., which makes a "
              "new array.", loop_by(kept=lambda canvases: np.stack(len(canvases) * canvases[-1:]))),
        Known("canvas-kept-too-early", "Each canvas is kept before its stroke: c_0 stands there "
              "twice, and c_T is lost.",
              loop_by(kept=lambda canvases: np.stack([canvases[0], *canvases[:-1]]))),
        Known("kl-averaged-over-steps", "L^z is the sum over the steps, and not the mean.",
              loop_by(paid=lambda costs: np.mean(costs, axis=0))),
        Known("last-step-paid", "L^z has the last step only: all latents are to be paid for.",
              loop_by(paid=lambda costs: costs[-1])),
        catalogued("kl-constant-once-a-step", lambda kl: loop_by(
            cost=lambda mu, log_sigma, z: kl(mu, log_sigma))),
        catalogued("kl-without-constant", lambda kl: loop_by(
            cost=lambda mu, log_sigma, z: kl(mu, log_sigma))),
        Known("price-of-one-draw", "log Q(z) - log P(z) at the z that was drawn is the KL on "
              "average only; exercise 4.3 has it exactly.",
              loop_by(cost=lambda mu, log_sigma, z: (log_posterior(z, mu, log_sigma)
                                                     - log_prior(z)))),
        Known("overflow", "exp(c) / (1 + exp(c)) is infinity over infinity for large c: use a "
              "sigmoid that does not overflow (5.2).",
              loop_by(missing=lambda x, c, c_0: x - by_e_to_the_c(c))),
    ),
    properties=(
        followed(solutions.draw_again, (PAIR, NOISE, 0 * PAIR, *STATES), SMALL,
                 "for x = (1, 0), c_0 = (0, 0), h_enc = 0.2, h_dec = 0.1"),
        keeps_its_strokes,
    ),
    hints=(
        "One line an equation, in the order of Section 7.4. What goes from step to step are c, "
        "h_enc and h_dec; beside them a list of canvases, which begins with c_0, and a sum of "
        "costs.",
        "np.concatenate([x, x_hat], axis=1).reshape(M, -1) is r_t. Write c = c + write(h_dec), "
        "and not +=, which would change the canvases that are in the list.",
        "h_enc = rnn_enc(h_enc, np.concatenate([r, h_dec], axis=1)); mu, log_sigma = "
        "posterior(h_enc); z = mu + np.exp(log_sigma) * eps_t; h_dec = rnn_dec(h_dec, z). The "
        "cost of a step is that of exercise 4.3.",
    ),
    solution=(solutions.draw_again, model.step, model.unroll),
)  # fmt: skip


def new_by(cut=lambda z: z, start=lambda c_0: c_0, old=lambda h, first: h,
           canvas=lambda c, new, old, write: c + write(new), end=sigmoid):  # fmt: skip
    """Drawing something new with some of its parts exchanged."""

    def draw_new(z, c_0, h_dec, rnn_dec, write):
        c, first = start(c_0), h_dec
        for z_t in cut(z):
            new = rnn_dec(old(h_dec, first), z_t)
            c, h_dec = canvas(c, new, h_dec, write), new
        return end(c)

    return draw_new


def strokes_averaged(z, c_0, h_dec, rnn_dec, write):
    """The mean of the strokes is added."""
    strokes = []
    for z_t in z:
        h_dec = rnn_dec(h_dec, z_t)
        strokes.append(write(h_dec))
    return sigmoid(c_0 + np.mean(strokes, axis=0))


def adds_its_strokes(f):
    """A write that always paints 1."""
    ones, h = np.ones((1, 1, 1, 2)), np.zeros((1, 2))
    found = np.ravel(f(np.zeros((2, 1, 1)), 0.5 * ones, h, lambda h, z: h, lambda h: ones))
    wanted = sigmoid(2.5)
    if not np.allclose(found, wanted):
        said = compare.number(found[np.argmax(np.abs(found - wanted))], wanted)
        return (
            "with c_0 = 0.5 and two strokes of 1 the last canvas is 2.5 and its sigmoid 0.9241; "
            f"here the picture is {said}"
        )
    return None


def gives_means(f):
    """A canvas between -1 and 1, on which nothing is painted, is neither black nor white."""
    c_0, h = np.linspace(-1, 1, 10).reshape(1, 1, 2, 5), np.zeros((1, 2))
    found = np.asarray(f(np.zeros((1, 1, 1)), c_0, h, lambda h, z: h, lambda h: 0 * c_0))
    if np.all((found == 0) | (found == 1)):
        return (
            "the means are wanted, not a throw and not a rounding: where the last canvas is "
            "between -1 and 1 they are between 0.2689 and 0.7311; here every pixel is 0 or 1"
        )
    return None


def new_case(T, M, C, B, A, H, Z, c_0=None, about=""):
    """Arguments of a drawing without an image."""
    about = f"for T = {T}, M = {M}, C = {C}, {B} x {A} pixels, H = {H} and Z = {Z}{about}"
    sizes = {"T": T, "M": M, "C": C, "B": B, "A": A, "H": H, "Z": Z}
    start = normal(M, C, B, A) if c_0 is None else c_0, np.tanh(normal(M, H))
    return Case(about, (normal(T, M, Z), *start, *network(C, B, A, H, Z)[2:]), sizes)


NEW = Exercise(
    "7.5",
    "draw_new",
    solutions.draw_new,
    gives=("means",),
    cases=(new_case(3, 2, 1, 3, 4, 5, 2), new_case(4, 3, 3, 2, 5, 4, 1),
           new_case(1, 1, 2, 2, 2, 3, 3),
           new_case(2, 3, 1, 4, 5, 7, 6, np.array([20.0, -20.0, 1000.0, -1000.0, 0.0])
                    + np.zeros((3, 1, 4, 5)), ", where c_0 is up to 1000")),
    known=(
        Known("last-canvas-lost", "This is c_{T-1}: the last stroke is missing.",
              new_by(cut=lambda z: z[:-1])),
        Known("logits-returned", "c_T are logits; the means of D are their sigmoids.",
              new_by(end=lambda c: c)),
        Known("sigmoid-at-every-step", "The canvas is squashed in every step; the sigmoid comes "
              "once, after the last.",
              new_by(canvas=lambda c, new, old, write: sigmoid(c + write(new)), end=lambda c: c)),
        Known("sigmoid-at-every-step-and-at-the-end", "The canvas is squashed in every step, and "
              "once more at the end, so that no pixel can be dark. It stays a logit.",
              new_by(canvas=lambda c, new, old, write: sigmoid(c + write(new)))),
        Known("canvas-replaced", "The last stroke is the whole picture: strokes are to be added.",
              new_by(canvas=lambda c, new, old, write: write(new))),
        Known("write-from-the-state-before", "The stroke is written from h_dec as it was before "
              "the step; Eq. 15 has the new one.",
              new_by(canvas=lambda c, new, old, write: c + write(old))),
        Known("starts-at-zero", "The canvas begins at 0, and not at c_0.",
              new_by(start=np.zeros_like)),
        Known("decoder-without-memory", "rnn_dec begins with the first h_dec in every step: hand "
              "it the last one.", new_by(old=lambda h, first: first)),
        Known("one-latent-for-all-steps", "Every step gets z[0]; step t has its own latent, z[t].",
              new_by(cut=lambda z: len(z) * [z[0]])),
        Known("last-step-first", "The latents are used from the last to the first.",
              new_by(cut=lambda z: z[::-1])),
        Known("strokes-averaged", "The strokes are averaged, and should be added.",
              strokes_averaged),
        Known("intensities-added", "Strokes are added to intensities and cut off. They are added "
              "to logits, and the sigmoid comes last.",
              new_by(start=sigmoid, end=lambda c: c,
                     canvas=lambda c, new, old, write: np.clip(c + write(new), 0, 1))),
        Known("c_0-and-the-last-stroke", "Only the last stroke is on the canvas: add every one.",
              lambda z, c_0, h_dec, rnn_dec, write: new_by(
                  canvas=lambda c, new, old, write: c_0 + write(new))(
                      z, c_0, h_dec, rnn_dec, write)),
        Known("rounded", "The means are wanted, and not the more probable of 0 and 1.",
              new_by(end=lambda c: (c > 0).astype(c.dtype))),
        Known("overflow", "exp(c) / (1 + exp(c)) is infinity over infinity for large c: use a "
              "sigmoid that does not overflow (5.2).", new_by(end=by_e_to_the_c)),
    ),
    properties=(
        gives_means,
        followed(solutions.draw_new, (NOISE, 0 * PAIR, STATES[1]), ("rnn_dec", "write"),
                 "for z = 0.5 and -1, c_0 = (0, 0), h_dec = 0.1"),
        adds_its_strokes,
    ),
    hints=(
        "Of the six lines of the loop in Section 7.4 take those that need no image: the decoder, "
        "and the write.",
        "for z_t in z: first the new h_dec, then the canvas. The sigmoid comes once, after the "
        "loop.",
        "h_dec = rnn_dec(h_dec, z_t), and c = c + write(h_dec).",
    ),
    solution=(solutions.draw_new, model.generate),
)  # fmt: skip

EXERCISES = (PAINTED, FINISHED, ERROR, LOOP, NEW)
