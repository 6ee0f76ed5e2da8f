"""Progress lines: step, rows, elapsed time."""

import sys
import time
from contextlib import contextmanager

REPORT_EVERY_SECONDS = 2


class Progress:
    """Prints one line per finished step, and one every two seconds of a long one."""

    def __init__(self, stream=None):
        self._stream = stream or sys.stdout
        self._start = time.monotonic()
        self._name, self._done, self._total, self._told = "", 0, None, 0.0

    @contextmanager
    def step(self, name, total=None):
        """Time a step; ``advance`` counts its rows."""
        self._name, self._done, self._total = name, 0, total
        self._told = time.monotonic()
        yield self
        self._print("done")

    def advance(self, rows):
        """Count ``rows`` more rows of the current step."""
        self._done += rows
        overdue = time.monotonic() - self._told >= REPORT_EVERY_SECONDS
        if overdue and self._done != self._total:
            self._told = time.monotonic()
            self._print("")

    def say(self, text):
        """Print a line of its own."""
        print(text, file=self._stream, flush=True)

    def _print(self, state):
        rows = f"{self._done:,}" if self._done else ""
        if self._total and not state:
            rows += f" of {self._total:,}"
        elapsed = time.monotonic() - self._start
        self.say(f"{self._name:<32} {rows:>22} {elapsed:7.1f} s  {state}".rstrip())
