from unittest.mock import patch

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


@tagged("post_install", "-at_install")
class TestAnalysisMigrationMembers(AnalysisCase):
    """Segments by rule and by hand, from the history of their members."""

    model = "customer.analysis.migration"
    params = {"begin": _BEGIN, "end": _END, "groups": "members"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tea, cls.vip = cls.env["customer.segment"].create(
            [{"name": name, "kind": "manual"} for name in ("Tea", "VIP")]
        )
        cls.partners = cls._add_customers(6)
        cls.partners[0].user_id = cls.salesperson
        a, b, c, d, e, f = cls.partners
        for partner in (a, b, c, d, e):  # f is no customer in the snapshots
            for day in (_BEGIN, _END):
                cls.env["customer.snapshot"].sudo().create(
                    {
                        "partner_id": partner.id,
                        "company_id": cls.company.id,
                        "date": day,
                        "lifecycle_stage": "loyal",
                    }
                )
        for partner, segment, date_from, date_to in (
            (a, cls.tea, "2025-01-01", None),  # stays
            (b, cls.tea, "2025-01-01", _END),  # left on the later day: out
            (c, cls.vip, _END, None),  # came on the later day: in
            (d, cls.tea, "2025-01-01", None),  # adds VIP to Tea
            (d, cls.vip, "2025-05-10", None),
            (e, cls.tea, "2025-05-05", "2025-05-20"),  # came and left between
            (f, cls.vip, "2025-01-01", "2025-05-02"),
        ):
            cls.env["customer.segment.membership"].sudo().create(
                {
                    "segment_id": segment.id,
                    "partner_id": partner.id,
                    "company_id": cls.company.id,
                    "date_from": date_from,
                    "date_to": date_to,
                    "is_manual": True,
                }
            )
        cls._refresh()

    def _flows(self, user=None):
        table = self._blocks("table", user, **self.params)[1]
        return {tuple(row["cells"][:2]): row["cells"][2] for row in table["rows"]}

    def test_each_customer_is_in_one_flow(self):
        self.assertEqual(
            self._flows(),
            {
                ("Tea", "Tea"): 1,
                ("Tea", "In none of them"): 1,
                ("In none of them", "VIP"): 1,
                ("Tea", "Tea + VIP"): 1,
                ("In none of them", "In none of them"): 1,
                ("VIP", "No customer"): 1,
            },
        )

    def test_groups_and_segments_add_up(self):
        groups, __, members = self._blocks("table", **self.params)
        for block in (groups, members):
            for row in block["rows"]:
                __, opening, into, out, closing = row["cells"][:5]
                self.assertEqual(opening + into - out, closing)
        counts = {row["cells"][0]: row["cells"][1:] for row in members["rows"]}
        self.assertEqual(counts, {"Tea": [3, 0, 1, 2], "VIP": [1, 2, 1, 2]})
        stays = self.env["customer.segment.membership"]
        for segment in (self.tea, self.vip):
            here = [("segment_id", "=", segment.id), ("date_from", "<=", _END)]
            still = ["|", ("date_to", "=", False), ("date_to", ">", _END)]
            self.assertEqual(
                stays.search_count([*here, *still]), counts[segment.name][-1]
            )

    def test_cells_open_the_customers_they_count(self):
        blocks = self._blocks("table", **self.params)
        self._refresh()
        for block in (blocks[0], blocks[2]):
            for row in block["rows"]:
                for value, key in zip(row["cells"], row["keys"], strict=False):
                    if key and isinstance(value, int):
                        opened = self._opened(key, **self.params)
                        self.assertEqual(len(opened), value, (row["cells"], key))

    def test_rare_combinations_are_put_together_and_open(self):
        with patch("odoo.addons.customer_insight.analysis.migration_members._MOST", 1):
            flows = self._flows()
            self.assertEqual(flows["Tea", "Other combinations"], 1)
            self.assertEqual(flows["In none of them", "Other combinations"], 1)
            self.assertEqual(sum(flows.values()), 6)
            opened = self._opened(["group", "to", "more"], **self.params)
            self.assertEqual(opened.partner_id, self.partners[2] + self.partners[3])
            tea = f"in:{self.tea.id}"
            opened = self._opened(["flow", tea, "more"], **self.params)
            self.assertEqual(opened.partner_id, self.partners[3])

    def test_the_diagram_has_the_same_customers(self):
        [sankey] = self._blocks("sankey", **self.params)
        self.assertEqual(sum(link["value"] for link in sankey["links"]), 6)

    def test_a_salesperson_sees_own_customers_only(self):
        self.assertEqual(self._flows(self.salesperson), {("Tea", "Tea"): 1})

    def test_the_segment_model_knows_them_too(self):
        model = self._analysis(model="customer.analysis.segments")
        blocks = model.analyse(self.params)["blocks"]
        self.assertEqual(blocks[0]["type"], "diagram")
        sizes = {node["label"]: node["n"] for node in blocks[0]["nodes"]}
        self.assertEqual(sizes["Tea + VIP"], 1)
