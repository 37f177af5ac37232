"""Ways to a gradient of the bound, behind one call."""

from typing import NamedTuple

import numpy as np
from autograd import value_and_grad
from autograd.tracer import getval

from draw_np import model
from draw_np.manual import unrolled


class Engine(NamedTuple):
    """A loss, and its terms and gradient from one forward pass."""

    loss: object  #: (params, x, eps, config) -> scalar; autograd can differentiate it
    terms_and_gradient: object  #: (params, x, eps, config) -> (model.Terms, dict)


def autograd_terms_and_gradient(params, x, eps, config):
    """The bound's terms and its gradient by autograd, from one forward pass.

    autograd differentiates a scalar only, so the terms are kept aside on the way.

    Parameters
    ----------
    params, x, eps, config
        As in ``model.loss``.

    Returns
    -------
    model.Terms
        L_x, a scalar, and L_z, shape (T,): means over the minibatch, in nats.
    dict
        The gradient of ``model.loss``, in the shapes and dtype of ``params``.
    """
    kept = []

    def loss(params):
        mean = model.mean_terms(model.terms(params, x, eps, config))
        kept.append(model.Terms(*map(getval, mean)))
        return model.total(mean)

    # autograd's tanh divides by cosh^2, which overflows to the right answer, 0
    with np.errstate(over="ignore"):
        _, gradient = value_and_grad(loss)(params)
    return kept[0], gradient


ENGINES = {
    "manual": Engine(unrolled.loss, unrolled.terms_and_gradient),
    "autograd": Engine(model.loss, autograd_terms_and_gradient),
}
DEFAULT = "manual"
