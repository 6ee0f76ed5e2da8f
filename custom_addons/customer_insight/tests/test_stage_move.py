import random
from datetime import date, timedelta
from unittest.mock import patch

from dateutil.relativedelta import relativedelta

from ..models import customer_stage_move_refresh
from .common import AS_OF, INSIGHT_MANAGER, INSIGHT_USER, CustomerInsightCase
from .test_lifecycle import DAY, stage_on

MOVE_COLUMNS = ("id", "partner_id", "company_id")


class StageMoveCase(CustomerInsightCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._add_customer("Ada")
        cls.moves = cls.env["customer.stage.move"]

    def _buys(self, *days, customer=None, amount=10):
        self._add_history((customer or self.customer, day, amount) for day in days)

    def _compute(self, as_of=AS_OF):
        self._refresh(as_of=as_of)
        return self.moves._refresh(self.company, as_of)

    def _moves_of(self, customer=None):
        return self.moves.search(
            [
                ("partner_id", "=", (customer or self.customer).id),
                ("company_id", "=", self.company.id),
            ],
            order="date",
        )

    def _path_of(self, customer=None):
        return [(str(m.date), m.to_stage) for m in self._moves_of(customer)]

    def _rows(self):
        self.env.cr.execute(
            """SELECT partner.name, move.* FROM customer_stage_move move
               JOIN res_partner partner ON partner.id = move.partner_id
               WHERE move.company_id = %s ORDER BY partner.name, date""",
            [self.company.id],
        )
        return [
            {key: value for key, value in row.items() if key not in MOVE_COLUMNS}
            for row in self.env.cr.dictfetchall()
        ]


class TestStageMove(StageMoveCase):
    """Every change of stage is there, on its day, with its reason."""

    # === EVERY DAY === #

    def test_moves_equal_a_replay_day_by_day(self):
        draw = random.Random(11)
        history = {}
        for customer in self._add_customers(40):
            span = draw.choice([30, 120, 400, 700])
            history[customer] = {
                AS_OF - draw.randrange(span) * DAY
                for __ in range(draw.choice([1, 2, 3, 5, 8, 13, 30]))
            }
        self._add_history((c, day, 10) for c, days in history.items() for day in days)
        self.company.insight_prospect_scope = "none"
        for settings in (
            {"stage_set": "six", "at_risk_days": 90, "churned_days": 180},
            {"stage_set": "four", "at_risk_days": 90, "churned_days": 100},
            {"stage_set": "six", "at_risk_days": 20, "churned_days": 45}
            | {"loyal_purchases": 3, "loyal_months": 2},
            {"at_risk_days": 1, "churned_days": 2, "loyal_purchases": 2}
            | {"loyal_months": 1},
        ):
            self.company.write({f"insight_{k}": v for k, v in settings.items()})
            policy = self.company._insight_policy()
            self._compute()
            with self.subTest(**settings):
                for customer, days in history.items():
                    self.assertEqual(
                        [(m.date, m.to_stage) for m in self._moves_of(customer)],
                        self._replay(days, policy),
                        f"{customer.name} {sorted(days)}",
                    )

    def _replay(self, days, policy):
        stage, moves = "prospect", []
        day = min(days)
        while day <= AS_OF:
            now = stage_on(day, days, policy)
            if now != stage:
                moves.append((day, now))
            stage, day = now, day + DAY
        return moves

    def test_the_last_move_is_the_stage_of_the_profile(self):
        self._buys("2024-01-01", "2025-01-10", "2025-02-10")
        self._compute()
        profile = self._profile(self.customer)
        last = self._moves_of()[-1]
        self.assertEqual(
            (last.to_stage, last.date), (profile.lifecycle_stage, profile.stage_since)
        )

    # === ONE MOVE === #

    def test_a_way_through_all_stages(self):
        self._buys("2024-02-29", "2024-03-10", "2025-01-05", amount=50)
        self._compute()
        self.assertRecordValues(
            self._moves_of(),
            [
                self._move("2024-02-29", "prospect", "first", "2024-03-10", 3346, 50),
                self._move("2024-03-10", "first", "repeat", "2024-06-09", 10, 100),
                self._move("2024-06-09", "repeat", "at_risk", "2024-09-07", 91, 100),
                self._move("2024-09-07", "at_risk", "churned", "2025-01-05", 90, 100),
                self._move("2025-01-05", "churned", "repeat", "2025-04-06", 120, 150)
                | {"is_won_back": True},
                self._move("2025-04-06", "repeat", "at_risk", False, 91, 50),
            ],
        )

    def _move(self, day, old, new, until, days, amount):
        return {
            "date": date.fromisoformat(day),
            "from_stage": old,
            "to_stage": new,
            "date_to": until and date.fromisoformat(until),
            "days_in_stage": days,
            "amount_year": amount,
            "is_won_back": False,
        }

    def test_the_reason_names_rule_and_values(self):
        self._buys("2024-02-29", "2024-03-10", "2025-01-05")
        self._compute()
        self.assertEqual(
            self._moves_of().mapped("reason"),
            [
                "First purchase, on 02/29/2024",
                "Purchase day 2, on 03/10/2024",
                "No purchase for 91 days (since 03/10/2024): more than 90",
                "No purchase for 181 days (since 03/10/2024): more than 180",
                "Bought again on 01/05/2025, after 301 days",
                "No purchase for 91 days (since 01/05/2025): more than 90",
            ],
        )

    def test_loyalty_comes_and_goes_with_its_purchases(self):
        self._buys("2024-06-10", "2025-05-01", "2025-05-02", "2025-05-03")
        self._compute()
        self.assertEqual(
            self._moves_of()[-2:].mapped("reason"),
            [
                "4 purchase days within 12 months, since 06/10/2024",
                "Fewer than 4 purchase days within 12 months: that of 06/10/2024 no"
                " longer counts",
            ],
        )

    def test_the_amount_is_that_of_twelve_months_less_credit_notes(self):
        self._buys("2024-06-20", amount=1000)
        self._buys("2024-06-21", amount=10)
        self._add_refund(self.customer, "2025-01-01", 3)
        self._buys("2025-06-20", amount=5)
        self._compute()
        last = self._moves_of()[-1]
        self.assertEqual((str(last.date), last.amount_year), ("2025-06-20", 12))

    def test_a_contact_entered_after_its_first_purchase_has_no_known_stay(self):
        late = self._add_customer("Late", created="2025-06-01")
        self._buys("2025-05-01", customer=late)
        self._compute()
        self.assertEqual(self._moves_of(late).days_in_stage, 0)
        self.assertEqual(
            [stay["stage"] for stay in self._profile(late)._stage_path()], ["first"]
        )

    def test_the_stage_at_month_start_is_kept(self):
        self._buys("2025-03-01", "2025-03-05", "2025-04-02")
        self._compute()
        self.assertEqual(
            self._moves_of().mapped("opening_stage"), ["prospect", "prospect"]
        )

    def test_prospects_have_no_moves(self):
        self._compute()
        self.assertFalse(self._moves_of())
        [stay] = self._profile(self.customer)._stage_path()
        self.assertEqual(
            (stay["stage"], str(stay["date_from"])), ("prospect", "2015-01-01")
        )

    def test_the_path_names_each_stage_with_its_days(self):
        self._buys("2025-01-01")
        self._compute()
        path = self._profile(self.customer)._stage_path()
        self.assertEqual(
            [(stay["name"], stay["days"], stay["date_to"]) for stay in path],
            [
                ("Prospect", 3653, date(2025, 1, 1)),
                ("First purchase", 91, date(2025, 4, 2)),
                ("At risk", 89, None),
            ],
        )

    def test_a_day_is_that_of_the_company(self):
        self.company.partner_id.tz = "America/New_York"
        self._buys("2025-03-02 03:30:00")
        self._compute()
        self.assertEqual(self._path_of()[0], ("2025-03-01", "first"))

    # === KEPT TRUE === #

    def test_a_second_run_changes_nothing(self):
        self._buys("2024-02-29", "2024-03-10", "2025-01-05")
        self.assertEqual(self._compute(), 6)
        self.assertEqual(self._compute(), 0)
        self.assertEqual(self.moves._rebuild(self.company, AS_OF), 0)

    def test_dropped_moves_are_rebuilt_equal(self):
        draw = random.Random(3)
        self._add_history(
            (customer, AS_OF - timedelta(days=draw.randrange(600)), draw.choice([5, 9]))
            for customer in self._add_customers(20)
            for __ in range(6)
        )
        self._compute()
        before = self._rows()
        self.assertGreater(len(before), 60)
        self.env.cr.execute("DELETE FROM customer_stage_move")
        self.moves._refresh(self.company, AS_OF)
        self.assertEqual(self._rows(), before)

    def test_days_that_pass_move_on_without_computing_everybody(self):
        other = self._add_customer("Bob")
        self._buys("2025-06-29")
        self._buys("2025-04-01", customer=other)
        self._compute()
        with patch.object(
            type(self.moves), "_rebuild", side_effect=AssertionError("all computed")
        ):
            self.assertEqual(self._compute(AS_OF + DAY), 2)
        self.assertEqual(
            self._path_of(other), [("2025-04-01", "first"), ("2025-07-01", "at_risk")]
        )

    def test_from_a_share_of_the_customers_on_all_are_computed(self):
        for customer in self._add_customers(4):
            self._buys("2025-04-01", customer=customer)  # all late from 1 July on
        self._compute()
        for share, all_computed in ((1, False), (0.75, True)):
            with (
                self.cr.savepoint() as savepoint,
                patch.object(customer_stage_move_refresh, "_FEW", 0),
                patch.object(customer_stage_move_refresh, "_FEW_SHARE", share),
                patch.object(
                    type(self.moves), "_rebuild", autospec=True, return_value=0
                ) as rebuild,
            ):
                self._compute(AS_OF + DAY)
                self.assertEqual(rebuild.called, all_computed)
                savepoint.rollback()

    def test_a_purchase_entered_late_changes_the_moves_it_would_have_changed(self):
        self._buys("2024-09-01", "2025-06-01")
        self._compute()
        self.assertIn(("2025-03-01", "churned"), self._path_of())
        self._add_order(self.customer, "2025-02-01")
        self._refresh(partners=self.customer)
        self.assertEqual(
            self._path_of(),
            [
                ("2024-09-01", "first"),
                ("2024-12-01", "at_risk"),
                ("2025-02-01", "repeat"),
                ("2025-05-03", "at_risk"),
                ("2025-06-01", "repeat"),
            ],
        )

    def test_purchases_written_past_the_models_change_moves_with_the_next_night(self):
        self._buys("2024-09-01", "2025-06-01")
        self._compute()
        self._buys("2025-02-01")
        self._refresh()
        self.assertNotIn(("2025-03-01", "churned"), self._path_of())

    def test_a_cancelled_order_takes_its_moves_away(self):
        order = self._add_order(self.customer, "2025-06-01")
        self._compute()
        self.assertEqual(len(self._moves_of()), 1)
        order._action_cancel()
        self._refresh(partners=self.customer)
        self.assertFalse(self._moves_of())

    def test_other_rules_give_other_moves(self):
        self._buys("2025-05-01")
        self._compute()
        self.company.write({"insight_at_risk_days": 10, "insight_churned_days": 20})
        self._compute()
        self.assertEqual(
            self._path_of(),
            [
                ("2025-05-01", "first"),
                ("2025-05-12", "at_risk"),
                ("2025-05-22", "churned"),
            ],
        )

    def test_companies_have_moves_of_their_own(self):
        other = self._add_company("Elsewhere")
        self._buys("2025-06-01")
        self._add_history([(self.customer, "2025-05-01", 5)], company=other)
        self._compute()
        self._refresh(company=other)
        self.moves._refresh(other, AS_OF)
        theirs = self.moves.search([("company_id", "=", other.id)])
        self.assertEqual(str(theirs.date), "2025-05-01")
        self.assertEqual(self._path_of(), [("2025-06-01", "first")])

    def test_a_year_back_is_a_year_on_leap_days_too(self):
        self._buys("2024-02-29", amount=7)
        self._buys("2025-02-28", amount=1)
        self._compute()
        self.assertEqual(
            date(2024, 2, 29) + relativedelta(months=12), date(2025, 2, 28)
        )
        returned = self._moves_of().filtered("is_won_back")
        self.assertEqual(returned.amount_year, 8)

    # === RIGHTS === #

    def test_salespeople_see_the_moves_of_their_customers(self):
        ann = self._add_user("ann", f"{INSIGHT_USER},sales_team.group_sale_salesman")
        boss = self._add_user("boss", INSIGHT_MANAGER)
        mine = self._add_customer("Mine", user_id=ann.id)
        self._buys("2025-06-01")
        self._buys("2025-06-01", customer=mine)
        self._compute()
        self.assertEqual(self.moves.with_user(ann).search([]).partner_id, mine)
        self.assertEqual(
            self.moves.with_user(boss).search([]).partner_id, mine | self.customer
        )
        [(count,)] = self.moves.with_user(ann)._read_group([], [], ["__count"])
        self.assertEqual(count, 1)
