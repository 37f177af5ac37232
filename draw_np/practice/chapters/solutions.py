"""Solutions that stand nowhere else in the package: the properties that expose a bug, and
functions that the package has only as parts of larger ones, such as the LSTM's backward
pass over many steps.
"""

import numpy as np

from draw_np import latent, likelihood, nn
from draw_np.latent import kl_to_prior, sample
from draw_np.likelihood import bernoulli_nll
from draw_np.manual import latent as by_hand
from draw_np.manual.likelihood import bernoulli_backward
from draw_np.manual.lstm import lstm_backward, lstm_forward
from draw_np.manual.nn import affine_backward, affine_forward, tanh_backward, tanh_forward
from draw_np.nn import sigmoid, softplus
from draw_np.training import optim


def lstm_through_time(dh_out, x, h_0, s_0, W, b):
    """dh_0, ds_0, dW and db of T steps of the cell, from the direct derivatives of all h_t.

    Forward, keeping every step's cache; then from the last step to the first. h_t goes
    two ways, to the loss and into step t + 1, so its derivative is a sum of two,
    dh_out[t] + dh; s_t goes one way, into step t + 1. W and b are the same in all steps,
    so theirs are sums over the steps.
    """
    h, s, caches = h_0, s_0, []
    for x_t in x:
        (h, s), cache = lstm_forward(x_t, h, s, W, b)
        caches.append(cache)
    dh, ds = np.zeros_like(h_0), np.zeros_like(s_0)
    dW, db = np.zeros_like(W), np.zeros_like(b)
    for dh_t, cache in zip(dh_out[::-1], caches[::-1], strict=True):
        _, dh, ds, dW_t, db_t = lstm_backward(dh_t + dh, ds, cache)
        dW, db = dW + dW_t, db + db_t
    return dh, ds, dW, db


def shows_its_new_state(cell):
    """With weights of 0 the biases set the gates: i, f, o = 1 and g = tanh(1).

    From s = 0 then s' = tanh(1), and h' must show the new state: h' = tanh(s'). A cell
    that shows the old state gives h' = tanh(0) = 0.
    """
    x, state = np.zeros((1, 2)), np.zeros((1, 3))
    b = np.repeat([50.0, 50.0, 1.0, 50.0], 3)  # i, f, g, o
    h_new, s_new = cell(x, state, state, np.zeros((5, 12)), b)
    return np.allclose(s_new, np.tanh(1)) and np.allclose(h_new, np.tanh(s_new))


def costs_what_it_should(kl):
    """Where Q is the prior, the sample says nothing and costs nothing, whatever Z is.

    With the constant taken once a step, as Eq. 11 is printed, (Z - 1)/2 are left over.
    """
    return all(np.allclose(kl(np.zeros((2, Z)), np.zeros((2, Z))), 0) for Z in (1, 2, 5))


def charges_for_errors(nll):
    """A sure and wrong pixel costs softplus(c), about c nats: 30 at 30 and 40 at 40.

    With an epsilon in the logarithm the cost stops at -log(1e-8) = 18.4 nats.
    """
    black, logit = np.zeros((1, 1, 1, 1)), np.ones((1, 1, 1, 1))
    return all(np.allclose(nll(black, c * logit), c) for c in (20.0, 30.0, 40.0))


def grid_is_sound(centres):
    """The mean of the centres is g: the offsets i - N/2 - 0.5 come in pairs +- and cancel.

    Counted from 0, the whole grid is one stride too far to the left.
    """
    g, delta = np.array([3.0, 7.5]), np.array([1.0, 2.5])
    return all(np.allclose(centres(g, delta, N).mean(axis=1), g) for N in (1, 2, 5))


def filter_row(mu, sigma2, A):
    """One row of the filterbank: the bell at every pixel, divided by its sum (Eq. 25).

    Pixels count from 1, and a row is an array over them: shape (A,), in the dtype of mu.
    """
    a = np.arange(1, A + 1, dtype=mu.dtype)
    bell = np.exp(-((a - mu) ** 2) / (2 * sigma2))
    return bell / np.sum(bell)


def width_is_sound(bank):
    """Well inside the image, a row's variance about its centre is sigma^2.

    Wide enough (sigma >= 1), the sum over pixels is as good as the integral. The suspect
    takes sigma^2 for sigma: its rows have the variance (sigma^2)^2.
    """
    mu, a = np.array([[50.0, 50.3]]), np.arange(1, 101)
    return all(
        np.allclose(bank(mu, np.array([v]), 100) @ a**2 - mu**2, v, rtol=1e-3)
        for v in (1.0, 4.0, 9.0)
    )


def upright(read):
    """Pixel (row 2, column 1) under the filters of row 2 and column 1 shows at [1, 0].

    Filters that look at one pixel each are rows of the identity: then the patch is the
    image's upper left corner, as it stands. The suspect shows it lying down.
    """
    x = np.zeros((1, 1, 3, 3))
    x[0, 0, 1, 0] = 1.0  # row 2, column 1, counted from 1
    F = np.eye(3)[None]
    return np.allclose(read(x, F, F, np.ones(1)), x)


def gives_back(read, write):
    """What is read at strength gamma is written back by 1/gamma: together they cancel.

    Filters that look at one pixel each are rows of the identity. Then writing what was
    read gives the image again, for every gamma. The suspect gives gamma^2 times it.
    """
    x = np.arange(9.0).reshape(1, 1, 3, 3)
    F = np.eye(3)[None]
    return all(
        np.allclose(write(read(x, F, F, gamma), F, F, gamma), x)
        for gamma in (np.array([1.0]), np.array([3.0]), np.array([0.2]))
    )


# ---------------------------------------------------------------- chapter 1


def nearest(images, train):
    """For each image the training picture that is nearest, and how far away it is.

    Intensities are bytes / 255, floats, so that differences may be negative: in uint8, 3 - 5
    is 254. Every image has its own search, over all of the training pictures.
    """
    train = train.reshape(len(train), -1) / 255
    index, distance = np.zeros(len(images), int), np.zeros(len(images))
    for m, image in enumerate(images.reshape(len(images), -1) / 255):
        far = np.mean((image - train) ** 2, axis=1)  # (n,)
        index[m] = np.argmin(far)
        distance[m] = np.sqrt(far[index[m]])
    return index, distance


def printed_right(pictures):
    """The probability that coins with the pixels' own biases make one of the K pictures.

    The coins do not know of each other, so the probability of a picture is a product over
    its pixels: p where it is light, 1 - p where it is dark. The pictures are all different,
    and only one can be printed at a time, so their probabilities add up.
    """
    p = np.mean(pictures, axis=0)  # (B, A): how often each pixel is light
    pixels = np.where(pictures == 1, p, 1 - p)  # (K, B, A)
    return np.sum(np.prod(pixels, axis=(1, 2)))


def printer_bits(x, p):
    """Bits of every picture: minus the sum of x log2 p + (1 - x) log2 (1 - p) over pixels.

    A pixel is 0 or 1, so that one of the two terms is 0, and the other is the logarithm of
    the probability of what the pixel is.
    """
    return -np.sum(x * np.log2(p) + (1 - x) * np.log2(1 - p), axis=(1, 2, 3))


def keeps_the_light(apart):
    """The coarse picture is as light on average as the picture: a mean of means.

    A coarse picture, good or bad, enlarged and with its detail is the picture, since the
    detail is what remains. The suspect averages two of four pixels. Where these are as
    light as the other two, as in the example of Section 1.4, nobody sees it.
    """
    image = np.array([[9.0, 7.0, 1.0, 0.0], [3.0, 2.0, 4.0, 8.0]])
    coarse, _ = apart(image)
    return np.allclose(np.mean(coarse), np.mean(image))


# ---------------------------------------------------------------- chapter 2


def central_gradient(f, x, h):
    """Central differences, one entry after the other, of the shape of x.

    Each entry has a step of its own, an array that is h there and 0 elsewhere; x itself is
    never changed, so there is nothing to put back.
    """
    slopes = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[i] = h
        slopes[i] = (f(x + step) - f(x - step)) / (2 * h)
    return slopes


def unit_backward(dy, x):
    """dx of y = x / r with r = |x|, for every row.

    x moves y in two ways. With r held fixed, dx = dy / r. And through r: from r^2 = sum_k
    x_k^2 follows dr/dx_q = x_q / r = y_q, and dy_k/dr = -x_k / r^2 = -y_k / r, together
    -y_q sum_k y_k dy_k / r. So dx is dy without its part along y, divided by r: a longer x
    has the same y, hence no slope along x.
    """
    r = np.sqrt(np.sum(x * x, axis=1, keepdims=True))
    y = x / r
    return (dy - y * np.sum(y * dy, axis=1, keepdims=True)) / r


def relative_error(a, n, floor):
    """|a - n| in units of the larger of the two, or of the floor if both are below it.

    It is symmetric in a and n, needs no sign, and 0 against 0 gives 0 and not 0/0.
    """
    return np.abs(a - n) / np.maximum(np.maximum(np.abs(a), np.abs(n)), floor)


def network_backward(x, target, W1, b1, W2, b2):
    """dW1, db1, dW2, db2 of the mean over the images of 1/2 |tanh(x W1 + b1) W2 + b2 - target|^2.

    Forward, keeping every block's cache, then back block by block. The derivative of
    1/2 (y - target)^2 is y - target, and the mean puts 1/M in front of it; after that
    everything is a sum over the images, so 1/M appears once only.
    """
    a, first = affine_forward(x, W1, b1)
    hidden, squash = tanh_forward(a)
    y, second = affine_forward(hidden, W2, b2)
    dhidden, dW2, db2 = affine_backward((y - target) / len(x), second)
    _, dW1, db1 = affine_backward(tanh_backward(dhidden, squash), first)
    return dW1, db1, dW2, db2


def notices_small_slips(error):
    """One derivative of 1e-4 beside one of 1 is twice too large: it is off by a half.

    A length of the whole difference, divided by the length of the whole gradient, makes
    1e-4 of it: the large entry hides the small one.
    """
    analytic, numeric = np.array([1.0, 2e-4]), np.array([1.0, 1e-4])
    return np.allclose(error(analytic, numeric), 0.5)


# ---------------------------------------------------------------- chapter 6


def folded(W, b, m, s, h):
    """W_new and b_new with x W_new + b_new = [(x - m) / s, h] W + b.

    Cut the rows of W into those of x_hat and those of h. Then ((x - m) / s) W_x is a sum
    over the pixels d of (x_d - m_d) W_x[d] / s_d: row d is divided by s_d, and what m
    gives with these rows is a constant, as is h W_h.
    """
    W_x, W_h = np.split(W, [len(m)])
    W_new = W_x / s[:, None]
    return W_new, b - m @ W_new + h @ W_h


def pixel_rows(x):
    """Pixels in a row as images: (M, D) to (M, 1, 1, D)."""
    return x[:, None, None, :]


def linear_vae(x, eps, W_mu, b_mu, W_s, b_s, W, b):
    """L_x and L_z of every image: encoder, sample, decoder, and what both ends cost."""
    mu, log_sigma = nn.affine(x, W_mu, b_mu), nn.affine(x, W_s, b_s)
    c = nn.affine(latent.sample(mu, log_sigma, eps), W, b)
    L_x = likelihood.bernoulli_nll(pixel_rows(x), pixel_rows(c))
    return L_x, latent.kl_to_prior(mu, log_sigma)


def linear_vae_backward(x, eps, W_mu, b_mu, W_s, b_s, W, b):
    """dW_mu, db_mu, dW_s, db_s, dW and db of the mean of L_x + L_z over the images.

    Forward, keeping every block's cache, then back block by block. The mean gives each
    image's cost the derivative 1/M. From the pixels it goes through the decoder to z:
    dc = (sigmoid(c) - x) / M, and dz = dc W^T. mu has two descendants, z and the KL, so
    dmu = dz + mu / M; and dlog_sigma = dz sigma eps + (sigma^2 - 1) / M.
    """
    mu, to_mu = affine_forward(x, W_mu, b_mu)
    log_sigma, to_sigma = affine_forward(x, W_s, b_s)
    z, draw = by_hand.sample_forward(mu, log_sigma, eps)
    c, decoder = affine_forward(z, W, b)
    _, price = by_hand.kl_forward(mu, log_sigma)
    each = np.full_like(x[:, 0], 1 / len(x))  # (M,): an image's weight in the mean
    dc = bernoulli_backward(each, (pixel_rows(x), pixel_rows(c))).reshape(x.shape)
    dz, dW, db = affine_backward(dc, decoder)
    by_draw, by_price = by_hand.sample_backward(dz, draw), by_hand.kl_backward(each, price)
    _, dW_mu, db_mu = affine_backward(by_draw[0] + by_price[0], to_mu)
    _, dW_s, db_s = affine_backward(by_draw[1] + by_price[1], to_sigma)
    return dW_mu, db_mu, dW_s, db_s, dW, db


def told_and_wasted(mu, log_sigma):
    """The two parts of every component's average KL.

    <KL> = 1/2 (<mu^2> + <sigma^2> - 1) - <log sigma>, and the first bracket is m^2 + v.
    wasted = 1/2 (m^2 + v - log v - 1), so that told = 1/2 log v - <log sigma> is left. It is
    at least 0, for v is at least <sigma^2>, and the logarithm of a mean is at least the
    mean of the logarithms. If the answers differ in nothing, both are equal.
    """
    m = np.mean(mu, axis=0)
    v = np.mean(mu**2 + np.exp(2 * log_sigma), axis=0) - m**2
    wasted = (m**2 + v - np.log(v) - 1) / 2
    return np.log(v) / 2 - np.mean(log_sigma, axis=0), wasted


def minibatch_loss(x, c, mu, log_sigma):
    """The mean of L_x + L_z over the images: each a sum over what one image has."""
    L_x = likelihood.bernoulli_nll(pixel_rows(x), pixel_rows(c))
    return np.mean(L_x + latent.kl_to_prior(mu, log_sigma))


def minds_no_copies(loss):
    """With every image in it twice, the mean over a minibatch is what it was.

    The suspect sums the KLs over the images and averages them over the components:
    with twice as many images, that sum is twice as large. A sum over the components and a
    mean over the images are the same only if there are as many of one as of the other.
    """
    x, c = np.array([[1.0, 0.0], [0.0, 0.0]]), np.array([[2.0, -1.0], [0.5, 0.0]])
    mu, log_sigma = np.array([[1.0], [-0.5]]), np.array([[-1.0], [0.25]])
    once = loss(x, c, mu, log_sigma)
    twice = loss(*(np.concatenate([v, v]) for v in (x, c, mu, log_sigma)))
    return np.allclose(once, twice)


# ---------------------------------------------------------------- chapter 7


def painted(p, w):
    """sigmoid(logit(p) + w): a stroke multiplies the odds p : (1 - p) by e^w.

    The new odds are p e^w : (1 - p), so that the probability is p e^w / (p e^w + 1 - p).
    So written, e^1000 / e^1000 is NaN. By the sigmoid of the new logit, log(p / (1 - p)) + w,
    nothing overflows; nor does p / (p + (1 - p) e^-w), in which an infinite e^1000 gives 0.
    """
    return sigmoid(np.log(p / (1 - p)) + w)


def finished(c_0, h, W, b):
    """c_0 + (sum_t h_t) W + T b, as images.

    All steps use the same masks W, so that sum_t (h_t W) = (sum_t h_t) W: the sum of the
    outputs says how much of each mask is in the picture. The bias is there in every step.
    """
    T, M, _ = h.shape
    return c_0 + (np.sum(h, axis=0) @ W + T * b).reshape(M, *c_0.shape)


def leads_downhill(error):
    """The error image is minus the slope of softplus(c) - x c in c, by central differences.

    At c = -20 and x = 1 the canvas is sure and wrong, and the slope is -1: here the error is
    largest. The suspect is minus the gradient of 1/2 (x - sigmoid(c))^2, which has another
    factor p (1 - p), and so is as good as 0 where p is sure, right or wrong.
    """
    x = np.array([1.0, 0.0, 1.0, 0.0, 1.0]).reshape(1, 1, 1, 5)
    c = np.array([-20.0, 20.0, 0.5, -1.0, 3.0]).reshape(x.shape)
    high, low = (softplus(c + h) - x * (c + h) for h in (1e-5, -1e-5))
    return np.allclose(error(x, c), -(high - low) / 2e-5, atol=1e-6)


def draw_again(x, eps, c_0, h_enc, h_dec, rnn_enc, posterior, rnn_dec, write):
    """Eqs. 3 to 8, T times, with a list of canvases and a sum of costs beside them.

    The error image is that of the canvas as it is now; the encoder hears from the decoder
    what it was after the step before; the write shows the decoder's new output. Each step
    makes a new array c: c += ... would change the one that is in the list already, and all
    canvases of the list would be the last.
    """
    c, canvases, L_z = c_0, [c_0], np.zeros_like(eps[0, :, 0])
    for eps_t in eps:
        x_hat = x - sigmoid(c)  # (3)
        r = np.concatenate([x, x_hat], axis=1).reshape(len(x), -1)  # (4), (17)
        h_enc = rnn_enc(h_enc, np.concatenate([r, h_dec], axis=1))  # (5)
        mu, log_sigma = posterior(h_enc)  # (1), (2)
        h_dec = rnn_dec(h_dec, sample(mu, log_sigma, eps_t))  # (6), (7)
        c = c + write(h_dec)  # (8)
        canvases.append(c)
        L_z = L_z + kl_to_prior(mu, log_sigma)  # (10)
    return np.stack(canvases), L_z


def draw_new(z, c_0, h_dec, rnn_dec, write):
    """Eqs. 14 and 15, T times; the sigmoid comes once, at the end.

    No image and no encoder: the decoder does not know whether somebody chose z_t by an image
    or drew it from the prior.
    """
    c = c_0
    for z_t in z:
        h_dec = rnn_dec(h_dec, z_t)  # (14)
        c = c + write(h_dec)  # (15)
    return sigmoid(c)


# ---------------------------------------------------------------- chapter 10


def training_step(gradient_of, theta, m, v, n, lr, limit):
    """theta, m and v after one more update: gradient, clipping and Adam, in this order.

    Adam's clock counts updates from 1: after n of them this is number n + 1. What is
    clipped is the gradient, so that Adam sees nothing else: clipped later, a single huge
    gradient would stay in v for the next thousand updates.
    """
    clipped, _ = optim.clip_by_global_norm({"theta": gradient_of(theta)}, limit)
    params = {"theta": theta.copy()}
    adam = optim.Adam({"theta": m.copy()}, {"theta": v.copy()}, n)
    adam.update(params, clipped, lr)
    return params["theta"], adam.m["theta"], adam.v["theta"]


def first_step_is_lr(adam):
    """From m = v = 0, the first update moves each entry by lr against its gradient's sign.

    m = (1 - beta1) g and v = (1 - beta2) g^2; corrected, they are g and g^2, and g / sqrt(g^2)
    is the sign of g, however large g is. Without the correction the first step is
    (1 - beta1) / sqrt(1 - beta2) = 3.16 times as long.
    """
    theta, g, zero = np.array([1.0, -2.0, 3.0]), np.array([5.0, -0.1, 1e-3]), np.zeros(3)
    moved, _, _ = adam(theta, g, zero, zero, 1, 0.01)
    return np.allclose(moved, theta - 0.01 * np.sign(g), rtol=0, atol=1e-6)


# ---------------------------------------------------------------- chapter 12


def composed(canvas, patches, places):
    """The canvas with every patch added at its place (row, column), cut off at 1.

    Row and column count from 1, indices from 0. Adding is done on a copy: += writes into
    the array that it is given. One cut at the end is as good as one after every patch,
    since nothing that is added is negative: a sum that has reached 1 stays there.
    """
    image = canvas.copy()
    for patch, (row, column) in zip(patches, places, strict=True):
        h, w = patch.shape
        image[row - 1 : row - 1 + h, column - 1 : column - 1 + w] += patch
    return np.minimum(image, 1)


def never_certain(interval):
    """With no error on 100 images, some true error above 0 is possible still.

    A network that errs on one image in a hundred makes no error on 100 of them in 37 % of
    all cases. The suspect puts the share for the true error under the root: from a share
    of 0 it gets an interval from 0 to 0.
    """
    low, high = interval(0.0, 100)
    return bool(high > low)


# ---------------------------------------------------------------- chapter 13


def coloured(share, ground, ink):
    """(1 - share) ground + share ink, for every channel.

    share has no channel and the colours have no pixels: with share as (M, 1, B, A) and the
    colours as (M, 3, 1, 1), everything is repeated where it should be.
    """
    share, ground, ink = share[:, None], ground[:, :, None, None], ink[:, :, None, None]
    return ground + share * (ink - ground)


def floor_and_rest(x, c):
    """Entropy of the grey values, and KL(Bernoulli(x) || Bernoulli(sigmoid(c))), per image.

    p log p with the 0 of p = 0 taken before the logarithm: log 1 in its place, times 0. The
    rest is the difference to the whole cost. It is a KL divergence, and by its formula
    x log(x / p) + ... one would have the same trouble again, with sigmoid(-1000) = 0.
    """

    def plogp(p):
        return p * np.log(np.where(p > 0, p, np.ones_like(p)))

    floor = -np.sum(plogp(x) + plogp(1 - x), axis=(1, 2, 3))
    return floor, bernoulli_nll(x, c) - floor


def continuous_nll(x, c):
    """The cost softplus(c) - x c plus the logarithm of tanh(c/2)/c, summed over an image.

    density = exp(-cost) / integral, hence -log density = cost + log integral. tanh(c/2)/c
    loses nothing for small c; only at 0 itself it is 0/0, and there the limit stands. (e^c -
    1)/(c (1 + e^c)) is the same number on paper, but e^1000 is infinite and e^(1e-9) - 1 has
    lost half of its digits.
    """
    other = np.where(c == 0, np.ones_like(c), c)  # something to divide by
    integral = np.where(c == 0, np.full_like(c, 0.5), np.tanh(other / 2) / other)
    return bernoulli_nll(x, c) + np.sum(np.log(integral), axis=(1, 2, 3))


def no_image_twice(split):
    """Numbers for images: all parts together are the numbers, each once.

    The suspect takes train from the images as they lie, and the others from the shuffled
    order: some images of the test are among the training images, and others are nowhere.
    """
    order = np.random.default_rng(0).permutation(40)
    together = np.concatenate([np.ravel(part) for part in split(np.arange(40.0), order)])
    return np.array_equal(np.sort(together), np.arange(40.0))


def parted(images, order):
    """train, valid and test: each image in one of them.

    The shuffled order is used up from the front: a tenth, another tenth, and what is left.
    Sorted, the numbers that are left give the images in the order in which they were.
    """
    size = max(1, len(images) // 10)
    valid, test, train = order[:size], order[size : 2 * size], np.sort(order[2 * size :])
    return images[train], images[valid], images[test]


# ---------------------------------------------------------------- chapter 14


def measured_kl(mu, log_sigma, eps):
    """The mean of log Q(z) - log P(z) over samples z of Q, and its standard error.

    The mean of that difference over all z is the KL, by definition. One sample is off by
    about the standard deviation s of the difference, the mean of K samples by s / sqrt(K). s
    is not known and is estimated from the same samples, about their own mean, which lies in
    their midst: K - 1 for K makes up for that.
    """
    draws = [latent.sample(mu, log_sigma, e) for e in eps]
    ratios = [latent.log_posterior(z, mu, log_sigma) - latent.log_prior(z) for z in draws]
    return np.mean(ratios, axis=0), np.std(ratios, axis=0, ddof=1) / len(eps) ** 0.5


def knows_no_batch_size(loss):
    """With every image twice, the loss in nats per image is what it was.

    A sum over the images is twice as large.
    """
    nll, kl = np.array([80.0, 95.0, 110.0]), np.array([[2.0, 3.0, 1.0], [0.5, 4.0, 2.0]])
    return np.allclose(loss(np.tile(nll, 2), np.tile(kl, (1, 2))), loss(nll, kl))


def sees_mirrors(read):
    """A line seen in a mirror, read at -g~, gives the patch seen in a mirror.

    Pixel a goes to A + 1 - a, and the centre (A + 1)/2 (g~ + 1) to (A + 1)/2 (1 - g~), which
    is A + 1 minus it: the two agree, and the offsets of the filters come in pairs +-. A
    grid about A/2 has its mirror image about A/2 and not about A/2 + 1: a pixel apart.
    """
    line = np.array([[0.1, 0.9, 0.3, 0.0, 0.7, 0.2, 1.0, 0.4]])
    g, delta, sigma2 = np.array([0.3]), np.array([1.5]), np.array([0.8])
    patch = read(line, g, delta, sigma2, 3)
    return np.allclose(read(line[:, ::-1], -g, delta, sigma2, 3), patch[:, ::-1])


def answers(f, eps):
    """The table of which result (column) uses the noise of which step (row), by NaN.

    Each step gets a fresh copy of the noise, so that nothing has to be put back. NaN is not
    equal to itself: np.isnan finds it. Where what is drawn at step k may use the noise up
    to step k and no later one, the table has 0 below its diagonal.
    """
    table = []
    for t in range(len(eps)):
        noise = eps.copy()
        noise[t] = np.nan
        table.append(np.any(np.isnan(f(noise)), axis=1))
    return np.array(table, dtype=eps.dtype)


def is_a_weight(log_weight):
    """The mean of p(z)/q(z) over samples of q is the integral of p, which is 1.

    Here q has sigma = 1.5: it is wider than the prior, so that no weight is large, and the
    mean of 20,000 samples is 1 within 0.01 or so. By the closed form every weight is
    exp(-KL) = 0.80: the mean of the logarithm is right, and no more.
    """
    mu, log_sigma = np.zeros((20_000, 1)), np.full((20_000, 1), np.log(1.5))
    z = latent.sample(mu, log_sigma, np.random.default_rng(0).standard_normal(mu.shape))
    w = np.exp(log_weight(np.zeros(len(z)), z, mu, log_sigma))
    return bool(abs(np.mean(w) - 1) < 0.03)


def made_up_for(W, b, A, B):
    """W' and b' with which a program of three mistakes does what a right one does.

    Pixel a is called a - 1 there, so the centre must be 1 less: (A + 1)/2 (g~' + 1) =
    (A + 1)/2 (g~ + 1) - 1, that is g~' = g~ - 2/(A + 1), and along y with B. (sigma'^2)^2 =
    sigma^2 asks for half the logarithm, 1/delta~' = delta~ for the other sign. Half and
    sign hold for every h, so they change the column of W and the entry of b; a shift is in
    b alone.
    """
    turned = np.array([1, 1, 0.5, -1, 1], W.dtype)
    moved = np.array([2 / (A + 1), 2 / (B + 1), 0, 0, 0], W.dtype)
    return W * turned, b * turned - moved


# ---------------------------------------------------------------- chapter 15


def gates(squash, a):
    """sigmoid of a_i, a_f and a_o and tanh of a_g, by one tanh of all four.

    sigmoid(v) = (1 + tanh(v/2))/2: halve three of the parts before, and halve and shift
    the same three after. On a device every line is a launch or more, and squash costs
    most; a program that wants fewer halves the weights once and for all.
    """
    i, f, g, o = np.split(a, 4, axis=1)
    i, f, g, o = np.split(squash(np.concatenate([i / 2, f / 2, g, o / 2], axis=1)), 4, axis=1)
    return np.concatenate([(1 + i) / 2, (1 + f) / 2, g, (1 + o) / 2], axis=1)


def is_that_of_one(mean):
    """Shares of unequal size give what one process gives, which has all images.

    Five images in shares of 1 and 4: with equal weights the first one counts four times as
    much as each of the others.
    """
    each = np.array([[1.0, 2.0], [3.0, 5.0], [4.0, -1.0], [0.0, 7.0], [2.0, 2.0]])
    means = np.array([each[:1].mean(axis=0), each[1:].mean(axis=0)])
    return np.allclose(mean(means, np.array([1, 4])), each.mean(axis=0))


def draws_what_one_draws(noise):
    """The shares' noise, side by side, is that of one process with all images.

    From the same seed the shares sample the same numbers, in the suspect for other images.
    """
    shares = [noise(3, 2, 5, 4, *rows) for rows in ((0, 2), (2, 5))]
    return np.allclose(np.concatenate(shares, axis=1), noise(3, 2, 5, 4, 0, 5))


def most_processes(tau, G, b, share):
    """The largest K with S(K)/K >= share, in the dtype of b.

    S(K)/K = tau / (tau + 2 (K - 1) G/b), so that it is at least the share if and only if
    2 (K - 1) G/b <= tau (1/share - 1). For a share of one half this is K - 1 <= tau b / 2G,
    where the sending takes as long as the computing.
    """
    return np.floor(1 + tau * b * (1 / share - 1) / (2 * G))


def ring(held):
    """What K ranks hold at first, and after each of 2 (K - 1) exchanges around a ring.

    Piece p starts at rank p, and goes on to p + 1, p + 2, ..., each of which adds its own
    and passes the sum on in the next exchange. After K - 1 exchanges it has been everywhere,
    and lies, complete, at rank p - 1. From there it goes around once more, and all keep it.
    All ranks send at once, so what is sent is taken from before the exchange.
    """
    K = len(held)
    states = [held]
    for s in range(2 * (K - 1)):
        before, after = states[-1], states[-1].copy()
        for r in range(K):
            to, p = (r + 1) % K, (r - s) % K
            after[to, p] = before[r, p] + (before[to, p] if s < K - 1 else 0)
        states.append(after)
    return np.array(states)


# ---------------------------------------------------------------- chapter 17


def begun(table, labels):
    """v_m = table[y_m], for all images at once: an array of whole numbers is an index.

    A class may come several times, or not at all.
    """
    return table[labels]


def table_backward(dv, labels, K):
    """Row k collects the derivatives of all images that took it: a sum, as of a value used twice.

    With chosen_mk = 1 where image m is of class k, and else 0, v_m = sum_k chosen_mk v_k. That
    is a product of matrices, and so is its derivative: chosen^T dv. A row that nobody took
    gets a sum of zeros.
    """
    chosen = (labels[:, None] == np.arange(K)).astype(dv.dtype)
    return chosen.T @ dv


def label_worth(log_p, labels):
    """p(y | x) = p(x | y) / (K p(x)), and log p(x | y) - log p(x) for the label that is right.

    p(x) is the mean of p(x | y) over the classes. Both are quotients, so that the largest of
    the logarithms can be taken out before the exponential: then one summand is 1, and the
    sum neither 0 nor infinite.
    """
    top = log_p.max(axis=1, keepdims=True)
    w = np.exp(log_p - top)
    p = w / w.sum(axis=1, keepdims=True)
    log_x = top[:, 0] + np.log(np.mean(w, axis=1))
    return log_p[np.arange(len(labels)), labels] - log_x, p
