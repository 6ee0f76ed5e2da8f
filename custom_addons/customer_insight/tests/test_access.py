from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from . import access_rows
from .access_matrix import MATRIX, ROLES
from .common import AS_OF, INSIGHT_MANAGER, INSIGHT_USER, CustomerInsightCase


class AccessCase(CustomerInsightCase):
    """Users of each role, and figures in two companies."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._add_company("Other")
        cls.users = {
            "portal": cls._add_user("the_portal", "base.group_portal"),
            "employee": cls._add_user("the_employee", "base.group_user"),
            "user": cls._add_user("the_user", INSIGHT_USER),
            "manager": cls._add_user("the_manager", INSIGHT_MANAGER),
            "elsewhere": cls._add_user("elsewhere", INSIGHT_MANAGER, cls.other),
        }
        cls.own, cls.colleague, cls.free = cls._add_customers(3)
        cls.own.user_id = cls.users["user"]
        cls.colleague.user_id = cls.users["manager"]
        cls.customers = cls.own | cls.colleague | cls.free
        for company in (cls.company, cls.other):
            cls._add_history(
                [(customer, AS_OF, 10) for customer in cls.customers], company=company
            )
            cls._refresh(company=company)
        cls.env["customer.profile.queue"].create(
            {"partner": cls.own.id, "company": cls.company.id}
        )

    def _call(self, role, model, method, *args, **kwargs):
        records = self.env[model].with_user(self.users[role])
        context = {"allowed_company_ids": self.users[role].company_id.ids}
        self.env.invalidate_all()
        return call_kw(records, method, list(args), {**kwargs, "context": context})

    def _ids(self, name):
        """A row of each model, of this company."""
        domain = []
        if name in ("customer.profile", "customer.purchase", "customer.interaction"):
            domain = [
                ("partner_id", "=", self.own.id),
                ("company_id", "=", self.company.id),
            ]
        elif name == "customer.response":
            self._request_something()
            domain = [("partner_id", "=", self.own.id)]
        elif name in ("customer.scoring", "customer.data.source"):
            domain = [("company_id", "=", self.company.id)]
        elif name == "customer.segment":
            domain = [("code", "=", "spare")]
            self.env[name].create({"name": "Spare", "code": "spare"})
        elif name == "customer.interaction.log":
            return self.env[name].create(self._spare_log()).ids
        elif name == "customer.segment.condition":
            return self.env[name].create(self._spare_condition()).ids
        elif name == "customer.segment.clustering":
            values = {"company_id": self.company.id, "as_of": AS_OF, "k": 2}
            return self.env[name].create(values).ids
        elif name == "customer.segment.membership":
            self.env["customer.segment"]._refresh(AS_OF, self.company)
            domain = [("partner_id", "=", self.own.id)]
            domain += [("company_id", "=", self.company.id)]
        return self.env[name].search(domain, limit=1).ids

    def _request_something(self):
        values = {**self._spare_log(), "kind": "email", "direction": "in"}
        self.env["customer.interaction.log"].create(values)
        self.env.flush_all()

    def _spare_log(self):
        return {"partner_id": self.own.id, "company_id": self.company.id}

    def _spare_condition(self):
        segment = self.env["customer.segment"].search([("code", "=", "spare_rule")])
        segment = segment or segment.create({"name": "Spare", "code": "spare_rule"})
        return {"segment_id": segment.id, "measure": "amount"}


class TestAccess(AccessCase):
    """A table of who may do what, tried the way a client calls."""

    def _attempts(self, name):
        """:return: ``{letter: (method, arguments)}`` of a client's call"""
        if name in access_rows.BUILDERS:
            record, changed, new = access_rows.BUILDERS[name](self)
            return self._calls(record.ids, changed, new)
        ids = self._ids(name)
        changed = {
            "customer.segment": {"strategy": "Call them"},
            "customer.rfm.cell": {
                "segment_id": self.env.ref("customer_insight.segment_new").id
            },
            "customer.profile": {"lifecycle_stage": "loyal"},
            "customer.playbook": ("", "", "r", "rwcd"),
            "customer.playbook.step": ("", "", "r", "rwcd"),
            "customer.playbook.enrolment": ("", "", "rw", "rw"),
            "customer.playbook.log": ("", "", "r", "r"),
            "customer.playbook.event": ("", "", "", ""),
            "customer.profile.queue": {"partner": 1},
            "customer.scoring": {"population": 1},
            "customer.segment.membership": {"reason": "X"},
            "customer.segment.clustering": {"k": 3},
            "customer.segment.condition": {"days": 7},
            "customer.interaction": {"summary": "X"},
            "customer.interaction.log": {"note": "X"},
        }.get(name, {"reference": "X"})
        new = changed
        if name == "customer.segment":
            new = {"name": "X", "code": "x"}
        elif name == "customer.segment.condition":
            new = self._spare_condition()
        elif name == "customer.interaction.log":
            new = self._spare_log()
        return self._calls(ids, changed, new)

    def _calls(self, ids, changed, new):
        return {
            "r": ("read", (ids, ["id", "display_name"])),
            "w": ("write", (ids, changed)),
            "c": ("create", ([new],)),
            "d": ("unlink", (ids,)),
        }

    def test_the_table_knows_every_model(self):
        stored = self.env["ir.model"].search(
            [("model", "=like", "customer.%"), ("transient", "=", False)]
        )
        names = {
            name for name in stored.mapped("model") if not self.env[name]._abstract
        }
        self.assertEqual(names, set(MATRIX))

    def test_the_table_of_roles_models_and_operations_holds(self):
        for name, row in MATRIX.items():
            for role, allowed in zip(ROLES, row, strict=True):
                for letter in "rwcd":
                    with self.subTest(model=name, role=role, operation=letter):
                        self.assertAttempt(name, role, letter, letter in allowed)

    def assertAttempt(self, name, role, letter, allowed):
        savepoint = self.cr.savepoint()
        method, arguments = self._attempts(name)[letter]
        try:
            self._call(role, name, method, *arguments)
            self.env.flush_all()
            done = True
        except AccessError:
            done = False
        finally:
            savepoint.close(rollback=True)
        self.assertEqual(done, allowed, f"{name} {role} {letter}")

    # === WHICH ROWS === #

    def _customers_seen(self, role, model="customer.profile"):
        rows = self._call(
            role,
            model,
            "search_read",
            domain=[("partner_id", "in", self.customers.ids)],
            fields=["partner_id", "company_id"],
        )
        companies = {row["company_id"][0] for row in rows}
        self.assertLessEqual(companies, {self.users[role].company_id.id})
        return self.customers.browse(sorted({row["partner_id"][0] for row in rows}))

    def test_users_see_own_customers_and_managers_all(self):
        for model in ("customer.profile", "customer.purchase"):
            with self.subTest(model=model):
                self.assertEqual(self._customers_seen("user", model), self.own)
                self.assertEqual(self._customers_seen("manager", model), self.customers)
                self.assertEqual(
                    self._customers_seen("elsewhere", model), self.customers
                )

    def test_totals_and_groups_hold_visible_customers_only(self):
        for role, total in (("user", 10), ("manager", 30)):
            for model, field in (
                ("customer.profile", "amount_total"),
                ("customer.purchase", "amount"),
            ):
                [group] = self._call(
                    role,
                    model,
                    "formatted_read_group",
                    [("partner_id", "in", self.customers.ids)],
                    [],
                    ["__count", f"{field}:sum"],
                )
                with self.subTest(role=role, model=model):
                    self.assertEqual(group[f"{field}:sum"], total)

    def test_counts_of_segments_and_codes_hold_visible_customers_only(self):
        lost = self.env.ref("customer_insight.segment_lost")
        cell = self.env["customer.rfm.cell"].search([("code", "=", "111")])
        for role, count in (("user", 1), ("manager", 3)):
            for record in (lost, cell):
                [row] = self._call(
                    role, record._name, "read", record.ids, ["profile_count"]
                )
                self.assertEqual(row["profile_count"], count)

    def test_a_colleague_s_customer_cannot_be_read_by_its_number(self):
        profile = self._profile(self.colleague)
        with self.assertRaises(AccessError):
            self._call("user", "customer.profile", "read", profile.ids)
        with self.assertRaises(AccessError):
            self._call(
                "user",
                "customer.purchase",
                "action_open_document",
                self._purchases(self.colleague)
                .filtered(lambda p: p.company_id == self.company)
                .ids,
            )

    def test_another_company_s_figures_cannot_be_read_by_their_number(self):
        for model, ids in (
            ("customer.profile", self._profile(self.own, self.other).ids),
            ("customer.scoring", self._scoring(self.other).ids),
        ):
            with self.subTest(model=model), self.assertRaises(AccessError):
                self._call("manager", model, "read", ids)

    def test_a_user_reads_all_fields_of_own_profiles(self):
        [row] = self._call(
            "user", "customer.profile", "read", self._profile(self.own).ids
        )
        self.assertEqual(row["amount_total"], 10)
        self.assertEqual(row["user_id"][0], self.users["user"].id)
        self.assertTrue(row["stage_receipt"])
        self.assertEqual(row["scoring_id"][1], self._scoring().display_name)

    def test_a_user_reads_all_fields_of_own_purchases(self):
        purchase = self._purchases(self.own).filtered(
            lambda p: p.company_id == self.company
        )
        [row] = self._call("user", "customer.purchase", "read", purchase.ids)
        self.assertEqual((row["amount"], row["kind"]), (10, "order"))

    # === WHO MAY START WHAT === #

    def test_only_managers_start_a_computation(self):
        for role in ("portal", "employee", "user"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                self._call(role, "customer.profile", "action_refresh_now", [])
        self._add_history([(self.free, AS_OF, 5)])
        action = self._call("manager", "customer.profile", "action_refresh_now", [])
        self.assertEqual(action["tag"], "display_notification")
        self.assertProfile(self.free, amount_total=15.0)

    def test_a_manager_computes_companies_of_their_own_only(self):
        before = self._stored_rows(self.other)
        self._call("manager", "customer.profile", "action_refresh_now", [])
        self.assertEqual(self._stored_rows(self.other), before)

    def test_only_managers_exchange_the_grid(self):
        cells = "customer.rfm.cell"
        for role in ("portal", "employee", "user"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                self._call(role, cells, "action_apply_grid", "simple")
        self._call("manager", cells, "action_apply_grid", "simple")
        code = self.env[cells].search([("code", "=", "111")])
        self.assertEqual(code.segment_id.code, "hibernating")

    def test_computations_cannot_be_called_from_outside(self):
        for model, method in (
            ("customer.profile", "_refresh"),
            ("customer.profile", "_cron_refresh_all"),
            ("customer.profile.queue", "_add"),
            ("customer.profile.queue", "_take"),
            ("customer.rfm.cell", "_apply_grid"),
            ("customer.scoring", "_record"),
            ("customer.prediction.run", "_fit"),
            ("customer.recommendation.run", "_learn"),
            ("customer.suggestion", "_for_customer"),
            ("customer.warning", "_refresh"),
            ("customer.greeting", "_plan"),
            ("customer.warning.alert", "_refresh"),
            ("customer.greeting", "_cron_greet"),
            ("customer.cadence", "_refresh"),
        ):
            with self.subTest(method=method), self.assertRaises(AccessError):
                self._call("manager", model, method)

    def test_salespeople_confirm_orders_without_insight_rights(self):
        seller = self._add_user("seller", "sales_team.group_sale_salesman")
        order = self._add_order(self.free, AS_OF, confirm=False, user_id=seller.id)
        order.with_user(seller).action_confirm()
        self.cr.flush()
        self.assertIn(
            self.free.id,
            self.env["customer.profile.queue"]._take(self.company),
        )

    def test_a_manager_edits_segments_but_keeps_the_grid_whole(self):
        segment = self.env.ref("customer_insight.segment_lost")
        with self.assertRaises(UserError):
            self._call("manager", "customer.segment", "unlink", segment.ids)
        self._call("manager", "customer.segment", "write", segment.ids, {"color": 3})
        self.assertEqual(segment.color, 3)

    # === INJECTION === #

    def test_sort_group_and_filter_values_are_no_sql(self):
        evil = "amount_total; DROP TABLE customer_profile"
        for error, method, arguments in (
            (UserError, "search", {"domain": [], "order": evil}),
            (ValueError, "search", {"domain": [(evil, "=", 1)]}),
            (ValueError, "search", {"domain": [("amount_total", "; DROP", 1)]}),
            (
                ValueError,
                "formatted_read_group",
                {"domain": [], "groupby": [evil], "aggregates": ["__count"]},
            ),
        ):
            with self.subTest(method=method), self.assertRaises(error):
                self._call("manager", "customer.profile", method, **arguments)
        self.assertTrue(self._profile(self.own))


@tagged("post_install", "-at_install")
class TestAccessOverHttp(AccessCase, HttpCase):
    """The same from outside, where sessions and refusals are real."""

    def _rpc(self, model, method, args=(), **kwargs):
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": list(args), "kwargs": kwargs},
        )

    def assertRefused(self, error, model, method, args=(), **kwargs):
        with (
            mute_logger("odoo.http"),
            self.assertRaisesRegex(JsonRpcException, error),
        ):
            self._rpc(model, method, args, **kwargs)

    def test_visitors_and_portal_users_get_nothing(self):
        for login, error in (
            (None, "SessionExpired"),
            ("the_portal", "AccessError"),
            ("the_employee", "AccessError"),
        ):
            self.authenticate(login, login)
            for model in MATRIX:
                with self.subTest(login=login, model=model):
                    self.assertRefused(error, model, "search_read", [[], ["id"]])
            self.assertRefused(error, "customer.profile", "action_refresh_now", [[]])

    def test_managers_read_and_neither_write_nor_call_private_methods(self):
        self.authenticate("the_manager", "the_manager")
        answer = self._rpc(
            "customer.profile",
            "web_search_read",
            domain=[("partner_id", "in", self.customers.ids)],
            specification={"amount_total": {}, "lifecycle_stage": {}, "as_of": {}},
        )
        self.assertEqual(answer["length"], 3)
        profile = self._profile(self.own)
        self.assertRefused(
            "AccessError",
            "customer.profile",
            "write",
            [profile.ids, {"amount_total": 1e9}],
        )
        self.assertRefused("AccessError", "customer.profile", "_refresh")
        self.env.invalidate_all()
        self.assertEqual(profile.amount_total, 10)
