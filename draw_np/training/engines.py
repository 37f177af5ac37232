"""Ways to a gradient of the bound, behind one call."""

from typing import NamedTuple

import numpy as np
from autograd import value_and_grad
from autograd.tracer import getval

from draw_np import model
from draw_np.fast import helpers


class Engine(NamedTuple):
    """The terms of a loss and its gradient, from one forward pass."""

    terms_and_gradient: object  #: (params, x, eps, config, labels=None) -> (Terms, dict)
    options: tuple = ()  #: names of what ``terms_and_gradient`` can be given besides


def by_autograd(network):
    """A network's terms and the gradient of their total by autograd, from one forward pass.

    autograd differentiates a scalar only, so the terms are kept aside on the way.

    Parameters
    ----------
    network : module
        ``model``, or another with its ``terms``, ``mean_terms`` and ``total``.

    Returns
    -------
    callable
        Takes what the network's own loss takes (for ``model``: params, x, eps, config and
        labels where it has classes), gives the terms, means over the minibatch (for
        ``model``: L_x, a scalar, and L_z, shape (T,), in nats), and the gradient, a dict in
        the shapes and dtype of ``params``.
    """

    def terms_and_gradient(params, *given, **named):
        kept = []

        def loss(params):
            mean = network.mean_terms(network.terms(params, *given, **named))
            kept.append(type(mean)(*map(getval, mean)))
            return network.total(mean)

        # autograd's tanh divides by cosh^2, which overflows to the right answer, 0
        with np.errstate(over="ignore"):
            _, gradient = value_and_grad(loss)(params)
        return kept[0], gradient

    return terms_and_gradient


ENGINES = {
    "manual": Engine(helpers.terms_and_gradient, ("segments", "clock")),
    "autograd": Engine(by_autograd(model)),
}
