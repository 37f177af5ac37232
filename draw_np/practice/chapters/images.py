"""Exercises of chapter 13: colour, grey values, pictures from files, a split."""

import numpy as np

from draw_np.data import colour, dataset, own_images
from draw_np.likelihood import bernoulli_nll
from draw_np.nn import sigmoid
from draw_np.practice import compare
from draw_np.practice.chapters import solutions
from draw_np.practice.exercise import Case, Exercise, Known, Suspect

rng = np.random.default_rng(13)
PIXELS = (1, 2, 3)  # the axes of an image's pixels and channels


def normal(*shape):
    """Standard normal numbers."""
    return rng.standard_normal(shape)


def sizes(**letters):
    """Sizes in words, and for a case."""
    return ", ".join(f"{letter} = {size}" for letter, size in letters.items()), letters


# ---------------------------------------------------------------- 13.1


def coloured_by(mix, ground=lambda g: g[:, :, None, None]):
    """Coloured digits by another mixture, or other colours."""

    def coloured(share, ground_colour, ink_colour):
        return mix(share[:, None], ground(ground_colour), ground(ink_colour))

    return coloured


def mixture(share, ground, ink):
    """The right one."""
    return ground + share * (ink - ground)


def colour_case(M, B, A, about="", share=None):
    """Digits and colours, a dark and a bright one."""
    words, letters = sizes(M=M, B=B, A=A)
    share = rng.random((M, B, A)) if share is None else share
    colours = 0.4 * rng.random((M, 3)), 0.6 + 0.4 * rng.random((M, 3))
    return Case(f"for {words}{about}", (share, *colours), letters | {"C": 3})


def ends_are_the_colours(f):
    """No ink is the ground, and nothing but ink is the ink."""
    share = np.array([[[0.0, 1.0]]] * 2)
    ground = np.array([[0.1, 0.2, 0.3], [0.0, 0.3, 0.0]])
    ink = np.array([[0.9, 0.8, 0.7], [1.0, 0.5, 0.6]])
    x = np.asarray(f(share, ground.copy(), ink.copy()))
    for place, colours, name in ((0, ground, "0 is the ground"), (1, ink, "1 is the ink")):
        for m, number in enumerate(("first", "second")):
            found, wanted = x[m, :, 0, place], colours[m]
            if not np.allclose(found, wanted):
                k = np.argmin(np.isclose(found, wanted))
                return (
                    f"a pixel with the share {name}: in the {number} image, channel {k}, it is "
                    f"{wanted[k]:g}; here it is {compare.number(found[k], wanted[k])}"
                )
    return None


COLOURED = Exercise(
    "13.1",
    "coloured",
    solutions.coloured,
    gives=("x",),
    cases=(colour_case(3, 4, 5), colour_case(2, 5, 3), colour_case(1, 4, 6),
           colour_case(4, 2, 2, ", ink or ground alone",
                       rng.integers(0, 2, (4, 2, 2)).astype(float))),
    known=(
        Known("colours-exchanged", "Share 1 is ink alone, and share 0 ground alone: they are "
              "exchanged.", coloured_by(lambda s, g, i: mixture(1 - s, g, i))),
        Known("on-black", "The ground has its share too: this digit is on a black one.",
              coloured_by(lambda s, g, i: s * i)),
        Known("ink-added", "Ink is added to the whole ground; where there is ink, there is less "
              "ground.", coloured_by(lambda s, g, i: g + s * i)),
        Known("ink-added-and-cut-off", "Ink is added to the whole ground and cut off at 1; where "
              "there is ink, there is less ground.",
              coloured_by(lambda s, g, i: np.minimum(g + s * i, 1))),
        Known("hard-edges", "Every pixel is ink or ground; one with the share 0.3 is a mixture.",
              coloured_by(lambda s, g, i: np.where(s > 0.5, i, g))),
        Known("ink-wherever-there-is-some", "A pixel with a little ink is not ink alone, but a "
              "mixture.", coloured_by(lambda s, g, i: np.where(s > 0, i, g))),
        Known("brighter-of-both", "Of ground and ink it takes the brighter, and not a mixture.",
              coloured_by(lambda s, g, i: np.maximum(g, s * i))),
        Known("colours-of-the-first-image", "All images get the colours of the first.",
              coloured_by(mixture, lambda g: g[:1, :, None, None])),
        Known("image-and-channel-exchanged", "Axes of the colours are exchanged: the first is the "
              "image, the second the channel. With three images nothing crashes.",
              coloured_by(mixture, lambda g: g.T[:, :, None, None])),
        Known("grey", "All channels are alike: that is grey. Each has its own number in a colour.",
              coloured_by(lambda s, g, i: mixture(s, *(np.mean(v, axis=1, keepdims=True)
                                                       + 0 * v for v in (g, i))))),
    ),
    properties=(ends_are_the_colours,),
    hints=(
        "What is a pixel with the share 1/4, in words? Write it for one channel of one pixel.",
        "(1 - share) ground + share ink. Then give all three arrays four axes, so that what is "
        "missing in one is repeated: (M, 1, B, A) and (M, 3, 1, 1).",
        "share[:, None] and ground[:, :, None, None] have these axes.",
    ),
    solution=(solutions.coloured, colour.compose),
)  # fmt: skip

# ---------------------------------------------------------------- 13.2


def plogp(p):
    """p log p, NaN at 0."""
    return p * np.log(p)


def plogp_at_0(p):
    """p log p, 0 at 0."""
    return np.where(p > 0, p * np.log(np.maximum(p, 1e-300)), 0)


def split_by(term=plogp_at_0, both=lambda p, f: f(p) + f(1 - p), add=np.sum, of=lambda x, c: x,
             cost=bernoulli_nll):  # fmt: skip
    """Floor and rest, from another floor or another cost."""

    def floor_and_rest(x, c):
        floor = -add(both(of(x, c), term), axis=PIXELS)
        return floor, cost(x, c) - floor

    return floor_and_rest


def softplus_by_e_to_the_c(c):
    """The softplus as it stands on paper."""
    return np.log(1 + np.exp(c))


def by_divergence(term):
    """The right floor, and the rest as KL(x || sigmoid(c)), from its terms p log(p / q)."""

    def floor_and_rest(x, c):
        floor, _ = solutions.floor_and_rest(x, c)
        q = sigmoid(c)
        return floor, np.sum(term(x, q) + term(1 - x, 1 - q), axis=PIXELS)

    return floor_and_rest


def changed(change):
    """Floor and rest, afterwards changed: a function of cost and floor."""

    def floor_and_rest(x, c):
        floor, rest = solutions.floor_and_rest(x, c)
        return change(floor, rest, x)

    return floor_and_rest


def by_log_p(x, c):
    """The right floor, and a cost that takes logarithms of probabilities."""
    p = sigmoid(c)
    cost = -np.sum(x * np.log(p) + (1 - x) * np.log(1 - p), axis=PIXELS)
    floor, _ = solutions.floor_and_rest(x, c)
    return floor, cost - floor


def grey_of_the_whole(x, c):
    """An image of one grey, its mean."""
    return np.mean(x, axis=PIXELS, keepdims=True) + 0 * x


def no_floor_under_black_and_white(f):
    """H(0) = H(1) = 0, and with the best logits nothing is left above the floor."""
    x = np.array([[[[0.0, 1.0]]], [[[0.25, 0.75]]]])
    c = np.array([[[[-50.0, 50.0]]], [[[-np.log(3), np.log(3)]]]])
    floor, rest = (np.asarray(v) for v in f(x, c))
    if abs(floor[0]) > 1e-13:  # a little may be left by rounding
        return f"a black and white image has the floor 0, exactly; here it is {floor[0]:.4g}"
    for about, found in zip(("(0, 1)", "(0.25, 0.75)"), rest, strict=True):
        if not np.isclose(found, 0):
            return f"where sigmoid(c) = x the rest is 0; at x = {about} it is {found:.4g}"
    return None


NEARLY = {
    "0.02": 0.02, "0.97": 0.97, "1/255": 1 / 255, "254/255": 254 / 255, "0.9999": 0.9999,
    "1e-6": 1e-6, "1 - 1e-6": 1 - 1e-6, "1e-9": 1e-9,
}  # fmt: skip


def little_is_not_nothing(f):
    """H of a single pixel, nearly black or nearly white, is not 0."""
    for said, x in NEARLY.items():
        (found,), _ = f(np.full((1, 1, 1, 1), x), np.zeros((1, 1, 1, 1)))
        if abs(found) < 1e-13:
            return (
                f"nearly black is not black, and nearly white not white: at x = {said} H is "
                f"{-plogp(x) - plogp(1 - x):.4g}; here it is 0"
            )
    return None


def grey_case(M, C, B, A, about="", x=None, c=None):
    """Grey images with some black and white pixels, and a canvas."""
    words, letters = sizes(M=M, C=C, B=B, A=A)
    grey = np.clip(rng.uniform(-0.2, 1.2, (M, C, B, A)), 0, 1) if x is None else x
    canvas = 2 * normal(M, C, B, A) if c is None else c
    return Case(f"for {words}{about}", (grey, canvas), letters)


def inner(M, C, B, A):
    """Grey images without black and white."""
    return rng.uniform(0.05, 0.95, (M, C, B, A))


def of_one_pixel(about, x, c):
    """A case with an image for each of some greys and logits."""
    x, c = (np.array(v, float).reshape(-1, 1, 1, 1) for v in (x, c))
    return Case(f"for {len(x)} images of one pixel, {about}", (x, c), {"M": len(x)})


def sure_and_right():
    """Black and white, with logits that say so."""
    c = np.array([6.0, -6.0, 12.0, -12.0, 21.0, -21.0])
    return of_one_pixel("black or white, logits of 6, 12 and 21 with either sign", c > 0, c)


SURE = np.array([[[[0.0, 1.0, 0.3]]], [[[1.0, 0.0, 0.0]]]])  # of these the second has no grey
FAR = np.array([[[[-1000.0, 30.0, 1000.0]]], [[[1000.0, -40.0, 3.0]]]])

FLOOR = Exercise(
    "13.2",
    "floor_and_rest",
    solutions.floor_and_rest,
    gives=("floor", "rest"),
    cases=(grey_case(3, 1, 4, 5, ", all grey", x=inner(3, 1, 4, 5)), grey_case(2, 3, 3, 2),
           grey_case(2, 1, 1, 3, ", logits up to 1000", SURE, FAR),
           of_one_pixel("nearly black or white", [*NEARLY.values()], normal(len(NEARLY))),
           sure_and_right()),
    known=(
        Known("0-log-0", "At 0 and at 1 it is 0 times an infinite logarithm, NaN: put something "
              "else, such as 1, into the logarithm where x is 0, and where 1 - x is.",
              split_by(plogp)),
        Known("epsilon-in-the-logarithm", "A small number in the logarithm changes all values a "
              "little. Exchange the 0 alone: np.where(p > 0, p, 1) in the logarithm.",
              split_by(lambda p: p * np.log(p + 1e-8))),
        Known("half-of-the-entropy", "A coin has two sides: -(1 - x) log(1 - x) is missing.",
              split_by(both=lambda p, f: f(p))),
        Known("bits-for-nats", "The floor is in bits, and the cost in nats.",
              split_by(lambda p: plogp_at_0(p) / np.log(2))),
        Known("mean-over-pixels", "The floor is a sum over all pixels and channels, and not their "
              "mean.", split_by(add=np.mean)),
        Known("all-averaged", "Both are sums over all pixels and channels, and not means.",
              changed(lambda floor, rest, x: (floor / x[0].size, rest / x[0].size))),
        Known("floor-of-the-canvas", "This is the entropy of sigmoid(c). The floor belongs to the "
              "image alone.", split_by(of=lambda x, c: sigmoid(c))),
        Known("floor-of-one-half", "Each pixel costs log 2 at c = 0; the floor is the cost at the "
              "best c, which is H(x).", split_by(of=lambda x, c: np.full_like(x, 0.5))),
        Known("floor-of-the-mean-grey", "H is to be taken pixel by pixel; the entropy of the mean "
              "grey is something else.", split_by(of=grey_of_the_whole)),
        Known("logarithm-of-p", "The rest by log p and log(1 - p): sigmoid(-1000) is 0, and its "
              "logarithm infinite. Take the cost, softplus(c) - x c, minus the floor.",
              by_log_p),
        Known("overflow", "The softplus by e^c: e^1000 is infinite; np.logaddexp(0, c) is not.",
              split_by(cost=lambda x, c: np.sum(softplus_by_e_to_the_c(c) - x * c, axis=PIXELS))),
        Known("divergence-by-its-formula", "The rest by x log(x / p) and its like for 1 - x: p = "
              "sigmoid(-1000) is 0, and the quotient infinite. Take the cost, softplus(c) - x c, "
              "minus the floor.",
              by_divergence(lambda p, q: np.where(p > 0, p * np.log(np.maximum(p, 1e-300) / q),
                                                  0))),
        Known("divergence-with-0-log-0", "The rest by x log(x / p) and its like for 1 - x: that is "
              "NaN at x = 0 and at x = 1, and infinite where p = sigmoid(-1000) is 0. Take the "
              "cost, softplus(c) - x c, minus the floor.",
              by_divergence(lambda p, q: p * np.log(p / q))),
        Known("sign-of-the-floor", "H(x) is positive: a minus is missing.",
              changed(lambda floor, rest, x: (-floor, rest + 2 * floor))),
        Known("whole-cost-for-the-rest", "The rest is what is above the floor; this is the whole "
              "cost.", changed(lambda floor, rest, x: (floor, rest + floor))),
        Known("floor-minus-cost", "The rest is cost minus floor, and never negative.",
              changed(lambda floor, rest, x: (floor, -rest))),
        Known("rest-first", "The floor comes first, and then the rest.",
              changed(lambda floor, rest, x: (rest, floor))),
    ),
    properties=(no_floor_under_black_and_white, little_is_not_nothing),
    hints=(
        "Write a function for p log p, which is 0 at p = 0, and use it twice. The rest is the "
        "cost of exercise 5.3 without the floor.",
        "np.where(p > 0, p, np.ones_like(p)) is something whose logarithm is always finite, and "
        "is 0 where p is 0.",
        "floor = -np.sum(plogp(x) + plogp(1 - x), axis=(1, 2, 3)), and rest = "
        "np.sum(np.logaddexp(0, c) - x * c, axis=(1, 2, 3)) - floor.",
    ),
    solution=(solutions.floor_and_rest,),
)  # fmt: skip

# ---------------------------------------------------------------- 13.3


def integral(c):
    """tanh(c/2)/c, NaN at 0."""
    return np.tanh(c / 2) / c


def where_not_0(f, limit=0.5):
    """A function of c, with another value at c = 0."""
    return lambda c: np.where(c == 0, limit, f(np.where(c == 0, 1, c)))


def density_by(f=where_not_0(integral), put=lambda cost, v: cost + np.log(v), add=np.sum,
               softplus=lambda c: np.logaddexp(0, c)):  # fmt: skip
    """The cost of a density, from another integral or put together otherwise."""

    def continuous_nll(x, c):
        return add(put(softplus(c) - x * c, f(c)), axis=PIXELS)

    return continuous_nll


def logarithm_of_product(x, c):
    """One logarithm an image, that of the product of its integrals."""
    return bernoulli_nll(x, c) + np.log(np.prod(where_not_0(integral)(c), axis=PIXELS))


def logarithm_of_density(x, c):
    """One logarithm an image, that of the product of its pixels' densities."""
    density = np.exp(x * c - np.logaddexp(0, c)) / where_not_0(integral)(c)
    return -np.log(np.prod(density, axis=PIXELS))


def by_two_logarithms(c):
    """The logarithm of the integral, NaN for c < 0."""
    return np.log(np.tanh(c / 2)) - np.log(c)


def by_e_to_minus_c(c):
    """The integral, with a difference of two numbers near 1."""
    u = np.abs(c)
    return (1 - np.exp(-u)) / (1 + np.exp(-u)) / u


def once_an_image(x, c):
    """The integrals are averaged, and used once."""
    v = np.mean(where_not_0(integral)(c), axis=PIXELS)
    return bernoulli_nll(x, c) + np.log(v)


def by_powers(c):
    """As it stands in the chapter before the last step."""
    return (np.exp(c) - 1) / (c * (1 + np.exp(c)))


def has_the_integral_1(f):
    """A density over 0 ... 1."""
    x = ((np.arange(1000) + 0.5) / 1000).reshape(-1, 1, 1, 1)
    flat = np.asarray(f(x.reshape(500, 1, 1, 2), np.zeros((500, 1, 1, 2))))
    if not np.allclose(flat, 0, atol=1e-12):
        return (
            "at c = 0 all greys have the density 1, and the cost 0; here it is "
            f"{flat.flat[np.argmax(np.abs(flat))]:.4g}"
        )
    for c in (0.5, 4.0, -4.0):
        found = float(np.mean(np.exp(-np.asarray(f(x, np.full_like(x, c))))))
        if not np.isclose(found, 1, rtol=1e-3):
            said = compare.number(found, 1)
            return f"the integral of a density over 0 ... 1 is 1; at c = {c:g} it is {said}"
    return None


def keeps_its_digits(f):
    """c^2 / 24 at x = 1/2 and small c."""
    for c, said in ((1e-9, "1e-9"), (1e-6, "1e-6")):
        found = np.asarray(f(np.full((1, 1, 1, 1), 0.5), np.full((1, 1, 1, 1), c))).item()
        if 1e-12 < abs(found - c**2 / 24) < 1e-3:
            return (
                f"at x = 1/2 and c = {said} the cost is c^2 / 24, next to nothing; here it is "
                f"{found:.2g}: 1 - e^-|c| and 2 sigmoid(c) - 1 lose their digits there, and "
                "np.tanh(c/2) does not"
            )
    return None


NEAR_0 = np.array([0.0, 1e-9, -1e-6, 1e-3]).reshape(2, 1, 1, 2)
FAR_AWAY = np.array([1000.0, -1000.0, 40.0]).reshape(1, 1, 1, 3)

DENSITY = Exercise(
    "13.3",
    "continuous_nll",
    solutions.continuous_nll,
    gives=("cost",),
    cases=(grey_case(3, 1, 2, 4), grey_case(2, 3, 3, 2),
           grey_case(2, 1, 1, 2, ", logits of 0 and near it", inner(2, 1, 1, 2), NEAR_0),
           grey_case(1, 1, 1, 3, ", logits up to 1000",
                     np.array([0.99, 0.001, 0.5]).reshape(1, 1, 1, 3), FAR_AWAY),
           of_one_pixel("logits of 5e-4 and -5e-5", [0.2, 0.9], [5e-4, -5e-5]),
           sure_and_right(),
           of_one_pixel("x = 0 with c = 1000 and x = 1 with c = -1000", [0, 1], [1000, -1000]),
           grey_case(2, 1, 28, 28, ", logits of 6 and -6", rng.random((2, 1, 28, 28)),
                     rng.choice([-6.0, 6.0], (2, 1, 28, 28)))),
    known=(
        Known("not-divided", "This is the cost of Eq. 9: the logarithm of the integral is "
              "missing.", density_by(put=lambda cost, v: cost)),
        Known("multiplied-for-divided", "The logarithm of the integral is subtracted. The density "
              "is divided by it, so that minus the logarithm gets it added.",
              density_by(put=lambda cost, v: cost - np.log(v))),
        Known("cost-divided", "The density is divided by the integral, and not its logarithm: add "
              "the logarithm of the integral.", density_by(put=lambda cost, v: cost / v)),
        Known("logarithm-forgotten", "The integral is added, and its logarithm should be.",
              density_by(put=lambda cost, v: cost + v)),
        Known("0-over-0", "At c = 0 it is 0/0, NaN: there the limit 1/2 must stand, and in the "
              "quotient something else than 0.", density_by(integral)),
        Known("epsilon-in-the-denominator", "A small number in the denominator does not help: at "
              "c = 0 it is 0 by that number, and all others change a little.",
              density_by(lambda c: np.tanh(c / 2) / (c + 1e-8))),
        Known("limit-is-1", "In the limit c = 0 the integral is 1/2, and not 1.",
              density_by(where_not_0(integral, 1.0))),
        Known("limit-is-0", "At c = 0 no logarithm is added; the integral is 1/2 there, and its "
              "logarithm -log 2.",
              density_by(put=lambda cost, v: cost + np.where(v == 0.5, 0, np.log(v)))),
        Known("half-forgotten", "It is tanh(c/2)/c: the 2 is missing.",
              density_by(where_not_0(lambda c: np.tanh(c) / c))),
        Known("tanh-over-c/2", "It is tanh(c/2)/c, and not tanh(c/2)/(c/2): twice too large.",
              density_by(lambda c: 2 * where_not_0(integral)(c))),
        Known("powers-of-e", "The integral by e^c: e^1000 is infinite, and e^c - 1 loses its "
              "digits near 0. Take tanh(c/2)/c.", density_by(where_not_0(by_powers))),
        Known("overflow", "The softplus by e^c: e^1000 is infinite; np.logaddexp(0, c) is not.",
              density_by(softplus=softplus_by_e_to_the_c)),
        Known("logarithm-of-a-product", "The logarithm of a product: it underflows, with 784 "
              "pixels to 0. Add the logarithms of the integrals.", logarithm_of_product),
        Known("logarithm-of-a-product-of-densities", "The logarithm of a product: it underflows, "
              "with 784 pixels to 0. Add the pixels' costs.", logarithm_of_density),
        Known("density-first", "The density of a pixel, and then its logarithm: e^-1000 is 0. "
              "Minus the logarithm of exp(-cost) is the cost itself.",
              density_by(put=lambda cost, v: -np.log(np.exp(-cost) / v))),
        Known("logarithm-of-a-negative-number", "log(tanh(c/2)) - log(c) is NaN for negative c: "
              "divide first, tanh(c/2)/c is positive, and take one logarithm.",
              density_by(where_not_0(by_two_logarithms, np.log(0.5)), lambda cost, v: cost + v)),
        Known("logarithms-of-0-and-less", "log(tanh(c/2)) - log(c) is NaN for negative c, and for "
              "0: divide first, with the limit 1/2 at 0, and take one logarithm.",
              density_by(by_two_logarithms, lambda cost, v: cost + v)),
        Known("digits-lost-near-0", "1 - e^-|c| loses its digits near 0: e^(-1e-9) is so near 1. "
              "Take tanh(c/2)/c, or np.expm1.", density_by(where_not_0(by_e_to_minus_c))),
        Known("digits-lost-in-the-sigmoid", "2 sigmoid(c) - 1 loses its digits near 0, where the "
              "sigmoid is nearly 1/2: tanh(c/2) is the same number, with all digits.",
              density_by(where_not_0(lambda c: (2 * sigmoid(c) - 1) / c))),
        Known("once-an-image", "Every pixel and channel has an integral of its own: add all their "
              "logarithms.", once_an_image),
        Known("mean-over-pixels", "The cost is a sum over all pixels and channels, and not their "
              "mean.", density_by(add=np.mean)),
    ),
    properties=(has_the_integral_1, keeps_its_digits),
    hints=(
        "Minus the logarithm of a quotient: the cost that you know, plus the logarithm of what it "
        "is divided by.",
        "np.tanh(c / 2) / c is fine for small c, but for 0 itself. np.where computes both sides, "
        "so divide by something else than 0 there.",
        "other = np.where(c == 0, np.ones_like(c), c); integral = np.where(c == 0, 0.5, "
        "np.tanh(other / 2) / other); then np.logaddexp(0, c) - x * c + np.log(integral), summed.",
    ),
    solution=(solutions.continuous_nll,),
)  # fmt: skip

# ---------------------------------------------------------------- 13.4


def loaded(images):
    """The right answer, by the package."""
    return own_images.channels_first(images, "images") / 255


def loaded_by(move=lambda v: np.moveaxis(v, 3, 1), scale=lambda v: v / 255):
    """Images, moved and scaled otherwise."""
    return lambda images: scale(move(images))


def file_case(n, B, A, C, brightest=255):
    """Images as files have them."""
    words, letters = sizes(n=n, B=B, A=A, C=C)
    images = rng.integers(0, brightest + 1, (n, B, A, C)).astype(float)
    return Case(f"for {words}", (images,), letters)


def grey_stays_grey(f):
    """A grey picture saved in colour."""
    grey = np.arange(20.0).reshape(1, 4, 5, 1)
    x = np.asarray(f(np.repeat(grey, 3, axis=3)))
    differs = ~np.isclose(x, x[:, :1])
    if np.any(differs):
        _, k, *place = np.argwhere(differs)[0]
        first, other = x[0, 0, *place], x[0, k, *place]
        return (
            "a grey picture that was saved in colour has three equal channels; here channel 0 "
            f"of a pixel is {compare.number(first, other)}, and channel {k} is "
            f"{compare.number(other, first)}"
        )
    return None


LOADED = Exercise(
    "13.4",
    "loaded",
    loaded,
    gives=("x",),
    cases=(file_case(2, 4, 5, 3), file_case(1, 5, 5, 3, 100), file_case(4, 6, 4, 1)),
    known=(
        Known("reshaped", "reshape gives the right shape, and leaves the numbers in their order: "
              "red, green and blue get mixed, and pictures scrambled. Move the axis.",
              loaded_by(lambda v: v.reshape(len(v), v.shape[3], *v.shape[1:3]))),
        Known("lying-down", "Rows and columns are exchanged as well; only the channel moves. (In "
              "an image that is not square the shape shows it.)",
              loaded_by(lambda v: np.swapaxes(v, 1, 3) if v.shape[1] == v.shape[2]
                        else np.moveaxis(v, 3, 1))),
        Known("not-scaled", "The numbers go up to 255 still: divide by 255.",
              loaded_by(scale=lambda v: v * 1)),
        Known("scaled-twice", "It is divided by 255 twice: all is black.",
              loaded_by(scale=lambda v: v / 255**2)),
        Known("divided-by-256", "255 is white, and should become 1: divide by 255.",
              loaded_by(scale=lambda v: v / 256)),
        Known("brightest-is-1", "It is divided by the largest number that occurs. Then a dark set "
              "becomes bright; 255 is 1.", loaded_by(scale=lambda v: v / np.max(v))),
        Known("each-image-by-itself", "Every image is divided by its own largest number. A dark "
              "picture is dark; 255 is 1.",
              loaded_by(scale=lambda v: v / np.max(v, axis=(1, 2, 3), keepdims=True))),
        Known("from-minus-1", "A pixel is between 0 and 1, as a probability, and not between -1 "
              "and 1.", loaded_by(scale=lambda v: v / 127.5 - 1)),
        Known("blue-first", "The channels come in the order in which they were, red first.",
              loaded_by(lambda v: np.moveaxis(v[..., ::-1], 3, 1))),
        Known("whole-division", "// gives whole numbers, 0 for all but 255: divide by /.",
              loaded_by(scale=lambda v: v // 255)),
        Known("rounded", "The numbers are rounded to 0 and 1: grey values were wanted.",
              loaded_by(scale=lambda v: np.rint(v / 255))),
    ),
    properties=(grey_stays_grey,),
    hints=(
        "Where does the number at images[i, row, column, channel] have to stand in x?",
        "At x[i, channel, row, column]. reshape keeps all numbers in their order, and so cannot "
        "do this; np.moveaxis and np.transpose can.",
        "np.moveaxis(images, 3, 1), divided by 255.",
    ),
    solution=(own_images.channels_first, dataset.intensities),
)  # fmt: skip

# ---------------------------------------------------------------- 13.5


def parted_by(cut, keep=np.sort):
    """A split, from the numbers of train, valid and test."""

    def parted(images, order):
        size = max(1, len(images) // 10)
        train, valid, test = cut(order, size)
        return images[keep(train)], images[valid], images[test]

    return parted


def from_the_front(order, size):
    """The right one."""
    return order[2 * size :], order[:size], order[size : 2 * size]


def by_names(images, order):
    """A right one, written otherwise."""
    size = max(1, len(images) // 10)
    belongs = np.full(len(images), 2)
    belongs[order[:size]], belongs[order[size : 2 * size]] = 0, 1
    return images[belongs == 2], images[order[:size]], images[order[size : 2 * size]]


def leaking(images, order):
    """Training images from the images as they lie."""
    size = max(1, len(images) // 10)
    return images[2 * size :], images[order[:size]], images[order[size : 2 * size]]


def split_case(n, *shape, twice=False):
    """Images and an order in which no number is at its place; one of test may be in train too."""
    order = np.arange(n)
    while np.any(order == np.arange(n)):
        order = rng.permutation(n)
    images, about = normal(n, *shape), f"for {n} images of {' x '.join(map(str, shape))}"
    if twice:
        images[order[-1]] = images[order[max(1, n // 10)]]
        about += ", of which two are equal: go by numbers, and not by what is in the images"
    return Case(about, (images, order), {"n": n})


SPLIT = Exercise(
    "13.5",
    "no_image_twice",
    solutions.parted,
    gives=("train", "valid", "test"),
    cases=(split_case(29, 1, 2, 3), split_case(10, 3, 2, 2), split_case(41, 1, 3, 2),
           split_case(3, 1, 2, 2), split_case(12, 1, 2, 4, twice=True)),
    known=(
        Known("train-in-the-shuffled-order", "The training images are the right ones; put them "
              "back in the order in which they were, by np.sort of their numbers.",
              parted_by(from_the_front, keep=lambda numbers: numbers)),
        Known("images-sorted", "Sort the numbers of the training images, and not the images "
              "themselves.",
              lambda images, order: (
                  np.sort(images[order[2 * max(1, len(images) // 10):]], axis=0),
                  *solutions.parted(images, order)[1:])),
        Known("valid-and-test-exchanged", "valid comes first in the order, and test next.",
              parted_by(lambda order, size: (order[2 * size:], order[size : 2 * size],
                                             order[:size]))),
        Known("test-is-valid", "valid and test are the same images.",
              parted_by(lambda order, size: (order[2 * size:], order[:size], order[:size]))),
        Known("order-forgotten", "The order is not used: images are taken as they lie. In a "
              "sorted set the first are all of one kind.",
              parted_by(lambda order, size: from_the_front(np.arange(len(order)), size))),
        Known("order-inverted", "order says which image comes first; argsort of it says at which "
              "place an image comes.",
              parted_by(lambda order, size: from_the_front(np.argsort(order), size))),
        Known("from-the-back", "valid and test are those that come first in the order; these come "
              "last.",
              parted_by(lambda order, size: (order[: -2 * size], order[-size:],
                                             order[-2 * size : -size]))),
        Known("train-first", "The training images come last in the order, after valid and test.",
              parted_by(lambda order, size: (order[: -2 * size], order[-2 * size : -size],
                                             order[-size:]))),
        Known("valid-among-train", "The images of valid are training images as well; those of "
              "order[2 * size:] are the rest.",
              parted_by(lambda order, size: (np.r_[order[:size], order[3 * size:]],
                                             *from_the_front(order, size)[1:]))),
    ),
    suspect=Suspect("suspect_split", leaking, (solutions.parted, by_names)),
    hints=(
        "Give it images that you can tell apart: np.arange(40.0), number i as image i. Which "
        "numbers are where afterwards?",
        "For the property: the three parts put together and sorted must be all the numbers, each "
        "once. To mend it: the training images are not those that lie last, but those that come "
        "last in the order.",
        "np.array_equal(np.sort(np.concatenate(split(images, order))), images), with order = "
        "np.random.default_rng(0).permutation(40). train = images[np.sort(order[2 * size:])].",
    ),
    solution=(solutions.no_image_twice, solutions.parted, own_images.with_all_splits),
)  # fmt: skip

EXERCISES = (COLOURED, FLOOR, DENSITY, LOADED, SPLIT)
