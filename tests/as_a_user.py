"""What users write, as a type checker sees it: nothing here is run.

Each ``type: ignore`` stands at a mistake, and the checker complains of one that it does not
need: so that it is told, should a mistake no longer be seen.
"""

from typing import Any, assert_type

import numpy as np
from autograd import grad

import draw_np
from draw_np import gradcheck
from draw_np.arrays import Array, Params

rng = np.random.default_rng(0)
config = draw_np.Config(A=8, B=8, T=3, N_write=None)
params = draw_np.initialise(rng, config)
x, eps = np.zeros((2, 1, 8, 8)), rng.standard_normal((config.T, 2, config.Z))

network = draw_np.load("small")
drawing = network.draw(16, seed=1)
assert_type(network, draw_np.Network)
assert_type(drawing.means, Array)
assert_type(network.bound(x, samples=10).mean, float)
assert_type(network.redraw(np.mean(drawing.means[-1], axis=0)), draw_np.Drawing)
assert_type(params, Params)
assert_type(config.read_size, int)


def cost(theta: Params) -> Any:
    return draw_np.loss(theta, x, eps, config)


draw_np.Adam.for_parameters(params).update(params, grad(cost)(params), lr=1e-3)
print(float(cost(params)), gradcheck.check(cost, params).ok, draw_np.__version__)

print(draw_np.sample)  # type: ignore[attr-defined]
draw_np.Config(N_read="2")  # type: ignore[arg-type]
draw_np.loss(params, x, config, eps)  # type: ignore[arg-type]
draw_np.generate(network, eps, config)  # type: ignore[arg-type]
draw_np.initialise(0, config)  # type: ignore[arg-type]
network.draw("16")  # type: ignore[arg-type]
network.redraw(images=None)  # type: ignore[arg-type]
print(drawing.reading.delta)  # type: ignore[union-attr]
config.T = 4  # type: ignore[misc]
