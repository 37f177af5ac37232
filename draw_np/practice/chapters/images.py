"""Exercises of chapter 13: colour, grey values, pictures from files, a split."""

import numpy as np

from draw_np.data import colour, dataset, own_images
from draw_np.practice import compare
from draw_np.practice.chapters import solutions
from draw_np.practice.exercise import Case, Exercise, Suspect, numbers, sized

rng, normal = numbers(13)


# ---------------------------------------------------------------- 13.1


@sized("for M = {M}, B = {B}, A = {A}{about}")
def colour_case(M, B, A, about="", share=None, C=3):
    """Digits and colours, a dark and a bright one."""
    share = rng.random((M, B, A)) if share is None else share
    return share, 0.4 * rng.random((M, C)), 0.6 + 0.4 * rng.random((M, C))


def ends_are_the_colours(f):
    """No ink is the ground, and nothing but ink is the ink."""
    share = np.array([[[0.0, 1.0]]] * 2)
    ground = np.array([[0.1, 0.2, 0.3], [0.0, 0.3, 0.0]])
    ink = np.array([[0.9, 0.8, 0.7], [1.0, 0.5, 0.6]])
    x = np.asarray(f(share, ground.copy(), ink.copy()))
    for place, colours, name in ((0, ground, "0 is the ground"), (1, ink, "1 is the ink")):
        for m, number in enumerate(("first", "second")):
            found, wanted = x[m, :, 0, place], colours[m]
            k = np.argmin(np.isclose(found, wanted))
            assert np.allclose(found, wanted), (
                f"a pixel with the share {name}: in the {number} image, channel {k}, it is "
                f"{wanted[k]:g}; here it is {compare.number(found[k], wanted[k])}"
            )


COLOURED = Exercise(
    "13.1",
    solutions.coloured,
    cases=(
        *colour_case.each((3, 4, 5), (2, 5, 3), (1, 4, 6)),
        colour_case(4, 2, 2, ", ink or ground alone", rng.integers(0, 2, (4, 2, 2)).astype(float)),
    ),
    properties=(ends_are_the_colours,),
    solution=(solutions.coloured, colour.compose),
)

# ---------------------------------------------------------------- 13.2


def plogp(p):
    """p log p, NaN at 0."""
    return p * np.log(p)


def no_floor_under_black_and_white(f):
    """H(0) = H(1) = 0, and with the best logits nothing is left above the floor."""
    x = np.array([[[[0.0, 1.0]]], [[[0.25, 0.75]]]])
    c = np.array([[[[-50.0, 50.0]]], [[[-np.log(3), np.log(3)]]]])
    floor, rest = (np.asarray(v) for v in f(x, c))
    assert not abs(floor[0]) > 1e-13, (  # a little may be left by rounding
        f"a black and white image has the floor 0, exactly; here it is {floor[0]:.4g}"
    )
    for about, found in zip(("(0, 1)", "(0.25, 0.75)"), rest, strict=True):
        assert np.isclose(found, 0), (
            f"where sigmoid(c) = x the rest is 0; at x = {about} it is {found:.4g}"
        )


NEARLY = {
    "0.02": 0.02,
    "0.97": 0.97,
    "1/255": 1 / 255,
    "254/255": 254 / 255,
    "0.9999": 0.9999,
    "1e-6": 1e-6,
    "1 - 1e-6": 1 - 1e-6,
    "1e-9": 1e-9,
}


def little_is_not_nothing(f):
    """H of a single pixel, nearly black or nearly white, is not 0."""
    for said, x in NEARLY.items():
        (found,), _ = f(np.full((1, 1, 1, 1), x), np.zeros((1, 1, 1, 1)))
        assert not abs(found) < 1e-13, (
            f"nearly black is not black, and nearly white not white: at x = {said} H is "
            f"{-plogp(x) - plogp(1 - x):.4g}; here it is 0"
        )


@sized("for M = {M}, C = {C}, B = {B}, A = {A}{about}")
def grey_case(M, C, B, A, about="", x=None, c=None):
    """Grey images with some black and white pixels, and a canvas."""
    grey = np.clip(rng.uniform(-0.2, 1.2, (M, C, B, A)), 0, 1) if x is None else x
    return grey, 2 * normal(M, C, B, A) if c is None else c


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
    solutions.floor_and_rest,
    cases=(
        grey_case(3, 1, 4, 5, ", all grey", x=inner(3, 1, 4, 5)),
        grey_case(2, 3, 3, 2),
        grey_case(2, 1, 1, 3, ", logits up to 1000", SURE, FAR),
        of_one_pixel("nearly black or white", [*NEARLY.values()], normal(len(NEARLY))),
        sure_and_right(),
    ),
    properties=(no_floor_under_black_and_white, little_is_not_nothing),
)

# ---------------------------------------------------------------- 13.3


def has_the_integral_1(f):
    """A density over 0 ... 1."""
    x = ((np.arange(1000) + 0.5) / 1000).reshape(-1, 1, 1, 1)
    flat = np.asarray(f(x.reshape(500, 1, 1, 2), np.zeros((500, 1, 1, 2))))
    assert np.allclose(flat, 0, atol=1e-12), (
        "at c = 0 all greys have the density 1, and the cost 0; here it is "
        f"{flat.flat[np.argmax(np.abs(flat))]:.4g}"
    )
    for c in (0.5, 4.0, -4.0):
        found = float(np.mean(np.exp(-np.asarray(f(x, np.full_like(x, c))))))
        said = compare.number(found, 1)
        assert np.isclose(found, 1, rtol=1e-3), (
            f"the integral of a density over 0 ... 1 is 1; at c = {c:g} it is {said}"
        )


def keeps_its_digits(f):
    """c^2 / 24 at x = 1/2 and small c."""
    for c, said in ((1e-9, "1e-9"), (1e-6, "1e-6")):
        found = np.asarray(f(np.full((1, 1, 1, 1), 0.5), np.full((1, 1, 1, 1), c))).item()
        assert not 1e-12 < abs(found - c**2 / 24) < 1e-3, (
            f"at x = 1/2 and c = {said} the cost is c^2 / 24, next to nothing; here it is "
            f"{found:.2g}: 1 - e^-|c| and 2 sigmoid(c) - 1 lose their digits there, and "
            "np.tanh(c/2) does not"
        )


NEAR_0 = np.array([0.0, 1e-9, -1e-6, 1e-3]).reshape(2, 1, 1, 2)
FAR_AWAY = np.array([1000.0, -1000.0, 40.0]).reshape(1, 1, 1, 3)

DENSITY = Exercise(
    "13.3",
    solutions.continuous_nll,
    cases=(
        grey_case(3, 1, 2, 4),
        grey_case(2, 3, 3, 2),
        grey_case(2, 1, 1, 2, ", logits of 0 and near it", inner(2, 1, 1, 2), NEAR_0),
        grey_case(
            1,
            1,
            1,
            3,
            ", logits up to 1000",
            np.array([0.99, 0.001, 0.5]).reshape(1, 1, 1, 3),
            FAR_AWAY,
        ),
        of_one_pixel("logits of 5e-4 and -5e-5", [0.2, 0.9], [5e-4, -5e-5]),
        sure_and_right(),
        of_one_pixel("x = 0 with c = 1000 and x = 1 with c = -1000", [0, 1], [1000, -1000]),
        grey_case(
            2,
            1,
            28,
            28,
            ", logits of 6 and -6",
            rng.random((2, 1, 28, 28)),
            rng.choice([-6.0, 6.0], (2, 1, 28, 28)),
        ),
    ),
    properties=(has_the_integral_1, keeps_its_digits),
)

# ---------------------------------------------------------------- 13.4


def loaded(images):
    """The right answer, by the package."""
    return own_images.channels_first(images, "images") / 255


@sized("for n = {n}, B = {B}, A = {A}, C = {C}")
def file_case(n, B, A, C, brightest=255):
    """Images as files have them."""
    return (rng.integers(0, brightest + 1, (n, B, A, C)).astype(float),)


def grey_stays_grey(f):
    """A grey picture saved in colour."""
    grey = np.arange(20.0).reshape(1, 4, 5, 1)
    x = np.asarray(f(np.repeat(grey, 3, axis=3)))
    same = np.isclose(x, x[:, :1])
    _, k, *place = np.unravel_index(np.argmin(same), x.shape)
    first, other = x[0, 0, *place], x[0, k, *place]
    assert np.all(same), (
        "a grey picture that was saved in colour has three equal channels; here channel 0 "
        f"of a pixel is {compare.number(first, other)}, and channel {k} is "
        f"{compare.number(other, first)}"
    )


LOADED = Exercise(
    "13.4",
    loaded,
    cases=file_case.each((2, 4, 5, 3), (1, 5, 5, 3, 100), (4, 6, 4, 1)),
    properties=(grey_stays_grey,),
    solution=(own_images.channels_first, dataset.intensities),
)

# ---------------------------------------------------------------- 13.5


def by_names(images, order):
    """A right one, written otherwise."""
    size = max(1, len(images) // 10)
    belongs = np.full(len(images), 2)
    belongs[order[:size]], belongs[order[size : 2 * size]] = 0, 1
    return images[belongs == 2], images[order[:size]], images[order[size : 2 * size]]


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
    solutions.parted,
    cases=(
        split_case(29, 1, 2, 3),
        split_case(10, 3, 2, 2),
        split_case(41, 1, 3, 2),
        split_case(3, 1, 2, 2),
        split_case(12, 1, 2, 4, twice=True),
    ),
    suspect=Suspect(by_names),
    solution=(solutions.parted, own_images.with_all_splits),
)

# ---------------------------------------------------------------- 13.0


def overlaid(first, second):
    """The right answer."""
    return np.minimum(first + second, 1)


@sized("for M = {M}, B = {B}, A = {A}{about}")
def digits_case(M, B, A, about="", brightest=1.0):
    """Two digits for each image, black where there is none."""
    first, second = brightest * np.clip(rng.uniform(-0.5, 1.2, (2, M, B, A)), 0, 1)
    return first, second


OVERLAID = Exercise(
    "13.0",
    overlaid,
    cases=digits_case.each(
        (2, 3, 4), (1, 4, 4), (3, 2, 3, ", digits so dark that nothing is cut off", 0.4)
    ),
)
