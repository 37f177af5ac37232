"""How long an event takes on the pages that live, in Chromium.

    python chapters/site/build.py
    python -m benchmarks.pages            # of site/

A hand drags the filterbank's window, and draws on the pad. An event counts with all that
it does on the page: script, canvases (a pixel of three is read back) and layout; on the pad
with the frame that follows, in which the network looks at the drawing. Given are the
median and the 95th percentile in milliseconds, at the processor's speed and at a quarter of it.
"""

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path

from tests.browser import BROWSER, Browser

EVENTS = 200
TIMED = """(() => {
  const host = document.querySelector(%(host)s);
  const target = host.querySelector(%(target)s);
  target.setPointerCapture = () => {};
  const box = target.getBoundingClientRect();
  const canvases = [...host.querySelectorAll("canvas")].slice(0, 3);
  const send = (kind, x, y) => target.dispatchEvent(new PointerEvent(kind, {
    pointerId: 1, button: 0, clientX: box.left + x, clientY: box.top + y, bubbles: true }));
  send("pointerdown", 40, 40);
  const times = [], frames = []; // what is left to the next frame is done at once, and counts
  window.requestAnimationFrame = (work) => frames.push(work);
  window.cancelAnimationFrame = () => (frames.length = 0);
  for (let n = 0; n < %(events)d; n++) {
    const begin = performance.now();
    send("pointermove", 70 + 30 * Math.sin(n / 9), 70 + 30 * Math.cos(n / 7));
    while (frames.length) frames.shift()();
    canvases.forEach((c) => c.getContext("2d").getImageData(0, 0, 1, 1));
    host.getBoundingClientRect();
    times.push(performance.now() - begin);
  }
  send("pointerup", 40, 40);
  return times;
})()"""
WHERE = {  # page, the part that lives, what is dragged
    "filterbank, the window dragged": ("08_filterbank", "[data-live=filterbank]", ".live-grid"),
    "pad, a stroke drawn": ("pad", "[data-live=pad]", ".live-sketch"),
}


def measured(browser, site):
    """Rows of a table: what is done, the slowdown, the median and the 95th percentile in ms."""
    for name, (page, host, target) in WHERE.items():
        for slowdown in (1, 4):
            browser.ask("Emulation.setCPUThrottlingRate", rate=1)
            browser.open((site / f"{page}.html").resolve().as_uri())
            browser.run("window.MathJax?.startup?.promise?.then(() => 0)")
            browser.ask("Emulation.setCPUThrottlingRate", rate=slowdown)
            names = {"host": json.dumps(host), "target": json.dumps(target), "events": EVENTS}
            times = browser.run(TIMED % names)
            yield name, slowdown, statistics.median(times), statistics.quantiles(times, n=20)[-1]


def main(argv=None):
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("site", nargs="?", type=Path, default=Path("site"))
    site = parser.parse_args(argv).site
    if not (site / "pad.html").is_file():
        print(f"{site} is no site: run python chapters/site/build.py first", file=sys.stderr)
        return 2
    if BROWSER is None:
        print("there is no Chromium: on Debian or Ubuntu, apt install chromium", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Browser(folder)
        browser.size(1280, 900)
        for name, slowdown, median, most in measured(browser, site):
            print(f"{name}, 1/{slowdown} speed: median {median:.1f} ms, 95 % under {most:.1f} ms")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
