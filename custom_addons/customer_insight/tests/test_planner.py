from contextlib import contextmanager
from unittest.mock import patch

from odoo.tools import SQL

from ..models import customer_profile_days
from ..tools.planner import each_by_itself, joining_all
from .common import AS_OF, CustomerInsightCase


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

    def _refresh_warnings(self):
        self.env["customer.warning"]._refresh(AS_OF, self.company)

    def test_a_table_analysed_while_empty_is_not_read_once_per_customer(self):
        moves = self.env["customer.stage.move"]
        for model, method, compute in (
            ("customer.profile", "_add_profiles", self._refresh),
            ("customer.profile", "_remove_profiles", self._refresh_with_a_stranger),
            ("customer.stage.move", "_put_moves", lambda: moves._rebuild(self.company)),
            ("customer.warning", "_ease", self._refresh_warnings),
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
                self.env["customer.profile"]._shared_name("facts"),
            )
        )
        self.assertEqual(persistence, "u")  # temporary ones are hidden from workers
        self.env.cr.precommit.run()
        self.assertFalse(self._facts_tables())

    def _allow_workers(self, workers):
        """Let so many workers help, also with few rows."""
        self.env.cr.execute(
            SQL(
                """SET LOCAL max_parallel_workers_per_gather = %s;
                   SET LOCAL min_parallel_table_scan_size = 0""",
                workers,
            )
        )

    def _shares(self):
        """:return: into how many shares the facts would be divided"""
        return len(self.profiles._shared_days(self.company, AS_OF))

    def _facts_in_shares(self, shares):
        """:return: the facts of all, put together in so many shares"""
        policy = self.company._insight_policy()
        # the settings of a session are taken back before the facts are collected
        with patch.object(customer_profile_days, "processes", lambda *_: shares):
            self.profiles._collect_facts(self.company, AS_OF, policy)
        names = "partner_id, visits, purchase_count, amount_total, monetary, contacts"
        return self.env.execute_query(
            SQL(f"SELECT {names} FROM insight_facts ORDER BY partner_id")
        )

    def test_without_workers_there_is_one_share(self):
        self._allow_workers(2)
        self.env.cr.execute("SET LOCAL max_parallel_workers = 0")
        self.assertEqual(self._shares(), 1)

    def test_few_documents_are_not_shared_out(self):
        self._allow_workers(2)
        self.assertEqual(self._shares(), 2)
        self.profiles._drop_shared("purchases")
        self.env.cr.execute("SET LOCAL min_parallel_table_scan_size = '5TB'")
        self.assertEqual(self._shares(), 1)

    def test_facts_are_the_same_in_however_many_shares(self):
        customers = self._add_customers(6)
        history = [
            (customer, f"2025-0{month}-1{number}", 10 * month + number)
            for number, customer in enumerate(customers)
            for month in range(1, 1 + number)
        ]
        bought = sum(amount for *__, amount in history)
        self._add_history(history)
        self._add_refund(customers[3], "2025-02-13", 5.5)
        self._add_refund(customers[4], "2025-06-01", 700)
        alone = self._facts_in_shares(1)
        self.assertEqual(len(alone), len(customers) + 1)
        self.assertEqual(sum(row[3] for row in alone), 10 + bought - 705.5)
        for shares in (2, 3, 8):
            self.assertEqual(self._facts_in_shares(shares), alone)

    def test_each_share_has_a_process_of_its_own(self):
        for basis, shares in (("order", 2), ("order", 3), ("invoice", 2)):
            self.company.insight_purchase_basis = basis
            policy = self.company._insight_policy()
            self.profiles._set_planner(few=False)
            self._allow_workers(shares)
            self.env.cr.execute(
                """SET LOCAL parallel_setup_cost = 0;  -- few rows are worth it
                   SET LOCAL parallel_tuple_cost = 0"""
            )
            queries = [
                self.profiles._facts_query(self.company, AS_OF, policy, days)
                for days in self.profiles._shared_days(self.company, AS_OF)
            ]
            with each_by_itself(self.env.cr):
                plan = self.env.execute_query(
                    SQL("EXPLAIN %s", SQL(" UNION ALL ").join(queries))
                )
            plan = "\n".join(line for [line] in plan)
            self.assertEqual(len(queries), shares)
            self.assertEqual(plan.count("Parallel Append"), 1, plan)
            self.assertEqual(plan.count("Gather"), 1, plan)
            self.profiles._drop_shared("purchases")

    def test_what_was_collected_first_is_gone_with_the_facts(self):
        self._refresh()
        tables = self.env.execute_query(
            SQL(r"SELECT relname FROM pg_class WHERE relname ~ '^insight_\w+_\d+$'")
        )
        self.assertEqual(tables, [(self.profiles._shared_name("facts"),)])

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
