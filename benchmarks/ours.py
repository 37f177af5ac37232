"""The engines of this project: one training step with any of ``engines.ENGINES``, anywhere.

And with every rung between the blocks and the fast engine.
"""

import atexit
from contextlib import ExitStack

from benchmarks.problem import BETA1, BETA2, CLIP, EPSILON, LR, Contender, copied
from draw_np.fast import helpers, ladder
from draw_np.machine import backend
from draw_np.model import total
from draw_np.training.engines import ENGINES
from draw_np.training.optim import Adam, clip_by_global_norm

HELPING = ExitStack()  #: the processes that help with a gradient, until this one ends
atexit.register(HELPING.close)


def build(problem, engine, device="cpu"):
    """The step of the engine or rung of that name, as ``draw_np.training.loop`` takes it.

    ``float`` of the loss waits for a GPU to be done.
    """
    config, *arrays = problem
    weights, x, eps = backend.to_library(backend.library(device), arrays)
    rung = engine not in ENGINES
    terms_and_gradient = ladder.gradient(engine) if rung else ENGINES[engine].terms_and_gradient
    params = copied(weights)
    if engine == "manual":
        HELPING.enter_context(helpers.hired(params, len(x), config))
    adam = Adam.for_parameters(params)
    adam.beta1, adam.beta2, adam.epsilon = BETA1, BETA2, EPSILON

    def gradient():
        terms, g = terms_and_gradient(weights, x, eps, config)
        return float(total(terms)), backend.to_host(copied(g))

    def step():
        terms, g = terms_and_gradient(params, x, eps, config)
        g, _ = clip_by_global_norm(g, CLIP)
        adam.update(params, g, LR)
        return float(total(terms))

    return Contender(gradient, step)
