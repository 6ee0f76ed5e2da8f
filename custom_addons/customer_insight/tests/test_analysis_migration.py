from odoo.exceptions import UserError
from odoo.tests import tagged

from .analysis_common import AnalysisCase

_BEGIN, _END = "2025-04-30", "2025-05-31"


@tagged("post_install", "-at_install")
class TestAnalysisMigration(AnalysisCase):
    """Flows between two month ends, from snapshots written by hand."""

    model = "customer.analysis.migration"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        segments = cls.env["customer.segment"].search([("kind", "=", "rfm")], limit=2)
        cls.up, cls.down = segments
        cls.partners = cls._add_customers(5)
        cls.partners[:2].user_id = cls.salesperson
        a, b, c, d, e = cls.partners
        for partner, before, after in (
            (a, (cls.up, "loyal"), (cls.up, "loyal")),
            (b, (cls.up, "loyal"), (cls.down, "at_risk")),
            (c, (cls.down, "churned"), (cls.up, "repeat")),
            (d, (cls.down, "churned"), (cls.down, "churned")),
            (e, None, (cls.up, "first")),
        ):
            for day, state in ((_BEGIN, before), (_END, after)):
                if state:
                    cls._add_snapshot(partner, day, *state)
        cls._add_order(c, "2025-05-05", 70)
        cls._add_order(c, "2024-05-31", 900)  # a day more than 12 months ago
        cls._add_order(c, "2025-06-01", 900)  # after the later day
        cls._add_order(b, "2024-06-01", 30)
        cls._add_refund(d, "2025-05-05", 10)
        cls._refresh()

    @classmethod
    def _add_snapshot(cls, partner, day, segment, stage, company=None):
        cls.env["customer.snapshot"].sudo().create(
            {
                "partner_id": partner.id,
                "company_id": (company or cls.company).id,
                "date": day,
                "rfm_segment_id": segment.id,
                "lifecycle_stage": stage,
            }
        )

    def _tables(self, user=None, **params):
        params = {"begin": _BEGIN, "end": _END, **params}
        return self._blocks("table", user, **params)

    def test_opening_and_in_less_out_is_closing(self):
        balance, __ = self._tables()
        rows = [row["cells"] for row in balance["rows"]]
        self.assertEqual(
            [row[:5] + row[6:] for row in rows],
            [[self.up.name, 2, 2, 1, 3, 70], [self.down.name, 2, 1, 1, 2, 20]],
        )
        for __, opening, into, out, closing, *__ in rows:
            self.assertEqual(opening + into - out, closing)

    def test_flows_carry_customers_and_revenue(self):
        __, flows = self._tables()
        self.assertEqual(
            [row["cells"] for row in flows["rows"]],
            [
                [self.up.name, self.up.name, 1, 0, 0],
                [self.up.name, self.down.name, 1, 0, 30],
                [self.down.name, self.up.name, 1, 1, 70],
                [self.down.name, self.down.name, 1, 0, -10],
                ["No customer", self.up.name, 1, 0, 0],
            ],
        )

    def test_the_diagram_has_the_same_customers(self):
        [sankey] = self._blocks("sankey", begin=_BEGIN, end=_END)
        self.assertEqual(sum(link["value"] for link in sankey["links"]), 5)
        self.assertEqual([link["back"] for link in sankey["links"]].count(True), 1)
        ids = {node["id"] for node in sankey["nodes"]}
        for link in sankey["links"]:
            self.assertIn(link["source"], ids)
            self.assertIn(link["target"], ids)

    def test_a_flow_opens_its_customers(self):
        a, b, c, d, e = self.partners
        for key, expected in (
            (["flow", self.up.id, self.down.id], b),
            (["flow", "outside", None], e),
            (["group", "from", self.up.id], a + b),
            (["group", "to", self.down.id], b + d),
            (["into", self.up.id], c + e),
            (["out", self.down.id], c),
            (["stayed"], a + d),
            (["moved"], b + c),
            (["back"], c),
        ):
            with self.subTest(key=key):
                found = self._opened(key, begin=_BEGIN, end=_END)
                self.assertEqual(found.partner_id, expected)

    def test_stages_instead_of_segments(self):
        balance, __ = self._tables(groups="stage")
        rows = {row["cells"][0]: row["cells"][1:5] for row in balance["rows"]}
        self.assertEqual(rows["Churned"], [2, 0, 1, 1])
        self.assertEqual(rows["First purchase"], [0, 1, 0, 1])

    def test_a_salesperson_sees_own_customers_only(self):
        balance, __ = self._tables(self.salesperson)
        self.assertEqual(balance["rows"][0]["cells"][1:5], [2, 0, 1, 1])
        key = ["group", "from", self.up.id]
        found = self._opened(key, self.salesperson, begin=_BEGIN, end=_END)
        self.assertEqual(found.partner_id, self.partners[:2])

    def test_another_company_is_left_out(self):
        other = self._add_company("Other")
        self._add_snapshot(self.partners[0], _END, self.down, "loyal", other)
        balance, __ = self._tables()
        self.assertEqual(balance["rows"][1]["cells"][4], 2)

    def test_no_two_days_to_compare(self):
        for begin, end in ((_END, _BEGIN), (_END, _END)):
            result = self._analyse(begin=begin, end=end)
            self.assertEqual(result["blocks"], [])
            self.assertIn("month ends", result["empty"])
        with self.assertRaises(UserError):
            self._analyse(begin="2025-04-29")
        with self.assertRaises(UserError):
            self._opened(["group", "sideways", 1])

    def test_the_segment_model_agrees(self):
        analysis = self._analysis(model="customer.analysis.segments")
        result = analysis.analyse({"begin": _BEGIN, "end": _END})
        diagram, table = result["blocks"]
        self.assertEqual([node["n"] for node in diagram["nodes"]], [3, 2])
        self.assertEqual(diagram["edges"], [], "moves of a few customers are no arrows")
        self.assertEqual(
            [row["cells"][1:5] + row["cells"][6:] for row in table["rows"]],
            [[3, 0.6, 70, 70 / 90, 2, 1], [2, 0.4, 20, 20 / 90, 1, 1]],
        )
