"""Exercises of chapter 10: Adam, clipping, and the training step."""

import numpy as np

from draw_np.practice.chapters import solutions
from draw_np.practice.exercise import Case, Exercise, Known, Suspect
from draw_np.training import optim

rng = np.random.default_rng(10)
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


def normal(*shape):
    """Standard normal numbers."""
    return rng.standard_normal(shape)


# ---------------------------------------------------------------- 10.1


def adam(theta, g, m, v, n, lr):
    """The right answer: the package's update, out of place, for arrays and for numbers."""
    m = m + (1 - BETA1) * (g - m)
    v = v + (1 - BETA2) * (g * g - v)
    return theta - lr * (m / (1 - BETA1**n)) / (np.sqrt(v / (1 - BETA2**n)) + EPSILON), m, v


def adam_by(
    square=np.square,
    betas=(BETA1, BETA2),
    clock=lambda n: n,
    step=lambda m, v: m / (np.sqrt(v) + EPSILON),
    kept=lambda means, corrected: means,
    sign=-1,
):
    """Adam with some of its parts exchanged."""

    def update(theta, g, m, v, n, lr):
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * square(g)
        corrected = m / (1 - betas[0] ** clock(n)), v / (1 - betas[1] ** clock(n))
        return (theta + sign * lr * step(*corrected), *kept((m, v), corrected))

    return update


def uncorrected(theta, g, m, v, n, lr):
    """The means as they are, too small at first."""
    m, v = BETA1 * m + (1 - BETA1) * g, BETA2 * v + (1 - BETA2) * g * g
    return theta - lr * m / (np.sqrt(v) + EPSILON), m, v


def half_corrected(theta, g, m, v, n, lr):
    """Only m is corrected."""
    m, v = BETA1 * m + (1 - BETA1) * g, BETA2 * v + (1 - BETA2) * g * g
    return theta - lr * m / (1 - BETA1**n) / (np.sqrt(v) + EPSILON), m, v


def second_corrected(theta, g, m, v, n, lr):
    """Only v is corrected."""
    _, m, v = adam(theta, g, m, v, n, lr)
    return theta - lr * m / (np.sqrt(v / (1 - BETA2**n)) + EPSILON), m, v


def early_epsilon(theta, g, m, v, n, lr):
    """1e-8 is added to the root of v as it is."""
    m, v = BETA1 * m + (1 - BETA1) * g, BETA2 * v + (1 - BETA2) * g * g
    rate = lr * (1 - BETA2**n) ** 0.5 / (1 - BETA1**n)
    return theta - rate * m / (np.sqrt(v) + EPSILON), m, v


def old_means(theta, g, m, v, n, lr):
    """The step is taken before g enters the means."""
    right = adam(theta, g, m, v, n, lr)
    step = m / (1 - BETA1**n) / (np.sqrt(v / (1 - BETA2**n)) + EPSILON)
    return theta - lr * step, *right[1:]


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
)
ADAM_MISTAKES = (
    Known("no-bias-correction", "m and v are used as they are. They begin at 0, and are too small "
          "at first: divide by 1 - beta^n.", uncorrected),
    Known("second-mean-not-corrected", "m is corrected, and v is not.", half_corrected),
    Known("first-mean-not-corrected", "v is corrected, and m is not.", second_corrected),
    Known("corrected-means-kept", "The corrected means are returned; the next update needs m and "
          "v as they were before the correction.",
          adam_by(kept=lambda means, corrected: corrected)),
    Known("clock-ahead", "The powers of beta are those of the next update, n + 1.",
          adam_by(clock=lambda n: n + 1)),
    Known("clock-behind", "The powers of beta are those of the update before, n - 1. n is 1 at "
          "first, and 1 - beta^0 = 0: take beta^n.", adam_by(clock=lambda n: n - 1)),
    Known("clock-not-used", "1 - beta stands where 1 - beta^n should.",
          adam_by(clock=lambda n: 1)),
    Known("betas-exchanged", "0.9 belongs to m and 0.999 to v.", adam_by(betas=(BETA2, BETA1))),
    Known("epsilon-in-the-root", "1e-8 is added under the root, where it acts like 1e-4.",
          adam_by(step=lambda m, v: m / np.sqrt(v + EPSILON))),
    Known("epsilon-before-the-correction", "1e-8 is added to the root of v before v is corrected, "
          "so that it counts for more in the first updates.", early_epsilon),
    Known("epsilon-forgotten", "1e-8 in the denominator is missing.",
          adam_by(step=lambda m, v: m / np.sqrt(v))),
    Known("root-forgotten", "The step is divided by v, and not by its root.",
          adam_by(step=lambda m, v: m / (v + EPSILON))),
    Known("gradient-not-squared", "v is a mean of g^2, and not of |g|.", adam_by(square=np.abs)),
    Known("gradient-for-mean", "The step takes the gradient itself, and not its mean m.",
          lambda theta, g, m, v, n, lr: (
              theta - lr * g / (np.sqrt(adam(theta, g, m, v, n, lr)[2] / (1 - BETA2**n))
                                + EPSILON), *adam(theta, g, m, v, n, lr)[1:])),
    Known("old-means-used", "The step is taken with m and v as they were, before g entered.",
          old_means),
    Known("climbs", "The step is added: it climbs.", adam_by(sign=1)),
)  # fmt: skip


def does_not_mind_the_scale(update):
    """All gradients times 1000 from the start: the same step."""
    theta, g, zero = np.zeros(3), np.array([1.0, -2.0, 0.5]), np.zeros(3)
    small, large = (np.asarray(update(theta, s * g, zero, zero, 1, 0.1)[0]) for s in (1, 1000))
    if not np.allclose(small, large, rtol=1e-5):
        return (
            "the length of a step does not depend on the gradient's scale; with all gradients "
            f"times 1000 the first step goes from {small[0]:.4g} to {large[0]:.4g}"
        )
    return None


ADAM = Exercise(
    "10.1",
    "adam",
    adam,
    gives=("theta", "m", "v"),
    cases=UPDATES,
    known=ADAM_MISTAKES,
    properties=(does_not_mind_the_scale,),
    hints=(
        "First the two means, from the old ones and g. Then two corrected copies of them, and "
        "from these the step. Return the means without the correction.",
        "m_hat = m / (1 - 0.9**n), v_hat = v / (1 - 0.999**n), with the new m and v.",
        "theta - lr * m_hat / (np.sqrt(v_hat) + 1e-8)",
    ),
    solution=(optim.adam_step, optim.Adam.update),
)  # fmt: skip

# ---------------------------------------------------------------- 10.2


def clip_by_global_norm(gradient, limit):
    """The right answer, by the package."""
    named = {str(k): g for k, g in enumerate(gradient)}
    clipped, norm = optim.clip_by_global_norm(named, limit)
    return tuple(clipped.values()), gradient[0].dtype.type(norm)


def clipped_by(factor, norm=lambda arrays: np.sqrt(sum(np.sum(g * g) for g in arrays))):
    """Wrong clipping, from the factor of an array and the norm of all."""

    def clip(gradient, limit):
        length = norm(gradient)
        return tuple(g * factor(g, length, limit) for g in gradient), length

    return clip


def shrink(length, limit):
    """1 for what is short enough."""
    return limit / length if length > limit else 1


def together(g, length, limit):
    """The right factor of the norm given."""
    return shrink(length, limit)


def norm_afterwards(gradient, limit):
    """The norm of what was clipped."""
    clipped, _ = clip_by_global_norm(gradient, limit)
    return clipped, clip_by_global_norm(clipped, limit)[1]


def entry_by_entry(gradient, limit):
    """Each number between -limit and limit."""
    _, norm = clip_by_global_norm(gradient, limit)
    return tuple(np.clip(g, -limit, limit) for g in gradient), norm


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
            return f"there may be any number of arrays; for {n} it raises {type(e).__name__}: {e}"
        if len(clipped) != n:
            return f"there may be any number of arrays; for {n} it returns {len(clipped)}"
        if not np.isclose(norm, 5 * np.sqrt(n)):
            said = "one array of (3, 4) has" if n == 1 else f"{n} arrays of (3, 4) have together"
            return f"{said} the norm {5 * np.sqrt(n):.4g}; it says {norm:.4g}"
    return None


CLIPPING = Exercise(
    "10.2",
    "clip_by_global_norm",
    clip_by_global_norm,
    gives=("g1", "g2", "g3", "norm"),
    cases=(
        clip_case("for the gradient (3, 4), (12), (84) and the limit 42.5",
                  (np.array([3.0, 4.0]), np.array([12.0]), np.array([84.0])), 42.5),
        clip_case("for a long gradient of 2 x 3, 3 and 1 x 2",
                  (5 * normal(2, 3), 2 * normal(3), normal(1, 2)), 2.0),
        clip_case("for a short gradient of 2 x 3, 3 and 4",
                  (0.1 * normal(2, 3), 0.1 * normal(3), 0.1 * normal(4)), 2.0),
        clip_case("for gradients of which one alone is short",
                  (np.array([0.3, -0.2]), np.array([[4.0], [-3.0]]), np.array([2.0, 1.0])), 1.0),
        clip_case("for a gradient of zeros", (np.zeros(2), np.zeros(3), np.zeros((1, 1))), 1.0),
    ),
    known=(
        Known("each-array-by-itself", "Every array is clipped by its own norm. That bends the "
              "direction: there is one factor, for all.",
              clipped_by(lambda g, length, limit: shrink(np.sqrt(np.sum(g * g)), limit))),
        Known("every-entry-clipped", "Every entry is cut off at the limit. That bends the "
              "direction: scale all by one factor.", entry_by_entry),
        Known("always-scaled", "A gradient that is short enough stays as it is; this one is "
              "stretched to the limit.", clipped_by(lambda g, length, limit: limit / length)),
        Known("norm-of-0-divided-by", "A gradient of zeros has the norm 0: do not divide by it. "
              "What is short enough stays as it is.",
              clipped_by(lambda g, length, limit: min(length, limit) / length)),
        Known("epsilon-added-to-the-norm", "limit / (norm + 1e-6) leaves a norm just below the "
              "limit. Where the norm is larger than the limit it is not 0: nothing need be added.",
              clipped_by(lambda g, length, limit: min(1, limit / (length + 1e-6)))),
        Known("norms-added", "The norms of the arrays are added. The squares are to be added, and "
              "the root taken of all.",
              clipped_by(together, lambda arrays: sum(np.sqrt(np.sum(g * g)) for g in arrays))),
        Known("root-forgotten", "The root of the sum of squares is missing.",
              clipped_by(together, lambda arrays: sum(np.sum(g * g) for g in arrays))),
        Known("norm-after-clipping", "The norm that is returned is that after clipping.",
              norm_afterwards),
        Known("largest-entry", "The norm is the length of the vector, and not its largest entry.",
              clipped_by(together, lambda arrays: max(np.max(np.abs(g)) for g in arrays))),
        Known("scaled-to-one", "A long gradient comes out with the norm 1, and not with the limit.",
              clipped_by(lambda g, length, limit: 1 / length if length > limit else 1)),
        Known("never-clipped", "Nothing is clipped.", clipped_by(lambda g, length, limit: 1)),
    ),
    demands=(any_number_of_arrays,),
    hints=(
        "Think of all arrays laid out in one long vector. Its length is the root of the sum of "
        "the squares of all entries of all arrays.",
        "One factor for all: limit / norm if the norm is larger than the limit, else 1.",
        "norm = np.sqrt(sum(np.sum(g * g) for g in gradient)); then a tuple of factor * g.",
    ),
    solution=(optim.clip_by_global_norm, optim.global_norm),
)  # fmt: skip

# ---------------------------------------------------------------- 10.3


def bowl(theta):
    """Gradient of a loss with its lowest point at 1, and steeper along later entries."""
    steepness = np.arange(1, theta.size + 1, dtype=theta.dtype)
    return steepness * (theta - 1)


def cliff(theta):
    """Gradient of a loss that is steep everywhere but near 0."""
    return 100 * theta + theta**3


def step_by(gradient=lambda g, limit: clip_by_global_norm((g,), limit)[0][0],
            clock=lambda n: n + 1, after=lambda new, *rest: new):  # fmt: skip
    """A training step with some of its parts exchanged."""

    def step(gradient_of, theta, m, v, n, lr, limit):
        g = gradient(gradient_of(theta), limit)
        return after(adam(theta, g, m, v, clock(n), lr), theta, gradient_of, limit)

    return step


def update_clipped(new, theta, gradient_of, limit):
    """What Adam did is clipped, and not the gradient."""
    moved = clip_by_global_norm((new[0] - theta,), limit)[0][0]
    return theta + moved, *new[1:]


def clipped_for_the_step_only(gradient_of, theta, m, v, n, lr, limit):
    """The means take the gradient as it was."""
    new = solutions.training_step(gradient_of, theta, m, v, n, lr, limit)
    return new[0], *adam(theta, gradient_of(theta), m, v, n + 1, lr)[1:]


def plain_descent(gradient_of, theta, m, v, n, lr, limit):
    """Gradient descent, the means being kept for nothing."""
    new = solutions.training_step(gradient_of, theta, m, v, n, lr, limit)
    g = clip_by_global_norm((gradient_of(theta),), limit)[0][0]
    return theta - lr * g, *new[1:]


def step_case(loss, n, D, limit):
    """Arguments of a training step."""
    words = {bowl: "in a bowl", cliff: "on a cliff"}[loss]
    arguments = (loss, normal(D), 0.3 * normal(D), normal(D) ** 2, n, np.float64(0.1),
                 np.float64(limit))  # fmt: skip
    return Case(f"for {D} parameters {words} after {n} updates, limit {limit:g}", arguments)


STEP = Exercise(
    "10.3",
    "training_step",
    solutions.training_step,
    gives=("theta", "m", "v"),
    cases=(step_case(bowl, 5, 3, 1.0), step_case(cliff, 40, 4, 10.0), step_case(bowl, 2, 3, 100.0),
           step_case(cliff, 1, 3, 0.02)),
    known=(
        Known("not-clipped", "The gradient is not clipped.",
              step_by(gradient=lambda g, limit: g)),
        Known("update-clipped", "Adam's step is clipped, and not the gradient: one huge gradient "
              "then stays in v.", step_by(lambda g, limit: g, after=update_clipped)),
        Known("means-of-the-unclipped", "The step takes the clipped gradient, and the means that "
              "of before.", clipped_for_the_step_only),
        Known("clock-behind", "n updates were made before: this is number n + 1.",
              step_by(clock=lambda n: n)),
        Known("clock-ahead", "This is update n + 1, and not n + 2.",
              step_by(clock=lambda n: n + 2)),
        Known("every-entry-clipped", "Every entry of the gradient is cut off by itself; its norm "
              "is to be limited.", step_by(lambda g, limit: np.clip(g, -limit, limit))),
        Known("climbs", "It goes up the gradient, and should go down.",
              lambda f, theta, *rest: (
                  2 * theta - solutions.training_step(f, theta, *rest)[0],
                  *solutions.training_step(f, theta, *rest)[1:])),
        Known("plain-descent", "The step is lr times the gradient: Adam's division is missing.",
              plain_descent),
    ),
    hints=(
        "Three lines: the gradient at theta; clipping; Adam. You have the last two from 10.1 and "
        "10.2.",
        "clip_by_global_norm takes a tuple: give it (g,), and take the only array out of what "
        "comes back.",
        "adam(theta, clipped, m, v, n + 1, lr): this update is the one after the n that were made.",
    ),
    solution=(solutions.training_step,),
)  # fmt: skip

# ---------------------------------------------------------------- 10.4

UNCORRECTED = Exercise(
    "10.4",
    "first_step_is_lr",
    adam,
    gives=("theta", "m", "v"),
    cases=UPDATES,
    known=ADAM_MISTAKES,
    suspect=Suspect("suspect_adam", uncorrected, (adam, adam_by()),
                    advice="m and v start at 0, and n = 1; look at each entry of theta by itself, "
                    "with a g of either sign"),
    hints=(
        "What is said in Section 10.2 of the first step, whatever the gradient is?",
        "Start with zeros for m and v, and n = 1. Each entry of theta must move by lr, against "
        "the sign of its g.",
        "np.allclose(new_theta, theta - lr * np.sign(g), rtol=0, atol=1e-6), with entries of g "
        "well above 1e-8. Then mend it as in 10.1.",
    ),
    solution=(solutions.first_step_is_lr, optim.adam_step, optim.Adam.update),
)  # fmt: skip

EXERCISES = (ADAM, CLIPPING, STEP, UNCORRECTED)
