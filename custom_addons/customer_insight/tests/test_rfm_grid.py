from odoo.exceptions import UserError
from odoo.tools import mute_logger
from psycopg2.errors import ForeignKeyViolation

from ..engine import rfm
from .common import AS_OF, CustomerInsightCase


class TestRfmGrid(CustomerInsightCase):
    """The grid gives each of the 125 codes one segment, always."""

    def _segment(self, code):
        return self.env["customer.rfm.cell"].search([("code", "=", code)]).segment_id

    def test_every_code_exists_once_with_the_detailed_grid(self):
        cells = self.env["customer.rfm.cell"].search([])
        self.assertEqual(len(cells), 125)
        self.assertEqual(
            {cell.code: cell.segment_id.code for cell in cells}, rfm.detailed_grid()
        )
        cell = cells.filtered(lambda c: c.code == "254")
        self.assertEqual((cell.recency, cell.frequency, cell.monetary), (2, 5, 4))

    def test_the_grids_can_be_exchanged(self):
        cells = self.env["customer.rfm.cell"]
        for name in ("simple", "detailed"):
            cells.action_apply_grid(name)
            self.assertEqual(
                {cell.code: cell.segment_id.code for cell in cells.search([])},
                rfm.GRIDS[name](),
            )

    def test_a_grid_unarchives_the_segments_it_needs(self):
        self.env["customer.rfm.cell"].action_apply_grid("simple")
        lost = self.env.ref("customer_insight.segment_lost")
        lost.active = False
        self.env["customer.rfm.cell"].action_apply_grid("detailed")
        self.assertTrue(lost.active)

    def test_an_unknown_grid_is_refused_by_name(self):
        with self.assertRaisesRegex(UserError, "no RFM grid named huge"):
            self.env["customer.rfm.cell"].action_apply_grid("huge")

    def test_cells_cannot_be_deleted(self):
        with self.assertRaisesRegex(UserError, "every code needs a segment"):
            self.env["customer.rfm.cell"].search([], limit=1).unlink()

    def test_a_segment_with_codes_cannot_be_deleted(self):
        with self.assertRaisesRegex(UserError, "Lost cannot be deleted"):
            self.env.ref("customer_insight.segment_lost").unlink()

    def test_the_prospect_segment_cannot_be_deleted(self):
        with self.assertRaisesRegex(UserError, "Prospect cannot be deleted"):
            self.env.ref("customer_insight.segment_prospect").unlink()

    def test_a_segment_of_stored_profiles_cannot_be_deleted(self):
        customer = self._add_customer()
        self._add_order(customer, AS_OF)
        self._refresh()
        lost = self.env.ref("customer_insight.segment_lost")
        self.assertProfile(customer, rfm_segment_id=lost)
        lost.cell_ids.segment_id = self.env.ref("customer_insight.segment_new")
        with (
            self.assertRaises(ForeignKeyViolation),
            mute_logger("odoo.sql_db"),
        ):
            lost.unlink()

    def test_an_unused_segment_can_be_deleted(self):
        segment = self.env["customer.segment"].create({"name": "VIP", "code": "vip"})
        segment.unlink()
        self.assertFalse(segment.exists())

    def test_an_edited_grid_names_the_segment_of_the_next_computation(self):
        customer = self._add_customer()
        self._add_order(customer, AS_OF)
        self._refresh()
        vip = self.env["customer.segment"].create({"name": "VIP", "code": "vip"})
        self.env["customer.rfm.cell"].search([("code", "=", "111")]).segment_id = vip
        self.assertEqual(self._refresh(), 1)
        self.assertProfile(customer, rfm_score="111", rfm_segment_id=vip)

    def test_counts_of_a_segment_are_those_of_its_profiles(self):
        customers = self._add_customers(3)
        self._add_history((customer, AS_OF, 10) for customer in customers)
        self._refresh()
        lost = self.env.ref("customer_insight.segment_lost")
        cell = self.env["customer.rfm.cell"].search([("code", "=", "111")])
        self.assertEqual((lost.profile_count, lost.profile_amount), (3, 30))
        self.assertEqual((cell.profile_count, lost.cell_count), (3, 6))
