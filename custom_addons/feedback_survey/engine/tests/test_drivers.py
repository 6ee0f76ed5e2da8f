import pytest

from ..drivers import importance, quadrant


def test_fishers_interval_by_hand():
    """r = 0.5, n = 28: z = 0.549306 ± 1.959964 / 5, so 0.155979 to 0.735787."""
    found = importance(0.5, 28, minimum=20)
    assert (found.low, found.high) == pytest.approx((0.156, 0.736), abs=5e-4)
    assert found.is_sayable


def test_the_interval_is_that_of_scipy():
    stats = pytest.importorskip("scipy.stats")
    xs = [1, 2, 3, 4, 5, 5, 2, 1]
    ys = [2, 6, 5, 8, 10, 9, 1, 3]
    expected = stats.pearsonr(xs, ys)
    interval = expected.confidence_interval(0.95)
    found = importance(expected.statistic, len(xs))
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))


@pytest.mark.parametrize(
    ("value", "n", "sayable"),
    [
        (None, 50, False),  # one side never varies
        (0.9, 3, False),
        (0.9, 19, False),  # below the minimum
        (0.1, 30, False),  # the interval covers nought
        (0.9, 20, True),
        (-0.9, 20, True),
        (1.0, 20, True),
    ],
)
def test_when_nothing_can_be_said(value, n, sayable):
    assert importance(value, n, minimum=20).is_sayable is sayable


def test_no_correlation_beyond_one():
    with pytest.raises(ValueError, match="not a correlation"):
        importance(1.5, 30)


def test_quadrants_at_their_borders():
    assert quadrant(0.5, 0.3, 0.5, 0.3) == "keep"
    assert quadrant(0.4, 0.3, 0.5, 0.3) == "improve"
    assert quadrant(0.5, 0.2, 0.5, 0.3) == "enough"
    assert quadrant(0.4, 0.2, 0.5, 0.3) == "watch"
