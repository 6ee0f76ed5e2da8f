from lxml import etree
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .common import INSIGHT_USER, CustomerInsightCase

_FIGURES = ("integer", "float", "monetary", "date", "datetime", "selection")


@tagged("post_install", "-at_install")
class TestCustomerList(CustomerInsightCase):
    """Customers as a list: each figure sorts, colours say the stage, searches work."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = cls._add_user("list_user", INSIGHT_USER)
        # days ago: in order churned, at risk, loyal; and a prospect
        cls.lost, cls.late, cls.loyal, cls.prospect = cls._add_customers(
            4, user_id=cls.user.id
        )
        cls._add_history(
            [(cls.lost, "2024-01-10", 500)]
            + [(cls.late, day, 40) for day in ("2024-12-01", "2025-03-20")]
            + [(cls.loyal, f"2025-0{month}-15", 30) for month in range(1, 7)]
        )
        cls._refresh()
        cls.mine = cls.profiles.with_user(cls.user)
        cls.own = [("company_id", "=", cls.company.id)]

    @classmethod
    def _columns(cls):
        """The columns of the list, those of all add-ons, hidden helpers left out."""
        view = cls.mine.get_view(view_type="list")
        arch = etree.fromstring(view["arch"])
        return arch, [
            node.get("name")
            for node in arch.iterchildren("field")
            if node.get("column_invisible") not in ("1", "True")
        ]

    def test_every_figure_sorts(self):
        __, columns = self._columns()
        described = self.mine.fields_get(columns)
        figures = [name for name in columns if described[name]["type"] in _FIGURES] + [
            "rfm_score"
        ]
        self.assertLessEqual(
            {
                "amount_total",
                "purchase_count",
                "last_purchase_date",
                "recency_days",
                "health_score",
                "churn_risk",
                "interaction_count",
                "value_class",
                "lifecycle_stage",
            },
            set(figures),
        )
        unsorted = [name for name in figures if not described[name]["sortable"]]
        self.assertFalse(unsorted)
        for name in figures:
            with self.subTest(name):
                up = self.mine.search(self.own, order=f"{name}, id").mapped(name)
                down = self.mine.search(self.own, order=f"{name} desc, id desc")
                self.assertEqual(up, down.mapped(name)[::-1])
                known = [value for value in up if value not in (False, None)]
                self.assertEqual(len(up), 4)
                if described[name]["type"] != "selection":
                    self.assertEqual(known, sorted(known))

    def test_sorting_by_hand(self):
        order = self.mine.search(self.own + [("purchase_days", ">", 0)], order="id")
        self.assertEqual(order.partner_id, self.lost + self.late + self.loyal)
        for column, best in (
            ("amount_total", self.lost),
            ("purchase_count", self.loyal),
            ("last_purchase_date", self.loyal),
            ("recency_days", self.lost),
        ):
            first = self.mine.search(
                self.own + [("purchase_days", ">", 0)],
                order=f"{column} desc",
                limit=1,
            )
            self.assertEqual(first.partner_id, best, column)

    def test_ages_sort_by_the_date_of_birth(self):
        births = ("1990-05-01", "2001-01-01", "1960-12-31")
        people = self.lost + self.late + self.loyal
        for partner, birthdate in zip(people, births, strict=True):
            partner.birthdate = birthdate
        oldest = self.loyal + self.lost + self.late
        self.env.flush_all()
        mine = self.mine.search(self.own + [("age", ">", 0)], order="age desc")
        self.assertEqual(mine.partner_id, oldest)
        partners = self.env["res.partner"].search(
            [("id", "in", people.ids)], order="age"
        )
        self.assertEqual(partners.ids, oldest.ids[::-1])
        # whose age is not known comes last going up, first going down
        up = self.mine.search(self.own, order="age").partner_id
        self.assertEqual(up[-1], self.prospect)
        down = self.mine.search(self.own, order="age desc").partner_id
        self.assertEqual(down[0], self.prospect)

    def test_ends_of_contracts_sort_by_those_of_the_company(self):
        other = self._add_company("Elsewhere")
        for partner, day in ((self.lost, "2026-03-01"), (self.late, "2026-01-01")):
            partner.contract_end = day
        self.lost.with_company(other).contract_end = "2020-01-01"
        known = self.own + [("contract_end", "!=", False)]
        found = self.mine.search(known, order="contract_end")
        self.assertEqual(found.partner_id, self.late + self.lost)
        found = self.mine.search(known, order="contract_end desc")
        self.assertEqual(found.partner_id, self.lost + self.late)

    def test_colours_say_the_stage(self):
        """As the user's guide has it: red, orange and grey lines; others have none."""
        arch, __ = self._columns()
        rules = {
            name.removeprefix("decoration-"): rule
            for name, rule in arch.attrib.items()
            if name.startswith("decoration-")
        }
        stages = dict(self.profiles._fields["lifecycle_stage"].selection)
        lit = {
            stage: [
                colour
                for colour, rule in rules.items()
                if safe_eval(rule, {"lifecycle_stage": stage})
            ]
            for stage in stages
        }
        self.assertEqual(
            {stage: colours for stage, colours in lit.items() if colours},
            {"churned": ["danger"], "at_risk": ["warning"], "prospect": ["muted"]},
        )
        found = {
            profile.partner_id: lit[profile.lifecycle_stage]
            for profile in self.mine.search(self.own)
        }
        self.assertEqual(
            found,
            {
                self.lost: ["danger"],
                self.late: ["warning"],
                self.loyal: [],
                self.prospect: ["muted"],
            },
        )

    def test_saved_searches_are_for_all_and_find_whom_they_say(self):
        filters = self.env["ir.filters"].with_user(self.user)
        action = self.env.ref("customer_insight.customer_profile_action")
        shared = {
            one["name"]: one
            for one in filters.get_filters("customer.profile", action.id)
        }
        fading = shared["Best customers, fading"]
        found = self.mine.search(safe_eval(fading["domain"]) + self.own)
        self.assertEqual(found.partner_id, self.lost)
        self.assertIn("Bought once, 30 to 90 days ago", shared)

    def test_own_searches_are_saved_and_seen_by_nobody_else(self):
        filters = self.env["ir.filters"].with_user(self.user)
        filters.create_filter(
            {
                "name": "Mine alone",
                "model_id": "customer.profile",
                "domain": "[('value_class', '=', 'high')]",
                "user_ids": [(6, 0, self.user.ids)],
            }
        )
        other = self._add_user("list_other", INSIGHT_USER)
        for user, seen in ((self.user, True), (other, False)):
            names = [
                one["name"]
                for one in filters.with_user(user).get_filters("customer.profile")
            ]
            self.assertEqual("Mine alone" in names, seen)
