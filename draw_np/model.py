"""DRAW: one step, the unrolled loss, reconstruction and generation (Section 2).

This is the readable engine: pure functions on ``autograd.numpy``, an equation a
line with its number beside it. Noise is always an argument.

Axes: ``T`` steps, ``M`` images in a minibatch, ``C`` channels, ``B`` rows (height),
``A`` columns (width), ``H`` LSTM units, ``Z`` latent components.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import autograd.numpy as np

from draw_np import attention as attn
from draw_np.arrays import Array, Params, Scalar
from draw_np.attention import Attention
from draw_np.config import Config
from draw_np.latent import kl_to_prior, log_posterior, log_prior, sample
from draw_np.likelihood import bernoulli_nll
from draw_np.lstm import lstm
from draw_np.nn import affine, sigmoid


class State(NamedTuple):
    """What one step hands to the next."""

    c: Array  #: canvas, logits, (M, C, B, A)
    h_enc: Array  #: output of the encoder, (M, H)
    s_enc: Array  #: cell state of the encoder, (M, H)
    h_dec: Array  #: output of the decoder, (M, H)
    s_dec: Array  #: cell state of the decoder, (M, H)


class Looked(NamedTuple):
    """What one step of inference did besides moving on."""

    mu: Array  #: mean of the posterior, (M, Z)
    log_sigma: Array  #: log standard deviation of the posterior, (M, Z)
    z: Array  #: the sample, (M, Z)
    reading: Attention | None  #: Attention of the read, or None without
    writing: Attention | None  #: Attention of the write, or None without


class Terms(NamedTuple):
    """The two parts of the bound, in nats: image by image, or means over a minibatch."""

    L_x: Array  #: reconstruction, (M,) or a scalar
    L_z: Array  #: KL to the prior of every step, (T, M) or (T,)


class Drawing(NamedTuple):
    """A canvas over time, with the grids that were used."""

    c: Array  #: canvases c_0 .. c_T, logits, (T + 1, M, C, B, A)
    reading: Attention | None  #: Attention with fields of shape (T, M), or None
    writing: Attention | None  #: Attention with fields of shape (T, M), or None
    L_z: Array | None  #: KL of every step, (T, M), or None where no image was looked at

    @property
    def means(self) -> Array:
        """What the canvases look like: sigmoid(c), in [0, 1], the means of D(X | c)."""
        return sigmoid(self.c)


def initial_state(params: Params, M: int, labels: Array | None = None) -> State:
    """c_0, h_0^enc, h_0^dec and the cell states: learned biases, the same for M images.

    With labels, (M,), each is a table of a row a class, and an image begins with the row of
    its own.
    """

    def repeat(bias: Array) -> Array:
        if labels is not None:
            return bias[labels]
        return np.broadcast_to(bias[None], (M, *bias.shape))

    return State(
        c=repeat(params["c_0"]),
        h_enc=repeat(params["h_enc_0"]),
        s_enc=repeat(params["s_enc_0"]),
        h_dec=repeat(params["h_dec_0"]),
        s_dec=repeat(params["s_dec_0"]),
    )


def head(params: Params, name: str, h_dec: Array, config: Config, N: int) -> Attention:
    """The attention of the head ``read`` or ``write``, from h_dec (Eqs. 21-24)."""
    raw = affine(h_dec, params[f"{name}.W"], params[f"{name}.b"])  # (M, 5)
    return attn.attention(raw, config.A, config.B, N)


def read(
    params: Params, x: Array, x_hat: Array, h_dec: Array, config: Config
) -> tuple[Array, Attention | None]:
    """r_t and its attention, from the *previous* h_dec (Eq. 4: Eq. 27, or 17 without)."""
    if config.N_read is None:
        return attn.read_all(x, x_hat), None
    att = head(params, "read", h_dec, config, config.N_read)
    return attn.read(x, x_hat, att, config.N_read), att


def write(params: Params, h_dec: Array, config: Config) -> tuple[Array, Attention | None]:
    """What is added to the canvas and its attention, from the *new* h_dec (Eq. 8)."""
    M, N = h_dec.shape[0], config.N_write
    w = affine(h_dec, params["patch.W"], params["patch.b"])  # (28), or (18)
    if N is None:
        return np.reshape(w, (M, *config.image_shape)), None
    att = head(params, "write", h_dec, config, N)
    return attn.write(np.reshape(w, (M, config.C, N, N)), att, config.A, config.B), att


def encode(params: Params, r: Array, state: State) -> tuple[Array, Array]:
    """Move the encoder on by [r_t, h_{t-1}^dec]: returns h_enc and s_enc (Eq. 5)."""
    v = np.concatenate([r, state.h_dec], axis=1)
    return lstm(v, state.h_enc, state.s_enc, params["enc.W"], params["enc.b"])


def posterior(params: Params, h_enc: Array) -> tuple[Array, Array]:
    """mu_t and log sigma_t, each (M, Z), of Q(Z_t | h_t^enc) (Eqs. 1, 2)."""
    mu = affine(h_enc, params["mu.W"], params["mu.b"])  # (1)
    log_sigma = affine(h_enc, params["log_sigma.W"], params["log_sigma.b"])  # (2)
    return mu, log_sigma


def decode(
    params: Params, z: Array, state: State, config: Config
) -> tuple[State, Attention | None]:
    """The half of a step that generation shares: Eqs. 7, 8, or 14, 15.

    Returns
    -------
    State
        With new c, h_dec and s_dec; the encoder's part is left as it was.
    Attention or None
        Of the write.
    """
    h_dec, s_dec = lstm(z, state.h_dec, state.s_dec, params["dec.W"], params["dec.b"])  # (7)
    stroke, writing = write(params, h_dec, config)
    return state._replace(c=state.c + stroke, h_dec=h_dec, s_dec=s_dec), writing  # (8)


def step(
    params: Params, x: Array, eps: Array, state: State, config: Config
) -> tuple[State, Looked]:
    """One step t of inference: look, sample, draw (Eqs. 3-8).

    Parameters
    ----------
    params : dict of arrays
    x : array, shape (M, C, B, A)
    eps : array, shape (M, Z)
        Standard normal noise of this step.
    state : State
    config : Config

    Returns
    -------
    State, Looked
    """
    x_hat = x - sigmoid(state.c)  # (3)
    r, reading = read(params, x, x_hat, state.h_dec, config)  # (4)
    h_enc, s_enc = encode(params, r, state)  # (5)
    mu, log_sigma = posterior(params, h_enc)  # (1), (2)
    z = sample(mu, log_sigma, eps)  # (6)
    state = state._replace(h_enc=h_enc, s_enc=s_enc)
    state, writing = decode(params, z, state, config)  # (7), (8)
    return state, Looked(mu, log_sigma, z, reading, writing)


def unroll(
    params: Params, x: Array, eps: Array, config: Config, labels: Array | None = None
) -> tuple[list[State], list[Looked]]:
    """All T steps of inference on a minibatch.

    Parameters
    ----------
    x : array, shape (M, C, B, A)
    eps : array, shape (T, M, Z)
        Cast, like ``x``, to the dtype of the parameters.
    labels : array of int, shape (M,), optional
        The class of every image, 0 to K - 1, where the network has classes.

    Returns
    -------
    list of State
        T + 1 of them, the initial one first.
    list of Looked
        T of them.

    Raises
    ------
    ValueError
        As ``expect_inputs``.
    """
    expect_inputs(x, eps, config, labels)
    dtype = params["c_0"].dtype
    x, eps = x.astype(dtype), eps.astype(dtype)
    states, looks = [initial_state(params, x.shape[0], labels)], []
    for eps_t in eps:
        state, look = step(params, x, eps_t, states[-1], config)
        states.append(state)
        looks.append(look)
    return states, looks


def terms(
    params: Params, x: Array, eps: Array, config: Config, labels: Array | None = None
) -> Terms:
    """Both parts of the bound with one sample of z, for every image (Eqs. 9-11).

    Returns
    -------
    Terms
        L_x, shape (M,), and the KL of every step, shape (T, M), in nats.
    """
    states, looks = unroll(params, x, eps, config, labels)
    return Terms(reconstruction(x, states), step_kl(looks))


def reconstruction(x: Array, states: list[State]) -> Array:
    """L^x of every image, (M,), from the last canvas and only that (Eq. 9)."""
    c_T = states[-1].c
    return bernoulli_nll(x.astype(c_T.dtype), c_T)


def step_kl(looks: list[Looked]) -> Array:
    """The KL of every step and image, (T, M), whose sum over steps is L^z (Eq. 10)."""
    return np.stack([kl_to_prior(look.mu, look.log_sigma) for look in looks])


def mean_terms(each: Terms) -> Terms:
    """L_x, a scalar, and the KL of every step, (T,): means over the minibatch, in nats."""
    M = each.L_x.shape[0]
    return Terms(np.sum(each.L_x) * (1 / M), np.sum(each.L_z, axis=1) * (1 / M))


def total(mean: Terms) -> Scalar:
    """L_x plus the KL of all steps: the bound, from ``mean_terms`` (Eq. 12)."""
    return mean.L_x + np.sum(mean.L_z)


def loss(
    params: Params, x: Array, eps: Array, config: Config, labels: Array | None = None
) -> Scalar:
    """The bound L = <L^x + L^z>: one scalar, in nats per image (Eq. 12).

    A sum over pixels, channels, steps and latent components, and a mean over the
    minibatch and nothing else. It bounds -log p(x) from above; with labels y,
    -log p(x | y).

    Parameters
    ----------
    params : dict of arrays
        From ``parameters.initialise``; their dtype is the dtype of the result.
    x : array, shape (M, C, B, A)
        Pixels in [0, 1]; 0 or 1 where the number is to be a code length.
    eps : array, shape (T, M, Z)
        Standard normal noise.
    config : Config
    labels : array of int, shape (M,), optional
        As ``unroll`` takes them.

    Returns
    -------
    scalar
    """
    return total(mean_terms(terms(params, x, eps, config, labels)))


def log_weights(
    params: Params, x: Array, eps: Array, config: Config, labels: Array | None = None
) -> Array:
    """log p(x, z) - log q(z | x) of the z that was drawn, for every image.

    Its mean over z is minus the bound; log-mean-exp over K draws is the
    importance-weighted bound (Burda et al. 2016). The sampled log densities stand
    here, not the closed-form KL, which would not be a weight of z.

    Returns
    -------
    array, shape (M,), in nats
    """
    return log_weights_along(x, *unroll(params, x, eps, config, labels))


def log_weights_along(x: Array, states: list[State], looks: list[Looked]) -> Array:
    """``log_weights`` from what ``unroll`` returned."""
    log_ratio = [log_prior(k.z) - log_posterior(k.z, k.mu, k.log_sigma) for k in looks]
    return np.sum(np.stack(log_ratio), axis=0) - reconstruction(x, states)


def reconstruct(
    params: Params, x: Array, eps: Array, config: Config, labels: Array | None = None
) -> Drawing:
    """Draw given images again, keeping everything that can be looked at (Eqs. 3-8).

    Returns
    -------
    Drawing
    """
    states, looks = unroll(params, x, eps, config, labels)
    return Drawing(
        c=np.stack([state.c for state in states]),
        reading=over_time([look.reading for look in looks]),
        writing=over_time([look.writing for look in looks]),
        L_z=step_kl(looks),
    )


def generate(params: Params, z: Array, config: Config, labels: Array | None = None) -> Drawing:
    """Draw new images from latents of the prior; no image is looked at (Eqs. 13-16).

    Parameters
    ----------
    z : array, shape (T, M, Z)
        Standard normal draws (Eq. 13).
    labels : array of int, shape (M,), optional
        What is to be drawn: the class of every image, where the network has classes.

    Returns
    -------
    Drawing
        ``means[-1]`` are the means of D(X | c_T).
    """
    expect("z", z, (config.T, "M", config.Z))
    expect_labels(labels, z.shape[1], config.K)
    state = initial_state(params, z.shape[1], labels)
    canvases, writings = [state.c], []
    for z_t in z.astype(params["c_0"].dtype):
        state, writing = decode(params, z_t, state, config)  # (14), (15)
        canvases.append(state.c)
        writings.append(writing)
    return Drawing(np.stack(canvases), None, over_time(writings), None)


def expect_inputs(x: Array, eps: Array, config: Config, labels: Array | None) -> None:
    """ValueError unless images, noise and labels are what a network of these sizes takes.

    Not all of it would fail by itself. One noise shared by all images would broadcast and
    give a plausible bound that is too low; bytes up to 255 would give a plausible bound, too.
    """
    expect_images(x, config)
    expect("eps", eps, (config.T, len(x), config.Z))
    expect_labels(labels, len(x), config.K)


def expect_images(x: Array, config: Any) -> None:
    """ValueError unless ``x`` holds images of a network's shape, pixels from 0 to 1."""
    expect("x", x, ("M", *config.image_shape))
    expect_intensities(x)


def expect(name: str, array: Array, shape: tuple[int | str, ...]) -> None:
    """ValueError that names an argument of the wrong shape, and the right one.

    A letter in ``shape`` stands for any number.
    """
    expect_array(name, array)
    found = np.shape(array)
    alike = (isinstance(n, str) or n == m for n, m in zip(shape, found, strict=False))
    if len(found) != len(shape) or not all(alike):
        wanted = f"({', '.join(map(str, shape))})"
        raise ValueError(f"{name} has the shape {found}: expected {wanted}")


def expect_array(name: str, array: Any) -> None:
    """ValueError unless an argument is an array, of any library."""
    if not hasattr(array, "dtype"):
        raise ValueError(f"{name} is a {type(array).__name__}: give an array, np.asarray({name})")


def expect_intensities(x: Array) -> None:
    """ValueError if pixels in the host's memory are not in [0, 1]: two passes, and cheap."""
    if isinstance(x, np.ndarray) and x.size and not (x.min() >= 0 and x.max() <= 1):
        raise ValueError(
            f"x has pixels from {x.min()} to {x.max()}: expected intensities from 0 to 1, such as "
            "bytes divided by 255"
        )


def expect_labels(labels: Any, M: int, K: int | None) -> None:
    """ValueError unless a network of K classes is given M labels, and one without is given none."""
    if K is None and labels is not None:
        raise ValueError(
            "the network has no classes and was given labels: leave them out, or use a network "
            "with classes, such as small-labelled"
        )
    if K is not None and labels is None:
        raise ValueError(
            f"the network draws by class: give labels, for every image one from 0 to {K - 1}"
        )
    if K is not None:
        expect_classes(labels, M, K)


def expect_classes(labels: Array, M: int, K: int) -> None:
    """ValueError unless there are M labels, each a whole number from 0 to K - 1.

    Another one is no column of a softmax, where it would cost nothing and be wrong forever;
    and -1 would look up the row of another class.
    """
    expect_array("labels", labels)
    if labels.shape != (M,) or labels.dtype.kind not in "iu":
        raise ValueError(
            f"labels are {labels.dtype} of shape {labels.shape}: expected whole numbers, ({M},)"
        )
    if M and not (int(labels.min()) >= 0 and int(labels.max()) < K):
        raise ValueError(
            f"labels go from {labels.min()} to {labels.max()}: expected classes from 0 to {K - 1}"
        )


def over_time(attentions: Sequence[Any]) -> Any:
    """A list of T Attentions as one with fields of shape (T, M); None stays None."""
    if attentions[0] is None:
        return None
    return Attention(*(np.stack(field) for field in zip(*attentions, strict=True)))
