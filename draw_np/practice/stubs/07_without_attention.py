"""Exercises for chapter 7: DRAW without attention.

T steps, M images, C channels, B rows and A columns of pixels, H units, Z latent components.
A canvas c holds logits, anything from -1000 to 1000. Results have the dtype of the arguments,
and arguments stay as they are. Check your answers with `python -m draw_np.exercises check 7`.
"""

import numpy as np


def canvases(c_0, strokes):
    """Exercise 7.0: a canvas, stroke by stroke (easy, 5 minutes, about 1 line).

    c_t = c_{t-1} + stroke_t, t = 1 ... T (Eq. 8). Give every canvas after c_0, as logits.

    c_0: (B, A); strokes: (T, B, A).    Returns c_1 ... c_T: (T, B, A).
    """
    raise NotImplementedError("Exercise 7.0: a canvas, stroke by stroke")


def painted(p, w):
    """Exercise 7.1: a stroke on a probability (easy, 10 minutes, about 2 lines).

    A pixel is light with probability p. The stroke w is added to its logit, as in Eq. 8.
    How probable is it afterwards that the pixel is light? A stroke may be as large as 1000,
    and as small as -1000.

    p: any shape, more than 0 and less than 1, such as 1e-30; w: the same shape.
    Returns the new probabilities: the same shape.
    """
    raise NotImplementedError("Exercise 7.1: a stroke on a probability")


def finished(c_0, h, W, b):
    """Exercise 7.2: a picture out of masks (easy, 10 minutes, about 2 lines).

    c_t = c_{t-1} + (h_t W + b), t = 1 ... T: Eqs. 8 and 18. Give the last canvas.
    (One product with W is enough, without a loop: try that. Any other way that is right
    passes too.) The CBA numbers of a mask lie as a reshape to (C, B, A) takes them.

    c_0: (C, B, A), the same for all images; h: (T, M, H), the decoder's outputs in all
    steps; W: (H, CBA), a mask a row; b: (CBA,).    Returns c_T: (M, C, B, A).
    """
    raise NotImplementedError("Exercise 7.2: a picture out of masks")


def leads_downhill(error):
    """Exercise 7.3: find the bug in an error image (medium, 20 minutes, about 5 lines).

    `suspect_error` below claims to be x_hat of Eq. 3. It is positive where light is missing,
    negative where there is too much, and 0 where the canvas is right and sure. First write
    here a property that every right error image has and this one lacks: return True if the
    function `error`, with the arguments of suspect_error, has it, else False. (Of what is
    the error image the gradient? What is it where the canvas is *wrong* and sure?) Then fix
    suspect_error.
    """
    raise NotImplementedError("Exercise 7.3: a property that suspect_error lacks")


def suspect_error(x, c):
    """x_hat for images x (0 to 1) and canvas c, (M, C, B, A), wrong: fix it (exercise 7.3)."""
    p = 0.5 * np.tanh(0.5 * c) + 0.5  # sigmoid(c)
    return (x - p) * p * (1 - p)


def draw_again(x, eps, c_0, h_enc, h_dec, rnn_enc, posterior, rnn_dec, write):
    """Exercise 7.4: the loop (medium, 30 minutes, about 14 lines).

    T steps of Eqs. 3 to 8, without attention (Eq. 17), and L^z of Eq. 10, in which the KL of
    a step is that of exercise 4.3. The networks are given as functions; what a cell
    remembers is all in its h here:

    rnn_enc(h_enc, v) gives the new h_enc; v: (M, 2CBA + H) is r_t and then h_dec.
    posterior(h_enc) gives mu and log_sigma: (M, Z) each.
    rnn_dec(h_dec, z) gives the new h_dec; z: (M, Z).
    write(h_dec) gives a stroke: (M, C, B, A).

    x: (M, C, B, A), from 0 to 1; eps: (T, M, Z), noise; c_0: (M, C, B, A); h_enc, h_dec:
    (M, H), those before the first step.
    Returns c, all canvases c_0 ... c_T and not the last alone: (T + 1, M, C, B, A), and L^z,
    in nats: (M,).
    """
    raise NotImplementedError("Exercise 7.4: the loop")


def draw_new(z, c_0, h_dec, rnn_dec, write):
    """Exercise 7.5: drawing something new (easy, 10 minutes, about 5 lines).

    The lower half of the loop, Eqs. 14 and 15, with latents from the prior; rnn_dec and
    write are as in 7.4. What is wanted is the picture: the means of D(X | c_T) in Eq. 16,
    numbers between 0 and 1.

    z: (T, M, Z); c_0: (M, C, B, A); h_dec: (M, H), that before the first step.
    Returns the means: (M, C, B, A).
    """
    raise NotImplementedError("Exercise 7.5: drawing something new")
