"""What makes a search over many customers cheap without changing its result."""

from contextlib import contextmanager

import numpy as np


class Distinct:
    """Numbers of which many are equal: a costly function is asked for each value once.

    :param numbers: array of any length
    """

    def __init__(self, numbers):
        self.values, self._places = np.unique(numbers, return_inverse=True)

    def __call__(self, results):
        """:return: what was computed of ``values``, for each number (array)"""
        return np.take(results, self._places)

    def __len__(self):
        return len(self._places)


@contextmanager
def one_thread():
    """Keep the numeric libraries from using more threads than the one that asks.

    A search for a handful of parameters calls them thousands of times for a moment
    each. Where other work is on the machine, waiting for threads to come and go then
    takes several times as long as the search.
    """
    from threadpoolctl import threadpool_limits  # noqa: PLC0415  with scikit-learn

    with threadpool_limits(limits=1):
        yield
