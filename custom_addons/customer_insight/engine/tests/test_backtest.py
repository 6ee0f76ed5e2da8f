"""Figures of a back-test, by hand and at their borders."""

import numpy as np
import pytest

from .. import backtest


def test_auc_by_hand():
    # Pairs of a buyer and another: 0.9 beats both, 0.4 beats one and ties with one.
    assert backtest.auc([0.9, 0.4, 0.4, 0.1], [1, 1, 0, 0]) == pytest.approx(3.5 / 4)


def test_auc_of_equal_scores_is_a_coin_and_of_one_kind_nothing():
    assert backtest.auc([0.3] * 6, [1, 0, 1, 0, 0, 1]) == 0.5
    assert backtest.auc([0.1, 0.2], [1, 1]) is None
    assert backtest.auc([], []) is None


def test_brier_by_hand():
    assert backtest.brier([1.0, 0.5, 0.0], [1, 0, 1]) == pytest.approx(1.25 / 3)
    assert backtest.brier([], []) is None


def test_calibration_by_hand():
    chances, happened = [0.1, 0.1, 0.8, 0.6], [0, 1, 1, 1]
    rows = backtest.calibration(chances, happened, groups=2)
    assert rows == [
        (pytest.approx(0.1), 0.5, 2),
        (pytest.approx(0.7), 1.0, 2),
    ]
    error = backtest.calibration_error(chances, happened, groups=2)
    assert error == pytest.approx((0.4 + 0.3) / 2)
    assert backtest.calibration([], []) == []
    assert backtest.calibration_error([], []) is None


def test_counts_by_hand():
    figures = backtest.counts([1.0, 2.0, 0.0], [2, 2, 0])
    assert figures["mae"] == pytest.approx(1 / 3)
    assert figures["rmse"] == pytest.approx(np.sqrt(1 / 3))
    assert figures["bias"] == pytest.approx(-0.25)
    assert figures["correlation"] == pytest.approx(
        np.corrcoef([1, 2, 0], [2, 2, 0])[0, 1]
    )


def test_counts_without_purchases_have_no_bias():
    figures = backtest.counts([0.5, 0.5], [0, 0])
    assert figures["bias"] is None and figures["correlation"] is None
    assert figures["mae"] == 0.5
    assert set(backtest.counts([], []).values()) == {None}


def test_gini_of_the_perfect_order_is_one_and_of_the_reverse_minus_one():
    spend = np.array([0.0, 1, 2, 10, 40])
    assert backtest.gini(spend**2, spend) == pytest.approx(1)
    assert backtest.gini(-spend, spend) == pytest.approx(-1)
    assert backtest.gini(np.ones(5), spend) == pytest.approx(0)
    assert backtest.gini([1, 2], [0, 0]) is None
    assert backtest.gini([1, 2], [3, 3]) is None


def test_equal_scores_share_evenly_whatever_the_order_of_the_rows():
    spend = np.array([9.0, 0, 0, 3, 1])
    score = np.array([1, 1, 0, 0, 0])
    again = [3, 1, 4, 0, 2]
    assert backtest.gini(score, spend) == backtest.gini(score[again], spend[again])


def test_top_share_by_hand():
    spend = np.array([50.0, 30, 10, 5, 5, 0, 0, 0, 0, 0])
    assert backtest.top_share(np.arange(10, 0, -1), spend) == 0.5
    assert backtest.top_share(np.arange(10, 0, -1), spend, 0.2) == 0.8
    # Two are tied for one place: they share it.
    score = np.array([5, 5, 1, 1, 1, 1, 1, 1, 1, 1])
    assert backtest.top_share(score, spend) == pytest.approx(0.4)
    assert backtest.top_share([1, 2], [0, 0]) is None


def test_a_gain_has_its_error():
    gain, error = backtest.brier_gain([0.9, 0.1], [0.5, 0.5], [1, 0])
    assert (gain, error) == (pytest.approx(0.24), pytest.approx(0))
    assert backtest.brier_gain([0.9], [0.5], [1]) is None
