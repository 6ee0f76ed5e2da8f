"""What the kit says: progress lines, and errors as one line with the mend."""

import sys
import threading
import time
from contextlib import contextmanager

_STARTED = time.monotonic()
_SECONDS_BETWEEN_SIGNS_OF_LIFE = 10


class Problem(Exception):
    """Something the user can mend: what is wrong, and what to do about it."""

    def __init__(self, what, mend=""):
        super().__init__(what)
        self.what = " ".join(str(what).split()).rstrip(".")
        self.mend = " ".join(str(mend).split()).rstrip(".")

    def __str__(self):
        return f"{self.what}. {self.mend}." if self.mend else f"{self.what}."


class Step:
    """A piece of work under way; `result` is shown when it is done."""

    def __init__(self, title, measure=None):
        self.title = title
        self.result = ""
        self._measure = measure
        self._started = time.monotonic()

    def tell(self, state):
        parts = (state, f"{time.monotonic() - self._started:.1f} s")
        say(f"{self.title}: {', '.join(part for part in parts if part)}")

    def tell_until(self, done):
        while not done.wait(_SECONDS_BETWEEN_SIGNS_OF_LIFE):
            self.tell(self._measure() if self._measure else "at work")


def say(text):
    """Print one progress line, led by the seconds since the command began."""
    print(f"[{time.monotonic() - _STARTED:6.1f} s] {text}", flush=True)


@contextmanager
def step(title, measure=None):
    """Announce a piece of work, give signs of life while it lasts, say when it is done.

    :param measure: function giving the size reached so far, as text
    """
    current = Step(title, measure)
    say(f"{title} ...")
    done = threading.Event()
    threading.Thread(target=current.tell_until, args=(done,), daemon=True).start()
    try:
        yield current
    finally:
        done.set()
    current.tell(current.result or "done")


def megabytes(size):
    """Bytes as people read them: 132 MB, 1.2 GB."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def complain(problem):
    print(f"suite: {problem}", file=sys.stderr, flush=True)
