from decimal import Decimal

import psycopg2.errors
from odoo import fields
from odoo.tests import TransactionCase
from odoo.tools import mute_logger

from .common import LoyaltyCase


class TestLedger(LoyaltyCase):
    """The seal: what SQL changes is found, and mostly refused."""

    def _unprotected(self, query, *args):
        """Change rows as somebody could who owns the database."""
        self.env.flush_all()
        self.env.cr.execute("ALTER TABLE loyalty_point_move DISABLE TRIGGER USER")
        self.env.cr.execute(query, args)
        self.env.cr.execute("ALTER TABLE loyalty_point_move ENABLE TRIGGER USER")
        self.env.invalidate_all()

    def test_the_database_refuses_changes(self):
        account = self._add_account(10)
        self._spend(5)
        line = account.points_move_ids[:1]
        for query in (
            "UPDATE loyalty_point_move SET points = 1000 WHERE id = %s",
            "UPDATE loyalty_point_move SET date = '2020-01-01' WHERE id = %s",
            "UPDATE loyalty_point_move SET digest = 'x' WHERE id = %s",
            "DELETE FROM loyalty_point_move WHERE id = %s",
            "TRUNCATE loyalty_point_move CASCADE",
            "UPDATE loyalty_point_allocation SET points = 1 WHERE debit_id = %s",
            "DELETE FROM loyalty_point_allocation WHERE debit_id = %s",
            "TRUNCATE loyalty_point_allocation",
        ):
            with (
                self.subTest(query),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.RestrictViolation),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(query, [line.id] if "%s" in query else None)

    def test_one_event_has_one_line(self):
        """LP-04: the database itself refuses a second one with the same key"""
        account = self._add_account()
        first = account._post(10, "bonus", key="birthday:2025")
        self.assertEqual(account._post(99, "bonus", key="birthday:2025"), first)
        self.assertBalance(10)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.env.cr.savepoint(),
        ):
            values = account._row_values(
                5, "bonus", None, "birthday:2025", first.date, {}
            )
            self.moves._append(self.moves._row_sql(values))

    def _after(self, account, append):
        """All that a line leaves behind, but for its id; undone again."""
        with self.env.cr.savepoint() as savepoint:
            append()
            self.env.cr.execute(
                """SELECT to_jsonb(move) - 'id', to_jsonb(card),
                          to_jsonb(told) - '{id,point_move_id}'::text[]
                   FROM loyalty_point_move move
                   JOIN loyalty_card card ON card.id = move.card_id
                   JOIN loyalty_history told ON told.point_move_id = move.id
                   WHERE move.card_id = %s ORDER BY move.id""",
                [account.id],
            )
            rows = self.env.cr.fetchall()
            savepoint.rollback()
        return rows

    def test_a_single_line_is_written_as_many_are(self):
        """Statement for an order's line and statement for sets: the same to the bit."""
        account = self._add_account(10)
        order = self._sell(5, confirm=False)
        day = account.points_move_ids.date
        reason = {"reason": "So “nice”"}
        for values in (
            (Decimal("2.50"), "earn", order, "a", day, {"available_on": day}),
            (Decimal(-3), "redeem", order, "b", fields.Date.add(day, months=1), {}),
            (
                Decimal("-0.01"),
                "expire",
                None,
                "c",
                fields.Date.to_date("2020-01-31"),
                {"origin_move": account.points_move_ids},
            ),
            (Decimal(7), "adjust", None, "d", day, {**reason, "expires_on": day}),
            (Decimal(1), "bonus", self.member, "e", day, {**reason, "side": "earn"}),
        ):
            row = account._row_values(*values)
            with self.subTest(row["kind"]):
                one = self._after(
                    account, lambda r=row, s=values[2]: self.moves._append_one(r, s)
                )
                many = self._after(
                    account, lambda r=row: self.moves._append(self.moves._row_sql(r))
                )
                self.assertEqual(len(one), 2)
                self.assertEqual(one, many)

    def test_a_line_tells_whether_points_were_owed(self):
        """A line says before it is added whether its account owed points."""
        account = self._add_account()
        row = account._row_values(
            Decimal(-4), "clawback", None, "a", account._today(), {}
        )
        self.assertFalse(self.moves._append_one(row)[1])
        row = account._row_values(Decimal(4), "bonus", None, "b", row["date"], {})
        debt = account.points_move_ids
        credit, owed = self.moves._append_one(row)
        self.assertTrue(owed)
        self.env["loyalty.point.allocation"]._add([(credit, debt.id, Decimal(4))])

    def test_a_row_changed_by_sql_is_found(self):
        account = self._add_account()
        other = self._add_account(7, self._add_customer("Other"))
        lines = [account._post(n, "bonus", key=str(n)) for n in range(1, 6)]
        self._unprotected(
            "UPDATE loyalty_point_move SET points = 300, points_open = 300"
            " WHERE id = %s",
            lines[2].id,
        )
        findings = (account | other)._verify()
        self.assertEqual(list(findings), [account])
        self.assertIn("line 3", findings[account])
        self.assertIn("line 3", account.ledger_problem)
        self.assertFalse(other.ledger_problem)
        action = account.action_verify()
        self.assertEqual(action["params"]["type"], "danger")
        self._unprotected(
            "UPDATE loyalty_point_move SET points = 3.00, points_open = 3"
            " WHERE id = %s",
            lines[2].id,
        )
        self.assertEqual(account.action_verify()["params"]["type"], "success")
        self.assertFalse(account.ledger_problem)

    def test_a_row_removed_by_sql_is_found(self):
        account = self._add_account()
        lines = [account._post(n, "bonus", key=str(n)) for n in range(1, 4)]
        self.env.cr.execute("SAVEPOINT before")
        for line, finding in ((lines[1], "line 3"), (lines[2], "after number 2")):
            self._unprotected(
                "DELETE FROM loyalty_history WHERE point_move_id = %s", line.id
            )
            self._unprotected("DELETE FROM loyalty_point_move WHERE id = %s", line.id)
            self.assertIn(finding, account._verify()[account])
            self.env.cr.execute("ROLLBACK TO SAVEPOINT before")
            self.env.invalidate_all()

    def test_a_wrong_balance_is_named_with_its_amount(self):
        """LP-33"""
        account = self._add_account(10)
        self._add_account(7, self._add_customer("Other"))
        self.env.cr.execute(
            "UPDATE loyalty_card SET points = 12.5 WHERE id = %s", [account.id]
        )
        self.env.invalidate_all()
        findings = self.env["loyalty.card"].search([])._verify(everything=True)
        self.assertEqual(list(findings), [account])
        self.assertIn("2.50", findings[account])
        self.env.cr.execute(
            "UPDATE loyalty_card SET points = 10 WHERE id = %s", [account.id]
        )
        self.env.invalidate_all()
        self.env["loyalty.card"]._cron_verify()
        self.assertFalse(account.ledger_problem)

    def test_what_is_left_of_a_line_is_checked(self):
        account = self._add_account(10)
        self.env.cr.execute(
            "UPDATE loyalty_point_move SET points_open = 4 WHERE card_id = %s",
            [account.id],
        )
        self.env.invalidate_all()
        self.assertIn("left of line 1", account._verify()[account])
        self.env.cr.execute(
            "UPDATE loyalty_point_move SET points_open = 10 WHERE card_id = %s",
            [account.id],
        )
        self.env.invalidate_all()

    def test_lines_open_their_documents(self):
        order = self._sell(10)
        action = self._account().points_move_ids.action_open_source()
        self.assertEqual(
            (action["res_model"], action["res_id"]), (order._name, order.id)
        )

    def test_a_milestone_is_mailed_once(self):
        """LP-43"""
        template = self.env["mail.template"].create(
            {
                "name": "Milestone",
                "model_id": self.env["ir.model"]._get_id("loyalty.card"),
                "subject": "You have many points",
                "partner_to": "{{ object.partner_id.id }}",
            }
        )
        self.program.communication_plan_ids = [
            (
                0,
                0,
                {
                    "trigger": "points_reach",
                    "points": 100,
                    "mail_template_id": template.id,
                },
            )
        ]
        account = self._add_account(90)
        mails = self.env["mail.mail"]
        before = mails.search_count([])
        for _round in range(3):
            account._post(20, "bonus")
            account._post(-20, "adjust")
        self.assertEqual(mails.search_count([]) - before, 1)


class TestOpening(LoyaltyCase):
    """What core had is taken over once."""

    def test_balances_and_orders_from_before(self):
        """LP-35: opened once; an order from before gives and takes its own points"""
        from ..hooks import post_init_hook

        account = self._add_account()
        order = self._sell(90)
        line = account.points_move_ids
        self.env.flush_all()
        # as if core had kept it: no ledger, history and balance only
        self.env.cr.execute(
            """ALTER TABLE loyalty_point_move DISABLE TRIGGER USER;
               UPDATE loyalty_history SET point_move_id = NULL WHERE card_id = %(card)s;
               DELETE FROM loyalty_point_move WHERE card_id = %(card)s;
               ALTER TABLE loyalty_point_move ENABLE TRIGGER USER;
               UPDATE loyalty_card SET points = 130, ledger_sequence = NULL,
                      ledger_digest = NULL WHERE id = %(card)s""",
            {"card": account.id},
        )
        self.env.invalidate_all()
        self.assertFalse(line.exists())
        self.env["loyalty.card"].search(
            [("is_account", "=", True), ("id", "!=", account.id)]
        ).flush_recordset()
        post_init_hook(self.env)
        self.env.invalidate_all()
        self.assertBalance(130, account)
        self.assertKinds(("opening", 130.0), account=account)
        order._settle_points()
        order._refresh_points()
        self.assertBalance(130, account)
        order._action_cancel()
        self.assertBalance(40, account)
        # core's old line is kept, the ledger's lines explain the rest
        self.env.cr.execute(
            "DELETE FROM loyalty_history WHERE card_id = %s AND point_move_id IS NULL",
            [account.id],
        )


class TestUninstall(TransactionCase):
    def test_its_functions_are_dropped(self):
        """LP-34: the rest is Odoo's own uninstallation"""
        from ..hooks import uninstall_hook

        with self.env.cr.savepoint() as savepoint:
            uninstall_hook(self.env)
            self.env.cr.execute(
                "SELECT 1 FROM pg_proc WHERE proname LIKE 'loyalty_ledger%'"
            )
            self.assertFalse(self.env.cr.fetchall())
            savepoint.rollback()
