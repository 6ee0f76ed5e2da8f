"""Satisfaction figures against published and hand-worked ones."""

import random

import pytest

from .. import scores
from ..scores import Score, category, is_content, net_promoter, share


def _rounded(score):
    return tuple(round(part, 1) for part in (score.value, score.low, score.high))


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((50, 30, 20), (30.0, 14.1, 44.2)),
        ((8, 1, 1), (70.0, 14.7, 93.0)),
        ((5, 0, 0), (100.0, 17.5, 100.0)),
    ],
)
def test_nps_has_the_adjusted_wald_interval(counts, expected):
    assert _rounded(net_promoter(*counts)) == expected
    assert net_promoter(*counts).n == sum(counts)


def test_nps_of_nobody_is_no_figure():
    assert net_promoter(0, 0, 0) == Score(None, None, None, 0)


def test_nps_of_one_and_of_top_answers_only_is_100_but_unsure():
    assert net_promoter(1, 0, 0).value == 100
    assert net_promoter(1, 0, 0).low < 0 < net_promoter(30, 0, 0).low


def test_nps_is_symmetric():
    one, other = net_promoter(7, 2, 1), net_promoter(1, 2, 7)
    assert (one.value, one.low, one.high) == (-other.value, -other.high, -other.low)


def test_nps_refuses_negative_numbers():
    with pytest.raises(ValueError, match="negative"):
        net_promoter(3, -1, 0)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [(0, "detractor"), (6, "detractor"), (7, "passive"), (8, "passive")]
    + [(9, "promoter"), (10, "promoter")],
)
def test_an_answer_belongs_to_one_category(answer, expected):
    assert category(answer) == expected


@pytest.mark.parametrize("answer", [-1, 11])
def test_an_answer_off_the_scale_is_refused(answer):
    with pytest.raises(ValueError, match="scale 0 to 10"):
        category(answer)


def test_content_begins_at_four_of_five_and_five_of_seven():
    assert [is_content("csat", answer) for answer in (3, 4)] == [False, True]
    assert [is_content("ces", answer) for answer in (4, 5)] == [False, True]
    assert [is_content("dimension", answer) for answer in (3, 4)] == [False, True]


def test_csat_has_wilsons_interval():
    assert _rounded(share(74, 107)) == (69.2, 59.9, 77.1)
    assert share(0, 0) == Score.nothing()


def test_reliable_from_the_minimum_on():
    assert [share(1, n).is_reliable(3) for n in (2, 3)] == [False, True]
    assert not Score.nothing().is_reliable(0)


def test_a_change_of_nps_is_tested():
    # By hand: (53, 30, 17) and (30, 40, 30) of 100 with 3/4 added to each end:
    # centres 34.95 and 0, v1 = .6942 - .3495^2, v2 = .5971; SE = 7.454 and 7.614;
    # z = -34.95 / 10.655 = -3.280
    difference, p_value = scores.net_promoter_change((53, 30, 17), (30, 40, 30))
    assert difference == pytest.approx(-36)
    assert p_value == pytest.approx(0.00104, abs=0.00002)
    assert scores.net_promoter_change((0, 0, 0), (1, 1, 1)) is None


def test_a_change_of_a_share_is_tested():
    # By hand: 60/100 and 75/100, pooled .675, SE = sqrt(.675 * .325 * .02) = .06624
    difference, p_value = scores.share_change((60, 100), (75, 100))
    assert difference == pytest.approx(15)
    assert p_value == pytest.approx(0.02354, abs=0.0001)  # z = 2.2645
    assert scores.share_change((5, 5), (9, 9)) == (0, 1.0)
    assert scores.share_change((0, 0), (9, 9)) is None


def test_no_true_change_is_seldom_called_one():
    chance = random.Random(5)
    called = sum(
        scores.net_promoter_change(_wave(chance), _wave(chance))[1] < 0.05
        for _ in range(4000)
    )
    assert called <= 241  # 5 % and three standard errors


def _wave(chance):
    drawn = chance.choices("abc", weights=(5, 3, 2), k=60)
    return tuple(drawn.count(kind) for kind in "abc")
