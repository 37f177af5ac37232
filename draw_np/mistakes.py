"""What others got wrong, and what it looks like: a catalogue of mistakes to put in.

Nearly every public DRAW has one of these in it, and most train on happily. Each entry
replaces one function of the readable engine by one that is wrong in one respect::

    from draw_np import mistakes

    with mistakes.made("zero-based-grid"):
        ...  # the grid now counts its filters from 0

    print(mistakes.CATALOGUE["zero-based-grid"])

The first line of a replacement says what it does wrong, the decorator above it what that
looks like and which test goes red. ``KINDS`` tells what the labels M1, M2, ... stand for.
The functions of the core know nothing of this, and ``manual`` is not touched by it.
"""

import sys
from contextlib import contextmanager
from importlib import import_module
from typing import NamedTuple

import autograd.numpy as np
from autograd.tracer import getval

from draw_np import latent, model

# ``swap`` leaves this module alone: here these names mean the right functions, always.
from draw_np.attention import (
    attention,
    default_stride,
    filterbank,
    filterbanks,
    glimpse,
    write,
)
from draw_np.latent import sample
from draw_np.likelihood import bernoulli_nll
from draw_np.model import (
    decode,
    encode,
    generate,
    head,
    initial_state,
    mean_terms,
    reconstruction,
    step_kl,
    unroll,
)
from draw_np.nn import affine, sigmoid

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
}


class Mistake(NamedTuple):
    """One mistake, what it looks like, and where to find it."""

    name: str  #: what ``made`` takes
    label: str  #: its kind, a key of ``KINDS``
    does: str  #: what is wrong, in a line
    symptom: str  #: what one sees, in a line
    where: str  #: the function that is replaced, "attention.filterbank" in ``draw_np``
    replacement: object  #: the wrong function
    check: str  #: the test that goes red, as pytest names it

    def __str__(self):
        return (
            f"{self.name} ({self.label}, {KINDS[self.label]})\n"
            f"  does:     {self.does}\n"
            f"  symptom:  {self.symptom}\n"
            f"  replaces: draw_np.{self.where}\n"
            f"  test:     {self.check}"
        )


CATALOGUE = {}


def mistake(label, where, check, symptom):
    """Enter the function below it into the catalogue; its name gives the entry's name."""

    def enter(replacement):
        name = replacement.__name__.replace("_", "-")
        does = replacement.__doc__.splitlines()[0]
        test = "tests/test_" + check
        CATALOGUE[name] = Mistake(name, label, does, symptom, where, replacement, test)
        return replacement

    return enter


@contextmanager
def made(name):
    """Work with a mistake in the readable engine, and always put things right again.

    The function is replaced in its own module and wherever else in ``draw_np`` it was
    imported by name. A name that other code imported before keeps the right function.

    Parameters
    ----------
    name : str
        A key of ``CATALOGUE``.

    Yields
    ------
    Mistake

    Raises
    ------
    ValueError
        If there is no such mistake.
    """
    if name not in CATALOGUE:
        raise ValueError(f"no mistake is called {name!r}; there are {', '.join(CATALOGUE)}")
    entry = CATALOGUE[name]
    module, function = entry.where.split(".")
    right = getattr(import_module(f"draw_np.{module}"), function)
    swap(right, entry.replacement)
    try:
        yield entry
    finally:
        swap(entry.replacement, right)


def swap(old, new):
    """Put ``new`` in the place of ``old`` in every module of the package but this."""
    for name, module in list(sys.modules.items()):
        if name.startswith("draw_np") and name != __name__:
            for attribute in [a for a, value in vars(module).items() if value is old]:
                setattr(module, attribute, new)


# The latent: M1, M11, M12


@mistake(
    "M1",
    "latent.kl_to_prior",
    "latent.py::test_kl_is_zero_at_the_prior",
    "L^z is too large by (Z - 1)/2 nats a step, and not 0 where Q is the prior",
)
def kl_constant_once_a_step(mu, log_sigma):
    """Subtract 1/2 once a step, as Eq. 11 is printed, and not for every component."""
    return 0.5 * (np.sum(mu**2 + np.exp(2 * log_sigma) - 2 * log_sigma, axis=1) - 1)


@mistake(
    "M1",
    "latent.kl_to_prior",
    "latent.py::test_kl_is_zero_at_the_prior",
    "L^z is too large by Z/2 nats a step: 3200 for the paper's 64 steps of 100",
)
def kl_without_constant(mu, log_sigma):
    """Leave the constant of the KL out."""
    return 0.5 * np.sum(mu**2 + np.exp(2 * log_sigma) - 2 * log_sigma, axis=1)


@mistake(
    "M1",
    "latent.kl_to_prior",
    "latent.py::test_kl_by_pencil",
    "L^z is Z times too small: the latent is nearly free, and the loss bounds nothing",
)
def kl_averaged(mu, log_sigma):
    """Average the KL over the components of z where it should be summed."""
    Z = mu.shape[1]
    return 0.5 * np.sum(mu**2 + np.exp(2 * log_sigma) - 2 * log_sigma - 1, axis=1) / Z


@mistake(
    "M11",
    "latent.sample",
    "latent.py::test_sample_by_pencil",
    "two noises give the same reconstruction, and the KL is no longer the cost of z",
)
def noise_dropped(mu, log_sigma, eps):
    """Take z = mu: the posterior's mean where a sample should be."""
    return sample(mu, log_sigma, 0 * eps)


@mistake(
    "M12",
    "latent.sample",
    "latent.py::test_sample_by_pencil",
    "the KL is not that of the z that is drawn: Monte-Carlo disagrees with it",
)
def sample_by_log_variance(mu, log_sigma, eps):
    """Draw z as if the network gave log sigma^2, while the KL takes it for log sigma."""
    return sample(mu, 0.5 * log_sigma, eps)


@mistake(
    "M12",
    "latent.kl_to_prior",
    "latent.py::test_kl_is_the_mean_of_the_log_ratio",
    "the bound is wrong nearly everywhere, yet 0 at the prior, so that nobody notices",
)
def kl_by_log_variance(mu, log_sigma):
    """Compute the KL as if the network gave log sigma^2, while z is drawn by log sigma."""
    return 0.5 * np.sum(mu**2 + np.exp(log_sigma) - log_sigma - 1, axis=1)


# The grid: M2, M3, M18, M20


@mistake(
    "M2",
    "attention.filter_centres",
    "attention.py::test_the_initial_grid_spans_the_image",
    "the patch lies a stride too far to the upper left; with N = 2 half of it is outside",
)
def zero_based_grid(g, delta, N):
    """Count the filters from 0 in mu^i = g + delta (i - N/2 - 0.5)."""
    i = np.arange(0, N, dtype=g.dtype)
    return np.expand_dims(g, 1) + np.expand_dims(delta, 1) * (i - N / 2 - 0.5)


@mistake(
    "M3",
    "attention.filterbank",
    "attention.py::test_mirror",
    "everything is read and written one pixel too far to the lower right",
)
def pixels_from_zero(mu, sigma2, A):
    """Count the pixels from 0, though the centres of Eqs. 22 and 23 count from 1."""
    return filterbank(mu + 1, sigma2, A)  # a - 1 - mu = a - (mu + 1)


@mistake(
    "M3",
    "attention.attention",
    "attention.py::test_attention_by_pencil",
    "half a pixel off at rest: an image and its mirror are not drawn alike",
)
def centre_at_half_the_width(raw, A, B, N):
    """Centre the grid at A/2 and B/2, though pixels count from 1."""
    right = attention(raw, A, B, N)
    return right._replace(g_X=A / 2 * (raw[:, 0] + 1), g_Y=B / 2 * (raw[:, 1] + 1))


@mistake(
    "M18",
    "attention.attention",
    "attention.py::test_gradients_of_read_and_write_in_all_five_parameters",
    "the heads never learn: windows stay as they began, and the loss falls all the same",
)
def attention_detached(raw, A, B, N):
    """Take the five parameters out of the graph, as ``.item()`` would: no gradient."""
    return attention(getval(raw), A, B, N)


@mistake(
    "M20",
    "attention.attention",
    "attention.py::test_attention_by_pencil",
    "nothing at log delta~ = 0; a larger delta~ zooms in where it should zoom out",
)
def stride_divided(raw, A, B, N):
    """Divide the stride by delta~ where Eq. 24 multiplies."""
    delta = default_stride(A, B, N) / np.exp(raw[:, 3])
    return attention(raw, A, B, N)._replace(delta=delta)


@mistake(
    "M20",
    "attention.default_stride",
    "attention.py::test_the_initial_grid_spans_the_image",
    "the first patch is too small: 5 filters on 28 pixels span 17.6 of them and not 27",
)
def stride_by_precedence(A, B, N):
    """Forget the brackets of Eq. 24: (max(A, B) - 1) / N - 1."""
    return (max(A, B) - 1) / N - 1


@mistake(
    "M20",
    "attention.default_stride",
    "attention.py::test_the_initial_grid_spans_the_image",
    "the first patch leaves out the border: 5 filters on 28 pixels span 21.6 and not 27",
)
def stride_over_n_filters(A, B, N):
    """Divide by the N filters where Eq. 24 divides by the N - 1 gaps between them."""
    return (max(A, B) - 1) / N


@mistake(
    "M20",
    "attention.default_stride",
    "attention.py::test_a_single_filter_sits_at_the_centre_whatever_the_stride",
    "N = 1 stops with a division by zero",
)
def stride_of_a_single_filter(A, B, N):
    """Leave the division by N - 1 = 0 in Eq. 24 as it is."""
    return (max(A, B) - 1) / (N - 1)


# The filterbank: M4, M5


@mistake(
    "M4",
    "attention.filterbank",
    "attention.py::test_filterbank_by_pencil",
    "right for sigma^2 = 1/2 only; at log sigma^2 = 2 the variance is 109 and not 7.39",
)
def whole_fraction_squared(mu, sigma2, A):
    """Square the fraction whole: exp(-((a - mu) / (2 sigma^2))^2)."""
    return filterbank(mu, 2 * sigma2**2, A)


@mistake(
    "M4",
    "attention.filterbank",
    "attention.py::test_filterbank_by_pencil",
    "filters too narrow by sqrt(2), which learning makes up for and so hides",
)
def exponent_without_2(mu, sigma2, A):
    """Forget the 2 of 2 sigma^2 in the exponent."""
    return filterbank(mu, sigma2 / 2, A)


@mistake(
    "M4",
    "attention.filterbank",
    "attention.py::test_filterbank_by_pencil",
    "right for sigma = 1 only; wide filters are far too wide and narrow ones too narrow",
)
def variance_as_deviation(mu, sigma2, A):
    """Take the variance for the standard deviation: 2 (sigma^2)^2 in the exponent."""
    return filterbank(mu, sigma2**2, A)


def bell(mu, sigma2, A):
    """The Gaussians of Eq. 25 as printed, before they are normalised: (M, N, A)."""
    a = np.arange(1, A + 1, dtype=mu.dtype)
    return np.exp(-((a - np.expand_dims(mu, 2)) ** 2) / (2 * np.expand_dims(sigma2, (1, 2))))


@mistake(
    "M5",
    "attention.filterbank",
    "attention.py::test_filterbank_by_pencil",
    "wide filters read and write too strongly, and gamma has to make up for it",
)
def rows_not_normalised(mu, sigma2, A):
    """Do not divide by Z at all."""
    return bell(mu, sigma2, A)


@mistake(
    "M5",
    "attention.filterbank",
    "attention.py::test_filterbank_by_pencil",
    "rows lose weight at the edge, and narrow filters between two pixels see neither",
)
def rows_normalised_on_paper(mu, sigma2, A):
    """Divide by sqrt(2 pi sigma^2), the integral, and not by the sum over the pixels."""
    return bell(mu, sigma2, A) / np.sqrt(2 * np.pi * np.expand_dims(sigma2, (1, 2)))


@mistake(
    "M5",
    "attention.filterbank",
    "attention.py::test_filterbank_by_pencil",
    "rows sum to about 1/N, so that a patch is about N^2 times too faint",
)
def one_sum_for_all_rows(mu, sigma2, A):
    """Divide by the sum over all filters and pixels, and not row by row."""
    numerator = bell(mu, sigma2, A)
    return numerator / np.sum(numerator, axis=(1, 2), keepdims=True)


@mistake(
    "M5",
    "attention.filterbank",
    "attention.py::test_filterbank_by_pencil",
    "the outermost filters gather every pixel beyond the grid, and strengths vary with A",
)
def normalised_over_filters(mu, sigma2, A):
    """Normalise over the filters where it should be over the pixels."""
    numerator = bell(mu, sigma2, A)
    return numerator / np.sum(numerator, axis=1, keepdims=True)


@mistake(
    "M5",
    "attention.filterbank",
    "attention.py::test_rows_sum_to_one_with_finite_gradients",
    "a filter that leaves the image reads 0, has no gradient, and never comes back",
)
def epsilon_added_to_the_sum(mu, sigma2, A):
    """Add 1e-4 to Z against the division by zero."""
    numerator = bell(mu, sigma2, A)
    return numerator / (np.sum(numerator, axis=2, keepdims=True) + 1e-4)


@mistake(
    "M5",
    "attention.filterbank",
    "attention.py::test_rows_sum_to_one_with_finite_gradients",
    "the same a little later: rows sum to 1 up to some six sigma outside, and then to 0",
)
def sum_kept_above_epsilon(mu, sigma2, A):
    """Keep Z above 1e-8 against the division by zero."""
    numerator = bell(mu, sigma2, A)
    return numerator / np.maximum(np.sum(numerator, axis=2, keepdims=True), 1e-8)


@mistake(
    "M5",
    "attention.filterbank",
    "attention.py::test_rows_sum_to_one_with_finite_gradients",
    "all is well until a filter is far outside the image, and then everything is NaN",
)
def nothing_against_0_over_0(mu, sigma2, A):
    """Compute Eq. 25 as it is printed: 0/0 where a filter is far outside."""
    numerator = bell(mu, sigma2, A)
    return numerator / np.sum(numerator, axis=2, keepdims=True)


# Read and write: M6, M9


@mistake(
    "M6",
    "attention.glimpse",
    "attention.py::test_read_by_pencil",
    "the read head's fifth output does nothing and gets no gradient",
)
def read_without_gamma(x, att, N):
    """Read without the intensity gamma."""
    return glimpse(x, att._replace(gamma=att.gamma**0), N)


@mistake(
    "M6",
    "attention.glimpse",
    "attention.py::test_read_by_pencil",
    "nothing at gamma = 1; the intensity of a read answers twice as strongly as it should",
)
def read_with_gamma_squared(x, att, N):
    """Multiply by gamma twice, once for each filterbank."""
    return glimpse(x, att._replace(gamma=att.gamma**2), N)


@mistake(
    "M6",
    "attention.write",
    "attention.py::test_write_by_pencil",
    "the write head's fifth output does nothing and gets no gradient",
)
def write_without_gamma(w, att, A, B):
    """Write without 1/gamma."""
    return write(w, att._replace(gamma=att.gamma**0), A, B)


@mistake(
    "M6",
    "attention.write",
    "attention.py::test_write_by_pencil",
    "a network can learn it with the sign of log gamma turned, so that only a test tells",
)
def write_with_gamma(w, att, A, B):
    """Write with gamma where Eq. 29 has 1/gamma."""
    return write(w, att._replace(gamma=1 / att.gamma), A, B)


@mistake(
    "M9",
    "attention.glimpse",
    "attention.py::test_read_by_pencil",
    "no error anywhere, for a patch is square: the network sees the image lying down",
)
def patch_transposed(x, att, N):
    """Read F_X x^T F_Y^T, the patch with its rows and columns swapped."""
    return np.swapaxes(glimpse(x, att, N), 2, 3)


@mistake(
    "M9",
    "attention.filterbanks",
    "attention.py::test_read_by_pencil",
    "windows move along the diagonal only, and a head's second output does nothing",
)
def rows_placed_by_the_columns(att, A, B, N):
    """Place the filters along y by g_X."""
    return filterbanks(att._replace(g_Y=att.g_X), A, B, N)


@mistake(
    "M9",
    "attention.glimpse",
    "attention.py::test_read_by_pencil",
    "a square image is read lying down, any other is scrambled",
)
def pixels_taken_column_by_column(x, att, N):
    """Take the pixels as columns one after the other, where they lie row by row."""
    M, C, B, A = x.shape
    return glimpse(np.swapaxes(np.reshape(x, (M, C, A, B)), 2, 3), att, N)


# The model: M7, M8, M10, M13, M14, M17, M19


@mistake(
    "M7",
    "model.head",
    "model.py::test_each_head_moves_its_own_window_only",
    "a stroke always lies where the next read will look, and 5 (H + 1) weights lie idle",
)
def one_head_for_both(params, name, h_dec, config, N):
    """Take the read head's outputs for reading and for writing."""
    return head(params, "read" if "read.W" in params else "write", h_dec, config, N)


def finish_step(params, r, reading, eps, state, config):
    """What a step does once it has read, as it should be."""
    h_enc, s_enc = model.encode(params, r, state)
    mu, log_sigma = model.posterior(params, h_enc)
    z = latent.sample(mu, log_sigma, eps)
    state, writing = model.decode(params, z, state._replace(h_enc=h_enc, s_enc=s_enc), config)
    return state, model.Looked(mu, log_sigma, z, reading, writing)


@mistake(
    "M8",
    "model.step",
    "model.py::test_read_looks_where_the_previous_decoder_says",
    "nothing breaks: the window follows what was seen and not what was drawn",
)
def read_placed_by_the_encoder(params, x, eps, state, config):
    """Place the read window by h_enc of the step before, not by h_dec."""
    x_hat = x - sigmoid(state.c)
    r, reading = model.read(params, x, x_hat, state.h_enc, config)
    return finish_step(params, r, reading, eps, state, config)


@mistake(
    "M8",
    "model.encode",
    "model.py::test_encoder_sees_the_previous_decoder",
    "nothing breaks: of what was drawn, the encoder knows what the error image shows",
)
def encoder_blind_to_the_decoder(params, r, state):
    """Leave h_dec out of the encoder's input [r_t, h_{t-1}^dec]."""
    return encode(params, r, state._replace(h_dec=0 * state.h_dec))


@mistake(
    "M8",
    "model.decode",
    "model.py::test_write_answers_to_the_new_decoder_only",
    "z_t shows on the canvas a step late and z_T never: learning drives its KL to 0",
)
def write_from_the_state_before(params, z, state, config):
    """Write from h_dec of the step before."""
    new, _ = decode(params, z, state, config)
    stroke, writing = model.write(params, state.h_dec, config)
    return new._replace(c=state.c + stroke), writing


@mistake(
    "M10",
    "model.unroll",
    "model.py::test_noise_moves_its_own_image_from_its_own_step_on",
    "a loss below what any model reaches (some 75 nats on MNIST) with hardly any KL",
)
def noise_shared_by_the_steps(params, x, eps, config):
    """Draw the noise once and use it at every step."""
    return unroll(params, x, np.repeat(eps[:1], config.T, axis=0), config)


@mistake(
    "M10",
    "latent.sample",
    "latent.py::test_sample_uses_each_image_its_own_noise",
    "the noise of the gradient does not average out over the minibatch",
)
def noise_shared_by_the_images(mu, log_sigma, eps):
    """Give every image of the minibatch the noise of the first."""
    return sample(mu, log_sigma, eps[:1])


@mistake(
    "M13",
    "model.decode",
    "model.py::test_canvas_is_the_start_and_the_sum_of_the_strokes",
    "every pixel of every picture stays between p = 1/2 and p = 0.73",
)
def sigmoid_at_every_step(params, z, state, config):
    """Squash the canvas by a sigmoid at every step, not once at the end."""
    state, writing = decode(params, z, state, config)
    return state._replace(c=sigmoid(state.c)), writing


@mistake(
    "M13",
    "model.decode",
    "model.py::test_canvas_is_the_start_and_the_sum_of_the_strokes",
    "a picture is its last stroke: earlier ones show at no time but their own",
)
def canvas_replaced(params, z, state, config):
    """Replace the canvas by the stroke where Eq. 8 adds it."""
    new, writing = decode(params, z, state, config)
    return new._replace(c=new.c - state.c), writing


@mistake(
    "M13",
    "model.step",
    "model.py::test_the_error_image_is_what_the_canvas_still_lacks",
    "in the error image a right pixel is 1 or -1 and a wrong one 0",
)
def sigmoid_inverted(params, x, eps, state, config):
    """Take sigmoid(-c) for what is on the canvas."""
    r, reading = model.read(params, x, x - sigmoid(-state.c), state.h_dec, config)
    return finish_step(params, r, reading, eps, state, config)


@mistake(
    "M13",
    "model.step",
    "model.py::test_the_error_image_is_what_the_canvas_still_lacks",
    "the error image has no bounds, and is largest where the canvas is right and sure",
)
def error_from_logits(params, x, eps, state, config):
    """Compare the image with the canvas's logits, without the sigmoid of Eq. 3."""
    r, reading = model.read(params, x, x - state.c, state.h_dec, config)
    return finish_step(params, r, reading, eps, state, config)


@mistake(
    "M14",
    "model.initial_state",
    "model.py::test_every_start_is_learned",
    "every drawing begins with a grey canvas, and the first strokes go into removing it",
)
def starts_at_zero(params, M):
    """Start canvas, outputs and cells at 0 and not at what was learned."""
    return model.State(*(0 * value for value in initial_state(params, M)))


@mistake(
    "M17",
    "model.generate",
    "model.py::test_generate_takes_no_image_and_no_encoder",
    "what is shown was drawn from the posterior of an image, and none of it from the prior",
)
def reconstruction_as_generation(params, z, config):
    """Run the encoder, here on a blank image, and call what comes out new."""
    blank = np.zeros((z.shape[1], *config.image_shape))
    return model.reconstruct(params, blank, z, config)._replace(reading=None, L_z=None)


@mistake(
    "M19",
    "model.generate",
    "model.py::test_generate_ends_with_the_last_canvas",
    "the picture that is shown lacks its last stroke",
)
def last_canvas_lost(params, z, config):
    """End the sequence with c_{T-1}."""
    drawing = generate(params, z, config)
    return drawing._replace(c=drawing.c[:-1])


# The loss: M15, M25


@mistake(
    "M15",
    "likelihood.bernoulli_nll",
    "likelihood.py::test_nll_is_a_sum_over_pixels_and_channels",
    "L^x is less than a nat, and the KL weighs C B A times too much beside it",
)
def mean_over_pixels(x, c):
    """Average the reconstruction term over pixels and channels."""
    return bernoulli_nll(x, c) / (x.shape[1] * x.shape[2] * x.shape[3])


@mistake(
    "M15",
    "likelihood.bernoulli_nll",
    "likelihood.py::test_nll_at_logits_of_50",
    "a pixel that is sure and wrong costs at most 18.4 nats and has no gradient",
)
def probability_plus_epsilon(x, c):
    """Take the logarithm of sigmoid(c) + 1e-8 and not the logit."""
    p = sigmoid(c)
    return -np.sum(x * np.log(p + 1e-8) + (1 - x) * np.log(1 - p + 1e-8), axis=(1, 2, 3))


@mistake(
    "M15",
    "model.reconstruction",
    "model.py::test_terms_keep_the_kl_of_every_step",
    "L^x is the sum of T of them, and the first sketches are pulled to the whole image",
)
def every_canvas_judged(x, states):
    """Sum L^x over the canvases of all steps where only the last counts."""
    return sum(reconstruction(x, states[: t + 1]) for t in range(1, len(states)))


@mistake(
    "M15",
    "model.step_kl",
    "model.py::test_loss_is_a_sum_over_everything_but_the_images",
    "L^z is T times too small: the latent is nearly free, and the loss bounds nothing",
)
def kl_averaged_over_steps(looks):
    """Average the KL over the steps where it should be summed."""
    return step_kl(looks) / len(looks)


@mistake(
    "M15",
    "model.mean_terms",
    "model.py::test_loss_is_a_mean_over_the_images",
    "loss and gradient grow with the minibatch, and so does what clipping takes away",
)
def sum_over_images(each):
    """Sum over the minibatch where the loss is a mean."""
    mean, M = mean_terms(each), each.L_x.shape[0]
    return model.Terms(M * mean.L_x, M * mean.L_z)


@mistake(
    "M25",
    "model.log_weights_along",
    "model.py::test_log_weight_is_minus_the_bound_in_the_mean",
    "right in the mean, so that K = 1 looks well; for larger K the number bounds nothing",
)
def weights_by_closed_form(x, states, looks):
    """Weigh a drawn z by the closed-form KL, which does not depend on it."""
    return -np.sum(model.step_kl(looks), axis=0) - model.reconstruction(x, states)


# The LSTM: M24


def gates(x, h, W, b):
    """i, f and o after their sigmoids and g after its tanh, each (M, H)."""
    a_i, a_f, a_g, a_o = np.split(affine(np.concatenate([x, h], axis=1), W, b), 4, axis=1)
    return sigmoid(a_i), sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)


@mistake(
    "M24",
    "lstm.lstm",
    "lstm.py::test_lstm_by_pencil",
    "a cell can let go of nothing: over many steps it saturates",
)
def forget_gate_missing(x, h, s, W, b):
    """Never forget: s + i g, as before Gers et al. (2000)."""
    i, _, g, o = gates(x, h, W, b)
    s = s + i * g
    return o * np.tanh(s), s


@mistake(
    "M24",
    "lstm.lstm",
    "lstm.py::test_lstm_by_pencil",
    "outputs have no bounds",
)
def cell_shown_raw(x, h, s, W, b):
    """Show the cell without its tanh: h = o s."""
    i, f, g, o = gates(x, h, W, b)
    s = f * s + i * g
    return o * s, s
