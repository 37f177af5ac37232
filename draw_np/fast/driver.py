"""The whole loss and its gradient, arranged for speed: the engine that trains.

The mathematics is that of ``manual.model``, block for block; read that first, then ``step``.
What differs is only where numbers are kept and when they are multiplied:

- **Weight gradients wait.** The inputs of a map lie in one array for all steps, and so
  do the derivatives of its outputs: dW = sum_t x_t^T dy_t is one product at the end
  (``packing.Map.weigh``).
- **Maps that share an input share a product**: h_enc gives mu and log sigma, h_dec the
  patch, the write window of this step and the read window of the next (``packing``).
- **A bias is one more row of the weights**, met by an input that is always 1.
- **Nothing is allocated in the loop** (``workspace``).
- **Only tanh**, for the gates and for the canvas (the table of ``workspace``).
- **All filterbanks that h_dec decides are one array** (M, G, L).
- **Rows start an odd number of cache lines apart** (``packing.rows_apart``), and what
  element-wise work goes over lies without gaps (``workspace.without_gaps``).
- **Images are independent** up to the weight gradients: each thread takes its part of
  the minibatch through all steps, forward and backward (``backend.in_parallel``). A small
  network's minibatch stays whole, and BLAS spreads its products; while it trains, processes
  share it (``helpers``).

``ladder`` puts these on ``manual.model`` one by one.

The last bits of a gradient depend on the number of threads and on the processor: a sum over
the minibatch that is cut elsewhere is rounded elsewhere. For the same number of threads on
the same processor they are the same in every call.
"""

from contextlib import contextmanager
from time import perf_counter

from draw_np import parameters
from draw_np.fast.step import (
    heads_backward,
    heads_forward,
    kl,
    likelihood,
    step_backward,
    step_forward,
)
from draw_np.fast.workspace import Workspace
from draw_np.machine.backend import array_module, can_fuse, in_parallel
from draw_np.manual.model import one_hot, rows_backward
from draw_np.model import State, Terms, expect_inputs

# --- Segments of steps ---------------------------------------------------------------


def initial_state(params, labels):
    """``manual.model.initial_state``, with c/2 and 2h; without labels the same for all images."""
    starts = (params[f"{name}_0"] for name in State._fields)
    state = State(*(v if labels is None else v[labels] for v in starts))
    return state._replace(c=state.c * 0.5, h_enc=state.h_enc * 2, h_dec=state.h_dec * 2)


def begin(part, state):
    """Set a segment's first state (of ``State``, by images, with c/2 and 2h)."""
    R, H = part.ws.R, part.config.H
    first, decided = part.steps[0], part.decided[0]
    part.c[...] = state.c
    first.enc.x[:, R + H : -1] = state.h_enc
    first.enc.x[:, R : R + H] = state.h_dec
    decided.h[...] = decided.x_heads[:, :-1] = state.h_dec
    first.enc.s_before[...], first.dec.s_before[...] = state.s_enc, state.s_dec
    heads_forward(part, decided)


def end(part, n):
    """The state after n steps, as a copy: what recomputing starts from."""
    last = part.steps[n - 1]
    state = State(part.c, last.enc.h, last.enc.s, last.dec.h, last.dec.s)
    return State(*(value.copy() for value in state))


def segment_forward(part, state, eps, L_z):
    """Some steps from ``state``; their costs, summed over the images, go to ``L_z``."""
    begin(part, state)
    for t, eps_t in enumerate(eps):
        step_forward(part, t, eps_t[part.rows])
    kl(part, len(eps), L_z)
    part.lap("latent")


def segment_backward(part, n):
    """The same steps backward. Of the last h^dec no read was made, of the first no stroke."""
    last, first = part.decided[n], part.decided[0]
    if "read" in part.ws.windows:
        forget_window(part, last, "read")
    for t in reversed(range(n)):
        step_backward(part, t)
    first.patch[...] = 0
    if "write" in part.ws.windows:
        forget_window(part, first, "write")
    heads_backward(part, first)
    part.dh_dec += part.dh_by_maps


def forget_window(part, decided, name):
    """No derivative comes to a window that was not used."""
    part.dbanks[name].X[...] = part.dbanks[name].Y[...] = 0
    decided.gamma[name][...] = 0


# --- A part of the minibatch, through all segments -----------------------------------


def part_forward(part, params):
    """All segments forward (``manual.model.loss_forward``); L_x summed over the images."""
    ws = part.ws
    take_images(part, ws.x)
    labels = None if ws.labels is None else ws.labels[part.rows]
    part.states = [initial_state(params, labels)]
    for segment in ws.segments:
        segment_forward(part, part.states[-1], ws.eps[segment], part.L_z[segment])
        part.states.append(end(part, segment.stop - segment.start))
    return likelihood(part)


def take_images(part, x):
    """A part's images; without attention, also what they add to the encoder's gates.

    For NumPy's BLAS a product with a transposed copy costs half of one with a transposed
    view, and x is the same in all steps; on a GPU the view is as good.
    """
    part.x = x[part.rows]
    x_T = part.x.swapaxes(2, 3)
    part.x_T = x_T if can_fuse(part.xp) else part.xp.ascontiguousarray(x_T)
    if part.config.N_read is None:
        part.x_less_half = part.x - 0.5
        part.xp.matmul(part.x.reshape(part.M, -1), part.ws.image.V, out=part.a_of_image)


def part_backward(part, index):
    """One segment backward: the last from what the forward pass left, others run again."""
    ws, segment = part.ws, part.ws.segments[index]
    if segment.stop < ws.config.T:
        segment_forward(part, part.states[index], ws.eps[segment], part.L_z[segment])
    else:
        begin_backward(part)
    segment_backward(part, segment.stop - segment.start)


def begin_backward(part):
    """Nothing is asked of the last state but its canvas."""
    part.lap("likelihood")
    for derivative in (part.dh_enc, part.dh_dec, part.ds_enc, part.ds_dec):
        derivative[...] = 0
    if part.config.N_read is None:
        part.da_of_image[...] = 0


# --- The whole minibatch -------------------------------------------------------------


def run(ws, params, x, eps, labels=None, gradient=True, clock=None):
    """The terms of the bound, means over the minibatch, and its gradient if asked for."""
    ws.x, ws.eps, ws.labels = x.astype(ws.dtype), eps.astype(ws.dtype), labels
    ws.parts[0].clock = clock
    pack(ws, params)
    last = len(ws.segments) - 1

    def there_and_back(part):
        with part.turn:
            L_x = part_forward(part, params)
            if gradient:
                part_backward(part, last)
        return L_x

    L_x = sum(in_parallel(there_and_back, ws.parts))
    terms = Terms(L_x * (1 / ws.M), ws.L_z.sum(axis=1) * (0.5 / ws.M))
    return terms, further_back(ws, params) if gradient else None


def pack(ws, params):
    """This call's weights, as the products want them."""

    def pack_some(maps):
        for m in maps:
            m.pack(params)

    in_parallel(pack_some, ws.maps_of_parts)
    ws.heads.V[-1, : 2 * len(ws.windows)] += 1  # g~ + 1
    ws.parts[0].lap("weights laid out")


def further_back(ws, params):
    """The gradient, as new arrays, where the last segment has been run backward."""
    last = len(ws.segments) - 1
    for index in reversed(range(len(ws.segments))):

        def back(part, index=index):
            with part.turn:
                part_backward(part, index)

        if index < last:
            in_parallel(back, ws.parts)
        weigh(ws, ws.segments[index].stop - ws.segments[index].start, add=index < last)
    gradient = collect(ws, params)
    ws.parts[0].lap("weight gradients")
    return gradient


def weigh(ws, n, add):
    """The weight gradients of n steps, each one product over all steps and images."""
    blocks = len(ws.parts)

    def weigh_columns(block):
        ws.enc.weigh(ws.x_enc[:n], ws.da_enc[:n], add, block, blocks)
        ws.dec.weigh(ws.x_dec[:n], ws.da_dec[:n], add, block, blocks)
        ws.latent.weigh(ws.x_latent[1 : n + 1], ws.mu_log_sigma[:n], add, block, blocks)
        ws.heads.weigh(ws.x_heads[: n + 1], ws.y_heads[: n + 1], add, block, blocks)

    in_parallel(weigh_columns, range(blocks))


def collect(ws, params):
    """The gradient by parameter name: weights unpacked, initial states summed over images."""
    if ws.config.N_read is None:
        ws.image.weigh(ws.x.reshape(ws.M, -1), ws.da_of_image, False, 0, 1)
    gradient = {name: ws.xp.empty_like(value) for name, value in params.items()}

    def unpack_some(maps):
        for m in maps:
            m.unpack(gradient)

    in_parallel(unpack_some, ws.maps_of_parts)
    chosen = one_hot(ws.labels, ws.config.K, ws.dtype)
    for name, factor in [("c", 0.5), ("h_enc", 2), ("s_enc", 1), ("h_dec", 2), ("s_dec", 1)]:
        whole = sum(
            start_backward(getattr(part, f"d{name}"), chosen, part.rows) for part in ws.parts
        )
        gradient[f"{name}_0"] = whole * factor
    return gradient


def start_backward(dv, chosen, rows):
    """The derivative of an initial state from those of a part's images (``manual.model``)."""
    return dv.sum(axis=0) if chosen is None else rows_backward(dv, chosen[rows])


# --- What others call ----------------------------------------------------------------

_idle: list = []  # the workspace of the last call, for the next one of the same sizes


@contextmanager
def lent(params, x, config, segments):
    """A workspace that nobody else uses for the time being; kept for the next call.

    Two calls at once, or one inside another, get two. One that fails keeps none.
    """
    xp, dtype, steps = array_module(params["c_0"]), params["c_0"].dtype, -(-config.T // segments)
    sizes = (xp, config, len(x), steps, dtype)
    try:
        ws = _idle.pop()
    except IndexError:
        ws = None
    if ws is not None and ws.sizes != sizes:
        ws.parts = None  # parts and workspace know each other: cut, or both stay
        ws = None
    if ws is None:
        ws = Workspace(*sizes)
    yield ws
    _idle[:] = [ws]


def expect(params, x, eps, config, labels=None):
    """ValueError for what does not fit; some of it would broadcast into a workspace."""
    parameters.expect(params, config)
    expect_inputs(x, eps, config, labels)


def terms_and_gradient(params, x, eps, config, labels=None, segments=1, clock=None):
    """The bound's terms and its gradient.

    Parameters
    ----------
    params, x, eps, config, labels
        As in ``draw_np.model.loss``; NumPy's arrays or CuPy's.
    segments : int
        In how many pieces the T steps are kept, at most: they are of equal length but for
        the last, so that 5 steps go into 3 of 2 where 4 are asked for. 1 keeps everything.
        With more, only
        the state at the start of each piece is kept, and the piece is run again when
        the backward pass comes to it. That takes one more forward pass and less
        memory: at the paper's sizes 4 segments take 57 MB in place of 157, and 1.4
        times as long.
    clock : Clock, optional
        Where the seconds of each block are added up.

    Returns
    -------
    Terms
        L_x, a scalar, and L_z, shape (T,): means over the minibatch, in nats.
    dict
        The gradient of the loss, in the shapes and dtype of ``params``; new arrays.

    Raises
    ------
    ValueError
        If ``segments`` is not in 1..T; as ``expect``.
    """
    expect(params, x, eps, config, labels)
    if not 1 <= segments <= config.T:
        raise ValueError(
            f"segments = {segments}: the {config.T} steps go into 1 to {config.T}, so give a "
            "number between these"
        )
    if clock is not None:
        clock.start()
    with lent(params, x, config, segments) as ws:
        return run(ws, params, x, eps, labels, clock=clock)


class Clock:
    """Seconds by block, added up over steps and calls: ``clock.seconds``.

    With several threads, of the first, which is as long as the wall clock's: the
    threads do the same work at the same time.

    Parameters
    ----------
    wait : callable, optional
        Called before every look at the clock: a GPU works on while Python goes ahead.
    """

    def __init__(self, wait=None):
        self.seconds, self.last, self.wait = {}, None, wait or (lambda: None)

    def start(self):
        """Begin to count."""
        self.wait()
        self.last = perf_counter()

    def lap(self, name):
        """Book the time since the last lap on ``name``."""
        self.wait()
        now = perf_counter()
        self.seconds[name] = self.seconds.get(name, 0.0) + now - self.last
        self.last = now
