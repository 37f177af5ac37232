"""Scripts for the site: its modules joined into one, and weights and digits as text.

A browser refuses modules to a page that is opened from disk, and reads no other files for it.
So the modules in ``live/`` become one classic script, and the data that they need another.
"""

import base64
import json
import re
from dataclasses import asdict
from pathlib import Path

import numpy as np

from draw_np.config import Config

LIVE = Path(__file__).resolve().parent / "live"
IMPORT = re.compile(r'^import\s+(\*\s+as\s+(\w+)|\{([^}]*)\})\s+from\s+"\./([\w-]+\.js)";\n', re.M)
EXPORT = re.compile(r"^export ((?:async )?(?:function\*?|const|class) (\w+))", re.M)

# ---------------------------------------------------------------- modules into a script


def joined(*entries, folder=LIVE):
    """One classic script that does what the modules ``entries`` do.

    Every module becomes a function that is called once and returns what the module exports,
    after those that it imports. Modules say ``import { a, b as c } from "./x.js";`` or
    ``import * as x from "./x.js";``, and ``export`` before a function, const or class.

    Parameters
    ----------
    entries : str
        File names in ``folder``.
    folder : Path

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If a module imports or exports in another way, is missing, or imports itself.
    """
    parts = {}
    for entry in entries:
        add(entry, folder, parts, ())
    return "\n".join(['(() => {\n"use strict";', *parts.values(), "})();\n"])


def add(name, folder, parts, within):
    """Put module ``name`` into ``parts``, after those that it imports."""
    if name in within:
        raise ValueError(f"{name} imports itself: {' -> '.join([*within, name])}")
    if name in parts:
        return
    if not (folder / name).is_file():
        raise ValueError(f"{within[-1] if within else 'the site'} needs {name}, which is not there")
    source = (folder / name).read_text("utf-8")
    for *_, imported in IMPORT.findall(source):
        add(imported, folder, parts, (*within, name))
    parts[name] = as_function(name, source)


def as_function(name, source):
    """A module's source as the definition of what it exports."""
    exports = [found[1] for found in EXPORT.findall(source)]
    body = EXPORT.sub(r"\1", IMPORT.sub(definition, source))
    if left := re.search(r"^(?:import|export)\b.*|\bimport\(.*", body, re.M):
        raise ValueError(f"{name}: {left[0]!r} cannot be joined: see chapters/site/bundle.py")
    return f"const {variable(name)} = (() => {{\n{body}return {{ {', '.join(exports)} }};\n}})();"


def definition(found):
    """What stands in a function's body for an import."""
    _, everything, names, module = found.groups()
    names = everything or "{ " + names.replace(" as ", ": ").strip().rstrip(",") + " }"
    return f"const {' '.join(names.split())} = {variable(module)};\n"


def variable(module):
    """The name of a module's exports in the script: "draw.js" is ``module_draw``."""
    return "module_" + module.removesuffix(".js").replace("-", "_")


# ---------------------------------------------------------------- data into scripts


def network(name):
    """A network that comes with the package: its ``config``, ``params`` and ``result``."""
    from draw_np import networks

    return networks.load(name)


def network_file(name):
    """Where the file of such a network lies."""
    from draw_np import networks

    return networks.find(name)


def packed(params, config, **more):
    """A network as live/weights.js unpacks it: a dict for JSON, parameters in half precision.

    Raises
    ------
    ValueError
        If a parameter is too large for half precision.
    """
    with np.errstate(over="ignore"):  # said below
        half = {name: np.asarray(value).astype("<f2").ravel() for name, value in params.items()}
    if large := [name for name, value in half.items() if not np.all(np.isfinite(value))]:
        raise ValueError(f"not a number, or too large, in half precision: {', '.join(large)}")
    return {
        "config": asdict(config),
        "sizes": {name: value.size for name, value in half.items()},
        "half": base64.b64encode(np.concatenate(list(half.values())).tobytes()).decode(),
        **more,
    }


def network_script(name):
    """A script that hands a network to the page: ``drawNp.networks[name]``."""
    trained = network(name)
    more = {}
    if isinstance(trained.config, Config):  # one that draws
        more["typical"] = bound_in_black_and_white(trained.params, trained.config)
    text = json.dumps(packed(trained.params, trained.config, **more))
    return f"(globalThis.drawNpNetworks ??= {{}})[{json.dumps(name)}] = {text};\n"


def bound_in_black_and_white(params, config):
    """The mean bound of the embedded test digits, each pixel 1 where it is brighter than 1/2.

    So are the digits of the pad; the bound that stands with a network is of pixels drawn by
    chance, whose rough edges cost more.
    """
    from draw_np import model
    from draw_np.data import digits

    images, labels = digits.parts()["test"]
    x = (images > 255 / 2).astype(np.float32)
    eps = np.random.default_rng(0).standard_normal((config.T, len(x), config.Z))
    given = None if config.K is None else labels
    return round(float(model.loss(params, x, eps, config, given)), 1)


CHOSEN = (22, 16, 25, 32, 18, 3, 36, 1, 23, 10)  # of the test split: a clear 0, 1, .. 9


def digits_script():
    """A script that hands ten embedded test digits to the page, 28 x 28 bytes each: 0 to 9."""
    from draw_np.data import digits

    images, _ = digits.parts()["test"]
    text = [base64.b64encode(images[i].tobytes()).decode() for i in CHOSEN]
    return f"globalThis.drawNpDigits = {json.dumps(text)};\n"
