"""Loaded documents are what the ORM would have made, and live on as such."""

import io
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest
from loading_support import NAMES, customers, load_text, raw_row
from odoo.tests import TransactionCase, tagged

from loading.documents.groups import write_segments
from loading.documents.wishes import write_wishes
from loading.loads import load_cdnow, load_journey
from loading.progress import Progress
from loading.sources import cdnow
from loading.sources.journey import _ages

TODAY = date(2025, 5, 1)
# what differs between any two documents
OWN = {"id", "create_date", "write_date", "access_token"}


@pytest.fixture
def loaded(env, tmp_path):
    """An order of two lines with a partial refund, and an order in euros."""
    euro = env.ref("base.EUR")
    env["res.currency.rate"].search([("currency_id", "=", euro.id)]).unlink()
    env["res.currency.rate"].create(
        {"currency_id": euro.id, "name": "2023-01-01", "rate": 0.83}
    )
    load_text(
        env,
        tmp_path,
        f"{NAMES},order_id,product,quantity,currency,email,country\n"
        "T-1,2024-01-05,100.01,7,Tea,3,,t1@example.com,CN\n"
        "T-1,2024-01-05,20,7,Cup,1,,,\n"
        "T-1,2024-02-01,-33.33,7,Tea,1,,,\n"
        "T-2,2024-01-06,10.05,8,Tea,2,EUR,,\n"
        "T-2,2024-02-06,-7.77,8,Tea,2,EUR,,\n",
    )
    env.invalidate_all()
    return customers(env, "T-1", "T-2")


def documents(partners):
    """Orders, lines, credit notes and their lines, and the customers themselves."""
    orders = partners.sale_order_ids
    moves = orders.invoice_ids
    return partners, orders, orders.order_line, moves, moves.line_ids


def test_no_stored_computation_is_stale(env, loaded):
    checked = defaultdict(int)
    for records in documents(loaded):
        before = {record: raw_row(record) for record in records}
        for field in records._fields.values():
            # an editable one is a default: what was entered stays
            if field.store and field.compute and field.readonly:
                env.add_to_compute(field, records)
                checked[records._name] += 1
        for record, row in before.items():
            after = raw_row(record)
            changed = {key for key in row if row[key] != after[key]} - OWN
            assert not changed - {"write_uid"}, {
                key: (row[key], after[key]) for key in changed
            }
    assert checked["sale.order.line"] > 15
    assert checked["account.move.line"] > 15


def test_a_loaded_order_equals_one_made_by_hand(env, loaded):
    order = loaded[0].sale_order_ids
    line = order.order_line[1]
    twin = env["sale.order"].create(
        {
            "partner_id": loaded[0].id,
            "user_id": False,
            "origin": order.origin,
            "order_line": [
                (
                    0,
                    0,
                    {"product_id": line.product_id.id, "price_unit": 20, "tax_ids": []},
                )
            ],
        }
    )
    twin.action_confirm()
    twin.write({"date_order": order.date_order, "validity_date": False})
    expected, found = raw_row(twin), raw_row(order)
    own = OWN | {"name", "amount_untaxed", "amount_total"}
    assert {k: v for k, v in found.items() if expected[k] != v and k not in own} == {}
    expected, found = raw_row(twin.order_line), raw_row(line)
    own = OWN | {"order_id", "technical_price_unit"}
    assert {k: v for k, v in found.items() if expected[k] != v and k not in own} == {}


def test_a_loaded_credit_note_equals_one_made_by_hand(env, loaded):
    note = loaded[1].sale_order_ids.invoice_ids
    item = note.invoice_line_ids
    twin = env["account.move"].create(
        {
            "move_type": "out_refund",
            "partner_id": loaded[1].id,
            "currency_id": note.currency_id.id,
            "invoice_date": note.invoice_date,
            "invoice_date_due": note.invoice_date,
            "invoice_origin": note.invoice_origin,
            "ref": note.ref,
            "invoice_line_ids": [
                (
                    0,
                    0,
                    {
                        "product_id": item.product_id.id,
                        "quantity": 2,
                        "price_unit": item.price_unit,
                        "tax_ids": [],
                    },
                )
            ],
        }
    )
    twin.action_post()
    twin.invoice_user_id = False
    own = OWN | {"name", "sequence_number", "move_id", "move_name"}
    lines = zip(note.line_ids.sorted("id"), twin.line_ids.sorted("id"), strict=True)
    for found, expected in ((note, twin), *lines):
        found, expected = raw_row(found), raw_row(expected)
        assert {
            k: (v, expected[k])
            for k, v in found.items()
            if expected[k] != v and k not in own
        } == {}


def test_a_loaded_contact_equals_one_made_by_hand(env, loaded):
    partner = loaded[0]
    twin = env["res.partner"].create(
        {
            "name": partner.name,
            "ref": partner.ref,
            "email": partner.email,
            "country_id": partner.country_id.id,
            "company_id": partner.company_id.id,
        }
    )
    own = OWN | {"commercial_partner_id", "customer_rank", "calendar_last_notif_ack"}
    expected, found = raw_row(twin), raw_row(partner)
    assert {k: v for k, v in found.items() if expected[k] != v and k not in own} == {}


def test_a_loaded_order_can_be_invoiced_and_cancelled(env, loaded):
    order = loaded[1].sale_order_ids
    order.order_line.qty_delivered = 2
    assert order.invoice_status == "to invoice"
    invoice = order._create_invoices()
    invoice.action_post()
    assert invoice.currency_id.name == "EUR"
    assert order.order_line.qty_invoiced == order.order_line.qty_delivered
    other = loaded[0].sale_order_ids
    other._action_cancel()
    assert other.state == "cancel"
    other.action_draft()
    other.action_confirm()
    assert other.amount_total == 120.01


def test_a_new_quantity_keeps_the_price_agreed_then(env, loaded):
    line = loaded[0].sale_order_ids.order_line[0]
    price = line.price_unit
    line.product_uom_qty = 4
    assert line.price_unit == price
    assert line.price_subtotal == 133.35


def test_a_loaded_credit_note_can_be_paid_and_reset(env, loaded):
    note = loaded[0].sale_order_ids.invoice_ids
    note.button_draft()
    note.action_post()
    payment = env["account.payment.register"].with_context(
        active_model="account.move", active_ids=note.ids
    )
    payment.create({}).action_create_payments()
    assert note.payment_state in ("paid", "in_payment")


def test_loading_leaves_no_prototype_behind(env, loaded):
    assert not env["res.partner"].search([("ref", "=", "prototype")])
    assert not env["sale.order"].search([("partner_id.name", "=", "prototype")])
    assert not env["account.move"].search([("partner_id.name", "=", "prototype")])


@tagged("post_install", "-at_install")
class TestDemonstration(TransactionCase):
    """The two demonstration companies, as if today were the first of May 2025."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.progress = Progress(io.StringIO())
        cls.shop, cls.written = load_cdnow(
            cls.env, cls.progress, sample=True, today=TODAY
        )
        cls.env.invalidate_all()
        cls.purchases = cdnow.read_purchases(sample=True)
        cls.orders = cls.env["sale.order"].search([("company_id", "=", cls.shop.id)])

    def test_the_sales_report_sums_to_the_file_to_the_cent(self):
        total = sum(purchase.amount for purchase in self.purchases)
        mine = [("company_id", "=", self.shop.id)]
        for model, field in (
            ("sale.report", "price_subtotal"),
            ("sale.order", "amount_untaxed"),
            ("sale.order.line", "price_subtotal"),
        ):
            [(found,)] = self.env[model]._read_group(mine, [], [f"{field}:sum"])
            self.assertEqual(Decimal(f"{found:.2f}"), total, model)
        self.assertEqual(len(self.orders), len(self.purchases))

    def test_the_shop_is_moved_to_the_present_in_whole_weeks(self):
        days = {order.origin: order.date_order.date() for order in self.orders}
        [shift] = {days[p.key] - p.day.date() for p in self.purchases}
        self.assertEqual(shift.days % 7, 0)
        self.assertIn((TODAY - max(days.values())).days, range(7))
        # noon in New York
        self.assertEqual({order.date_order.hour for order in self.orders}, {16, 17})

    def test_the_shop_has_people_salespeople_and_products(self):
        partners = self.orders.partner_id
        self.assertEqual(len(partners), 2357)
        chinese = partners.filtered(lambda partner: partner.country_id.code == "CN")
        self.assertAlmostEqual(len(chinese) / len(partners), 0.3, delta=0.05)
        for partner in chinese:
            self.assertRegex(partner.name, "^[\u4e00-\u9fff]+$")
        for partner in partners:
            self.assertRegex(partner.email_normalized, r"@example\.(com|org)$")
            self.assertTrue(partner.phone and partner.city)
        self.assertEqual(len(partners.user_id), 4)
        for order in self.orders[:100]:
            self.assertEqual(order.user_id, order.partner_id.user_id)
        self.assertGreater(len(self.orders.order_line.product_id), 10)
        self.assertIn(self.shop, self.env.ref("base.user_admin").company_ids)

    def test_the_shop_has_persons_where_they_are_known(self):
        partners = self.orders.partner_id
        for name, low, high in (
            ("birthdate", 0.75, 0.85),
            ("gender", 0.8, 0.9),
            ("occupation", 0.55, 0.65),
        ):
            share = len(partners.filtered(name)) / len(partners)
            self.assertTrue(low < share < high, (name, share))
        partners = partners.with_context(insight_as_of=TODAY)
        ages = [partner.age for partner in partners if partner.birthdate]
        self.assertTrue(18 <= min(ages) and max(ages) < 90)
        retired = partners.filtered(lambda p: p.occupation in ("Retired", "退休"))
        self.assertGreaterEqual(min(retired.filtered("age").mapped("age")), 65)
        self.assertEqual(
            {p.country_id.code for p in partners if p.occupation == "退休"}, {"CN"}
        )

    def test_wishes_are_made_up_once_and_say_so(self):
        written = write_wishes(self.shop, self.progress)
        mine = [("company_id", "=", self.shop.id)]
        evidence = self.env["customer.need.evidence"].search(mine)
        preferences = self.env["customer.preference"].search(mine)
        self.assertEqual(written, len(evidence) + len(preferences))
        self.assertEqual(len(preferences.partner_id), 200)
        self.assertGreater(len(evidence.need_id), 3)
        self.assertTrue(all("Made up" in row.text for row in evidence))
        self.assertGreater(set(preferences.mapped("kind")), {"category", "interest"})
        self.assertEqual(write_wishes(self.shop, self.progress), 0)
        self.assertEqual(write_segments(self.env, self.progress), 3)
        self.assertEqual(write_segments(self.env, self.progress), 0)
        for segment in self.env["customer.segment"].search(
            [("code", "like", "demo_%")]
        ):
            self.assertTrue(segment.with_company(self.shop).profile_count, segment.name)

    def test_the_shop_is_loaded_once(self):
        later = TODAY + timedelta(days=30)
        shop, written = load_cdnow(self.env, self.progress, sample=True, today=later)
        self.assertEqual(shop, self.shop)
        self.assertEqual((written.orders, written.skipped), (0, len(self.purchases)))

    def test_the_supermarket_has_products_tags_and_coupons(self):
        company, written = load_journey(
            self.env, self.progress, households=3, today=TODAY
        )
        self.assertNotEqual(company, self.shop)
        orders = self.env["sale.order"].search([("company_id", "=", company.id)])
        self.assertEqual(len(orders), written.orders)
        self.assertGreater(len(orders), 100)
        self.assertEqual({order.state for order in orders}, {"sale"})
        self.assertEqual(len(orders.partner_id), 3)
        kinds = set(orders.partner_id.category_id.parent_id.mapped("name"))
        self.assertLessEqual({"Age", "Income", "Household size"}, kinds)
        for person in orders.partner_id.with_context(insight_as_of=TODAY):
            [band] = person.category_id.filtered(lambda t: t.parent_id.name == "Age")
            ages = _ages(band.name.removeprefix("Age "))
            self.assertTrue(ages[0] <= person.age <= ages[1], band.name)
        self.assertTrue(orders.order_line.product_id.categ_id.parent_id)
        self.assertTrue(any("Coupons worth" in (o.note or "") for o in orders))
        for order in orders[:50]:
            total = sum(order.order_line.mapped("price_subtotal"))
            self.assertEqual(round(total, 2), order.amount_untaxed)
