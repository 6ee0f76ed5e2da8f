from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger
from psycopg2.errors import ForeignKeyViolation

from ..engine import rfm
from .common import AS_OF, INSIGHT_MANAGER, INSIGHT_USER, CustomerInsightCase


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


class TestGridEditor(CustomerInsightCase):
    """What the editor of the grid reads and writes."""

    def setUp(self):
        super().setUp()
        self.manager = self._add_user("boss", INSIGHT_MANAGER)
        self.cells = self.env["customer.rfm.cell"].with_user(self.manager)
        self.cells = self.cells.with_company(self.company)

    def test_it_reads_the_whole_grid_with_figures(self):
        self._add_order(self._add_customer(), AS_OF, 120)
        self._refresh()
        grid = self.cells.read_grid()
        self.assertEqual(sorted(grid["cells"]), rfm.CODES)
        self.assertEqual(sum(grid["counts"].values()), 1)
        self.assertEqual(sum(grid["amounts"].values()), 120)
        self.assertTrue(grid["editable"])
        self.assertEqual(len(grid["grids"]["simple"]), 125)

    def test_it_writes_what_changed_and_nothing_else(self):
        lost = self.env.ref("customer_insight.segment_lost")
        self.assertEqual(self.cells.write_grid({"555": lost.id, "111": lost.id}), 1)
        cell = self.cells.search([("code", "=", "555")])
        self.assertEqual(cell.segment_id, lost)
        self.assertEqual(self.cells.search_count([]), 125)

    def test_no_code_can_be_invented_or_left_without_an_rfm_segment(self):
        lost = self.env.ref("customer_insight.segment_lost")
        prospect = self.env.ref("customer_insight.segment_prospect")
        with self.assertRaisesRegex(UserError, "no RFM code 666"):
            self.cells.write_grid({"666": lost.id})
        for segment_id in (False, prospect.id):
            with self.assertRaisesRegex(UserError, "needs an RFM segment"):
                self.cells.write_grid({"555": segment_id})

    def test_users_read_the_grid_and_cannot_write_it(self):
        lost = self.env.ref("customer_insight.segment_lost")
        user = self._add_user("seller", INSIGHT_USER)
        cells = self.cells.with_user(user)
        self.assertFalse(cells.read_grid()["editable"])
        with self.assertRaises(AccessError):
            cells.write_grid({"555": lost.id})
