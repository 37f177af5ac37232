"""Medians, ratios and their spread; as a table, as JSON and as a plot."""

import json
from typing import NamedTuple

import numpy as np

from benchmarks.contenders import FLOORS, ON_GPU, PEERS

DARK, GREY, PALE = "#2b2b2b", "#9a9a9a", "#e4e4e4"  #: ours, the peers, the floors


class Spread(NamedTuple):
    """The middle of some numbers and their quartiles."""

    median: float
    low: float
    high: float


class Row(NamedTuple):
    """One line of the table."""

    label: str
    ms: Spread  #: milliseconds a step
    images: float  #: images a second
    ratio: Spread  #: times as long as the yardstick, from the ratios of the single rounds
    memory: float | None  #: MB at the peak of a step, beyond interpreter and imports


def spread(numbers):
    """Median and quartiles."""
    return Spread(*(float(np.percentile(numbers, q)) for q in (50, 25, 75)))


def yardstick(names):
    """What the ratios refer to: the manual engine, or else the first in the table."""
    return "manual" if "manual" in names else next(iter(names))


def label(name, contender):
    """A contender's name in the table; for torch.compile with what was compiled."""
    how = {"whole": "whole loop", "step": "per step t"}.get(contender.get("compiled"))
    return f"{name} ({how})" if how else name


def megabytes(contender):
    """Memory of a step beyond what the imports took: of the steps after compilation,
    or of everything where a peak can't be reset; None where nothing is known."""
    high = contender["steps"] or contender["peak"]
    return (high - contender["imported"]) / 1e6 if high else None


def rows(contenders, M):
    """The table of one configuration, from the ``contenders`` that ``run.measure`` gives.

    A GPU's contenders have no memory in it: what the system counts is the host's.
    """
    base = np.array(contenders[yardstick(contenders)]["seconds"])
    return [
        Row(
            label(name, c),
            spread(1e3 * np.array(c["seconds"])),
            M / float(np.median(c["seconds"])),
            spread(np.array(c["seconds"]) / base),
            None if name in ON_GPU else megabytes(c),
        )
        for name, c in contenders.items()
    ]


def sizes(config):
    """One line on the network of a configuration."""
    c = config
    return (
        f"T = {c['T']}, H = {c['H']}, Z = {c['Z']}, read {c['N_read']} x {c['N_read']}, "
        f"write {c['N_write']} x {c['N_write']}, {c['M']} images of {c['A']} x {c['B']}"
    )


def table(name, result):
    """A configuration's results as text."""
    contenders = result["contenders"]
    base = yardstick(contenders)
    lines = [
        f"{name}: {sizes(result['config'])}, float32",
        f"{'':26}{'ms a step':>10}{'quartiles':>17}{'images/s':>10}{'times ' + base:>16}"
        f"{'quartiles':>15}{'MB':>7}",
    ]
    for row in rows(contenders, result["config"]["M"]):
        ms, ratio = row.ms, row.ratio
        memory = "" if row.memory is None else f"{row.memory:.0f}"
        lines.append(
            f"{row.label:26}{ms.median:10.1f}{f'{ms.low:.1f} - {ms.high:.1f}':>17}"
            f"{row.images:10.0f}{ratio.median:16.2f}"
            f"{f'{ratio.low:.2f} - {ratio.high:.2f}':>15}{memory:>7}"
        )
    return "\n".join([*lines, *buffers(contenders), *agreement(contenders)])


def ladder(name, result):
    """A ladder's rungs as text: each beside the one below it, and beside the ground.

    Ratios are of the single rounds, so that a machine that slows down slows both sides.
    """
    contenders = result["contenders"]
    seconds = {rung: np.array(c["seconds"]) for rung, c in contenders.items()}
    ground = below = next(iter(seconds.values()))
    lines = [
        f"{name}: {sizes(result['config'])}, float32",
        f"{'':28}{'ms a step':>10}{'times the rung below':>22}{'times the first':>17}{'MB':>7}",
    ]
    for rung, each in seconds.items():
        memory = megabytes(contenders[rung])
        lines.append(
            f"{rung:28}{1e3 * np.median(each):10.1f}{np.median(each / below):22.2f}"
            f"{np.median(each / ground):17.2f}{'' if memory is None else f'{memory:.0f}':>7}"
        )
        below = each
    return "\n".join([*lines, *agreement(contenders)])


def to_result(found, steps):
    """Times to a trained network as text, each beside the first one's."""
    base = found[0]
    lines = [
        f"small, {steps} steps: seconds from the start of the process, and what they reached",
        f"{'':26}{'first step':>11}{'trained':>9}{'times ' + base.label:>14}{'ms a step':>11}"
        f"{'test bound':>12}",
    ]
    for r in found:
        lines.append(
            f"{r.label:26}{r.first:11.1f}{r.trained:9.1f}{r.trained / base.trained:14.2f}"
            f"{1e3 * r.step:11.1f}{f'{r.bound:.1f} ({r.error:.1f})':>12}"
        )
    return "\n".join(lines)


def buffers(contenders):
    """Lines on those whose process holds more than their arrays: a compiler's leftovers."""
    return [
        f"  {name}: by its own count its arrays take {c['buffers'] / 1e6:.0f} MB; the rest of "
        "its memory is the compiler's"
        for name, c in contenders.items()
        if c["buffers"]
    ]


def agreement(contenders):
    """Lines on how far the gradients were from autograd's in float64."""
    lines = []
    for dtype in ("float32", "float64"):
        found = {n: c[dtype] for n, c in contenders.items() if dtype in c}
        if found:
            furthest = max(found, key=lambda n: found[n]["gradient"])
            worst = max(found, key=lambda n: found[n]["parameter"])
            lines.append(
                f"  {dtype} gradients of {', '.join(found)}: within "
                f"{found[furthest]['gradient']:.1e} ({furthest}) of autograd's in float64; worst "
                f"parameter {found[worst]['worst']} {found[worst]['parameter']:.1e} ({worst})"
            )
    return lines


def heading(machine, results):
    """Two lines on the machine, the threads and the versions."""
    versions = {}
    for result in results.values():
        for c in result["contenders"].values():
            versions |= c["versions"]
    named = ", ".join(f"{package} {v}" for package, v in versions.items())
    return (
        f"{machine['processor']}, {machine['processors']} logical processors, "
        f"{machine['threads']} threads, {machine['system']}\n"
        f"Python {machine['python']}, {named}"
    )


def write(folder, machine, results, options):
    """``benchmarks.json`` and ``benchmarks.png`` in a folder; returns their paths."""
    summary = {
        name: {
            row.label: {
                "ms": row.ms._asdict(),
                "images": row.images,
                "ratio": row.ratio._asdict(),
                "MB": row.memory,
            }
            for row in rows(result["contenders"], result["config"]["M"])
        }
        for name, result in results.items()
    }
    everything = {"machine": machine, "options": options, "summary": summary, "results": results}
    paths = folder / "benchmarks.json", folder / "benchmarks.png"
    paths[0].write_text(json.dumps(everything, indent=1, default=float) + "\n")
    plot(machine, results).savefig(paths[1], dpi=150)
    return paths


def plot(machine, results):
    """Bars of the time of a step, a panel a configuration.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    heights = [len(result["contenders"]) + 1.6 for result in results.values()]
    figure = Figure(figsize=(8, 0.34 * sum(heights) + 0.7), layout="constrained")
    panels = figure.subplots(len(results), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, (name, result) in zip(panels, results.items(), strict=True):
        panel(axes, result["contenders"], result["config"]["M"])
        axes.set_title(f"{name}: {sizes(result['config'])}", fontsize=9, loc="left")
    panels[-1].set_xlabel("milliseconds a training step: median, whiskers are quartiles")
    figure.suptitle(
        f"One training step of DRAW, float32, {machine['threads']} threads\n{machine['processor']}",
        fontsize=10,
    )
    return figure


def panel(axes, contenders, M):
    """One configuration's bars, labelled with milliseconds and ratio."""
    table, base = rows(contenders, M), yardstick(contenders)
    widest = max(row.ms.high for row in table)
    for y, (name, row) in enumerate(zip(contenders, table, strict=True)):
        peer = name in PEERS
        color = PALE if name in FLOORS else GREY if peer else DARK
        errors = [[row.ms.median - row.ms.low], [row.ms.high - row.ms.median]]
        axes.barh(y, row.ms.median, color=color, edgecolor=DARK, linewidth=0.6, height=0.7)
        axes.errorbar(row.ms.median, y, xerr=errors, color=DARK, capsize=2.5, linewidth=1)
        times = "" if name == base else f"   {row.ratio.median:.2f} x {base}"
        text = f"{row.ms.median:.1f} ms{times}"
        axes.text(row.ms.high + 0.015 * widest, y, text, va="center", fontsize=8)
    axes.set_yticks(range(len(table)), [row.label for row in table], fontsize=8)
    axes.set_xlim(0, 1.35 * widest)
    axes.tick_params(axis="x", labelsize=8)
    axes.invert_yaxis()
    axes.spines[["top", "right"]].set_visible(False)
