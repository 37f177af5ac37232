"""Figures of the chapters: drawing code that is too long to stand in a notebook."""
