from contextlib import contextmanager
from unittest.mock import patch

from odoo.tools import SQL

from ..tools.planner import joining_all
from .common import CustomerInsightCase


class TestPlanner(CustomerInsightCase):
    """What keeps the computation quick whatever the planner knows of the tables."""

    def setUp(self):
        super().setUp()
        self.customer = self._add_customer()
        self._add_order(self.customer, "2025-06-01", 10)

    def _nested_loops(self):
        [[setting]] = self.env.execute_query(SQL("SHOW enable_nestloop"))
        return setting

    @contextmanager
    def _watching(self, model, method):
        """Note the setting each time a method runs."""
        owner, seen = type(self.env[model]), []
        original = getattr(owner, method)

        def watched(*args, **kwargs):
            seen.append(self._nested_loops())
            return original(*args, **kwargs)

        with patch.object(owner, method, watched):
            yield seen

    def _facts_tables(self):
        """:return: names of the tables the facts of a session lie in"""
        return self.env.execute_query(
            SQL(
                r"""SELECT relname FROM pg_class
                    WHERE relname LIKE 'insight\_facts%%' AND relkind = 'r'"""
            )
        )

    def _refresh_with_a_stranger(self):
        """Compute all while a profile is stored that is nobody's in scope."""
        stranger = self._add_customer(supplier_rank=1)
        self.env.cr.execute(
            "UPDATE customer_profile SET partner_id = %s WHERE partner_id = %s",
            [stranger.id, self.customer.id],
        )
        self._refresh()
        self.assertNoProfile(stranger)

    def test_a_table_analysed_while_empty_is_not_read_once_per_customer(self):
        moves = self.env["customer.stage.move"]
        for model, method, compute in (
            ("customer.profile", "_add_profiles", self._refresh),
            ("customer.profile", "_remove_profiles", self._refresh_with_a_stranger),
            ("customer.stage.move", "_put_moves", lambda: moves._rebuild(self.company)),
        ):
            with self.subTest(method=method), self._watching(model, method) as seen:
                compute()
                self.assertEqual(seen, ["off"])
        self.assertEqual(self._nested_loops(), "on")

    def test_few_customers_are_looked_up(self):
        self._refresh()
        self._add_order(self.customer, "2025-06-02", 10)
        with self._watching("customer.profile", "_update_profiles") as seen:
            self._refresh(partners=self.customer)
        self.assertEqual(seen, ["on"])

    def test_the_setting_does_not_outlive_its_statements(self):
        with joining_all(self.env.cr):
            self.assertEqual(self._nested_loops(), "off")
        self.assertEqual(self._nested_loops(), "on")

    def test_facts_of_all_are_read_by_workers_and_gone_at_the_end(self):
        self._refresh()
        self.assertEqual(len(self._facts_tables()), 1)
        [[persistence]] = self.env.execute_query(
            SQL(
                "SELECT relpersistence FROM pg_class WHERE relname = %s",
                self.env["customer.profile"]._shared_facts(),
            )
        )
        self.assertEqual(persistence, "u")  # temporary ones are hidden from workers
        self.env.cr.precommit.run()
        self.assertFalse(self._facts_tables())

    def test_facts_of_few_are_temporary(self):
        self._refresh()
        self.env.cr.precommit.run()
        self._refresh(partners=self.customer)
        [[persistence]] = self.env.execute_query(
            SQL("SELECT relpersistence FROM pg_class WHERE relname = 'insight_facts'")
        )
        self.assertEqual(persistence, "t")
        self._refresh()  # and make way for those of all
        self.assertEqual(len(self._facts_tables()), 1)
