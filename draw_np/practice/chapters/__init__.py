"""The exercises themselves: a module a chapter, and the solutions that stand nowhere else."""
