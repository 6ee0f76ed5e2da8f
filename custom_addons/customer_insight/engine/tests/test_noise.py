import random
import unittest
from math import comb

from ..noise import counts_differ, shares_differ, totals_differ


def _binomial_p(k, n):
    """Two-sided exact p-value of k heads in n fair throws."""
    tail = sum(comb(n, i) for i in range(min(k, n - k) + 1)) / 2**n
    return min(1.0, 2 * tail)


def _poisson(rng, mean):
    """A count: arrivals within one unit of time."""
    count, moment = 0, rng.expovariate(mean)
    while moment < 1:
        count, moment = count + 1, moment + rng.expovariate(mean)
    return count


class TestNoise(unittest.TestCase):
    def test_counts_agree_with_the_exact_test(self):
        for before in range(25):
            for after in range(25):
                p = _binomial_p(before, before + after) if before + after else 1.0
                if counts_differ(before, after):
                    self.assertLess(p, 0.05, (before, after))
                elif p < 0.03:
                    self.fail(f"{before} against {after} is real, p = {p}")

    def test_shares_by_hand(self):
        # pooled 0.5, SE 0.0707; gap 0.2 - 0.01
        self.assertTrue(shares_differ(40, 100, 60, 100))
        # gap 0.13 - 0.01 is less than 1.96 * 0.0707
        self.assertFalse(shares_differ(44, 100, 57, 100))

    def test_borders(self):
        self.assertFalse(counts_differ(0, 0))
        self.assertFalse(shares_differ(0, 0, 5, 10))
        self.assertFalse(shares_differ(0, 50, 0, 50))
        self.assertFalse(shares_differ(50, 50, 50, 50))
        self.assertFalse(totals_differ(0, 0, 0, 0))
        self.assertFalse(totals_differ(1000, 1000**2, 0, 0))  # one customer is chance
        self.assertTrue(totals_differ(1000, 10 * 100**2, 0, 0))
        with self.assertRaises(ValueError):
            shares_differ(3, 2, 0, 1)
        with self.assertRaises(ValueError):
            counts_differ(-1, 2)

    def test_a_year_without_a_true_change_lights_at_most_one_in_twenty(self):
        rng = random.Random(19)
        lit = {"counts": 0, "shares": 0, "totals": 0}
        tries = 0
        for _year in range(60):
            mean = rng.choice((8, 40, 90))
            months = [_poisson(rng, mean) for _month in range(13)]
            lost = [
                sum(rng.random() < 0.08 for _customer in range(200)) for _ in months
            ]
            spent = [[rng.lognormvariate(3, 1) for _ in range(n)] for n in months]
            for now in range(1, 13):
                tries += 1
                lit["counts"] += counts_differ(months[now - 1], months[now])
                lit["shares"] += shares_differ(lost[now - 1], 200, lost[now], 200)
                sums = [
                    part
                    for amounts in (spent[now - 1], spent[now])
                    for part in (sum(amounts), sum(a * a for a in amounts))
                ]
                lit["totals"] += mean > 30 and totals_differ(*sums)
        for name, count in lit.items():
            self.assertLessEqual(count / tries, 0.05, name)

    def test_a_true_change_is_seen(self):
        self.assertTrue(counts_differ(100, 150))
        self.assertTrue(shares_differ(50, 1000, 90, 1000))
