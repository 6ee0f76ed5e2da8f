import random
from datetime import date

from dateutil.rrule import DAILY, rrule
from freezegun import freeze_time
from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .common import LoyaltyCase


@tagged("post_install", "-at_install")
class TestWhatIf(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program.tier_ids = [
            Command.create({"name": name, "threshold": points, "multiplier": times})
            for name, points, times in (("Silver", 100, 1), ("Gold", 300, 2))
        ]
        cls.silver, cls.gold = cls.program.tier_ids.sorted("threshold")

    def _earn(self, day, card, points):
        with freeze_time(f"{day} 12:00:00"):
            card._post(points, "earn", key=f"{day}:{points}")

    def _card(self, joined="2024-01-01"):
        card = self._add_account(partner=self._add_customer("M"))
        self._set_create_date(card, joined)
        return card

    def test_unchanged_rules_reproduce_exactly(self):
        """Random histories, walked by the nightly job and by the replay."""
        for window, downgrade, grace in (
            ("rolling", "step", 0),
            ("rolling", "balance", 10),
            ("calendar_year", "step", 20),
            ("anniversary", "balance", 0),
        ):
            with self.subTest(window=window), self.env.cr.savepoint() as point:
                self.program.write(
                    {
                        "tier_window": window,
                        "tier_window_months": 2,
                        "tier_downgrade": downgrade,
                        "tier_grace_days": grace,
                    }
                )
                self._compare_with_the_job(random.Random(f"{window}{grace}"))
                point.rollback()

    def _compare_with_the_job(self, chance):
        first, last = date(2024, 11, 15), date(2025, 4, 10)
        cards = self.env["loyalty.card"].concat(
            *(self._card("2024-03-05") for _number in range(5))
        )
        with freeze_time(f"{first} 12:00:00") as clock:
            for day in rrule(DAILY, dtstart=first, until=last):
                clock.move_to(day.replace(hour=12))
                for card in cards:
                    if chance.random() < 0.05:
                        points = chance.choice([40, 99.99, 100, 150, 300])
                        card._post(points, "earn", key=f"{day.date()}")
                        card._refresh_tiers()
                cards._refresh_tiers()
        with freeze_time(f"{last} 20:00:00"):
            wizard = self._what_if(date_from=first, date_to=last)
            result = wizard._replay()
        self.assertEqual(result["same"], len(cards))
        self.assertEqual(result["members"], len(cards))
        self.assertEqual(result["points_now"], result["points_then"])
        self.assertFalse(result["moves"])

    def test_lower_border(self):
        card = self._card()
        self._earn("2025-02-01", card, 250)
        what_if = self._what_if()
        what_if.line_ids.filtered(lambda t: t.tier_id == self.gold).threshold = 250
        what_if.action_compute()
        self.assertEqual(what_if.moved_count, 1)
        move = what_if.move_ids
        self.assertEqual((move.from_tier_id, move.to_tier_id), (self.silver, self.gold))
        found = self.env["loyalty.card"].search(move.action_open()["domain"])
        self.assertEqual(found, card)
        counts = [(line.count_now, line.count_then) for line in what_if.line_ids]
        self.assertEqual(sorted(counts), [(0, 1), (1, 0)])
        self.assertEqual(what_if.points_more, 0)

    def test_more_points_cost(self):
        card = self._card()
        self._earn("2024-12-31", card, 50)  # before the period: stays
        self._earn("2025-02-01", card, 40)
        what_if = self._what_if(earn_percent=150)
        self.assertEqual(what_if.point_value, 0.1)
        what_if.action_compute()
        self.assertEqual(what_if.points_now, 40)
        self.assertEqual(what_if.points_then, 60)
        self.assertAlmostEqual(what_if.cost, 2.0)
        # 50 + 60 lift the member
        self.assertEqual(what_if.moved_count, 1)

    def test_a_point_is_worth_what_the_program_says(self):
        self.program.point_value = 0.02
        self.assertEqual(self._what_if().point_value, 0.02)

    def test_multiplier_counts_for_what_comes_after(self):
        card = self._card()
        self._earn("2025-02-01", card, 100)
        self._earn("2025-02-02", card, 10)
        what_if = self._what_if()
        line = what_if.line_ids.filtered(lambda t: t.tier_id == self.silver)
        line.multiplier = 3
        what_if.action_compute()
        self.assertEqual(what_if.points_then, 100 + 30)

    def test_tiers_by_amount_bought(self):
        self.program.tier_basis = "spend"
        order = self._sell(150)
        order.date_order = "2025-03-01"
        with freeze_time("2025-06-30 12:00:00"):
            what_if = self._what_if(date_from="2020-01-01")
        what_if.line_ids.filtered(lambda t: t.tier_id == self.silver).threshold = 200
        what_if.date_to = date(2025, 6, 30)
        what_if.action_compute()
        self.assertEqual(what_if.moved_count, 1)

    def test_nothing_stored_changes(self):
        card = self._card()
        self._earn("2025-02-01", card, 250)
        lines = self.moves.search_count([])
        self._what_if(earn_percent=300).action_compute()
        self.assertBalance(250, card)
        self.assertEqual(self.moves.search_count([]), lines)
        self.assertEqual(self.gold.threshold, 300)

    def test_without_members_and_tiers(self):
        program = self._add_program(name="Empty")
        wizard = self.env["loyalty.what.if"].create(
            {"program_id": program.id, "months": 12, "window": "rolling"}
        )
        wizard.action_compute()
        self.assertEqual(wizard.member_count, 0)

    def test_bad_input(self):
        what_if = self._what_if()
        what_if.line_ids.threshold = 5
        with self.assertRaisesRegex(ValidationError, "of its own"):
            what_if.action_compute()
        what_if = self._what_if(date_from="2026-01-01")
        with self.assertRaisesRegex(ValidationError, "first day"):
            what_if.action_compute()

    def test_managers_only(self):
        officer = self._add_user("what_if_officer", "loyalty_program.group_officer")
        what_if = self._what_if()
        with self.assertRaises(AccessError):
            what_if.with_user(officer).action_compute()
        with self.assertRaises(AccessError):
            self.env["loyalty.what.if"].with_user(officer).create(
                {"program_id": self.program.id}
            )
