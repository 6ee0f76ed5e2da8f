from odoo.exceptions import AccessError
from odoo.tests import Form

from .common import AS_OF, INSIGHT_MANAGER, INSIGHT_USER, CustomerInsightCase

FIELDS = (
    "lifecycle_stage",
    "rfm_score",
    "rfm_segment_id",
    "value_class",
    "first_purchase_date",
    "last_purchase_date",
    "purchase_count",
    "purchase_amount_total",
)
CONTACTS = "base.group_user,base.group_partner_manager,base.group_allow_export"


class TestPartnerFields(CustomerInsightCase):
    """Contacts show the figures of the active company to those who may see them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._add_company("Other")
        cls.salesperson = cls._add_user("own", f"{CONTACTS},{INSIGHT_USER}")
        cls.manager = cls._add_user(
            "all", f"{CONTACTS},{INSIGHT_MANAGER}", company_ids=cls._both()
        )
        cls.employee = cls._add_user("none", CONTACTS)
        cls.first, cls.loyal, cls.foreign = cls._add_customers(3)
        cls.prospect = cls._add_customer("Prospect")
        cls.people = cls.first | cls.loyal | cls.foreign | cls.prospect
        cls.first.user_id = cls.salesperson
        days = ("2025-06-01", "2025-06-02", "2025-06-03", "2025-06-04")
        cls._add_history(
            [(cls.first, AS_OF, 10), *((cls.loyal, day, 100) for day in days)]
        )
        cls._add_history(
            [(cls.foreign, AS_OF, 70), (cls.first, "2024-01-01", 900)],
            company=cls.other,
        )
        cls._refresh()
        cls._refresh(company=cls.other)

    @classmethod
    def _both(cls):
        return (cls.company | cls.other).ids

    def _as(self, user, company=None):
        """The customers of this test, in the eyes of a user."""
        company = company or self.company
        self.env.invalidate_all()
        return self.people.with_user(user).with_context(allowed_company_ids=company.ids)

    def _search(self, partners, *domain, **options):
        found = partners.search([("id", "in", self.people.ids), *domain], **options)
        return self.people.browse(found.ids)

    # === READING === #

    def test_fields_show_the_profile(self):
        first = self._as(self.manager)[0]
        self.assertRecordValues(
            first,
            [
                {
                    "lifecycle_stage": "first",
                    "rfm_score": self._profile(self.first).rfm_score,
                    "rfm_segment_id": self._profile(self.first).rfm_segment_id.id,
                    "value_class": "low",
                    "first_purchase_date": AS_OF,
                    "last_purchase_date": AS_OF,
                    "purchase_count": 1,
                    "purchase_amount_total": 10.0,
                }
            ],
        )
        self.assertEqual(first.customer_profile_id.partner_id, first)

    def test_another_company_shows_its_own_figures(self):
        first = self._as(self.manager, self.other)[0]
        self.assertEqual(first.lifecycle_stage, "churned")
        self.assertEqual(first.purchase_amount_total, 900.0)
        both = self._as(self.manager, self.company | self.other)[0]
        self.assertEqual(both.purchase_amount_total, 10.0)

    def test_a_salesperson_reads_own_customers_only(self):
        first, loyal, *__ = self._as(self.salesperson)
        self.assertEqual(first.lifecycle_stage, "first")
        self.assertFalse(loyal.lifecycle_stage)
        self.assertFalse(loyal.purchase_amount_total)
        self.assertFalse(loyal.customer_profile_id)

    def test_what_one_user_read_is_not_shown_to_the_next(self):
        self.assertEqual(self._as(self.manager)[1].lifecycle_stage, "loyal")
        seen = self.people[1].with_user(self.salesperson)  # cache left as it is
        self.assertFalse(seen.lifecycle_stage)

    def test_archived_profiles_are_shown_on_archived_contacts(self):
        self.loyal.active = False
        self._refresh()
        self.assertEqual(self._as(self.manager)[1].lifecycle_stage, "loyal")

    # === SEARCHING === #

    def test_contacts_are_found_by_their_figures(self):
        people = self._as(self.manager)
        for domain, expected in (
            ([("lifecycle_stage", "=", "loyal")], self.loyal),
            ([("lifecycle_stage", "in", ["loyal", "first"])], self.first | self.loyal),
            ([("lifecycle_stage", "!=", "prospect")], self.first | self.loyal),
            ([("lifecycle_stage", "=", False)], self.people.browse()),
            ([("value_class", "=", False)], self.foreign | self.prospect),
            ([("purchase_amount_total", ">", 50)], self.loyal),
            ([("purchase_count", "=", 0)], self.foreign | self.prospect),
            ([("purchase_count", "<", 2)], self.people - self.loyal),
            ([("purchase_count", ">", 0)], self.first | self.loyal),
            ([("last_purchase_date", ">=", "2025-06-30")], self.first),
            ([("rfm_segment_id.code", "=", "prospect")], self.foreign | self.prospect),
            ([("customer_profile_id", "!=", False)], self.people),
            ([("customer_profile_id", "=", False)], self.people.browse()),
            ([("customer_profile_id.frequency", ">", 3)], self.loyal),
            (["!", ("lifecycle_stage", "=", "loyal")], self.people - self.loyal),
        ):
            with self.subTest(domain=domain):
                self.assertEqual(self._search(people, *domain), expected)

    def test_contacts_are_found_by_the_figures_of_the_active_company(self):
        people = self._as(self.manager, self.other)
        self.assertEqual(
            self._search(people, ("lifecycle_stage", "=", "churned")), self.first
        )
        self.assertFalse(self._search(people, ("lifecycle_stage", "=", "loyal")))

    def test_contacts_without_profile_are_found_as_such(self):
        self.company.insight_prospect_scope = "none"
        self._refresh()
        people = self._as(self.manager)
        self.assertEqual(
            self._search(people, ("customer_profile_id", "=", False)),
            self.foreign | self.prospect,
        )
        self.assertEqual(
            self._search(people, ("lifecycle_stage", "!=", "loyal")),
            self.people - self.loyal,
        )
        buyers, others = self.first | self.loyal, self.foreign | self.prospect
        for field in ("purchase_count", "purchase_amount_total"):
            for operator, value, expected in (
                (">", 0, buyers),
                (">=", 0, self.people),
                ("<=", 0, others),
                ("=", 0, others),
                ("!=", 0, buyers),
                ("not in", [0], buyers),
                ("not in", [5], self.people),
            ):
                with self.subTest(field=field, operator=operator, value=value):
                    self.assertEqual(
                        self._search(people, (field, operator, value)), expected
                    )

    def test_a_salesperson_finds_no_foreign_customer_by_its_figures(self):
        people = self._as(self.salesperson)
        self.assertFalse(self._search(people, ("lifecycle_stage", "=", "loyal")))
        self.assertFalse(self._search(people, ("purchase_amount_total", ">", 50)))
        self.assertEqual(self._search(people, ("purchase_count", ">", 0)), self.first)
        self.assertEqual(
            self._search(people, ("lifecycle_stage", "!=", False)), self.first
        )

    # === GROUPING AND SORTING === #

    def test_contacts_are_grouped_by_their_figures(self):
        people = self._as(self.manager)
        groups = people._read_group(
            [("id", "in", self.people.ids)],
            ["lifecycle_stage"],
            ["__count", "purchase_amount_total:sum"],
        )
        self.assertEqual(
            {stage: figures for stage, *figures in groups},
            {"first": [1, 10], "loyal": [1, 400], "prospect": [2, 0]},
        )
        segments = people._read_group(
            [("id", "in", self.people.ids)], ["rfm_segment_id"], ["__count"]
        )
        self.assertIn(
            (self.env.ref("customer_insight.segment_prospect"), 2),
            [(self.env["customer.segment"].browse(s.id), n) for s, n in segments],
        )

    def test_groups_of_a_salesperson_hold_own_customers_only(self):
        groups = self._as(self.salesperson)._read_group(
            [("id", "in", self.people.ids)],
            ["lifecycle_stage"],
            ["__count", "purchase_amount_total:sum"],
        )
        self.assertEqual(
            {stage: (count, amount or 0) for stage, count, amount in groups},
            {"first": (1, 10), False: (3, 0)},
        )

    def test_contacts_are_sorted_by_their_figures(self):
        people = self._as(self.manager)
        found = self._search(people, order="purchase_amount_total desc, name")
        self.assertEqual(found[:2], self.loyal | self.first)
        found = self._search(people, order="last_purchase_date asc")
        self.assertEqual(found[:2], self.loyal | self.first)

    def test_the_order_tells_a_salesperson_nothing_about_others(self):
        self.env.cr.execute("UPDATE res_partner SET complete_name = name")
        found = self._search(
            self._as(self.salesperson), order="purchase_amount_total desc, id desc"
        )
        shown = [partner for partner in found if partner != self.first]
        self.assertEqual(shown, sorted(shown, key=lambda p: -p.id))

    # === WITHOUT THE GROUP === #

    def test_other_users_cannot_read_the_fields(self):
        first = self._as(self.employee)[0]
        for name in (*FIELDS, "customer_profile_id"):
            with self.subTest(field=name), self.assertRaises(AccessError):
                first.read([name])

    def test_other_users_cannot_export_the_fields_or_show_them_in_a_list(self):
        people = self._as(self.employee)
        for name in (*FIELDS, "customer_profile_id"):
            with self.subTest(field=name):
                self.assertNotIn(name, people.fields_get())
                with self.assertRaises(AccessError):
                    people.export_data([name])
                with self.assertRaises(AccessError):
                    people.search_read([], [name])
                with self.assertRaises(AccessError):
                    people.web_search_read([], {name: {}})

    def test_other_users_learn_nothing_by_searching_grouping_and_sorting(self):
        people = self._as(self.employee)
        domain = [("id", "in", self.people.ids)]
        for name in FIELDS:
            with self.subTest(field=name):
                self.assertFalse(self._found(people, [(name, "!=", False)]))
                group = f"{name}:day" if name.endswith("date") else name
                self.assertEqual(
                    [
                        (bool(value), count)
                        for value, count in self._asked(
                            people._read_group, domain, [group], ["__count"]
                        )
                    ]
                    or [(False, 4)],
                    [(False, 4)],
                )
                ascending, descending = (
                    self._asked(people.search, domain, order=f"{name} {way}, id").ids
                    for way in ("asc", "desc")
                )
                self.assertEqual(ascending, descending)
        self.assertFalse(self._found(people, [("customer_profile_id", "!=", False)]))
        [[amount]] = self._asked(
            people._read_group, domain, [], ["purchase_amount_total:sum"]
        ) or [[0]]
        self.assertFalse(amount)

    def _found(self, people, domain):
        return self._asked(people.search, [("id", "in", self.people.ids), *domain])

    def _asked(self, question, *args, **options):
        """The answer to a question; to be refused one is as good as none."""
        try:
            return question(*args, **options)
        except AccessError:
            return self.people.browse()

    def test_other_users_open_and_edit_contacts_as_before(self):
        partner = self._as(self.employee)[0]
        with Form(partner) as form:
            form.phone = "+49 30 123"
        self.assertEqual(partner.phone, "+49 30 123")
        self.assertNotIn(
            "lifecycle_stage",
            partner.get_views([(False, "form")])["models"]["res.partner"]["fields"],
        )

    def test_exports_hold_what_the_user_may_see(self):
        rows = self._as(self.salesperson).export_data(
            ["lifecycle_stage", "purchase_amount_total"]
        )["datas"]
        self.assertEqual(rows[0][1], 10.0)
        self.assertEqual([bool(row[0]) for row in rows], [True, False, False, False])
        self.assertFalse(any(row[1] for row in rows[1:]))

    # === WRITING === #

    def test_figures_cannot_be_written_through_the_contact(self):
        manager = self._as(self.manager)[0]
        before = self._stored_rows()
        for name, value in (
            ("lifecycle_stage", "loyal"),
            ("purchase_amount_total", 1e6),
        ):
            self.assertTrue(self.people._fields[name].readonly)
            try:
                manager.write({name: value})
            except AccessError:
                continue
            self.env.flush_all()
        self.assertEqual(self._stored_rows(), before)

    def test_a_new_contact_has_no_figures(self):
        with Form(self.env["res.partner"].with_user(self.manager)) as form:
            form.name = "New"
        self.assertFalse(form.record.lifecycle_stage)
        self.assertFalse(form.record.customer_profile_id)
