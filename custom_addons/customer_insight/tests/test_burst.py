import os
import time
from threading import Barrier, Lock, Thread
from unittest.mock import Mock, patch

from odoo.tests import BaseCase

from ..tools import burst
from ..tools.burst import Burst


class TestBurst(BaseCase):
    """Many ask, few calls answer all of them."""

    def setUp(self):
        super().setUp()
        self.function = Mock()
        self.burst = Burst(self.function, delay=0.1, interval=10)
        self.submit = self.startPatcher(
            patch.object(self.burst._threads, "submit", autospec=True)
        )
        self.time = self.startPatcher(patch.object(burst, "time", autospec=True))
        self.time.monotonic.return_value = 1000.0

    def _waits(self):
        """Seconds until the calls that were planned since this was asked before."""
        waits = [call.args[-1] for call in self.submit.call_args_list]
        self.submit.call_args_list.clear()
        return waits

    def _call(self, key):
        """The planned call, as a thread makes it."""
        self.burst._call(key, 0.1)

    def test_the_first_is_answered_soon(self):
        self.burst.ask("a")
        self.assertEqual(self._waits(), [0.1])
        self.function.assert_not_called()
        self._call("a")
        self.time.sleep.assert_called_once_with(0.1)
        self.function.assert_called_once_with("a")

    def test_one_call_answers_all_who_ask_before_it(self):
        for __ in range(5):
            self.burst.ask("a")
        self.assertEqual(self._waits(), [0.1])

    def test_who_asks_during_a_call_has_another_one_after_the_interval(self):
        self.function.side_effect = lambda key: self.burst.ask(key)
        self.burst.ask("a")
        self._waits()
        self._call("a")
        self.assertEqual(self._waits(), [10])

    def test_the_interval_runs_from_the_beginning_of_the_last_call(self):
        self.burst.ask("a")
        self._call("a")
        self._waits()
        self.time.monotonic.return_value += 7
        self.burst.ask("a")
        self.burst.ask("a")
        self.assertEqual(self._waits(), [3])

    def test_after_a_pause_the_next_is_answered_soon_again(self):
        self.burst.ask("a")
        self._call("a")
        self._waits()
        self.time.monotonic.return_value += 9.95
        self.burst.ask("a")
        self.assertEqual(self._waits(), [0.1])

    def test_each_key_is_answered_for_itself(self):
        self.burst.ask("a")
        self._call("a")
        self.burst.ask("b")
        self.assertEqual(self._waits(), [0.1, 0.1])

    def test_a_call_that_fails_is_told_and_keeps_no_later_one_away(self):
        self.function.side_effect = ZeroDivisionError
        self.burst.ask("a")
        with self.assertLogs(burst.__name__, "ERROR") as log:
            self._call("a")
        self.assertIn("failed: a", log.output[0])
        self._waits()
        self.burst.ask("a")
        self.assertEqual(self._waits(), [10])

    def test_a_thread_that_cannot_be_started_is_told_and_keeps_no_call_away(self):
        self.submit.side_effect = RuntimeError
        for __ in range(2):
            with self.assertLogs(burst.__name__, "WARNING") as log:
                self.burst.ask("a")
            self.assertIn("No call in the background: a", log.output[0])
        self.assertEqual(self._waits(), [0.1, 0.1])


class TestBurstInThreads(BaseCase):
    def test_nobody_who_asked_is_left_without_a_later_call(self):
        lock, asked, answered = Lock(), [], []

        def answer(_key):
            with lock:
                answered.append(len(asked))

        burst = Burst(answer, delay=0, interval=0.005)
        together = Barrier(4)

        def ask():
            together.wait()
            for __ in range(50):
                with lock:
                    asked.append(1)
                burst.ask("a")
                time.sleep(0.0005)

        threads = [Thread(target=ask) for __ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        deadline = time.monotonic() + 10
        while (not answered or answered[-1] < 200) and time.monotonic() < deadline:
            time.sleep(0.005)
        self.assertEqual(answered[-1], 200)
        self.assertLess(len(answered), 100)  # few calls answer many

    def test_a_forked_process_answers_by_itself(self):
        """A server's workers are forked, perhaps while somebody waits for a call."""
        reading, writing = os.pipe()
        burst = Burst(
            lambda _key: os.write(writing, b"%d\n" % os.getpid()), delay=0, interval=3
        )
        burst.ask("a")
        self.assertEqual(int(os.read(reading, 20)), os.getpid())
        burst.ask("a")  # after the interval only
        child = os.fork()
        if not child:
            burst.ask("a")
            time.sleep(1)
            os._exit(0)
        os.waitpid(child, 0)
        self.assertEqual(int(os.read(reading, 20)), child)
        burst._threads.shutdown(wait=False)
