from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .analysis_common import AnalysisCase


@tagged("post_install", "-at_install")
@freeze_time("2025-07-02 12:00:00")
class TestAnalysisMoves(AnalysisCase):
    """Moves between stages per month, both ways, against hand-worked histories."""

    model = "customer.analysis.moves"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ann, cls.ben, cls.eve = cls._add_customers(3)
        cls.ann.user_id = cls.salesperson
        cls._add_history(
            [
                # Ann: first 10 Jan, repeat 10 Feb, at risk 12 May (91 days after)
                (cls.ann, "2025-01-10", 100),
                (cls.ann, "2025-02-10", 100),
                # Ben: first 20 Jan, at risk 21 April, recovered 5 May
                (cls.ben, "2025-01-20", 100),
                (cls.ben, "2025-05-05", 100),
                # Eve: churned before, won back on 15 March, at risk 14 June
                (cls.eve, "2024-01-05", 100),
                (cls.eve, "2025-03-15", 100),
            ]
        )
        cls._refresh()
        cls.env["customer.stage.move"]._rebuild(cls.company)

    def _series(self, title, user=None, **params):
        """``{series: {month: value}}`` of a chart, without zeros."""
        params = {"since": "2025-01-01", **params}
        [block] = [
            b for b in self._blocks("chart", user, **params) if b["title"] == title
        ]
        return {
            one["label"]: {
                label: value
                for label, value in zip(block["labels"], one["values"], strict=True)
                if value
            }
            for one in block["series"]
        }

    def test_moves_of_each_month_both_ways(self):
        self.assertEqual(
            self._series("Moves Both Ways"),
            {
                "First Purchase": {"Jan 2025": 2},
                "Rose": {"Feb 2025": 1},
                "Won Back": {"Mar 2025": 1},
                "Back from At Risk": {"May 2025": 1},
                "At Risk": {"Apr 2025": -1, "May 2025": -1, "Jun 2025": -1},
            },
        )

    def test_every_bar_opens_as_many_moves_as_it_is_high(self):
        [block] = [
            b
            for b in self._blocks("chart", since="2025-01-01")
            if b["title"] == "Moves Both Ways"
        ]
        for series in block["series"]:
            for value, key in zip(series["values"], series["keys"], strict=True):
                opened = self._opened(key, since="2025-01-01")
                self.assertEqual(len(opened), abs(value), (series["label"], key))

    def test_cells_and_totals_of_the_table_open_their_moves(self):
        [block] = self._blocks("table", since="2025-01-01")
        self.assertTrue(block["rows"])
        for row in block["rows"]:
            for value, key in zip(row["cells"][1:], row["keys"][1:], strict=True):
                self.assertEqual(len(self._opened(key, since="2025-01-01")), value)

    def test_totals_hold_the_twelve_months_shown(self):
        [block] = self._blocks("table", since="2023-01-01")
        totals = {row["cells"][0]: row["cells"][-1] for row in block["rows"]}
        self.assertEqual(totals["Prospect → First purchase"], 2)  # not Eve's of 2024
        [key] = [
            row["keys"][-1]
            for row in block["rows"]
            if row["cells"][0] == "Prospect → First purchase"
        ]
        self.assertEqual(len(self._opened(key, since="2023-01-01")), 2)

    def test_a_stage_filters_what_is_left_and_entered(self):
        self.assertEqual(
            self._series("Moves Both Ways", stage="repeat"),
            {
                "Rose": {"Feb 2025": 1},
                "Back from At Risk": {"May 2025": 1},
                "Won Back": {"Mar 2025": 1},
                "At Risk": {"May 2025": -1, "Jun 2025": -1},
            },
        )

    def test_contacts_by_stage_follow_the_customer(self):
        series = self._series("Contacts by Stage")
        self.assertEqual(series["Prospect"], {"Jan 2025": 2})
        self.assertEqual(series["First purchase"], {"Feb 2025": 1})
        self.assertEqual(series["At risk"], {"May 2025": 1})
        self.assertEqual(series["Churned"], {"Mar 2025": 1})
        opened = self._opened(["touch", "first", "2025-02-01"], since="2025-01-01")
        self.assertEqual(opened.partner_id, self.ann)

    def test_filters_hold_for_what_opens_too(self):
        params = {"since": "2025-01-01", "salesperson": self.salesperson.id}
        self.assertEqual(
            self._series("Moves Both Ways", salesperson=self.salesperson.id)["Rose"],
            {"Feb 2025": 1},
        )
        opened = self._opened(["kind", "first", "2025-01-01"], **params)
        self.assertEqual(opened.partner_id, self.ann)

    def test_a_salesperson_sees_own_customers_only(self):
        self.assertEqual(
            self._series("Moves Both Ways", self.salesperson),
            {
                "First Purchase": {"Jan 2025": 1},
                "Rose": {"Feb 2025": 1},
                "At Risk": {"May 2025": -1},
            },
        )
        self.assertEqual(
            self._opened(
                ["kind", "won_back", "2025-03-01"], self.salesperson, since="2025-01-01"
            ).ids,
            [],
        )

    def test_without_moves_it_says_what_to_do(self):
        result = self._analyse(since="2020-01-01", until="2020-02-01")
        self.assertFalse(result["blocks"])
        self.assertIn("each night", result["empty"])

    def test_other_keys_open_nothing(self):
        for key in (["kind", "x", "2025-01-01"], ["x", "y", "2025-01-01"], ["pair"]):
            with self.assertRaises(UserError):
                self._analysis().open_records({}, key)
