"""Recency, frequency and monetary scores: borders and the grid of named segments.

Scores run from 1 to 5, 5 is best. Equal values get equal scores: the score of a value
is ``1 + floor(5 * percent_rank)``, at most 5, with ``percent_rank`` the number of
customers with a smaller value divided by ``n - 1``.
"""

import re
from bisect import bisect_right
from itertools import pairwise, product
from math import isfinite

SCORES = range(1, 6)
#: The kinds of borders that can be set by hand, and whether smaller is better.
FIXED_BORDERS = {
    "recency_borders": True,
    "frequency_borders": False,
    "monetary_borders": False,
}
CODES = ["".join(code) for code in product("12345", repeat=3)]

#: The eleven named segments over all 125 codes (R, F, M), each code exactly once.
DETAILED_GRID = {
    "champions": "555 554 544 545 454 455 445",
    "loyal": "543 444 435 355 354 345 344 335",
    "potential_loyalist": (
        "553 551 552 541 542 533 532 531 452 451 442 441 431 453 433 432 423 353 352"
        " 351 342 341 333 323"
    ),
    "new": "512 511 422 421 412 411 311",
    "promising": "525 524 523 522 521 515 514 513 425 424 413 414 415 315 314 313",
    "need_attention": "535 534 443 434 343 334 325 324",
    "about_to_sleep": "331 321 312 221 213",
    "at_risk": (
        "255 254 245 244 253 252 243 242 235 234 225 224 153 152 145 143 142 135 134"
        " 133 125 124"
    ),
    "cant_lose": "155 154 144 214 215 115 114 113",
    "hibernating": "332 322 231 241 251 233 232 223 222 132 123 122 212 211",
    "lost": "111 112 121 131 141 151",
}

#: The ten segments over recency and frequency only: ``segment: (R scores, F scores)``.
_SIMPLE_RECTANGLES = {
    "hibernating": [("12", "12")],
    "at_risk": [("12", "34")],
    "cant_lose": [("12", "5")],
    "about_to_sleep": [("3", "12")],
    "need_attention": [("3", "3")],
    "loyal": [("34", "45")],
    "promising": [("4", "1")],
    "new": [("5", "1")],
    "potential_loyalist": [("45", "23")],
    "champions": [("5", "45")],
}


def detailed_grid():
    """:return: ``{code: segment}`` of the eleven-segment grid (dict of 125 items)"""
    return _checked(
        (code, segment)
        for segment, codes in DETAILED_GRID.items()
        for code in codes.split()
    )


def simple_grid():
    """:return: ``{code: segment}`` of the ten-segment recency × frequency grid"""
    return _checked(
        (recency + frequency + monetary, segment)
        for segment, rectangles in _SIMPLE_RECTANGLES.items()
        for recencies, frequencies in rectangles
        for recency in recencies
        for frequency in frequencies
        for monetary in "12345"
    )


GRIDS = {"detailed": detailed_grid, "simple": simple_grid}


def _checked(pairs):
    """Return the pairs as a dict, or say which codes are missing or named twice.

    :raise ValueError: if the pairs do not hold each of the 125 codes exactly once
    """
    grid, twice = {}, set()
    for code, segment in pairs:
        if code in grid:
            twice.add(code)
        grid[code] = segment
    missing = set(CODES) - grid.keys()
    unknown = grid.keys() - set(CODES)
    if twice or missing or unknown:
        raise ValueError(
            f"RFM grid: missing {sorted(missing)}, twice {sorted(twice)},"
            f" unknown {sorted(unknown)}"
        )
    return grid


def fill_borders(lowest_by_score):
    """Turn the lowest value seen per score into the four borders.

    :param lowest_by_score: ``{score: lowest value that has it}``; scores that
        nobody has are absent
    :return: ``[b2, b3, b4, b5]``, ascending: a value has at least score k when it
        is not below ``bk``; ``None`` where no customer reaches score k
    """
    borders, lowest = [], None
    for score in reversed(SCORES[1:]):
        lowest = lowest_by_score.get(score, lowest)
        borders.append(lowest)
    return borders[::-1]


def parse_borders(text, falling=False):
    """Read borders set by hand.

    :param text: four numbers, the borders of scores 2 to 5, such as ``2, 3, 5, 10``;
        equal neighbours leave a score out
    :param falling: smaller is better, as with days of silence; the borders come negated
    :return: ``[b2, b3, b4, b5]``, ascending, as :func:`score` takes them
    :raise ValueError: if these are not four finite numbers in the right order
    """
    borders = [float(part) for part in re.split(r"[,;,;、\s]+", (text or "").strip())]
    if falling:
        borders = [-border for border in borders]
    if len(borders) != len(SCORES) - 1 or not all(map(isfinite, borders)):
        raise ValueError("four numbers are needed")
    if any(low > high for low, high in pairwise(borders)):
        raise ValueError("the borders are not in order")
    return borders


def fixed_borders(policy):
    """:return: the borders a policy sets by hand, none where it takes fifths (dict)"""
    if policy.rfm_rule != "fixed":
        return {}
    return {
        name: parse_borders(getattr(policy, name), falling)
        for name, falling in FIXED_BORDERS.items()
    }


def write_borders(borders, falling=False):
    """:return: borders as :func:`parse_borders` reads them, ``""`` if one is missing"""
    if not borders or None in borders:
        return ""
    return ", ".join(f"{-b if falling else b:.15g}" for b in borders)


def score(value, borders):
    """Score one value against stored borders.

    :param value: the value, larger is better (recency comes negated)
    :param borders: as returned by :func:`fill_borders`
    :return: the score, 1 to 5
    """
    reachable = [border for border in borders if border is not None]
    return 1 + bisect_right(reachable, value)
