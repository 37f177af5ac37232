"""Exercises of chapter 10: Adam, clipping, and the training step."""

import numpy as np

from draw_np.practice.chapters import solutions
from draw_np.practice.exercise import Case, Exercise, Suspect, numbers
from draw_np.training import optim

rng, normal = numbers(10)
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


# ---------------------------------------------------------------- 10.1


def adam(theta, g, m, v, n, lr):
    """The right answer: the package's update, out of place, for arrays and for numbers."""
    m = m + (1 - BETA1) * (g - m)
    v = v + (1 - BETA2) * (g * g - v)
    return theta - lr * (m / (1 - BETA1**n)) / (np.sqrt(v / (1 - BETA2**n)) + EPSILON), m, v


def adam_in_two_steps(theta, g, m, v, n, lr):
    """A right one, written otherwise."""
    m, v = BETA1 * m + (1 - BETA1) * g, BETA2 * v + (1 - BETA2) * g**2
    corrected = m / (1 - BETA1**n), v / (1 - BETA2**n)
    return theta - lr * corrected[0] / (np.sqrt(corrected[1]) + EPSILON), m, v


def update_case(n, shape, scale, begun=True):
    """Arguments of one update."""
    m = 0.5 * scale * normal(*shape) * begun
    v = (scale * normal(*shape)) ** 2 * begun
    size = " x ".join(map(str, shape))
    about = f"for an array of {size}, update {n}, gradients of about {scale:g}"
    return Case(about, (normal(*shape), scale * normal(*shape), m, v, n, np.float64(0.1)))


UPDATES = (
    update_case(1, (4,), 1.0, begun=False),
    update_case(3, (2, 3), 1.0),
    update_case(2, (3,), 1e-7),
    update_case(2000, (3,), 50.0),
    Case(
        "for gradients of 0 and of some thousand, lr = 0.003",
        (
            np.array([200.0, -300.0, 1.0]),
            np.array([3000.0, -5000.0, 0.0]),
            np.array([-4000.0, 9000.0, 0.0]),
            np.array([2e4, 3e5, 0.0]),
            30,
            np.float64(0.003),
        ),
    ),
)


def does_not_mind_the_scale(update):
    """All gradients times 1000 from the start: the same step."""
    theta, g, zero = np.zeros(3), np.array([1.0, -2.0, 0.5]), np.zeros(3)
    small, large = (np.asarray(update(theta, s * g, zero, zero, 1, 0.1)[0]) for s in (1, 1000))
    assert np.allclose(small, large, rtol=1e-5), (
        "the length of a step does not depend on the gradient's scale; with all gradients "
        f"times 1000 the first step goes from {small[0]:.4g} to {large[0]:.4g}"
    )


ADAM = Exercise(
    "10.1",
    adam,
    cases=UPDATES,
    properties=(does_not_mind_the_scale,),
    solution=(optim.adam_step, optim.Adam.update),
)

# ---------------------------------------------------------------- 10.2


def clip_by_global_norm(gradient, limit):
    """The right answer: one factor for all arrays."""
    norm = np.sqrt(sum(np.sum(g * g) for g in gradient))
    factor = limit / norm if norm > limit else 1
    return tuple(g * factor for g in gradient), norm


def clip_case(about, arrays, limit):
    """Arguments of a clipping."""
    return Case(about, (tuple(arrays), np.float64(limit)))


def any_number_of_arrays(clip):
    """One array alone, two, and four."""
    for n in (1, 2, 4):
        gradient = tuple(np.array([3.0, 4.0]) for _ in range(n))
        try:
            clipped, norm = clip(gradient, 1.0)
        except Exception as e:  # whatever a wrong answer raises
            said = f"there may be any number of arrays; for {n} it raises {type(e).__name__}: {e}"
            raise AssertionError(said) from None
        assert len(clipped) == n, (
            f"there may be any number of arrays; for {n} it returns {len(clipped)}"
        )
        said = "one array of (3, 4) has" if n == 1 else f"{n} arrays of (3, 4) have together"
        assert np.isclose(norm, 5 * np.sqrt(n)), (
            f"{said} the norm {5 * np.sqrt(n):.4g}; it says {norm:.4g}"
        )


CLIPPING = Exercise(
    "10.2",
    clip_by_global_norm,
    cases=(
        clip_case(
            "for the gradient (3, 4), (12), (84) and the limit 42.5",
            (np.array([3.0, 4.0]), np.array([12.0]), np.array([84.0])),
            42.5,
        ),
        clip_case(
            "for a long gradient of 2 x 3, 3 and 1 x 2",
            (5 * normal(2, 3), 2 * normal(3), normal(1, 2)),
            2.0,
        ),
        clip_case(
            "for a short gradient of 2 x 3, 3 and 4",
            (0.1 * normal(2, 3), 0.1 * normal(3), 0.1 * normal(4)),
            2.0,
        ),
        clip_case(
            "for gradients of which one alone is short",
            (np.array([0.3, -0.2]), np.array([[4.0], [-3.0]]), np.array([2.0, 1.0])),
            1.0,
        ),
        clip_case(
            "for the gradient (3000), (4000), (0) and the limit 2000",
            (np.array([3000.0]), np.array([-4000.0]), np.array([0.0])),
            2000.0,
        ),
        clip_case(
            "for the gradient (3), (4), (0) and the limit 5, its norm",
            (np.array([3.0]), np.array([-4.0]), np.array([0.0])),
            5.0,
        ),
        clip_case("for a gradient of zeros", (np.zeros(2), np.zeros(3), np.zeros((1, 1))), 1.0),
    ),
    demands=(any_number_of_arrays,),
    solution=(optim.clip_by_global_norm, optim.global_norm),
)

# ---------------------------------------------------------------- 10.3


def bowl(theta):
    """Gradient of a loss with its lowest point at 1, and steeper along later entries."""
    steepness = np.arange(1, theta.size + 1, dtype=theta.dtype)
    return steepness * (theta - 1)


def cliff(theta):
    """Gradient of a loss that is steep everywhere but near 0."""
    return 100 * theta + theta**3


def training_step(gradient_of, theta, m, v, n, lr, limit):
    """The right answer: gradient, clipping, Adam."""
    (g,), _ = clip_by_global_norm((gradient_of(theta),), limit)
    return adam(theta, g, m, v, n + 1, lr)


def step_case(loss, n, D, limit):
    """Arguments of a training step."""
    words = {bowl: "in a bowl", cliff: "on a cliff"}[loss]
    theta, m, v = normal(D), 0.3 * normal(D), normal(D) ** 2
    about = f"for {D} parameters {words} after {n} updates, limit {limit:g}"
    return Case(about, (loss, theta, m, v, n, np.float64(0.1), np.float64(limit)))


STEP = Exercise(
    "10.3",
    training_step,
    cases=(
        step_case(bowl, 5, 3, 1.0),
        step_case(cliff, 40, 4, 10.0),
        step_case(bowl, 2, 3, 100.0),
        step_case(cliff, 1, 3, 0.02),
        step_case(bowl, 0, 2, 1.0),
        Case(
            "for 2 parameters on a cliff after 7 updates, limit 300, all numbers large, lr = 0.02",
            (
                cliff,
                np.array([30.0, -12.0]),
                np.array([-200.0, 40.0]),
                np.array([4e4, 900.0]),
                7,
                np.float64(0.02),
                np.float64(300),
            ),
        ),
    ),
    solution=(solutions.training_step,),
)

# ---------------------------------------------------------------- 10.4

UNCORRECTED = Exercise(
    "10.4",
    adam,
    cases=UPDATES,
    suspect=Suspect(adam_in_two_steps),
    solution=(optim.adam_step, optim.Adam.update),
)

# ---------------------------------------------------------------- 10.0


def descend(theta, g, lr):
    """The right answer."""
    return theta - lr * g


DESCEND = Exercise(
    "10.0",
    descend,
    cases=(
        *(
            Case(
                f"for an array of {' x '.join(map(str, s))}",
                (normal(*s), normal(*s), np.float64(lr)),
            )
            for s, lr in [((3,), 0.1), ((2, 3), 0.5), ((4,), 3.0)]
        ),
        Case(
            "for numbers of some hundred",
            (np.array([200.0, -300.0]), np.array([500.0, -700.0]), np.float64(0.02)),
        ),
    ),
)
