from odoo import Command
from odoo.tests import Form

from .common import AS_OF, CustomerInsightCase


class TestPurchase(CustomerInsightCase):
    """What counts as a purchase, for how much, and on which day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._sale_journal(cls.company)
        cls.customer = cls._add_customer()

    def assertPurchases(self, partner, *expected):
        """Compare ``(date, amount)`` of the customer's purchases, oldest first."""
        self.env.flush_all()
        purchases = self._purchases(partner).sorted("moment")
        self.assertEqual(
            [(str(p.date), round(p.amount, 6)) for p in purchases], list(expected)
        )

    # === WHICH DOCUMENTS COUNT === #

    def test_confirmed_order_counts_with_its_untaxed_amount(self):
        tax = self.env["account.tax"].create(
            {
                "name": "Ten per cent",
                "amount": 10,
                "company_id": self.company.id,
                "country_id": self.env.ref("base.us").id,
                "tax_group_id": self.env["account.tax.group"]
                .create({"name": "Taxes", "company_id": self.company.id})
                .id,
            }
        )
        order = self._add_order(self.customer, "2025-03-01", 80)
        order.order_line.tax_ids = tax
        self.assertEqual(order.amount_total, 88)
        self.assertPurchases(self.customer, ("2025-03-01", 80.0))

    def test_quotations_do_not_count(self):
        self._add_order(self.customer, "2025-03-01", confirm=False)
        self._add_order(self.customer, "2025-03-01", confirm=False, state="sent")
        self.assertPurchases(self.customer)

    def test_cancelled_orders_do_not_count(self):
        self._add_order(self.customer, "2025-03-01")._action_cancel()
        self.assertPurchases(self.customer)

    def test_zero_orders_do_not_count(self):
        self._add_order(self.customer, "2025-03-01", 0)
        self.assertPurchases(self.customer)

    def test_negative_orders_lower_the_amount_but_are_no_visit(self):
        self._add_order(self.customer, "2025-03-01", 100)
        self._add_order(self.customer, "2025-03-05", -30)
        self.assertPurchases(
            self.customer, ("2025-03-01", 100.0), ("2025-03-05", -30.0)
        )
        self._refresh()
        self.assertProfile(
            self.customer,
            purchase_count=1,
            purchase_days=1,
            amount_total=70.0,
            last_purchase_date="2025-03-01",
        )

    def test_two_orders_on_one_day_are_two_purchases_and_one_visit(self):
        self._add_order(self.customer, "2025-03-01 08:00:00", 10)
        self._add_order(self.customer, "2025-03-01 18:00:00", 20)
        self._refresh()
        self.assertProfile(
            self.customer, purchase_count=2, purchase_days=1, amount_total=30.0
        )

    def test_a_day_returned_in_full_is_no_visit(self):
        order = self._add_order(self.customer, "2025-03-01", 50)
        self._add_order(self.customer, "2025-02-01", 20)
        self._add_refund(self.customer, "2025-03-01", 50, order=order)
        self._refresh()
        self.assertProfile(
            self.customer,
            purchase_days=1,
            amount_total=20.0,
            last_purchase_date="2025-02-01",
        )

    def test_invoices_do_not_count_beside_their_orders(self):
        order = self._add_order(self.customer, "2025-03-01", 100)
        self._add_invoice(self.customer, "2025-03-02", 100, order=order)
        self.assertPurchases(self.customer, ("2025-03-01", 100.0))

    # === CREDIT NOTES === #

    def test_credit_note_of_an_order_lowers_the_amount_in_its_own_period(self):
        order = self._add_order(self.customer, "2025-03-01", 100)
        refund = self._add_refund(self.customer, "2025-04-10", 40, order=order)
        self.assertPurchases(
            self.customer, ("2025-03-01", 100.0), ("2025-04-10", -40.0)
        )
        row = self._purchases(self.customer).filtered(lambda p: p.kind == "refund")
        self.assertEqual((row.source_model, row.source_id), (refund._name, refund.id))
        self._refresh()
        self.assertProfile(
            self.customer, amount_total=60.0, purchase_count=1, purchase_days=1
        )
        self._refresh(as_of="2025-04-09")
        self.assertProfile(self.customer, amount_total=100.0)

    def test_credit_note_without_an_order_counts(self):
        self._add_refund(self.customer, "2025-04-10", 40)
        self.assertPurchases(self.customer, ("2025-04-10", -40.0))

    def test_draft_and_cancelled_credit_notes_do_not_count(self):
        self._add_refund(self.customer, "2025-04-10", 40, post=False)
        cancelled = self._add_refund(self.customer, "2025-04-10", 40)
        cancelled.button_draft()
        cancelled.button_cancel()
        self.assertPurchases(self.customer)

    def test_cancelled_and_credited_order_is_not_subtracted_twice(self):
        order = self._add_order(self.customer, "2025-03-01", 100)
        self._add_invoice(self.customer, "2025-03-02", 100, order=order)
        self._add_refund(self.customer, "2025-03-03", 100, order=order)
        order._action_cancel()
        self.assertPurchases(self.customer)

    def test_only_the_cancelled_orders_part_of_a_credit_note_is_left_out(self):
        kept = self._add_order(self.customer, "2025-03-01", 100)
        cancelled = self._add_order(self.customer, "2025-03-01", 70)
        refund = self._add_refund(
            self.customer, "2025-03-03", 30, order=kept, post=False
        )
        refund.invoice_line_ids = [
            Command.create(
                {
                    "name": "Cancelled",
                    "price_unit": 70,
                    "account_id": refund.journal_id.default_account_id.id,
                    "tax_ids": [Command.clear()],
                    "sale_line_ids": [Command.set(cancelled.order_line.ids)],
                }
            )
        ]
        refund.action_post()
        cancelled._action_cancel()
        self.assertPurchases(
            self.customer, ("2025-03-01", 100.0), ("2025-03-03", -30.0)
        )

    # === THE CUSTOMER === #

    def test_purchases_of_contacts_are_those_of_their_company(self):
        company = self._add_customer("Mill Ltd", is_company=True)
        contacts = self._add_customers(2, parent_id=company.id)
        for contact in contacts:
            self._add_order(contact, "2025-03-01", 50)
        self._add_refund(contacts[0], "2025-03-02", 5)
        self._refresh()
        self.assertProfile(company, purchase_count=2, amount_total=95.0)
        for contact in contacts:
            self.assertNoProfile(contact)
            self.assertPurchases(contact)

    # === MONEY === #

    def test_foreign_documents_count_at_their_own_rate(self):
        euro = self._add_currency("EUR", {"2025-01-01": 0.8, "2025-05-01": 0.5})
        yen = self._add_currency("JPY", {"2025-01-01": 160.0})
        pricelists = {
            currency: self.env["product.pricelist"].create(
                {
                    "name": currency.name,
                    "currency_id": currency.id,
                    "company_id": self.company.id,
                }
            )
            for currency in (euro, yen)
        }
        orders = self._add_order(self.customer, "2025-03-01", 100)
        for day, amount, currency in (
            ("2025-03-02", 80, euro),
            ("2025-05-02", 80, euro),
            ("2025-03-03", 15000, yen),
        ):
            orders += self._add_order(
                self.customer, day, amount, pricelist_id=pricelists[currency].id
            )
        self._add_refund(self.customer, "2025-05-03", 10, currency_id=euro.id)
        self.assertEqual(len(orders.currency_id), 3)
        self.assertPurchases(
            self.customer,
            ("2025-03-01", 100.0),
            ("2025-03-02", 100.0),
            ("2025-03-03", 93.75),
            ("2025-05-02", 160.0),
            ("2025-05-03", -20.0),
        )
        # what has been sold does not change with the rates of today
        euro.rate_ids[0].rate = 99
        self.assertPurchases(
            self.customer,
            ("2025-03-01", 100.0),
            ("2025-03-02", 100.0),
            ("2025-03-03", 93.75),
            ("2025-05-02", 160.0),
            ("2025-05-03", -20.0),
        )

    def test_total_over_customers_is_that_of_the_sales_report_to_the_cent(self):
        euro = self._add_currency("EUR", {"2025-01-01": 0.917, "2025-05-01": 0.883})
        yen = self._add_currency("JPY", {"2025-01-01": 157.31})
        pricelists = self.env["product.pricelist"].create(
            [
                {"name": c.name, "currency_id": c.id, "company_id": self.company.id}
                for c in (self.company.currency_id, euro, yen)
            ]
        )
        customers = self._add_customers(4)
        for number in range(16):
            order = self._add_order(
                customers[number % 4],
                f"2025-0{number % 6 + 1}-11",
                33.33 * (number + 1),
                pricelist_id=pricelists[number % 3].id,
            )
            if number == 5:
                order._action_cancel()
        self._refresh()
        self.env.flush_all()
        [[sold]] = self.env["sale.report"]._read_group(
            [("state", "=", "sale"), ("company_id", "=", self.company.id)],
            [],
            ["price_subtotal:sum"],
        )
        total = sum(self._profile(customer).amount_total for customer in customers)
        self.assertGreater(total, 1000)
        self.assertAlmostEqual(total, sold, places=4)

    # === COMPANIES AND BASIS === #

    def test_each_company_counts_by_its_own_basis(self):
        other = self._add_company("By invoice", insight_purchase_basis="invoice")
        for company in (self.company, other):
            self._add_order(self.customer, "2025-03-01", 100, company=company)
            self._add_invoice(self.customer, "2025-04-01", 60, company=company)
            self._add_refund(self.customer, "2025-04-05", 10, company=company)
            self._refresh(company=company)
        self.assertProfile(
            self.customer, amount_total=90.0, last_purchase_date="2025-03-01"
        )
        self.assertProfile(
            self.customer, other, amount_total=50.0, last_purchase_date="2025-04-01"
        )

    def test_invoice_basis_counts_posted_invoices_only(self):
        self.company.insight_purchase_basis = "invoice"
        self._add_invoice(self.customer, "2025-04-01", 60)
        self._add_invoice(self.customer, "2025-04-02", 70, post=False)
        self._add_invoice(self.customer, "2025-04-03", 0)
        self._add_move("out_receipt", self.customer, "2025-04-04", 5)
        self.assertPurchases(self.customer, ("2025-04-01", 60.0), ("2025-04-04", 5.0))

    def test_invoice_basis_subtracts_every_credit_note(self):
        self.company.insight_purchase_basis = "invoice"
        order = self._add_order(self.customer, "2025-03-01", 100)
        self._add_invoice(self.customer, "2025-03-02", 100, order=order)
        self._add_refund(self.customer, "2025-03-03", 100, order=order)
        order._action_cancel()
        self.assertPurchases(
            self.customer, ("2025-03-02", 100.0), ("2025-03-03", -100.0)
        )

    def test_vendor_bills_are_no_purchases_of_a_customer(self):
        self.company.insight_purchase_basis = "invoice"
        journal = self.env["account.journal"].create(
            {
                "name": "Bills",
                "code": "BILL",
                "type": "purchase",
                "company_id": self.company.id,
            }
        )
        self._add_move(
            "in_invoice", self.customer, "2025-03-02", 100, journal_id=journal.id
        )
        self.assertPurchases(self.customer)

    # === DAYS === #

    def test_the_day_is_that_of_the_company(self):
        late = "2025-03-31 22:30:00"
        for zone, day in (
            ("UTC", "2025-03-31"),
            ("Europe/Berlin", "2025-04-01"),
            ("America/New_York", "2025-03-31"),
            ("Asia/Shanghai", "2025-04-01"),
        ):
            with self.subTest(zone=zone):
                self.company.partner_id.tz = zone
                customer = self._add_customer()
                self._add_order(customer, late)
                self.assertPurchases(customer, (day, 100.0))

    def test_half_past_eleven_at_night_is_still_the_same_day(self):
        self.company.partner_id.tz = "America/New_York"
        self._add_order(self.customer, "2025-04-01 03:30:00")
        self.assertPurchases(self.customer, ("2025-03-31", 100.0))
        self._refresh(as_of="2025-03-31")
        self.assertProfile(self.customer, recency_days=0, purchase_count=1)
        self._refresh(as_of="2025-03-30")
        self.assertProfile(self.customer, purchase_count=0)

    def test_days_of_clock_change_begin_at_local_midnight(self):
        self.company.partner_id.tz = "Europe/Berlin"
        for moment, day in (
            ("2025-03-29 22:59:00", "2025-03-29"),  # winter, UTC+1
            ("2025-03-29 23:01:00", "2025-03-30"),
            ("2025-03-30 21:59:00", "2025-03-30"),  # summer, UTC+2
            ("2025-03-30 22:01:00", "2025-03-31"),
            ("2024-10-26 22:01:00", "2024-10-27"),  # back: a day of 25 hours
            ("2024-10-27 22:59:00", "2024-10-27"),
            ("2024-10-27 23:01:00", "2024-10-28"),
        ):
            with self.subTest(moment=moment):
                customer = self._add_customer()
                self._add_order(customer, moment)
                self.assertPurchases(customer, (day, 100.0))

    def test_leap_day_is_a_day(self):
        self._add_order(self.customer, "2024-02-28")
        self._add_order(self.customer, "2024-02-29")
        self._add_order(self.customer, "2024-03-01")
        self._refresh(as_of="2024-03-01")
        self.assertProfile(
            self.customer,
            purchase_days=3,
            recency_days=0,
            average_interval_days=1.0,
            first_purchase_date="2024-02-28",
        )
        self._refresh(as_of="2025-02-28")
        self.assertProfile(self.customer, recency_days=364)

    # === THE ROW === #

    def test_a_purchase_opens_its_document(self):
        order = self._add_order(self.customer, "2025-03-01")
        refund = self._add_refund(self.customer, "2025-03-02", 5, order=order)
        self.env.flush_all()
        for purchase, document in zip(
            self._purchases(self.customer).sorted("moment"),
            (order, refund),
            strict=True,
        ):
            action = purchase.action_open_document()
            self.assertEqual(
                (action["res_model"], action["res_id"]), (document._name, document.id)
            )
            self.assertEqual(purchase.reference, document.name)
            self.assertTrue(Form(self.env[action["res_model"]].browse(document.id)))

    def test_a_purchase_names_its_products(self):
        mug = self.env["product.product"].create(
            {"name": "Mug", "type": "service", "taxes_id": False}
        )
        order = self._add_order(self.customer, "2025-03-01", 10)
        order.order_line = [
            Command.create({"product_id": mug.id, "product_uom_qty": 3})
        ]
        self.env.flush_all()
        self.assertEqual(self._purchases(self.customer).products, "Service, 3 × Mug")

    def test_rows_have_numbers_of_their_own(self):
        order = self._add_order(self.customer, "2025-03-01")
        self._add_refund(self.customer, "2025-03-02", 5, order=order)
        self.env.flush_all()
        purchases = self._purchases(self.customer)
        self.assertEqual(len(set(purchases.ids)), 2)
        for purchase in purchases:
            again = self.env["customer.purchase"].browse(purchase.id)
            self.assertEqual(again.reference, purchase.reference)

    def test_a_purchase_belongs_to_the_profile_of_its_customer(self):
        self._add_order(self.customer, "2025-03-01")
        self._refresh()
        profile = self._profile(self.customer)
        self.assertEqual(self._purchases(self.customer).profile_id, profile)
        self.assertEqual(profile.purchase_ids, self._purchases(self.customer))
        self.assertEqual(profile.as_of, AS_OF)
