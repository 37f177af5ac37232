"""Figures of the chapters: drawing code that is too long to stand in a notebook."""

from draw_np import pictures  # noqa: F401  first: it imports matplotlib
