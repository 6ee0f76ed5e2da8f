from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .analysis_common import AnalysisCase


@tagged("post_install", "-at_install")
class TestAnalysisJourney(AnalysisCase):
    """Stages × touchpoints, and the notes of the cells."""

    model = "customer.analysis.journey"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ann, cls.ben = cls._add_customers(2)
        cls.ann.user_id = cls.salesperson
        for partner, day in (
            (cls.ann, "2025-01-10"),
            (cls.ann, "2025-02-10"),
            (cls.ben, "2025-01-20"),
        ):
            cls._add_order(partner, day, 100)
        cls._refresh()
        cls.env["customer.stage.move"]._rebuild(cls.company)

    def _map(self, user=None, **params):
        [block] = self._blocks("journey", user, **{"since": "2025-01-01", **params})
        counts = {
            (row["kind"], cell["stage"]): cell["value"]
            for row in block["rows"]
            for cell in row["cells"]
            if cell["value"]
        }
        return block, counts

    def test_the_first_purchase_belongs_to_the_prospect(self):
        __, counts = self._map()
        self.assertEqual(counts, {("order", "prospect"): 2, ("order", "first"): 1})
        opened = self._opened(["touch", "first", "order"], since="2025-01-01")
        self.assertEqual(opened.partner_id, self.ann)

    def test_drop_off_has_its_n_and_opens(self):
        block, __ = self._map()
        drops = {column["stage"]: column.get("drop") for column in block["columns"]}
        # Ben went from his first purchase to at risk, Ann bought again before
        self.assertEqual((drops["first"]["value"], drops["first"]["n"]), (0.5, 2))
        self.assertTrue(drops["first"]["weak"])
        self.assertIsNone(drops["prospect"])
        dropped = self._opened(["drop", "first"], since="2025-01-01")
        self.assertEqual(dropped.partner_id, self.ben)

    def test_a_salesperson_sees_own_customers_only(self):
        __, counts = self._map(self.salesperson)
        self.assertEqual(counts, {("order", "prospect"): 1, ("order", "first"): 1})

    def test_notes_are_written_changed_and_removed(self):
        notes = self._analysis(model="customer.journey.note")
        notes.write_down("first", "order", " Call after delivery ")
        block, __ = self._map()
        [row] = block["rows"]
        written = {cell["stage"]: cell["note"] for cell in row["cells"]}
        self.assertEqual(written["first"], "Call after delivery")
        notes.write_down("first", "order", "Send a guide")
        self.assertEqual(notes.search([]).mapped("note"), ["Send a guide"])
        notes.write_down("first", "order", "  ")
        self.assertFalse(notes.search([]))

    def test_notes_are_for_managers_and_known_cells(self):
        with self.assertRaises(UserError):
            self._analysis(model="customer.journey.note").write_down("x", "order", "!")
        notes = self._analysis(self.salesperson, "customer.journey.note")
        with self.assertRaises(AccessError):
            notes.write_down("first", "order", "mine")
        block, __ = self._map(self.salesperson)
        self.assertFalse(block["can_edit"])

    def test_nothing_happened(self):
        result = self._analyse(since="2019-01-01", until="2019-12-31")
        self.assertEqual(result["blocks"], [])
