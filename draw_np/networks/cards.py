"""A network's card: what it is, how it was trained and what was measured of it, as Markdown."""

from typing import Any

from draw_np.networks.recipe import Stretch


def card(network: Any) -> str:
    """The text of ``NAME.md``, which lies beside ``NAME.npz`` and says what is in it.

    Parameters
    ----------
    network : Network
        A packaged one, with its command and result.

    Returns
    -------
    str
    """
    rows = [
        ("kind", network.kind.about),
        ("sizes", ", ".join(f"{n} = {v}" for n, v in sizes(network.config).items())),
        ("parameters", f"{network.count:,}, in half precision"),
        ("data", network.variant),
        ("command", f"`{network.command}`"),
        ("seed", network.seed),
        *(
            (f"steps {first} to {last}", stretch_text(s))
            for s, first, last in zip(network.stretches, *ends(network), strict=True)
        ),
        ("kept", f"the weights after step {network.step:,}, of the lowest validation"),
        ("images seen", f"{network.seen():,}"),
        ("T times images", f"{network.seen(lambda stretch: stretch.T):,}"),
        ("training time", f"{network.seconds / 60:.0f} minutes on the machine that trained it"),
        *result_rows(network.result),
    ]
    table = "\n".join(f"| {name} | {value} |" for name, value in rows)
    return f"# {network.name}\n\n| | |\n|---|---|\n{table}\n"


def sizes(config: Any) -> dict[str, int]:
    """The sizes of a network by name; the number of classes where there are some."""
    return {n: v for n, v in vars(config).items() if n != "K" or v is not None}


def ends(network: Any) -> tuple[list[str], list[str]]:
    """First and last step of every stretch, as texts."""
    firsts = [s.first for s in network.stretches]
    lasts = [*firsts[1:], network.step]
    return [f"{f + 1:,}" for f in firsts], [f"{n:,}" for n in lasts]


def stretch_text(stretch: Stretch) -> str:
    """How one stretch was trained, in a line."""
    r = stretch.recipe
    began = f"from the weights of {stretch.weights}; " if stretch.weights else ""
    return (
        f"{began}T = {stretch.T}, {r.batch_size} images a step, rate {r.lr:g} ({r.schedule}, of "
        f"{r.steps:,} steps), gradients clipped at {r.clip:g}"
    )


def result_rows(result: dict[str, Any]) -> list[tuple[str, str]]:
    """What was measured of these weights, after rounding."""
    images = f"{result['images']:,} test images"
    if "energy_distance" in result:
        return [
            ("energy distance", f"{result['energy_distance']:.2f} to the {images}"),
            ("spread", f"{result['spread']:.2f} of theirs; an adversarial network has no bound"),
        ]
    if "bound" not in result:
        return [("test error", f"{result['error']:.1%} of {images}")]
    given = ", given the label" if "recognised" in result else ""
    rows = [(f"test bound{given}", f"{result['bound']:.1f} ({result['error']:.1f}) nats, {images}")]
    if "importance_weighted" in result:
        r = result["importance_weighted"]
        nats = f"{r['bound']:.1f} ({r['error']:.1f}) nats, {r['images']:,} test images"
        rows.append((f"importance-weighted, K = {r['samples']}", nats))
    return rows + recognised_rows(result)


def recognised_rows(result: dict[str, Any]) -> list[tuple[str, str]]:
    """Of a network with classes: whether what it draws is what was asked for."""
    if "recognised" not in result:
        return []
    r = result["recognised"]
    share = (
        f"{r['share']:.1%} of {r['images']:,} drawings, the first of seed {r['seed']}; of the "
        f"worst class, {r['worst']}, {r['worst_share']:.0%}"
    )
    return [("recognised as the class asked for", share)]
