import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from .. import mbg_nbd, second_opinion
from ..purchase_days import PurchaseDays
from ..repeated import Distinct, one_thread


def test_a_function_is_asked_for_each_value_once_and_answers_for_each_number():
    numbers = Distinct(np.array([3.0, 1.0, 3.0, 3.0]))
    assert numbers.values.tolist() == [1.0, 3.0]
    assert numbers(numbers.values**2).tolist() == [9.0, 1.0, 9.0, 9.0]
    assert len(numbers) == 4


def test_a_search_keeps_to_one_thread_and_gives_the_others_back():
    with threadpool_limits(limits=2):
        before = [library["num_threads"] for library in threadpool_info()]
        with one_thread():
            within = {library["num_threads"] for library in threadpool_info()}
        after = [library["num_threads"] for library in threadpool_info()]
    assert within == {1}
    assert after == before


def test_a_day_is_learned_from_once(monkeypatch):
    history = PurchaseDays([0, 0, 1, 2, 2], [1, 30, 5, 9, 80], np.ones(5))
    learned = []
    monkeypatch.setattr(
        mbg_nbd, "fit", lambda *rows: learned.append(rows) or len(learned)
    )
    ask = second_opinion.fit_facts
    exact = ask(history, 90, history.facts(90))
    assert ask(history, 90, history.facts(90)) == exact
    # whole weeks and another day are other models
    assert len({exact, ask(history, 90, history.facts(90), 0)}) == 2
    assert ask(history, 40, history.facts(40)) not in {exact, 2}
    assert len(learned) == 3


@pytest.mark.parametrize("numbers", [[], [5.0]])
def test_none_or_one_number(numbers):
    assert Distinct(np.array(numbers))(np.array(numbers)).tolist() == numbers
