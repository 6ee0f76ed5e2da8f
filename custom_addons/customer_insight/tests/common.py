from datetime import date, datetime, time

from odoo import Command, fields
from odoo.addons.base.tests.common import DISABLED_MAIL_CONTEXT
from odoo.tests import TransactionCase, new_test_user, tagged

#: The day all figures are computed for, unless a test says otherwise.
AS_OF = date(2025, 6, 30)
INSIGHT_USER = "customer_insight.group_user"
INSIGHT_MANAGER = "customer_insight.group_manager"


@tagged("post_install", "-at_install")
class CustomerInsightCase(TransactionCase):
    """A company of its own, with builders for what customers do.

    Dates are given as ``date`` or ISO text and mean noon, UTC; a moment is given as
    ``datetime`` or as text with a time, in UTC.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("en_US")
        cls.env = cls.env(context={**DISABLED_MAIL_CONTEXT, "lang": "en_US"})
        cls.company = cls._add_company()
        cls.env = cls.env(
            context={**cls.env.context, "allowed_company_ids": cls.company.ids}
        )
        cls.product = cls.env["product.product"].create(
            {"name": "Service", "type": "service", "taxes_id": False}
        )
        cls.profiles = cls.env["customer.profile"].with_context(active_test=False)

    # === BUILDERS === #

    @classmethod
    def _add_company(cls, name="Test Company", **values):
        """A company whose business days are those of UTC.

        It is a spare one, if the database has any: every app sets up a new company,
        which takes longer than most tests.
        """
        values = {"name": name, "currency_id": cls.env.ref("base.USD").id, **values}
        companies = cls.env["res.company"]
        company = "parent_id" not in values and companies.search(
            [("name", "=like", "Spare Company %"), ("active", "=", False)], limit=1
        )
        if company:
            company.write({**values, "active": True})
        else:
            company = companies.create(values)
        company.partner_id.tz = "UTC"
        return company

    @classmethod
    def _add_user(cls, login, groups, company=None, **values):
        company = company or cls.company
        values = {"company_ids": company.ids, **values}
        return new_test_user(
            cls.env,
            login=login,
            groups=groups,
            company_id=company.id,
            context=DISABLED_MAIL_CONTEXT,
            **values,
        )

    @classmethod
    def _add_customer(cls, name="Customer", created="2015-01-01", **values):
        """A contact that exists since ``created``."""
        partner = cls.env["res.partner"].create({"name": name, **values})
        cls._set_create_date(partner, created)
        return partner

    @classmethod
    def _add_customers(cls, count, **values):
        partners = cls.env["res.partner"].create(
            [{"name": f"Customer {n}", **values} for n in range(count)]
        )
        cls._set_create_date(partners, "2015-01-01")
        return partners

    @classmethod
    def _set_create_date(cls, records, moment):
        records.flush_recordset()
        cls.env.cr.execute(
            f"UPDATE {records._table} SET create_date = %s WHERE id = ANY(%s)",
            [moment, records.ids],
        )
        records.invalidate_recordset(["create_date"])

    @classmethod
    def _add_order(
        cls, partner, day, amount=100.0, confirm=True, company=None, **values
    ):
        """A confirmed order of one line, dated as given."""
        company = company or cls.company
        order = (
            cls.env["sale.order"]
            .with_company(company)
            .create(
                {
                    "partner_id": partner.id,
                    "company_id": company.id,
                    "order_line": [
                        Command.create(
                            {"product_id": cls.product.id, "price_unit": amount}
                        )
                    ],
                    **values,
                }
            )
        )
        if confirm:
            order.action_confirm()
        order.date_order = cls._moment(day)
        return order

    @classmethod
    def _add_history(cls, purchases, company=None):
        """Many confirmed orders at once: copies of a real one.

        :param purchases: iterable of ``(partner, day, amount)``
        """
        company = company or cls.company
        purchases = list(purchases)
        draft = cls._add_order(
            purchases[0][0], AS_OF, confirm=False, company=company, order_line=[]
        )
        cls.env.flush_all()
        partners = {"partner_id", "partner_invoice_id", "partner_shipping_id"}
        varied = {"id", "name", "date_order", "amount_untaxed", "state", *partners}
        columns = ", ".join(
            f'"{name}"'
            for name, field in draft._fields.items()
            if field.store and field.column_type and name not in varied
        )
        cls.env.cr.execute_values(
            f"""INSERT INTO sale_order (name, date_order, amount_untaxed, state,
                                        {", ".join(partners)}, {columns})
                SELECT 'COPY', new.moment, new.amount, 'sale',
                       {", ".join(["new.partner"] * len(partners))}, {columns}
                FROM sale_order
                CROSS JOIN (VALUES %s) new (partner, moment, amount)
                WHERE sale_order.id = {int(draft.id)}""",
            [
                (customer.id, cls._moment(day), float(amount))
                for customer, day, amount in purchases
            ],
        )
        draft.unlink()

    @classmethod
    def _add_refund(cls, partner, day, amount, order=None, **values):
        """A posted credit note; with ``order`` it returns the lines of that order."""
        return cls._add_move("out_refund", partner, day, amount, order, **values)

    @classmethod
    def _add_invoice(cls, partner, day, amount, order=None, **values):
        """A posted customer invoice."""
        return cls._add_move("out_invoice", partner, day, amount, order, **values)

    @classmethod
    def _add_move(
        cls,
        move_type,
        partner,
        day,
        amount,
        order=None,
        post=True,
        company=None,
        **values,
    ):
        company = company or cls.company
        journal = cls._sale_journal(company)
        line = {
            "name": "Service",
            "quantity": 1,
            "price_unit": amount,
            "account_id": journal.default_account_id.id,
            "tax_ids": [Command.clear()],
        }
        if order:
            line["sale_line_ids"] = [Command.set(order.order_line.ids)]
        move = (
            cls.env["account.move"]
            .with_company(company)
            .create(
                {
                    "move_type": move_type,
                    "partner_id": partner.id,
                    "company_id": company.id,
                    "journal_id": journal.id,
                    "invoice_date": day,
                    "invoice_line_ids": [Command.create(line)],
                    **values,
                }
            )
        )
        if post:
            move.action_post()
        return move

    @classmethod
    def _sale_journal(cls, company):
        """The sales journal of a company, with just the accounts it needs."""
        journals = cls.env["account.journal"].with_company(company)
        journal = journals.search(
            [("type", "=", "sale"), ("company_id", "=", company.id)], limit=1
        )
        if not journal:
            *__, income = (
                cls.env["account.account"]
                .with_company(company)
                .create(
                    [
                        {"name": name, "code": code, "account_type": account_type}
                        for name, code, account_type in (
                            ("Receivable", "110100", "asset_receivable"),
                            ("Payable", "210100", "liability_payable"),
                            ("Income", "400000", "income"),
                        )
                    ]
                )
            )
            journal = journals.create(
                {
                    "name": "Sales",
                    "code": "SALE",
                    "type": "sale",
                    "company_id": company.id,
                    "default_account_id": income.id,
                }
            )
        return journal

    @classmethod
    def _add_currency(cls, name, rates):
        """A currency with its rates, units per unit of company currency, by day."""
        currency = cls.env["res.currency"].with_context(active_test=False)
        currency = currency.search([("name", "=", name)], limit=1)
        currency.active = True
        currency.rate_ids = [Command.clear()] + [
            Command.create({"name": day, "rate": rate, "company_id": cls.company.id})
            for day, rate in rates.items()
        ]
        return currency

    @staticmethod
    def _moment(day):
        if isinstance(day, str):
            day = datetime.fromisoformat(day) if " " in day else date.fromisoformat(day)
        return day if isinstance(day, datetime) else datetime.combine(day, time(12))

    # === COMPUTATION AND FIGURES === #

    @classmethod
    def _refresh(cls, as_of=AS_OF, company=None, partners=None):
        """Compute the profiles of a company, without those of all others."""
        profiles, company = cls.env["customer.profile"], company or cls.company
        changed = profiles._refresh(partners=partners, companies=company, as_of=as_of)
        if partners is None:  # a step of its own at night
            profiles._refresh_usual_categories(company, fields.Date.to_date(as_of))
        return changed

    @classmethod
    def _profile(cls, partner, company=None):
        return cls.profiles.search(
            [
                ("partner_id", "=", partner.id),
                ("company_id", "=", (company or cls.company).id),
            ]
        )

    @classmethod
    def _scoring(cls, company=None, as_of=AS_OF):
        return cls.env["customer.scoring"].search(
            [("company_id", "=", (company or cls.company).id), ("as_of", "=", as_of)]
        )

    @classmethod
    def _purchases(cls, partner):
        return cls.env["customer.purchase"].search([("partner_id", "=", partner.id)])

    @classmethod
    def _stored_rows(cls, company=None, without=()):
        """The profile rows of a company as the database has them, by customer name."""
        cls.env.flush_all()
        cls.env.cr.execute(
            """SELECT partner.name, profile.* FROM customer_profile profile
               JOIN res_partner partner ON partner.id = profile.partner_id
               WHERE profile.company_id = %s""",
            [(company or cls.company).id],
        )
        return {
            row["name"]: {key: row[key] for key in row if key not in without}
            for row in cls.env.cr.dictfetchall()
        }

    def assertProfile(self, partner, company=None, **expected):
        """Check the figures of a customer; dates may be given as ISO text."""
        profile = self._profile(partner, company)
        self.assertEqual(len(profile), 1, f"no profile of {partner.name}")
        actual = {}
        for name, value in expected.items():
            actual[name] = profile[name]
            if isinstance(value, str) and isinstance(profile[name], date):
                actual[name] = fields.Date.to_string(profile[name])
            elif isinstance(value, float):
                actual[name] = round(profile[name], 6)
        self.assertEqual(actual, expected)

    def assertNoProfile(self, partner, company=None):
        self.assertFalse(self._profile(partner, company), f"{partner.name} is listed")
