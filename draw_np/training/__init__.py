"""Training, from an option to a checkpoint.

``presets`` (what is trained, and how), ``tasks`` (what differs between the three kinds of
network), ``engines`` (ways to the gradient), ``optim``, ``schedules`` and ``streams``
(what a step is made of), ``loop`` (the steps), ``checkpoint`` (what is kept), then what the
commands share: ``options``, ``starting``, ``resuming``, ``running``, ``device``,
``estimate``, ``folder``, ``record``, ``logbook``, ``progress``, ``listing``; and ``publish``,
which keeps a network with the package.
"""
