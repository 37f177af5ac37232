"""Can the digits be read that a network of two digits draws again? As a command:

    python -m benchmarks.pairs small-two-digit     # a packaged network, a run folder or a file

100 pairs of embedded test digits on 30 x 30, side by side so that they never overlap, each at
a random height, binarised. The network draws every pair again. What it drew where a digit
stood goes to an independent judge (``measuring.recognise``), which names the digit. The same
is asked of the pairs themselves: so much can be read at best.
"""

import numpy as np
from PIL import Image

import draw_np
from draw_np import cli
from draw_np.data import digits, two_digits
from draw_np.data.dataset import bernoulli, intensities
from draw_np.measuring.recognise import recogniser
from draw_np.networks import NetworkError

PAIRS, SIZE, SIDE = 100, two_digits.SMALL_DIGIT, two_digits.SMALL_SIZE
SEED = 0


def pairs(rng):
    """Two test digits on each canvas, one in the left half and one in the right.

    Returns
    -------
    canvases : array, shape (PAIRS, 1, SIDE, SIDE), in [0, 1]
    places : list of tuples
        Of every digit: where it is in ``canvases``, and what it is.
    """
    images, labels = digits.parts(SIZE)["test"]
    canvases, places = np.zeros((PAIRS, 1, SIDE, SIDE), np.float32), []
    chosen = rng.permutation(len(images))[: 2 * PAIRS].reshape(PAIRS, 2)
    for i, both in enumerate(chosen):
        for half, digit in enumerate(both):
            top = rng.integers(SIDE - SIZE + 1)
            left = half * SIDE // 2 + rng.integers(SIDE // 2 - SIZE + 1)
            where = (i, 0, slice(top, top + SIZE), slice(left, left + SIZE))
            canvases[where] = intensities(images[digit, 0])
            places.append((where, labels[digit]))
    return canvases, places


def share_read(canvases, places):
    """Share of the digits that the judge names right, each cut out at its place and enlarged."""
    cut = [Image.fromarray(canvases[where]) for where, _ in places]
    seen = [c.resize((digits.SIZE, digits.SIZE), Image.Resampling.BICUBIC) for c in cut]
    named = recogniser().named(np.clip(seen, 0, 1))
    return float(np.mean(named == [label for _, label in places]))


def main(argv=None):
    """Run the command; returns its exit code."""
    parser = cli.Parser(prog="python -m benchmarks.pairs", description=__doc__)
    parser.add_argument("network", nargs="+", help="a packaged network, a run folder or a file")
    rng = np.random.default_rng(SEED)
    canvases, places = pairs(rng)
    binary = bernoulli(canvases, rng)
    print(f"the digits themselves: {share_read(canvases, places):.1%}")
    print(f"binarised, as the networks see them: {share_read(binary, places):.1%}")
    for name in parser.parse_args(argv).network:
        with cli.user_errors(NetworkError, ValueError):
            drawn = draw_np.load(name).redraw(binary, seed=SEED).means[-1]
        print(f"drawn again by {name}: {share_read(np.asarray(drawn, np.float32), places):.1%}")
    return 0


if __name__ == "__main__":
    cli.run(main, "python -m benchmarks.pairs")
