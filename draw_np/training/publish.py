"""Keep a trained network with the package: ``python -m draw_np.training.publish RUN NAME COMMAND``.

    python -m draw_np.train --preset vae --H 64 --out runs/vae
    python -m draw_np.training.publish runs/vae vae "python -m draw_np.train --preset vae --H 64"

stores what the first line trained as ``draw_np/networks/vae.npz``, in half precision and
without the optimiser, and its card as ``vae.md``. What the rounded network reaches on its
test images is measured when it is stored: it is of these weights, not of those before.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from draw_np import cli, networks
from draw_np.measuring import bounds, classification, recognise
from draw_np.measuring.samples import energy_distance, spread
from draw_np.networks import cards, network
from draw_np.training import logbook

PROG = "python -m draw_np.training.publish"
LOG_EVERY = 10  # of the log's rows, one in so many is kept
LOG_ROWS = 1000  # and of a long log, no more than so many


def measure(trained, split, samples=50, images=1000):
    """What a network reaches on a split, in the form of ``Network.result``.

    Parameters
    ----------
    trained : networks.Network
    split : a split of a data set
    samples, images : int
        Of the importance-weighted bound: draws an image, and random images.

    Returns
    -------
    dict
        Of DRAW ``bound`` in nats per image, its standard error ``error`` and
        ``importance_weighted``, and of a network with classes ``recognised``; of the
        classifier the share of images named wrongly, ``error``; of a pyramid
        ``energy_distance`` and ``spread`` of 1,000 drawn images. All with ``images``.
    """
    params, config = trained.params, trained.config
    if trained.kind is networks.GLIMPSE:
        errors = classification.judge(params, config, split).error
        return {"error": float(np.mean(errors)), "images": len(split)}
    if trained.kind is networks.PYRAMID:
        x = split.batch(np.arange(len(split)), np.random.default_rng(0))
        drawn = trained.draw(1000).means[-1]
        measured = {"energy_distance": energy_distance(drawn, x), "spread": spread(drawn, x)}
        return {**measured, "images": len(split)}
    found = bounds.bound(params, config, split)
    some = bounds.chosen(split, min(images, len(split)), seed=0)
    weighted = bounds.bound(params, config, some, samples)
    error = bounds.standard_error(weighted.importance_weighted_each)
    return {
        "bound": found.mean,
        "error": found.error,
        "images": len(split),
        **({} if config.K is None else {"recognised": recognised(trained)}),
        "importance_weighted": {
            "bound": weighted.importance_weighted,
            "error": error,
            "samples": samples,
            "images": len(some),
        },
    }


def recognised(trained, each=100, seed=0):
    """How many drawings are recognised as what was asked for: the first ones, none rejected.

    Parameters
    ----------
    trained : networks.Network
        Of the ten digits, 28 x 28.
    each : int
        Drawings a class.
    seed : int
        Of the latents.

    Returns
    -------
    dict
        ``share`` of all, ``worst_share`` of the class ``worst``, ``images`` and ``seed``.
    """
    labels = np.arange(each * trained.config.K) % trained.config.K
    drawn = trained.draw(len(labels), seed, labels).means[-1]
    right = (recognise.recogniser().named(drawn) == labels).reshape(each, -1).mean(axis=0)
    worst = int(right.argmin())
    return {
        "share": float(right.mean()),
        "worst": worst,
        "worst_share": float(right[worst]),
        "images": len(labels),
        "seed": seed,
    }


def publish(run, name, command, folder=network.FOLDER, data_dir=None):
    """Keep the best weights of a run as ``name``, with a card.

    Parameters
    ----------
    run : path
        A run folder, of ``draw_np.train`` or of ``draw_np.classify train``.
    name, command : str
        What it is called from now on, and what trained it.
    folder, data_dir : path
        Where to write, and where the data's original files lie.

    Returns
    -------
    networks.Network
        As it is read back: rounded.
    """
    trained, path = networks.load(run), Path(folder) / f"{name}.npz"
    dataset = trained.dataset(data_dir)
    trained = replace(
        trained,
        name=name,
        command=command,
        recipe=anywhere(trained.recipe),
        past=tuple(replace(s, recipe=anywhere(s.recipe)) for s in trained.past),
        fingerprint=networks.fingerprint(dataset),
        log=trained.log or thinned(logbook.read(Path(run) / "log.csv")),
    )
    trained.save(path)
    rounded = replace(networks.load(path), name=name)
    rounded.result = measure(rounded, dataset.test)
    rounded.save(path)
    path.with_suffix(".md").write_text(cards.card(rounded), encoding="utf-8")
    return rounded


def anywhere(recipe):
    """A recipe without the folder that its data lay in: a reader's is another."""
    return replace(recipe, data_dir=None)


def thinned(log):
    """A log with one row in ``LOG_EVERY``, the first among them; validations are all kept."""
    every = max(LOG_EVERY, -(-len(log["step"]) // LOG_ROWS))
    return {
        name: np.float32(v if name.startswith("valid") else v[::every]) for name, v in log.items()
    }


def main(argv=None):
    """Store a run; returns the exit code."""
    p = cli.Parser(prog=PROG, description="Keep a trained network with the package.")
    p.add_argument("run", type=Path, help="a run folder")
    p.add_argument("name", help="what it is called from now on")
    p.add_argument("command", help="what trained it, in quotes")
    p.add_argument("--data-dir", metavar="DIR", help="a folder with the data's original files")
    args = p.parse_args(argv)
    with cli.user_errors(ValueError, OSError):
        stored = publish(args.run, args.name, args.command, data_dir=args.data_dir)
    print(cards.card(stored), end="")
    return 0


if __name__ == "__main__":
    cli.run(main, PROG)
