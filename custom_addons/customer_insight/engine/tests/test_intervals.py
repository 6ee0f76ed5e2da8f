"""Confidence intervals against published figures and at their borders."""

import pytest

from ..intervals import wilson


def test_wilson_gives_the_published_interval():
    low, high = wilson(74, 107)
    assert (round(100 * low, 1), round(100 * high, 1)) == (59.9, 77.1)


@pytest.mark.parametrize("n", [1, 2, 10, 1_000_000])
def test_wilson_stays_between_zero_and_one(n):
    assert wilson(0, n)[0] == pytest.approx(0.0, abs=1e-12)
    assert wilson(n, n)[1] == pytest.approx(1.0, abs=1e-12)
    for successes in (0, n // 2, n):
        low, high = wilson(successes, n)
        assert 0 <= low <= successes / n <= high <= 1
        assert low < high


def test_wilson_is_symmetric():
    low, high = wilson(3, 20)
    assert wilson(17, 20) == pytest.approx((1 - high, 1 - low))


def test_wilson_narrows_with_more_observations_and_less_confidence():
    def width(interval):
        return interval[1] - interval[0]

    assert width(wilson(50, 100)) < width(wilson(5, 10))
    assert width(wilson(5, 10, confidence=0.8)) < width(wilson(5, 10))


def test_wilson_of_nothing_is_no_interval():
    assert wilson(0, 0) is None


@pytest.mark.parametrize("successes, n", [(-1, 5), (6, 5), (0, -1)])
def test_wilson_refuses_what_is_no_share(successes, n):
    with pytest.raises(ValueError, match="is not a share"):
        wilson(successes, n)
