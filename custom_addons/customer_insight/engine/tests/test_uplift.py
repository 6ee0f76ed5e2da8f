import numpy as np
import pytest

from ..uplift import (
    Group,
    amount_difference,
    judge,
    needed,
    rate_difference,
)


@pytest.mark.parametrize(
    ("a", "m", "b", "n", "low", "high"),
    [  # Newcombe (1998), table II, method 10
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (6, 7, 2, 7, 0.0582, 0.8062),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (10, 10, 0, 10, 0.6075, 1.0),
    ],
)
def test_published_intervals_of_a_difference(a, m, b, n, low, high):
    found = rate_difference(Group(m, a), Group(n, b), 0.95)
    assert found == pytest.approx((a / m - b / n, low, high), abs=5e-5)


def test_welch_interval_is_that_of_scipy():
    from scipy.stats import ttest_ind

    dice = np.random.default_rng(1)
    one, other = dice.gamma(1, 10, 80), dice.gamma(2, 30, 35)
    expected = ttest_ind(one, other, equal_var=False).confidence_interval(0.995)
    found = amount_difference(*map(of_amounts, (one, other)))
    assert found[1:] == pytest.approx((expected.low, expected.high))


def test_nothing_is_compared_with_nobody():
    assert rate_difference(Group(0), Group(5, 1)) is None
    assert amount_difference(Group(99, 60, 5, 25), Group(99, 29, 5, 25)) is None
    assert judge(None) == "open"
    with pytest.raises(ValueError, match="no control group"):
        needed(Group(5), Group(0), 0)


def test_amounts_that_are_all_alike():
    same = Group(40, 40, 200, 1000)
    assert amount_difference(same, same) == (0, 0, 0)
    assert judge((0, 0, 0)) == "open"


def test_needed_by_hand():
    # (2.8070 + 0.8416)² (0.3·0.7/0.5 + 0.2·0.8/0.5) / 0.1² = 985.1
    treated, control = Group(99_998, 29_999), Group(99_998, 19_999)
    assert needed(treated, control, 0.5) == pytest.approx(986, abs=1)
    # a tenth in control takes more customers, not fewer
    assert needed(treated, control, 0.1) > 1900
    # without any difference it is that of two points
    assert needed(control, control, 0.5) > 20_000


def of_amounts(amounts):
    return Group(
        len(amounts),
        int((amounts > 0).sum()),
        float(amounts.sum()),
        float((amounts**2).sum()),
    )


def play(dice, n, share, rates):
    """Customers with a tenth in control who buy at these rates, in random order."""
    control = dice.random(n) < share
    bought = dice.random(n) < np.where(control, rates[1], rates[0])
    return control, np.where(bought, dice.lognormal(4, 1, n), 0.0)


def claims(control, amounts):
    groups = of_amounts(amounts[~control]), of_amounts(amounts[control])
    return [
        judge(difference(*groups))
        for difference in (rate_difference, amount_difference)
    ]


def test_a_planted_effect_is_found():
    dice = np.random.default_rng(7)
    found = [claims(*play(dice, 3000, 0.1, (0.30, 0.15)))[0] for _n in range(50)]
    assert found.count("better") >= 45
    harmed = [claims(*play(dice, 3000, 0.1, (0.15, 0.30)))[0] for _n in range(20)]
    assert harmed.count("worse") >= 18


def test_of_200_playbooks_without_effect_at_most_ten_claim_one():
    """Both figures, looked at five times while the numbers grow."""
    dice = np.random.default_rng(11)
    wrong = 0
    for _playbook in range(200):
        control, amounts = play(dice, 2000, 0.1, (0.2, 0.2))
        wrong += any(
            verdict in ("better", "worse")
            for n in (400, 800, 1200, 1600, 2000)
            for verdict in claims(control[:n], amounts[:n])
        )
    assert wrong <= 10
