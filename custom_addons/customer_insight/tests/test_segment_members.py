from datetime import timedelta

import freezegun
import sklearn.cluster  # noqa: F401  before time stands still, which slows imports
from odoo.exceptions import AccessError, UserError

from ..engine.clusters import assign
from .common import AS_OF, INSIGHT_USER
from .test_segment_rule import RuleCase

# freezing time looks at every module's names; these have very many and no use for it
freezegun.configure(extend_ignore_list=["numpy", "scipy", "sklearn"])


class TestManualMembers(RuleCase):
    """Members added and removed by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls._add_user("seller", INSIGHT_USER)
        cls.ann = cls._add_customer("Ann", user_id=cls.seller.id)
        cls.bob = cls._add_customer("Bob")
        cls._refresh()
        cls.vips = cls.as_manager.create({"name": "VIPs", "kind": "manual"})

    def _dialog(self, user, customers, **values):
        dialogs = self.env["customer.segment.add"].with_user(user)
        context = {"active_model": "res.partner", "active_ids": customers.ids}
        if user == self.manager:
            selected = [self._profile(customer).id for customer in customers]
            context = {"active_model": "customer.profile", "active_ids": selected}
        return dialogs.with_context(
            allowed_company_ids=self.company.ids, **context
        ).create({"segment_id": self.vips.id, **values})

    def _stay(self, customer, segment=None):
        return self.stays.search(
            [
                ("segment_id", "=", (segment or self.vips).id),
                ("partner_id", "=", customer.id),
            ]
        )

    def test_added_by_whom_and_when(self):
        self._dialog(self.manager, self.ann | self.bob).action_apply()
        stay = self._stay(self.ann)
        self.assertTrue(stay.is_manual)
        self.assertEqual(stay.user_id, self.manager)
        self.assertEqual(stay.date_from, AS_OF)
        self.assertEqual(stay.reason, f"Added by {self.manager.name}")
        self.assertIn(self.vips, self._profile(self.bob).segment_ids)
        self.segments._refresh(AS_OF, self.company)
        self.assertEqual(self.segments._refresh(AS_OF + timedelta(1), self.company), 0)
        self.assertFalse(self._stay(self.ann).date_to)

    def test_adding_twice_changes_nothing(self):
        for __ in range(2):
            self._dialog(self.manager, self.ann).action_apply()
        self.assertEqual(len(self._stay(self.ann)), 1)

    def test_removed_again_with_the_history_kept(self):
        self._dialog(self.manager, self.ann).action_apply()
        self._stay(self.ann).date_from = AS_OF - timedelta(days=10)
        self._dialog(self.manager, self.ann, mode="remove").action_apply()
        stay = self._stay(self.ann)
        self.assertEqual(stay.date_to, AS_OF)
        self.assertEqual(stay.exit_reason, f"Removed by {self.manager.name}")

    def test_who_is_removed_from_a_rule_stays_out_until_added(self):
        rule = self._rule([("partner_id", "in", (self.ann | self.bob).ids)])
        rule._remove_members(self.ann)
        self.assertEqual(self._members(rule), self.bob)
        rule._add_members(self.ann)
        self.assertEqual(self._members(rule), self.ann | self.bob)
        self.assertTrue(self._stay(self.ann, rule).is_manual)
        self.assertFalse(self._stay(self.bob, rule).is_manual)

    def test_a_member_by_hand_is_no_difference_to_the_rule(self):
        rule = self._rule([("partner_id", "in", self.bob.ids)])
        rule._add_members(self.ann)
        self.assertEqual(self._moving(rule), [])
        rule.with_context(customer_segment_unchecked=True).domain = "[]"
        self.stays.search([("segment_id", "=", rule.id)]).unlink()
        others = self._moving(rule)
        self.assertIn(self.ann.id, others)
        self.assertIn(self.bob.id, others)

    def _moving(self, rule):
        self.env.flush_all()
        return self.segments._differences(self.company, AS_OF)[rule.id]

    def test_salespeople_add_their_own_customers_to_segments_by_hand(self):
        self._dialog(self.seller, self.ann).action_apply()
        self.assertTrue(self._stay(self.ann))
        with self.assertRaisesRegex(AccessError, "Bob"):
            self._dialog(self.seller, self.bob).action_apply()
        rule = self._rule()
        with self.assertRaisesRegex(AccessError, "manager"):
            self._dialog(self.seller, self.ann, segment_id=rule.id).action_apply()
        with self.assertRaises(AccessError):
            self._dialog(
                self.seller, self.ann, segment_id=False, new_name="Mine"
            ).action_apply()

    def test_rfm_segments_take_nobody_by_hand(self):
        with self.assertRaisesRegex(UserError, "RFM code alone"):
            self.champions.with_user(self.manager)._add_members(self.ann)

    def test_a_new_segment_by_hand(self):
        self._dialog(
            self.manager, self.ann, segment_id=False, new_name="Beta"
        ).action_apply()
        beta = self.segments.search([("name", "=", "Beta")])
        self.assertEqual((beta.kind, beta.user_id), ("manual", self.manager))
        with self.assertRaisesRegex(UserError, "Choose a segment"):
            self._dialog(self.manager, self.ann, segment_id=False).action_apply()


class TestSegmentFigures(RuleCase):
    """Size, movement and what sets a segment apart."""

    def test_shares_and_movement(self):
        ann, bob, cid = self._add_customers(3)
        for customer, amount in ((ann, 300), (bob, 100)):
            self._add_order(customer, AS_OF, amount)
        self._refresh()
        rule = self._rule([("partner_id", "in", (ann | cid).ids)])
        self._members(rule)
        rule.domain = str([("partner_id", "=", ann.id)])
        self.assertEqual(rule.profile_count, 1)
        self.assertAlmostEqual(rule.amount_share, 0.75)
        self.assertEqual((rule.entered_count, rule.left_count), (1, 0))
        self.assertFalse(rule.is_reliable)

    def test_sizes_of_past_days(self):
        ann, bob = self._add_customers(2)
        self._record("2025-03-15", {ann: self.champions, bob: self.champions})
        self._record("2025-05-10", {ann: self.champions, bob: self.loyal})
        segment = self.champions.with_company(self.company)
        days = [AS_OF.replace(month=month, day=28) for month in (2, 3, 4, 5)]
        sizes = segment._sizes_on(days)
        self.assertEqual(
            [sizes.get((segment.id, day), 0) for day in days], [0, 2, 2, 1]
        )

    def test_lines_bought_at_a_discount_tell_of_price_sensitivity(self):
        bargain, full = self._add_customers(2)
        for discounts, customer in (((10, 0), bargain), ((0,), full)):
            for discount in discounts:
                order = self._add_order(customer, AS_OF, 100)
                order.order_line.discount = discount
            if customer == bargain:
                draft = self._add_order(customer, AS_OF, 100, confirm=False)
                draft.order_line.discount = 50  # not bought
        self._refresh()
        rule = self._rule([("purchase_days", ">=", 1), ("amount_total", ">", 150)])
        found = {label: contrast for label, __, contrast in rule._contrasts()}
        contrast = found["Lines bought at a discount"]
        self.assertEqual((contrast.group.mean, contrast.rest.mean), (0.5, 0))
        rows = {row["label"]: row for row in rule._contrast_rows()}
        self.assertEqual(rows["Lines bought at a discount"]["group"], "50.0 %")
        self.env["sale.order.line"].search(
            [("order_id.partner_id", "=", bargain.id)]
        ).discount = 0
        self.env.flush_all()
        self.assertNotIn(
            "Lines bought at a discount", [label for label, *__ in rule._contrasts()]
        )

    def test_a_difference_is_told_with_its_test(self):
        frequent, rare = self._add_customers(40), self._add_customers(60)
        self._add_history(
            [
                (customer, AS_OF - timedelta(days=30 * month), 10 + number)
                for number, customer in enumerate(frequent)
                for month in range(6)
            ]
            + [(customer, AS_OF, 10 + n) for n, customer in enumerate(rare)]
        )
        self._refresh()
        rule = self._rule([("purchase_days", ">=", 3)])
        rows = {row["label"]: row for row in rule._contrast_rows()}
        self.assertEqual(rows["Purchase days"]["group"], "6.0")
        self.assertEqual(rows["Purchase days"]["rest"], "1.0")
        self.assertEqual(rows["Purchase days"]["verdict"], "6.0 × the others")
        self.assertEqual(rows["Purchase days"]["n"], 40)
        self.assertFalse(rows["Days since the last purchase"]["is_real"])
        self.assertIn("6.0 × the others", rule.contrast_html)
        rule.min_size = 50
        rows = {row["label"]: row for row in rule._contrast_rows()}
        self.assertEqual(rows["Purchase days"]["verdict"], "too few to tell")

    def test_a_salesperson_is_told_of_own_customers_only(self):
        seller = self._add_user("seller", INSIGHT_USER)
        ann = self._add_customer("Ann", user_id=seller.id)
        bob = self._add_customer("Bob")
        self._refresh()
        rule = self._rule([("partner_id", "in", (ann | bob).ids)])
        self._members(rule)
        seen = rule.with_user(seller).with_company(self.company)
        self.assertEqual(seen.profile_count, 1)
        self.assertEqual(seen.entered_count, 1)
        self.assertEqual(seen._sizes_on([AS_OF]), {(rule.id, AS_OF): 1})
        [(__, __, contrast), *__] = seen._contrasts()
        self.assertEqual((contrast.group.n, contrast.rest.n), (1, 0))

    def test_who_was_in_it_on_a_day(self):
        ann = self._add_customer()
        self._record("2025-03-15", {ann: self.champions})
        self._record("2025-05-10", {ann: self.loyal})
        for day, count in (("2025-03-14", 0), ("2025-05-09", 1), ("2025-05-10", 0)):
            dialog = self.env["customer.segment.day"].create(
                {"segment_id": self.champions.id, "date": day}
            )
            found = self.stays.search(
                [*dialog.action_open()["domain"], ("partner_id", "=", ann.id)]
            )
            self.assertEqual(len(found), count, day)


class TestClusters(RuleCase):
    """Groups found among the buyers, kept as segments."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.often, cls.seldom = cls._add_customers(40), cls._add_customers(40)
        cls._add_history(
            [
                (customer, AS_OF - timedelta(days=7 * week + n % 5), 20 + n % 7)
                for n, customer in enumerate(cls.often)
                for week in range(8)
            ]
            + [
                (customer, AS_OF - timedelta(days=300 + n), 90 + n % 11)
                for n, customer in enumerate(cls.seldom)
            ]
        )
        cls._refresh()

    def _dialog(self, **values):
        dialogs = self.env["customer.segment.cluster"].with_user(self.manager)
        return dialogs.with_company(self.company).create(
            {"k_min": 2, "k_max": 4, **values}
        )

    def test_groups_are_shown_and_kept(self):
        dialog = self._dialog()
        dialog.action_preview()
        self.assertIn("2 groups", dialog.criterion)
        self.assertEqual(dialog.line_ids.mapped("customer_count"), [40, 40])
        self.assertIn("as often as the average buyer", dialog.line_ids[0].description)
        dialog.line_ids[0].name = "Regulars"
        segments = self.segments.search(dialog.action_save()["domain"])
        regulars = segments.filtered(lambda s: s.name == "Regulars")
        self.assertEqual(self._members(regulars), self.often)
        self.assertEqual(self._members(segments - regulars), self.seldom)
        stay = self.stays.search([("segment_id", "=", regulars.id)], limit=1)
        self.assertIn("8 purchase days", stay.reason)
        self.assertEqual(self.segments._refresh(AS_OF, self.company), 0)

    def test_sql_finds_the_groups_the_engine_finds(self):
        clusterings = self.env["customer.segment.clustering"]
        found = clusterings._fit(self.company, 3, 3, 5)
        rows = self.env.execute_query(clusterings._assigned_query(self.company, found))
        self.assertEqual(
            [row[-1] for row in rows], assign(found, [row[1:5] for row in rows])
        )

    def test_the_same_seed_gives_the_same_groups_after_a_rebuild(self):
        clusterings = self.env["customer.segment.clustering"]
        first = clusterings._fit(self.company, 2, 3, 5)
        self.env.cr.execute("DELETE FROM customer_profile")
        self._refresh()
        self.assertEqual(clusterings._fit(self.company, 2, 3, 5), first)

    def test_too_few_buyers_and_wrong_ranges_are_refused(self):
        with self.assertRaisesRegex(UserError, "too few for up to 12 groups"):
            self._dialog(k_max=12).action_preview()
        with self.assertRaisesRegex(UserError, "between 2 and 12"):
            self._dialog(k_min=5, k_max=4)
        with self.assertRaisesRegex(UserError, "Look at the groups first"):
            self._dialog().action_save()

    def test_users_create_no_clusters(self):
        seller = self._add_user("seller", INSIGHT_USER)
        with self.assertRaises(AccessError):
            self.env["customer.segment.cluster"].with_user(seller).create({})

    def test_a_clustering_in_use_belongs_to_its_company(self):
        dialog = self._dialog()
        dialog.action_preview()
        segments = self.segments.search(dialog.action_save()["domain"])
        other = self._add_company("Other")
        self.segments._refresh(AS_OF, other)
        self.assertFalse(
            self.stays.search(
                [("segment_id", "in", segments.ids), ("company_id", "=", other.id)]
            )
        )
