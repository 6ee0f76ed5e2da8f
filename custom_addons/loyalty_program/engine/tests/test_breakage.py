from ..breakage import growth_factors, redemption_rate

#: Four months of 1,000 points; used up to the age of 0, 1, 2, 3 months. By hand:
#: 0→1: (300+250+350)/(100+100+100) = 3; 1→2: (450+375)/(300+250) = 1.5;
#: 2→3: 540/450 = 1.2.
TRIANGLE = [[100, 300, 450, 540], [100, 250, 375], [100, 350], [100]]


def test_growth_by_hand():
    assert growth_factors(TRIANGLE) == [3, 1.5, 1.2]


def test_the_end_by_hand():
    """540 + 375·1.2 + 350·1.5·1.2 + 100·3·1.5·1.2 = 540 + 450 + 630 + 540 = 2,160.

    Two old months that are complete, 500 of 1,000 each, are put before them.
    """
    old = [[0, 500, 500, 500], [0, 500, 500, 500]]
    factors = growth_factors(old + TRIANGLE)
    # 0→1: 1900/300, 1→2: 1825/1550, 2→3: 1540/1450
    assert [round(f, 6) for f in factors] == [6.333333, 1.177419, 1.062069]
    expected = (
        500
        + 500
        + 540
        + 375 * 1540 / 1450
        + 350 * 1825 / 1550 * 1540 / 1450
        + 100 * 1900 / 300 * 1825 / 1550 * 1540 / 1450
    )
    rate = redemption_rate([1000] * 6, old + TRIANGLE)
    assert abs(rate - expected / 6000) < 1e-12


def test_too_little_to_tell():
    assert redemption_rate([], []) is None
    assert redemption_rate([1000] * 4, TRIANGLE) is None
    assert redemption_rate([10] * 6, [[1]] * 6) is None


def test_never_more_than_was_granted():
    used = [[10, 1000], [10, 1000], [10, 1000], [10, 1000], [10, 1000], [900]]
    assert redemption_rate([1000] * 6, used) == 1


def test_nothing_used_at_all():
    assert redemption_rate([1000] * 6, [[0] * n for n in range(6, 0, -1)]) == 0
