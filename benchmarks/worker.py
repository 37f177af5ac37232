"""One contender in a process of its own, which works only when it is asked to.

So no library's thread pool stands in another's way, every library has the settings it
comes with, and the process's memory is the contender's.
"""

import os
import time
import traceback

import numpy as np

from benchmarks import contenders, memory
from benchmarks.problem import problem

STEPS = 4  #: training steps whose losses are compared, and whose memory is measured
SETTLE = 0.15  #: seconds after a turn in which a pool's threads fall asleep


def main(connection, name, config, M, dtype, threads, compiled=None):
    """Answer requests until the connection closes; see ``Worker`` for them.

    An answer is a pair: "ok" and a value, or "failed" and what went wrong.
    """
    if hasattr(os, "setpgrp"):
        os.setpgrp()  # so that it can be ended together with compilers that it started
    try:
        job = Job(name, config, M, dtype, threads, compiled)
        connection.send(("ok", contenders.versions(name)))
        while True:
            job.rest()
            request, *arguments = connection.recv()
            connection.send(("ok", getattr(job, request)(*arguments)))
    except (EOFError, ConnectionError, KeyboardInterrupt):
        pass  # whoever asks is gone
    except Exception as e:
        first = str(e).strip().split("\n")[0]
        connection.send(("failed", f"{type(e).__name__}: {first}", traceback.format_exc()))


class Job:
    """A contender and what can be asked of it."""

    def __init__(self, name, config, M, dtype, threads, compiled):
        self.build = contenders.load(name, threads, compiled)
        memory.forget_peak()
        self.imported = memory.resident()
        self.problem = problem(config, M, np.dtype(dtype))
        self.contender = None
        self.rest()

    def rest(self):
        """Note the processor time at the end of work: from here on none should be spent."""
        self.rested = time.process_time()

    def start(self):
        """Build, and take the first training steps.

        Returns
        -------
        dict
            ``losses`` of the first ``STEPS`` steps, each before its update; ``first``,
            seconds to build and take the first step, compilation included; ``step``,
            seconds of the last; and bytes: ``imported``, resident before anything was
            built, ``peak``, largest of building and all steps, ``steps``, largest of all
            steps but the first, None where the system can't tell, and ``buffers``, the
            arrays by the library's own count, None where it has none.
        """
        began = time.perf_counter()
        self.contender = self.build(self.problem)
        losses, first = [self.contender.step()], time.perf_counter() - began
        peak, again = memory.peak(), memory.forget_peak()
        for _ in range(1, STEPS):
            began = time.perf_counter()
            losses.append(self.contender.step())
        last = time.perf_counter() - began
        steps = memory.peak() if again else None
        peak = max(peak, memory.peak()) if peak else None
        sizes = {"imported": self.imported, "peak": peak, "steps": steps}
        sizes["buffers"] = self.contender.buffers
        return {"losses": losses, "first": first, "step": last, **sizes}

    def gradient(self):
        """Loss and gradient at the problem's weights; None from the floor."""
        return self.contender.gradient and self.contender.gradient()

    def turn(self, n):
        """Take one step to warm up, then ``n`` timed ones, then wait for threads to sleep.

        Returns
        -------
        seconds : list of float
        idle : float
            Seconds of processor time spent since the last request was answered, while
            others had their turn: 0 is right.
        """
        idle = time.process_time() - self.rested
        self.contender.step()
        seconds = []
        for _ in range(n):
            began = time.perf_counter()
            self.contender.step()
            seconds.append(time.perf_counter() - began)
        time.sleep(SETTLE)
        return seconds, idle
