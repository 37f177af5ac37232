"""Training, from an option to a checkpoint.

``presets`` (what is trained, and how), ``tasks`` (what differs between the two kinds of
network), ``engines`` (ways to the gradient), ``optim``, ``schedules`` and ``streams``
(what a step is made of), ``loop`` (the steps), ``checkpoint`` (what is kept), then what the
commands share: ``options``, ``device``, ``estimate``, ``record``, ``sitting``,
``progress``, ``listing``.
"""
