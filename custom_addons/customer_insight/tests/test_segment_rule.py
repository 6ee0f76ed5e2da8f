from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tools import mute_logger

from .common import AS_OF, INSIGHT_MANAGER, INSIGHT_USER
from .test_segment_membership import SegmentCase


class RuleCase(SegmentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(f"{AS_OF} 12:00"))
        groups = f"{INSIGHT_MANAGER},base.group_partner_manager"
        cls.manager = cls._add_user("boss", groups)
        cls.as_manager = cls.segments.with_user(cls.manager).with_company(cls.company)

    @classmethod
    def _rule(cls, domain="[]", conditions=(), **values):
        return cls.as_manager.create(
            {
                "name": "Rule",
                "kind": "rule",
                "domain": str(domain),
                "condition_ids": [Command.create(values) for values in conditions],
                **values,
            }
        )

    @classmethod
    def _members(cls, segment, day=AS_OF):
        cls.segments._refresh(day, cls.company)
        return cls.stays.search(
            cls.stays._members_at(segment, day, cls.company)
        ).partner_id


class TestSegmentRule(RuleCase):
    """Who belongs by a rule, and what a rule may ask for."""

    def test_members_follow_the_profile_and_leave_with_the_value(self):
        ann, bob = self._add_customers(2)
        self._add_order(ann, AS_OF, 900)
        self._refresh()
        buyers = self._rule([("purchase_count", ">=", 1)])
        self.assertEqual(self._members(buyers), ann)
        self._add_order(bob, AS_OF, 50)
        self.env["sale.order"].search([("partner_id", "=", ann.id)])._action_cancel()
        later = AS_OF + timedelta(days=30)
        self._refresh(later)
        self.assertEqual(self._members(buyers, later), bob)
        stay = self.stays.search(
            [("segment_id", "=", buyers.id), ("partner_id", "=", ann.id)]
        )
        self.assertEqual(stay.reason, "Purchases: 1")
        self.assertEqual(stay.exit_reason, "Purchases: 0")
        self.assertEqual(stay.date_to, later)

    def test_a_past_day_goes_by_the_profile_of_that_day(self):
        customers = self._add_customers(12)
        past = AS_OF - timedelta(days=60)
        self._add_history(
            (customer, AS_OF - timedelta(days=day), 10 * number + 10)
            for number, customer in enumerate(customers)
            for day in range(10 * number + 5, 200, 37)
        )
        rules = self.segments
        for leaf in (
            ("purchase_count", ">=", 4),
            ("lifecycle_stage", "in", ["loyal", "repeat"]),
            ("amount_total", ">", 100),
            ("recency_days", "<", 30),
            ("rfm_recency", ">=", 4),
            ("value_class", "=", "high"),
            ("health_score", ">=", 50),
            ("partner_id", "in", customers[:6].ids),
        ):
            rules |= self._rule([leaf])
        self._refresh(AS_OF)
        found = {rule: self._on(rule, past) for rule in rules}
        today = {rule: self._on(rule, AS_OF) for rule in rules}
        with freeze_time(f"{past} 12:00"):
            self._refresh(past)
            then = {rule: self._on(rule, past) for rule in rules}
        self.assertEqual(found, then)
        self.assertGreater(sum(found[rule] != today[rule] for rule in rules), 4)

    def _on(self, rule, day):
        """Members of a rule on a day, with the reasons."""
        query = rule._rule_query(self.company, day, rule.user_id)
        return set(self.env.execute_query(query))

    def test_a_past_day_shows_an_owner_their_own_customers_only(self):
        ann, bob = self._add_customers(2)
        for customer in (ann, bob):
            self._add_order(customer, AS_OF - timedelta(days=90))
        clerk = self._add_user("clerk", INSIGHT_USER)
        ann.user_id = clerk
        self._refresh()
        rule = self._rule([("purchase_count", "=", 1)])
        past = AS_OF - timedelta(days=60)
        self.assertEqual({row[0] for row in self._on(rule, past)}, {ann.id, bob.id})
        rule.sudo().user_id = clerk
        self.assertEqual({row[0] for row in self._on(rule, past)}, {ann.id})
        self.assertFalse(self._on(rule, AS_OF - timedelta(days=91)))

    def test_no_member_all_members_and_overlaps(self):
        customers = self._add_customers(3)
        self._refresh()
        names = [("partner_id.name", "=", customers[0].name)]
        nobody = self._rule([("purchase_count", ">", 5)])
        everybody = self._rule([("partner_id", "in", customers.ids)])
        one = self._rule(names)
        self.assertFalse(self._members(nobody))
        self.assertEqual(self._members(everybody), customers)
        self.assertEqual(self._members(one), customers[0])
        self.assertEqual(self.segments._refresh(AS_OF, self.company), 0)
        profile = self._profile(customers[0])
        self.assertEqual(profile.segment_ids - profile.rfm_segment_id, everybody | one)

    def test_customers_are_found_and_grouped_by_segment(self):
        ann, bob = self._add_customers(2)
        self._refresh()
        first = self._rule([("partner_id", "=", ann.id)])
        both = self._rule([("partner_id", "in", (ann | bob).ids)])
        self._members(both)
        mine = [("partner_id", "in", (ann | bob).ids)]
        groups = dict(self.profiles._read_group(mine, ["segment_ids"], ["__count"]))
        self.assertEqual((groups[first], groups[both]), (1, 2))
        found = self.profiles.search([*mine, ("segment_ids", "in", first.ids)])
        self.assertEqual(found.partner_id, ann)
        self.assertEqual(both.with_company(self.company).profile_count, 2)

    def test_a_wrong_rule_is_refused_by_its_fault(self):
        for domain, fault in (
            ("[('name'", "cannot be read"),
            ("[('nonsense', '=', 1)]", "no field nonsense in Customer Profile"),
            ("[('partner_id.nonsense', '=', 1)]", "no field nonsense in Contact"),
            ("[('amount_total', '~', 1)]", "Invalid operator"),
            ("[('amount_total', '>', 'much')]", "could not convert"),
            ("[('segment_ids', '=', 1)]", "cannot ask for other segments"),
            ("['&', ('amount_total', '>', 1)]", "malformed"),
            ("[('name; drop table x', '=', 1)]", "no field name; drop table x"),
        ):
            with self.subTest(domain), self.assertRaisesRegex(ValidationError, fault):
                self._rule(domain)

    def test_a_field_kept_from_the_owner_is_refused_by_name(self):
        with self.assertRaisesRegex(ValidationError, "boss.*Signup Token Type"):
            self._rule([("partner_id.signup_type", "=", "x")])

    def test_an_editor_cannot_borrow_the_rights_of_another_owner(self):
        admin = self.env.ref("base.user_admin")
        with self.assertRaisesRegex(ValidationError, "boss.*Signup Token Type"):
            self._rule([("partner_id.signup_type", "=", "x")], user_id=admin.id)

    def test_a_rule_sees_only_the_customers_of_its_owner(self):
        seller = self._add_user(
            "seller", f"{INSIGHT_USER},sales_team.group_sale_salesman"
        )
        ann = self._add_customer("Ann", user_id=seller.id)
        self._add_customer("Bob", user_id=self.manager.id)
        self._refresh()
        segment = self._rule([("purchase_count", "=", 0)], user_id=seller.id)
        self.assertEqual(self._members(segment), ann)

    def test_the_system_cannot_own_a_rule(self):
        root = self.env.ref("base.user_root")
        with self.assertRaises(ValidationError):
            self._rule(user_id=root.id)

    def test_a_rule_broken_later_is_switched_off_and_stops_no_other(self):
        ann = self._add_customer()
        self._refresh()
        broken = self._rule([("partner_id", "=", ann.id)])
        self.env.cr.execute(
            "UPDATE customer_segment SET domain = %s WHERE id = %s",
            ["[('gone', '=', 1)]", broken.id],
        )
        broken.invalidate_recordset()
        other = self._rule([("partner_id", "=", ann.id)], sequence=99)
        with self.assertLogs("odoo.addons.customer_insight", "WARNING"):
            self.assertEqual(self._members(other), ann)
        self.assertIn("no field gone", broken.error)
        with self.assertRaisesRegex(ValidationError, "no field gone"):
            broken.action_switch_on()
        broken.domain = str([("partner_id", "=", ann.id)])
        self.assertFalse(broken.error)
        self.assertEqual(self._members(broken), ann)

    def test_an_archived_owner_switches_the_rule_off(self):
        segment = self._rule()
        self.manager.active = False
        with self.assertLogs("odoo.addons.customer_insight", "WARNING"):
            self.segments._refresh(AS_OF, self.company)
        self.assertIn("boss", segment.error)

    def test_members_of_an_archived_segment_leave(self):
        ann = self._add_customer()
        self._refresh()
        segment = self._rule([("partner_id", "=", ann.id)])
        self._members(segment)
        segment.active = False
        self.assertFalse(self._members(segment, AS_OF + timedelta(days=400)))

    def test_the_preview_counts_unsaved_rules(self):
        ann, bob = self._add_customers(2)
        self._add_order(ann, AS_OF, 900)
        self._refresh()
        draft = self.as_manager.new(
            {
                "kind": "rule",
                "user_id": self.manager.id,
                "domain": str([("partner_id", "in", (ann | bob).ids)]),
            }
        )
        self.assertEqual(draft.preview_count, 2)
        draft.condition_ids = [
            Command.create({"measure": "purchase_count", "days": 0, "value": 1})
        ]
        self.assertEqual(draft.preview_count, 1)
        self.assertEqual(draft.preview_profile_ids.partner_id, ann)
        draft.domain = "[('nonsense', '=', 1)]"
        self.assertEqual(draft.preview_count, 0)
        self.assertIn("nonsense", draft.preview_fault)

    def test_a_past_refresh_leaves_later_history_alone(self):
        ann = self._add_customer()
        self._refresh()
        segment = self._rule([("partner_id", "=", ann.id)])
        self._members(segment)
        before = self._intervals(ann)
        self.segments._refresh(AS_OF - timedelta(days=400), self.company)
        self.assertEqual(
            [stay for stay in self._intervals(ann) if stay[0] == segment.code],
            [stay for stay in before if stay[0] == segment.code],
        )

    @mute_logger("odoo.addons.customer_insight.models.customer_segment_refresh")
    def test_the_job_goes_on_after_a_segment_that_fails(self):
        ann = self._add_customer()
        self._refresh()
        segments = [self._rule([("partner_id", "=", ann.id)]) for __ in range(2)]
        self.env.cr.execute("DELETE FROM customer_segment_membership")
        computed = type(self.segments)._refresh_computed

        def failing(segment, *args):
            if segment == segments[0]:
                raise RuntimeError("boom")
            return computed(segment, *args)

        self.cr.flush()
        with (
            patch.object(type(self.segments), "_refresh_computed", failing),
            self.enter_registry_test_mode(),
        ):
            self.env.ref(
                "customer_insight.ir_cron_refresh_segments"
            ).method_direct_trigger()
        self.env.invalidate_all()
        stays = self.stays.search([("partner_id", "=", ann.id)])
        self.assertIn(segments[1], stays.segment_id)
        self.assertNotIn(segments[0], stays.segment_id)


class TestSegmentCondition(RuleCase):
    """What is counted from the documents, as of a day."""

    def _assert_value(self, customer, expected, day=AS_OF, **values):
        condition = self.env["customer.segment.condition"].new(values)
        found = dict(self.env.execute_query(condition._values_query(self.company, day)))
        self.env.flush_all()
        self.assertAlmostEqual(float(found.get(customer.id, 0)), expected)

    def test_purchases_count_within_the_window_only(self):
        ann = self._add_customer()
        for days, amount in ((0, 10), (0, 20), (89, 30), (90, 40)):
            self._add_order(ann, AS_OF - timedelta(days=days), amount)
        self.env.flush_all()
        for measure, expected in (
            ("purchase_count", 3),
            ("purchase_days", 2),
            ("amount", 60),
            ("quantity", 3),
        ):
            with self.subTest(measure):
                self._assert_value(ann, expected, measure=measure, days=90)
        self._assert_value(ann, 4, measure="purchase_count", days=0)
        self._assert_value(
            ann, 2, day=AS_OF - timedelta(days=1), measure="purchase_count", days=90
        )

    def test_returned_and_cancelled_orders_do_not_count(self):
        ann = self._add_customer()
        whole = self._add_order(ann, AS_OF, 100)
        part = self._add_order(ann, AS_OF, 100)
        gone = self._add_order(ann, AS_OF, 100)
        gone._action_cancel()
        self._add_refund(ann, AS_OF, 100, order=whole)
        self._add_refund(ann, AS_OF, 40, order=part)
        self.env.flush_all()
        self._assert_value(ann, 1, measure="purchase_count", days=90)
        self._assert_value(ann, 60, measure="amount", days=90)

    def test_conditions_speak_of_products_and_their_categories(self):
        ann = self._add_customer()
        parent = self.env["product.category"].create({"name": "All Tea"})
        child = parent.create({"name": "Green", "parent_id": parent.id})
        tea = self.product.create(
            {"name": "Tea", "categ_id": child.id, "taxes_id": False}
        )
        order = self._add_order(ann, AS_OF, 30)
        line = {"product_id": tea.id, "product_uom_qty": 4, "price_unit": 5}
        order.order_line = [Command.create({"name": "Tea", **line})]
        self._add_order(ann, AS_OF, 70)
        self.env.flush_all()
        of_tea = {"product_category_ids": parent.ids, "days": 90}
        self._assert_value(ann, 1, measure="purchase_count", **of_tea)
        self._assert_value(ann, 20, measure="amount", **of_tea)
        self._assert_value(ann, 4, measure="quantity", **of_tea)
        self._assert_value(
            ann, 2, measure="purchase_count", product_ids=self.product.ids, days=90
        )

    def test_invoices_are_counted_where_they_are_the_basis(self):
        self.company.insight_purchase_basis = "invoice"
        ann = self._add_customer()
        invoice = self._add_invoice(ann, AS_OF, 100)
        self._add_invoice(ann, AS_OF, 50)
        self._add_refund(ann, AS_OF, 100, reversed_entry_id=invoice.id)
        self._add_order(ann, AS_OF, 999)
        self.env.flush_all()
        self._assert_value(ann, 1, measure="purchase_count", days=30)
        self._assert_value(ann, 50, measure="amount", days=30)

    def test_a_condition_explains_entry_and_exit(self):
        ann = self._add_customer()
        self._add_order(ann, AS_OF - timedelta(days=20))
        self._add_order(ann, AS_OF)
        self._refresh()
        segment = self._rule(
            conditions=[{"measure": "purchase_count", "days": 30, "value": 2}]
        )
        self.assertEqual(self._members(segment), ann)
        later = AS_OF + timedelta(days=20)
        self.assertFalse(self._members(segment, later))
        stay = self.stays.search([("segment_id", "=", segment.id)])
        self.assertEqual(stay.reason, "2 purchases in 30 days (≥ 2)")
        self.assertEqual(stay.exit_reason, "1 purchases in 30 days (not ≥ 2)")

    def test_customers_without_purchases_count_as_zero(self):
        ann, bob = self._add_customers(2)
        self._add_order(ann, AS_OF)
        self._refresh()
        segment = self._rule(
            [("partner_id", "in", (ann | bob).ids)],
            [{"measure": "purchase_count", "operator": "<=", "value": 0}],
        )
        self.assertEqual(self._members(segment), bob)

    def test_contacts_are_counted_by_kind(self):
        ann = self._add_customer()
        self._add_order(ann, AS_OF)
        self.env["customer.interaction.log"].create(
            [
                {
                    "partner_id": ann.id,
                    "company_id": self.company.id,
                    "kind": "call",
                    "date": f"{AS_OF - timedelta(days=days)} 10:00:00",
                }
                for days in (0, 9, 10)
            ]
        )
        self.env.flush_all()
        calls = {"measure": "interactions", "interaction_kind": "call"}
        self._assert_value(ann, 2, days=10, **calls)
        self._assert_value(ann, 3, days=0, **calls)
        self._assert_value(ann, 3, days=10, measure="interactions")

    def test_an_unknown_measure_is_refused_by_name(self):
        with self.assertRaisesRegex(ValidationError, "no measure named nonsense"):
            self._rule(conditions=[{"measure": "nonsense"}])
