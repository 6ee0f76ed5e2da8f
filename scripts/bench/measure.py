"""Stopwatch and scales."""

import statistics
import threading
import time
from contextlib import contextmanager

import psutil

_MB = 1024 * 1024
_SAMPLED_EVERY = 0.01


def seconds(action):
    """:return: how long a call takes (float)"""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def best_pair(action, reference, runs):
    """Measure two calls in turns, so that both meet the same state of the machine.

    :return: seconds of the fastest run of each (tuple of two floats)
    """
    return tuple(map(min, zip(*_pairs(action, reference, runs), strict=True)))


def median_pair(action, reference, runs):
    """Measure two calls in turns; each is called once before, uncounted.

    :return: median seconds of each (tuple of two floats)
    """
    action(), reference()
    pairs = _pairs(action, reference, runs)
    return tuple(map(statistics.median, zip(*pairs, strict=True)))


def _pairs(action, reference, runs):
    return [(seconds(action), seconds(reference)) for __ in range(runs)]


class Scales:
    """Watches how much memory a process holds, and remembers the most.

    :param pid: process id, this process when not given
    :param private: leave out memory shared with others, such as the buffers of a
        database server
    """

    def __init__(self, pid=None, private=False):
        self._private = private
        try:
            self._process = psutil.Process(pid)
            self._idle = self._held()
        except psutil.NoSuchProcess:  # the database runs on another machine
            self._process = None
        self._peak = 0

    @property
    def growth(self):
        """:return: most MB that were held above the start, None if out of sight"""
        return self._process and (self._peak - self._idle) / _MB

    def weigh(self):
        if self._process:
            self._peak = max(self._peak, self._held())

    def _held(self):
        memory = self._process.memory_info()
        return memory.rss - memory.shared if self._private else memory.rss


@contextmanager
def weighed(*scales):
    """Weigh all the time while the block runs."""
    finished = threading.Event()

    def watch():
        while not finished.wait(_SAMPLED_EVERY):
            for scale in scales:
                scale.weigh()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        finished.set()
        watcher.join()
        for scale in scales:
            scale.weigh()
