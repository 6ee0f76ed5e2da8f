from datetime import date, timedelta
from itertools import product

from odoo import Command
from odoo.tests import freeze_time

from .common import LoyaltyCase


class TestTierOutlook(LoyaltyCase):
    """The tier after the period, if nothing more comes, is what the job then sets."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program.write(
            {
                "tier_window": "rolling",
                "tier_window_months": 12,
                "tier_ids": [
                    Command.create({"name": "Silver", "threshold": 100}),
                    Command.create({"name": "Gold", "threshold": 1000}),
                ],
            }
        )
        cls.silver, cls.gold = cls.program.tier_ids

    def test_by_hand(self):
        """150 points of March leave the window of 12 months a year later."""
        with freeze_time("2025-03-01 12:00:00"):
            self._sell(150)
        account = self._account()
        with freeze_time("2025-06-01 12:00:00"):
            self.assertFalse(account.projected_tier_id)
            self.assertEqual(account.projected_on, date(2026, 3, 1))
            self.assertEqual(account.missing_to_keep, 100)
            self.assertEqual(
                account.tier_outlook,
                "100.00 more points keep Silver; otherwise no tier from 03/01/2026 on.",
            )
            self._sell(40)
            self.assertEqual(account.missing_to_keep, 60)
            self._sell(60)
            self.assertEqual(account.projected_tier_id, self.silver)
            self.assertEqual(account.tier_outlook, "Silver is kept beyond 03/01/2026.")

    def test_it_comes_true(self):
        """Each window, way down and grace, with and without enough."""
        for number, (window, down, grace, more) in enumerate(
            product(
                ("rolling", "calendar_year", "anniversary", "lifetime"),
                ("step", "balance", "none"),
                (0, 30),
                (0, 90, 990),
            )
        ):
            with self.subTest(window=window, down=down, grace=grace, more=more):
                self.program.write(
                    {
                        "tier_window": window,
                        "tier_downgrade": down,
                        "tier_grace_days": grace,
                    }
                )
                with freeze_time("2025-03-01 12:00:00"):
                    account = self._add_account(partner=self._add_customer(f"{number}"))
                    account._post(1010, "earn")
                    account._refresh_tiers()
                with freeze_time("2025-11-01 12:00:00"):
                    if more:
                        account._post(more, "earn", key="more")
                        account._refresh_tiers()
                    expected, day = account.projected_tier_id, account.projected_on
                end = day or date(2027, 6, 1)
                for look in (end - timedelta(days=1), end):
                    with freeze_time(f"{look} 12:00:00"):
                        account._refresh_tiers()
                self.assertEqual(account.tier_id, expected)

    def test_without_an_end_there_is_no_outlook(self):
        self.program.tier_window = "lifetime"
        self._sell(150)
        account = self._account()
        self.assertEqual(account.projected_tier_id, self.silver)
        self.assertFalse(account.tier_outlook)
        self.assertFalse(self._add_account(partner=self._add_customer()).tier_outlook)
