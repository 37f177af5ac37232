"""The mathematics of ``manual`` arranged for speed: this is what trains.

Read ``step`` for the equations, with the table of ``workspace`` beside it; ``packing`` for
the weights; ``elementwise`` for what lies between the products; ``driver`` for the loss, its
gradient and the threads; ``helpers`` for the processes that share a small network's minibatch.
Tests hold it to ``manual`` and to autograd, in float64 to 1e-10.
"""
