from odoo import Command, fields
from odoo.addons.customer_insight.tests.common import CustomerInsightCase
from odoo.tests import tagged

OFFICER = "loyalty_program.group_officer"
MANAGER = "loyalty_program.group_manager"


@tagged("post_install", "-at_install")
class LoyaltyCase(CustomerInsightCase):
    """A program of one point per unit of money, worth 0.10 each, and its member.

    After each test the invariants of the ledger are checked on all its accounts.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["loyalty.program"].search([]).active = False
        cls.company.loyalty_account_level = "person"
        cls.plain = cls.env["product.product"].create(
            {"name": "Earns nothing", "type": "service", "taxes_id": False}
        )
        cls.program = cls._add_program(rule={"product_ids": cls.product.ids})
        cls.reward = cls.program.reward_ids
        cls.member = cls._add_customer("Member")
        cls.moves = cls.env["loyalty.point.move"]

    def tearDown(self):
        self.assertLedgerIsSound()
        super().tearDown()

    # === BUILDERS === #

    @classmethod
    def _add_program(cls, rule=None, reward=None, company=None, **values):
        company = company or cls.company
        return (
            cls.env["loyalty.program"]
            .with_company(company)
            .create(
                {
                    "name": "Club",
                    "program_type": "loyalty",
                    "applies_on": "both",
                    "trigger": "auto",
                    "company_id": company.id,
                    "rule_ids": [
                        Command.create(
                            {
                                "reward_point_mode": "money",
                                "reward_point_amount": 1,
                                **(rule or {}),
                            }
                        )
                    ],
                    "reward_ids": [
                        Command.create(
                            {
                                "reward_type": "discount",
                                "discount_mode": "per_point",
                                "discount": 0.1,
                                "required_points": 1,
                                **(reward or {}),
                            }
                        )
                    ],
                    **values,
                }
            )
        )

    @classmethod
    def _add_account(cls, points=0, partner=None, program=None, **values):
        """An account with points that were given, usable at once."""
        card = cls.env["loyalty.card"].create(
            {
                "program_id": (program or cls.program).id,
                "partner_id": (partner or cls.member).id,
            }
        )
        if points:
            card._post(points, "bonus", **values)
        return card

    @classmethod
    def _account(cls, partner=None, program=None):
        return cls.env["loyalty.card"]._find_account(
            program or cls.program, (partner or cls.member).id
        )

    @classmethod
    def _sell(
        cls, amount=100.0, partner=None, confirm=True, qty=1, product=None, **values
    ):
        """An order of one line, confirmed now."""
        order = cls.env["sale.order"].create(
            {
                "partner_id": (partner or cls.member).id,
                "company_id": cls.company.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": (product or cls.product).id,
                            "price_unit": amount,
                            "product_uom_qty": qty,
                        }
                    )
                ],
                **values,
            }
        )
        if confirm:
            order.action_confirm()
        return order

    def _claim(self, order, account=None, reward=None):
        """Claim a reward as the button does; fail on an error."""
        account = account or self._account(order.partner_id)
        order._update_programs_and_rewards()
        status = order._apply_program_reward(reward or self.reward, account)
        self.assertFalse(status.get("error"), status)
        order._update_programs_and_rewards()
        return order.order_line.filtered("reward_id")

    def _spend(self, points, partner=None):
        """A confirmed order that is paid with so many points."""
        order = self._sell(points / 10, partner, False, product=self.plain)
        self._claim(order)
        order.action_confirm()
        return order

    def _invoice(self, order):
        """Deliver and invoice an order in full."""
        self._sale_journal(self.company)
        for line in order.order_line:
            line.qty_delivered = line.product_uom_qty
        invoice = order._create_invoices(final=True)
        invoice.action_post()
        return invoice

    def _credit(self, invoice, share=1.0, post=True):
        """A credit note over a share of the quantities of an invoice."""
        refund = invoice._reverse_moves(
            [{"invoice_date": fields.Date.today(), "date": fields.Date.today()}]
        )
        for line in refund.invoice_line_ids:
            line.quantity *= share
        if post:
            refund.action_post()
        return refund

    # === CHECKS === #

    def assertBalance(self, points, account=None):
        account = account or self._account()
        account.invalidate_recordset(["points"])
        self.assertEqual(account.points, points)

    def assertKinds(self, *expected, account=None):
        """The lines of an account in order, as ``(kind, points)``."""
        account = account or self._account()
        lines = self.moves.search([("card_id", "=", account.id)], order="sequence")
        self.assertEqual([(m.kind, m.points) for m in lines], list(expected))

    def assertLedgerIsSound(self):
        """Balance = ledger, allocations within credits and debits, digests true."""
        self.env.flush_all()
        accounts = self.env["loyalty.card"].with_context(active_test=False)
        accounts = accounts.search([("program_id.company_id", "=", self.company.id)])
        self.assertEqual(accounts._verify(), {})
        for query in (
            """SELECT debit.id FROM loyalty_point_move debit
               WHERE debit.points < 0 AND (debit.points_open > 0
                                           OR debit.points_open < debit.points)""",
            """SELECT credit.id FROM loyalty_point_move credit
               WHERE credit.points > 0 AND (credit.points_open < 0
                                            OR credit.points_open > credit.points)""",
            """SELECT card.id FROM loyalty_card card
               JOIN loyalty_point_move move ON move.card_id = card.id
               GROUP BY card.id
               HAVING sum(move.points_open) != round(card.points::numeric, 2)""",
            """SELECT card_id FROM loyalty_history
               JOIN loyalty_card card ON card.id = card_id AND card.is_account
               WHERE point_move_id IS NOT NULL GROUP BY card_id, card.points
               HAVING round(sum(issued - used)::numeric, 2)
                      != round(card.points::numeric, 2)""",
        ):
            self.env.cr.execute(query)
            self.assertEqual(self.env.cr.fetchall(), [], query)

    def _what_if(self, **values):
        """A page of what-ifs as it opens, for half a year, with these values."""
        wizard = self.env["loyalty.what.if"].new({"program_id": self.program.id})
        wizard._onchange_program_id()
        start = wizard._convert_to_write(wizard._cache)
        start.update({"date_from": "2025-01-01", "date_to": "2025-06-30", **values})
        return self.env["loyalty.what.if"].create(start)
