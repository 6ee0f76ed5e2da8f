import time
from threading import Barrier, Lock, Thread
from unittest.mock import Mock, patch

from odoo.tests import BaseCase

from ..tools.burst import Burst

MODULE = "odoo.addons.customer_insight.tools.burst"


class TestBurst(BaseCase):
    """Many ask, few calls answer all of them."""

    def setUp(self):
        super().setUp()
        self.function = Mock()
        self.burst = Burst(self.function, delay=0.1, interval=10)
        self.timer = self.startPatcher(patch(f"{MODULE}.Timer"))
        self.clock = self.startPatcher(patch(f"{MODULE}.time.monotonic"))
        self.clock.return_value = 1000.0

    def _waits(self):
        """Seconds until the calls that were planned since this was asked before."""
        waits = [call.args[0] for call in self.timer.call_args_list]
        self.timer.call_args_list.clear()
        return waits

    def _call(self, key):
        """The time of the planned call has come."""
        self.burst._call(key)

    def test_the_first_is_answered_soon(self):
        self.burst.ask("a")
        self.assertEqual(self._waits(), [0.1])
        self.timer.return_value.start.assert_called_once_with()
        self.function.assert_not_called()
        self._call("a")
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
        self.clock.return_value += 7
        self.burst.ask("a")
        self.burst.ask("a")
        self.assertEqual(self._waits(), [3])

    def test_after_a_pause_the_next_is_answered_soon_again(self):
        self.burst.ask("a")
        self._call("a")
        self._waits()
        self.clock.return_value += 9.95
        self.burst.ask("a")
        self.assertEqual(self._waits(), [0.1])

    def test_each_key_is_answered_for_itself(self):
        self.burst.ask("a")
        self._call("a")
        self.burst.ask("b")
        self.assertEqual(self._waits(), [0.1, 0.1])

    def test_a_call_that_fails_does_not_keep_later_ones_away(self):
        self.function.side_effect = ZeroDivisionError
        self.burst.ask("a")
        with self.assertRaises(ZeroDivisionError):
            self._call("a")
        self._waits()
        self.burst.ask("a")
        self.assertEqual(self._waits(), [10])

    def test_a_thread_that_cannot_be_started_does_not_keep_later_ones_away(self):
        self.timer.return_value.start.side_effect = RuntimeError
        for __ in range(2):
            with self.assertRaises(RuntimeError):
                self.burst.ask("a")
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
