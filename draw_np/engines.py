"""Two ways to a gradient, one call: the readable engine and the fast one.

An engine is a module with ``loss(params, x, eps, config)`` and
``loss_terms_and_gradient(params, x, eps, config)``.
"""

from autograd import value_and_grad
from autograd.tracer import getval

from draw_np import model


def loss_terms_and_gradient(params, x, eps, config):
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

    _, gradient = value_and_grad(loss)(params)
    return kept[0], gradient
