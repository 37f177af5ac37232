"""Chromium at the end of two pipes: pages are opened, touched and read as a person would.

The browser speaks the DevTools protocol, JSON messages that end with a zero byte, on the
file descriptors 3 and 4 (``--remote-debugging-pipe``): no port, no driver, no package.
"""

import base64
import json
import os
import select
import shutil
import time

POSIX = os.name == "posix"  # elsewhere no pipes can be given to Chromium in this way
NAMES = ("chromium", "chromium-browser", "google-chrome")  # as systems call it
BROWSER = next(filter(None, map(shutil.which, NAMES)), None) if POSIX else None
OPTIONS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
PATIENCE = 60  # seconds for an answer, on a busy machine
KEYS = {  # what a keyboard sends: code of the key, text that it enters
    "ArrowLeft": (37, ""),
    "ArrowUp": (38, ""),
    "ArrowRight": (39, ""),
    "ArrowDown": (40, ""),
    "Tab": (9, ""),
    "Enter": (13, "\r"),
    " ": (32, " "),
    "Home": (36, ""),
    "End": (35, ""),
}


class Browser:
    """A headless Chromium without a network, its profile in ``folder``, with one page."""

    def __init__(self, folder):
        import fcntl  # which Windows lacks, where this file is imported too

        theirs_in, self.out = os.pipe()
        self.inp, theirs_out = os.pipe()
        command = [BROWSER, *OPTIONS, f"--user-data-dir={folder}", "about:blank"]
        with open(os.devnull, "w") as nowhere:
            ends = [(nowhere.fileno(), 1), (nowhere.fileno(), 2), (theirs_in, 3), (theirs_out, 4)]
            # copies with high numbers, so that none is overwritten before it is given on
            high = [(fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 100), given) for fd, given in ends]
            actions = [(os.POSIX_SPAWN_DUP2, fd, given) for fd, given in high]
            self.pid = os.posix_spawn(BROWSER, command, os.environ, file_actions=actions)
        for fd in (theirs_in, theirs_out, *(fd for fd, _ in high)):
            os.close(fd)
        self.buffer, self.number, self.session, self.events = b"", 0, None, []
        target = self.ask("Target.getTargets")["targetInfos"][0]["targetId"]
        attached = self.ask("Target.attachToTarget", targetId=target, flatten=True)
        self.session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.ask(f"{domain}.enable")

    # ---------------------------------------------------------------- the protocol

    def ask(self, method, **params):
        """Send a command and wait for its answer."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]

    def receive(self, patience=PATIENCE):
        """The next message; events are kept in ``events``."""
        until = time.monotonic() + patience
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.inp], [], [], max(until - time.monotonic(), 0))
            assert ready, "Chromium does not answer"
            chunk = os.read(self.inp, 1 << 20)
            assert chunk, "Chromium has ended"
            self.buffer += chunk
        line, _, self.buffer = self.buffer.partition(b"\0")
        message = json.loads(line)
        if "method" in message:
            self.events.append(message)
        return message

    def close(self):
        """End the browser."""
        self.session = None
        self.ask("Browser.close")
        os.waitpid(self.pid, 0)
        os.close(self.out)
        os.close(self.inp)

    # ---------------------------------------------------------------- pages

    def size(self, width, height, touch=False):
        """The size of the screen in CSS pixels; with touch, that of a phone."""
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=touch,
        )
        self.ask("Emulation.setTouchEmulationEnabled", enabled=touch)

    def open(self, address):
        """Go to a page and wait until all of it is there."""
        self.events.clear()
        self.ask("Page.navigate", url=str(address))
        while not any(e["method"] == "Page.loadEventFired" for e in self.events):
            self.receive()

    def complaints(self):
        """What went wrong on the page since it was opened: exceptions and failed loads."""
        self.run("0")  # so that all of what was said before has come
        thrown = [e for e in self.events if e["method"] == "Runtime.exceptionThrown"]
        logged = [e["params"]["entry"] for e in self.events if e["method"] == "Log.entryAdded"]
        return [e["params"]["exceptionDetails"] for e in thrown] + [
            entry["text"] for entry in logged if entry["level"] == "error"
        ]

    def run(self, expression):
        """The value of JavaScript on the page; a promise is waited for."""
        answer = self.ask(
            "Runtime.evaluate",
            expression=expression,
            returnByValue=True,
            awaitPromise=True,
            userGesture=True,
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, expression, patience=PATIENCE):
        """Wait until JavaScript on the page is true; returns its value."""
        end = time.monotonic() + patience
        while not (value := self.run(expression)):
            assert time.monotonic() < end, f"it never became true: {expression}"
            time.sleep(0.02)
        return value

    def picture(self, path, whole=False):
        """Store what is seen, or the whole page, as PNG."""
        shot = self.ask("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shot["data"]))

    # ---------------------------------------------------------------- hands

    def place(self, selector, x=0.5, y=0.5):
        """Where an element is on the screen, after scrolling to it: shares of width and height."""
        return self.run(
            f"""(() => {{ const e = document.querySelector({json.dumps(selector)});
            e.scrollIntoView({{ block: "center", behavior: "instant" }});
            const r = e.getBoundingClientRect();
            return [r.left + {x} * r.width, r.top + {y} * r.height]; }})()"""
        )

    def mouse(self, kind, x, y):
        """One event of the mouse: "Pressed", "Moved" or "Released"."""
        self.ask(
            "Input.dispatchMouseEvent",
            type=f"mouse{kind}",
            x=x,
            y=y,
            button="left",
            buttons=0 if kind == "Released" else 1,
            clickCount=1,
        )

    def hover(self, selector, x=0.5, y=0.5):
        """Move the mouse over an element without a button."""
        at = self.place(selector, x, y)
        self.ask("Input.dispatchMouseEvent", type="mouseMoved", x=at[0], y=at[1])

    def click(self, selector, x=0.5, y=0.5):
        """Click on an element."""
        at = self.place(selector, x, y)
        self.mouse("Pressed", *at)
        self.mouse("Released", *at)

    def drag(self, begin, end, steps=5, release=True):
        """Drag the mouse from a place on the screen to another."""
        self.mouse("Pressed", *begin)
        for k in range(1, steps + 1):
            self.mouse("Moved", *(b + (e - b) * k / steps for b, e in zip(begin, end, strict=True)))
        if release:
            self.mouse("Released", *end)

    def touch(self, kind, *points):
        """One event of fingers: "Start", "Move", "End" or "Cancel"."""
        self.ask(
            "Input.dispatchTouchEvent",
            type=f"touch{kind}",
            touchPoints=[{"x": x, "y": y} for x, y in points],
        )

    def key(self, key, times=1):
        """Press a key of ``KEYS`` or a character."""
        code, text = KEYS.get(key, (ord(key.upper()[0]), key))
        for _ in range(times):
            for kind in ("keyDown" if text else "rawKeyDown", "keyUp"):
                self.ask(
                    "Input.dispatchKeyEvent",
                    type=kind,
                    key=key,
                    windowsVirtualKeyCode=code,
                    text=text if kind == "keyDown" else "",
                )
