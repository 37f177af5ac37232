"""Speed and memory of one training step, against PyTorch and JAX: ``python -m benchmarks``."""
