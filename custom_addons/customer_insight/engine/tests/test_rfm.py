"""The grid of segments and the borders of scores, without a database."""

import random
from collections import Counter

import pytest

from .. import rfm

#: Codes per segment as published with the grid.
DETAILED_SIZES = {
    "champions": 7,
    "loyal": 8,
    "potential_loyalist": 24,
    "new": 7,
    "promising": 16,
    "need_attention": 8,
    "about_to_sleep": 5,
    "at_risk": 22,
    "cant_lose": 8,
    "hibernating": 14,
    "lost": 6,
}


def percent_rank_scores(values):
    """Score every value by the definition, without borders."""
    others = max(len(values) - 1, 1)
    return [
        min(5, 1 + 5 * sum(other < value for other in values) // others)
        for value in values
    ]


def borders_of(values):
    lowest = {}
    for value, score in zip(values, percent_rank_scores(values), strict=True):
        lowest[score] = min(value, lowest.get(score, value))
    return rfm.fill_borders(lowest)


class TestGrid:
    @pytest.mark.parametrize("name", ["detailed", "simple"])
    def test_every_code_is_in_exactly_one_segment(self, name):
        grid = rfm.GRIDS[name]()
        expected = {f"{r}{f}{m}" for r in "12345" for f in "12345" for m in "12345"}
        assert set(grid) == expected
        assert len(grid) == 125

    def test_detailed_grid_has_the_published_segment_sizes(self):
        assert Counter(rfm.detailed_grid().values()) == DETAILED_SIZES

    def test_detailed_grid_lists_no_code_twice(self):
        codes = " ".join(rfm.DETAILED_GRID.values()).split()
        assert len(codes) == len(set(codes)) == 125

    @pytest.mark.parametrize(
        ("code", "segment"),
        [
            ("555", "champions"),
            ("543", "loyal"),
            ("323", "potential_loyalist"),
            ("511", "new"),
            ("313", "promising"),
            ("443", "need_attention"),
            ("331", "about_to_sleep"),
            ("255", "at_risk"),
            ("155", "cant_lose"),
            ("222", "hibernating"),
            ("111", "lost"),
        ],
    )
    def test_detailed_grid_names_well_known_codes(self, code, segment):
        assert rfm.detailed_grid()[code] == segment

    @pytest.mark.parametrize(
        ("code", "segment"),
        [
            ("111", "hibernating"),
            ("225", "hibernating"),
            ("131", "at_risk"),
            ("245", "at_risk"),
            ("151", "cant_lose"),
            ("321", "about_to_sleep"),
            ("333", "need_attention"),
            ("345", "loyal"),
            ("451", "loyal"),
            ("415", "promising"),
            ("511", "new"),
            ("423", "potential_loyalist"),
            ("535", "potential_loyalist"),
            ("541", "champions"),
        ],
    )
    def test_simple_grid_looks_at_recency_and_frequency_only(self, code, segment):
        grid = rfm.simple_grid()
        assert {grid[code[:2] + monetary] for monetary in "12345"} == {segment}

    def test_a_grid_that_leaves_a_code_uncovered_is_refused_by_name(self):
        pairs = [(code, "lost") for code in rfm.CODES if code != "344"]
        with pytest.raises(ValueError, match=r"missing \['344'\]"):
            rfm._checked(pairs)

    def test_a_grid_that_covers_a_code_twice_is_refused_by_name(self):
        pairs = [(code, "lost") for code in [*rfm.CODES, "122"]]
        with pytest.raises(ValueError, match=r"twice \['122'\]"):
            rfm._checked(pairs)

    def test_a_grid_with_an_unknown_code_is_refused_by_name(self):
        pairs = [(code, "lost") for code in [*rfm.CODES, "666"]]
        with pytest.raises(ValueError, match=r"unknown \['666'\]"):
            rfm._checked(pairs)


class TestBorders:
    @pytest.mark.parametrize("seed", range(20))
    def test_borders_give_the_scores_of_the_definition(self, seed):
        draw = random.Random(seed)
        size = draw.randint(1, 60)
        values = [draw.choice([1, 1, 1, 2, 3, 5, 8, -4, 0.5]) for __ in range(size)]
        scores = [rfm.score(value, borders_of(values)) for value in values]
        assert scores == percent_rank_scores(values)

    def test_five_different_values_get_the_five_scores(self):
        values = [10, 20, 30, 40, 50]
        assert borders_of(values) == [20, 30, 40, 50]
        assert [rfm.score(v, borders_of(values)) for v in values] == [1, 2, 3, 4, 5]

    def test_a_score_nobody_has_shares_the_border_of_the_next(self):
        assert rfm.fill_borders({1: 1, 3: 7, 5: 9}) == [7, 7, 9, 9]

    def test_scores_above_the_best_have_no_border(self):
        assert rfm.fill_borders({1: 1, 2: 4}) == [4, None, None, None]

    @pytest.mark.parametrize("lowest", [{}, {1: 100}])
    def test_without_different_values_everybody_scores_one(self, lowest):
        borders = rfm.fill_borders(lowest)
        assert borders == [None] * 4
        assert [rfm.score(v, borders) for v in (-1e12, 0, 1e12)] == [1, 1, 1]

    @pytest.mark.parametrize(
        ("value", "score"),
        [(-1e12, 1), (19.99, 1), (20, 2), (29.99, 2), (49.99, 4), (50, 5), (1e12, 5)],
    )
    def test_a_value_on_the_border_has_the_higher_score(self, value, score):
        assert rfm.score(value, [20, 30, 40, 50]) == score


class TestFixedBorders:
    """Borders written by hand."""

    def test_borders_are_read_as_scores_take_them(self):
        assert rfm.parse_borders("2, 3,5;10") == [2, 3, 5, 10]
        assert rfm.parse_borders("2,3、5 10.5") == [2, 3, 5, 10.5]
        assert rfm.parse_borders("240 120 60 30", falling=True) == [
            -240,
            -120,
            -60,
            -30,
        ]

    @pytest.mark.parametrize("days", [0, 30, 31, 60, 61, 120, 121, 240, 241, 9999])
    def test_fewer_days_of_silence_score_higher(self, days):
        borders = rfm.parse_borders("240, 120, 60, 30", falling=True)
        expected = 5 - sum(days > limit for limit in (30, 60, 120, 240))
        assert rfm.score(-days, borders) == expected

    @pytest.mark.parametrize(
        "text", ["", None, "1,2,3", "1,2,3,4,5", "4,3,2,1", "a,b,c,d", "1,2,3,inf"]
    )
    def test_other_texts_are_refused(self, text):
        with pytest.raises(ValueError, match=r"."):
            rfm.parse_borders(text)

    @pytest.mark.parametrize("borders", [[1, 2, 2, 3], [0.1, 19.99, 1e6, 123456.78]])
    def test_borders_survive_being_written(self, borders):
        assert rfm.parse_borders(rfm.write_borders(sorted(borders))) == sorted(borders)
        negated = sorted(-border for border in borders)
        text = rfm.write_borders(negated, falling=True)
        assert rfm.parse_borders(text, falling=True) == negated

    @pytest.mark.parametrize("borders", [None, [], [1, None, None, None]])
    def test_missing_borders_are_left_for_the_user(self, borders):
        assert rfm.write_borders(borders) == ""
