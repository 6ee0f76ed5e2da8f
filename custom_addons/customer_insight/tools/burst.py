"""Work in the background, done once for all who ask for it at about the same time."""

import time
from threading import Lock, Timer


class Burst:
    """Calls a function in a thread: soon for the first who asks, then in intervals.

    Each request is answered by a call that begins after it, which so sees what was
    committed before. A burst costs one call for each interval. A process that ends
    lets waiting calls happen; one that is killed does not.

    :param function: called with the key; calls for one key may overlap if one takes
        longer than the interval
    :param delay: seconds until the first call, so that whoever asks goes on undisturbed
    :param interval: seconds between the beginnings of two calls for one key, at least
    """

    def __init__(self, function, delay, interval):
        self._function = function
        self._delay = delay
        self._interval = interval
        self._lock = Lock()
        self._asked = set()
        self._began = {}

    def ask(self, key):
        """Have the function called for a key, such as the name of a database."""
        with self._lock:
            if key in self._asked:
                return
            due = self._began.get(key, float("-inf")) + self._interval
            Timer(max(due - time.monotonic(), self._delay), self._call, [key]).start()
            self._asked.add(key)

    def _call(self, key):
        with self._lock:
            self._asked.discard(key)  # from now on, requests may come too late for it
            self._began[key] = time.monotonic()
        self._function(key)
