from types import SimpleNamespace

from odoo.exceptions import AccessError, UserError

from . import access_rows
from .test_access import MATRIX, ROLES, AccessCase

#: Ways of a client to read a model: method, arguments.
READERS = {
    "search_read": ([], ["display_name"]),
    "search_count": ([],),
    "name_search": ("",),
    "formatted_read_group": ([], [], ["__count"]),
    "web_search_read": ([], {"display_name": {}}),
}


class TestAccessReaders(AccessCase):
    """Each way of reading, for each model and role: rows, groups, exports, onchange."""

    def _row(self, name, customer):
        """A row of a model that speaks of a customer."""
        if name in access_rows.BUILDERS:
            case = SimpleNamespace(env=self.env, own=customer, company=self.company)
            return access_rows.BUILDERS[name](case)[0]
        if name in ("customer.interaction.log", "customer.response"):
            self.env["customer.interaction.log"].create(
                {
                    "partner_id": customer.id,
                    "company_id": self.company.id,
                    "kind": "email",
                    "direction": "in",
                }
            )
        elif name == "customer.segment.membership":
            self.env["customer.segment"]._refresh(companies=self.company)
        self.env.flush_all()
        return self.env[name].search(
            [("partner_id", "=", customer.id), ("company_id", "=", self.company.id)],
            limit=1,
        )

    def test_without_the_right_to_read_no_way_of_reading_works(self):
        for name, row in MATRIX.items():
            for role, allowed in zip(ROLES, row, strict=True):
                if "r" in allowed:
                    continue
                for method, arguments in READERS.items():
                    with (
                        self.subTest(model=name, role=role, method=method),
                        self.assertRaises(AccessError),
                    ):
                        self._call(role, name, method, *arguments)

    def test_wizards_are_closed_to_those_without_a_role(self):
        wizards = self.env["ir.model"].search(
            [("model", "=like", "customer.%"), ("transient", "=", True)]
        )
        self.assertGreater(len(wizards), 3)
        for name in wizards.mapped("model"):
            for role in ("portal", "employee"):
                with (
                    self.subTest(model=name, role=role),
                    self.assertRaises(AccessError),
                ):
                    self._call(role, name, "create", [{}])

    def test_analyses_are_closed_to_those_without_a_role(self):
        screens = [
            name for name in self.env.registry if name.startswith("customer.analysis.")
        ]
        for name in screens:
            for role in ("portal", "employee"):
                with (
                    self.subTest(model=name, role=role),
                    self.assertRaises(AccessError),
                ):
                    self._call(role, name, "analyse")

    def _owned(self):
        """Models a salesperson reads whose rows speak of customers."""
        found = [
            name
            for name, row in MATRIX.items()
            if "r" in row[2] and "partner_id" in self.env[name]._fields
        ]
        self.assertGreater(len(found), 10)
        return found

    def test_a_salesperson_counts_groups_and_exports_own_customers_only(self):
        for name in self._owned():
            own, colleague = (
                self._row(name, partner) for partner in (self.own, self.colleague)
            )
            with self.subTest(model=name):
                self.assertTrue(own and colleague, "nothing to hide")
                domain = [("partner_id", "in", self.customers.ids)]
                rows = self._call("user", name, "search_read", domain, ["partner_id"])
                self.assertEqual(
                    {row["partner_id"][0] for row in rows}, set(self.own.ids)
                )
                count = self._call("user", name, "search_count", domain)
                self.assertEqual(count, len(rows))
                groups = self._call(
                    "user",
                    name,
                    "formatted_read_group",
                    domain,
                    ["partner_id"],
                    ["__count"],
                )
                self.assertEqual(
                    [(g["partner_id"][0], g["__count"]) for g in groups],
                    [(self.own.id, count)],
                )

    def test_a_colleague_s_row_is_refused_by_its_number_in_every_way(self):
        """Access denied, or for rows of a query: no such row."""
        for name in self._owned():
            row = self._row(name, self.colleague)
            for method, arguments in (
                ("read", (row.ids, ["partner_id"])),
                ("web_read", (row.ids, {"partner_id": {}})),
                ("export_data", (row.ids, ["partner_id"])),
            ):
                with self.subTest(model=name, method=method):
                    self.assertNothing(name, method, *arguments)
            with self.subTest(model=name, method="onchange"):
                told = self._told_by_form(name, row)
                self.assertFalse({"partner_id", "display_name"} & set(told))

    def assertNothing(self, name, method, *arguments):
        """Refused, or answered with nothing."""
        try:
            answer = self._call("user", name, method, *arguments)
        except UserError:
            return
        self.assertIn(answer, ([], {"datas": []}))

    def _told_by_form(self, name, row):
        """What the form of a row answers to a user's client that asks for changes."""
        fields = {"partner_id": {}, "display_name": {}}
        try:
            answer = self._call("user", name, "onchange", row.ids, {}, [], fields)
        except UserError:
            return {}
        return answer["value"]

    def test_own_customers_can_be_exported(self):
        self.users["user"].group_ids += self.env.ref("base.group_allow_export")
        for name in self._owned():
            own = self._row(name, self.own)
            with self.subTest(model=name):
                data = self._call("user", name, "export_data", own.ids, ["partner_id"])
                self.assertEqual(data["datas"], [[self.own.display_name]])

    def test_a_form_not_saved_tells_nothing_of_a_colleague_s_customer(self):
        """Fields computed while a form is filled in read with the user's rights."""
        for _number in range(10):
            self._row("customer.interaction.log", self.colleague)
        need = self.env["customer.need"].create({"name": "Gifts"})
        partner = self.colleague.id
        for name, values, told in (
            (
                "customer.preference",
                {"partner_id": partner, "kind": "channel", "channel": "phone"},
                "observed",
            ),
            (
                "customer.need.evidence",
                {"partner_id": partner, "need_id": need.id},
                "amount",
            ),
        ):
            fields = {key: {} for key in (*values, "company_id", told)}
            values["company_id"] = self.company.id
            for role, expected in (("user", False), ("manager", True)):
                answer = self._call(
                    role, name, "onchange", [], values, ["partner_id"], fields
                )
                with self.subTest(model=name, role=role):
                    self.assertEqual(bool(answer["value"].get(told)), expected)

    def test_totals_of_all_who_read_are_sums_of_their_rows(self):
        for role, customers in (("user", self.own), ("manager", self.customers)):
            for name, field in (
                ("customer.profile", "amount_total"),
                ("customer.purchase", "amount"),
                ("customer.pareto", "amount"),
            ):
                domain = [("partner_id", "in", self.customers.ids)]
                rows = self._call(role, name, "search_read", domain, [field])
                [group] = self._call(
                    role, name, "formatted_read_group", domain, [], [f"{field}:sum"]
                )
                with self.subTest(role=role, model=name):
                    self.assertEqual(len(rows), len(customers))
                    self.assertEqual(
                        group[f"{field}:sum"], sum(row[field] for row in rows)
                    )
