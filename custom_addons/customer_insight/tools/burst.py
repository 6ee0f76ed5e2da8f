"""Work in the background, done once for all who ask for it at about the same time."""

import logging
import os
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

_logger = logging.getLogger(__name__)
_THREADS = 4  # they sleep nearly always; more keys than that wait for each other


class Burst:
    """Calls a function in a thread: soon for the first who asks, then in intervals.

    Each request is answered by a call that begins after it, which so sees what was
    committed before. A burst costs one call for each interval. The threads stay: to
    start one takes longer than to ask one that waits. A process that ends lets planned
    calls happen; one that is killed does not.

    :param function: called with the key; what it raises is logged. Calls for one key
        may overlap if one takes longer than the interval
    :param delay: seconds until the first call, so that whoever asks goes on undisturbed
    :param interval: seconds between the beginnings of two calls for one key, at least
    """

    def __init__(self, function, delay, interval):
        self._function = function
        self._delay = delay
        self._interval = interval
        self._begin()
        # a process that is forked has none of the threads that would answer
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self):
        self._lock = Lock()
        self._asked = set()
        self._began = {}
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="burst")

    def ask(self, key):
        """Have the function called for a key, such as the name of a database.

        Raises nothing: what was committed before must not look as if it had failed.
        """
        with self._lock:
            if key in self._asked:
                return
            due = self._began.get(key, float("-inf")) + self._interval
            wait = max(due - time.monotonic(), self._delay)
            try:
                self._threads.submit(self._call, key, wait)
            except RuntimeError:  # no more threads, or the process ends
                _logger.warning("No call in the background: %s", key, exc_info=True)
                return
            self._asked.add(key)

    def _call(self, key, wait):
        time.sleep(wait)
        with self._lock:
            self._asked.discard(key)  # from now on, requests may come too late for it
            self._began[key] = time.monotonic()
        try:
            self._function(key)
        except Exception:
            _logger.exception("A call in the background failed: %s", key)
