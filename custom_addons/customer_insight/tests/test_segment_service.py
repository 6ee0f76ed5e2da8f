from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from .common import AS_OF, INSIGHT_USER
from .test_segment_rule import RuleCase


class TestSegmentService(RuleCase):
    """What a segment brings its members: a price list, a salesperson."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref("product.group_product_pricelist")
        cls.env["res.config.settings"].create(
            {"group_product_pricelist": True}
        ).execute()
        lists = cls.env["product.pricelist"].with_context(active_test=False)
        lists.search([]).active = False
        cls.standard, cls.gold, cls.silver, cls.own = lists.create(
            [
                {"name": name, "company_id": cls.company.id, "sequence": number}
                for number, name in enumerate(("Standard", "Gold", "Silver", "Own"))
            ]
        )
        cls.company.insight_segment_pricelist = True
        cls.ann, cls.bob = cls._add_customers(2)
        cls._add_order(cls.ann, AS_OF, 900)
        cls._refresh()

    def group(self, pricelist, partners=None, **values):
        partners = self.ann if partners is None else partners
        segment = self._rule([("partner_id", "in", partners.ids)], **values)
        segment.sudo().pricelist_id = pricelist
        self._members(segment)
        self.env.invalidate_all()
        return segment

    def pricelist(self, partner):
        partner.invalidate_recordset()
        return partner.with_company(self.company).property_product_pricelist

    def test_members_get_the_list_of_their_segment_and_others_do_not(self):
        segment = self.group(self.gold)
        self.assertEqual(self.pricelist(self.ann), self.gold)
        self.assertEqual(self.pricelist(self.bob), self.standard)
        self.assertEqual(self.ann.pricelist_segment_id, segment)
        self.assertFalse(self.bob.pricelist_segment_id)
        order = self.env["sale.order"].create({"partner_id": self.ann.id})
        self.assertEqual(order.pricelist_id, self.gold)

    def test_a_contact_of_a_company_has_its_list(self):
        person = self._add_customer("Person", parent_id=self.ann.id)
        self.group(self.gold)
        self.assertEqual(self.pricelist(person), self.gold)

    def test_the_highest_priority_wins_then_the_order_of_segments(self):
        self.group(self.gold, priority="1", sequence=5)
        self.group(self.silver, priority="2", sequence=9)
        self.assertEqual(self.pricelist(self.ann), self.silver)
        first = self.group(self.own, priority="2", sequence=8)
        self.assertEqual(self.pricelist(self.ann), self.own)
        first.active = False
        self.assertEqual(self.pricelist(self.ann), self.silver)
        self.silver.active = False
        self.assertEqual(self.pricelist(self.ann), self.gold)

    def test_a_list_chosen_on_the_contact_goes_before(self):
        self.group(self.gold)
        self.ann.property_product_pricelist = self.own
        self.assertEqual(self.pricelist(self.ann), self.own)
        self.assertFalse(self.ann.pricelist_segment_id)
        # the list everybody has is a choice, too, where a segment has another one
        self.ann.property_product_pricelist = self.standard
        self.assertEqual(self.pricelist(self.ann), self.standard)
        # that of the segment is none
        self.ann.property_product_pricelist = self.gold
        self.assertFalse(self.ann.specific_property_product_pricelist)
        self.assertEqual(self.pricelist(self.ann), self.gold)

    def test_leaving_takes_the_list_away(self):
        segment = self.group(self.gold)
        segment.domain = str([("partner_id", "=", self.bob.id)])
        self.assertEqual(self.pricelist(self.ann), self.standard)
        self.assertEqual(self.pricelist(self.bob), self.gold)

    def test_nothing_is_applied_unless_the_company_says_so(self):
        self.group(self.gold)
        self.company.insight_segment_pricelist = False
        self.assertEqual(self.pricelist(self.ann), self.standard)
        self.assertFalse(self.ann.pricelist_segment_id)
        self.assertFalse(self._add_company("Other").insight_segment_pricelist)

    def test_a_list_of_another_company_is_not_used(self):
        self.group(self.gold)
        self.gold.company_id = self._add_company("Other")
        self.assertEqual(self.pricelist(self.ann), self.standard)

    def test_the_form_of_a_contact_keeps_the_list(self):
        segment = self.group(self.gold)
        groups = f"{INSIGHT_USER},base.group_partner_manager"
        groups += ",sales_team.group_sale_salesman,product.group_product_pricelist"
        clerk = self._add_user("clerk", groups)
        self.ann.user_id = clerk
        with Form(self.ann.with_user(clerk).with_company(self.company)) as form:
            self.assertEqual(form.pricelist_segment_id, segment)
            form.country_id = self.env.ref("base.cn")
            self.assertEqual(form.property_product_pricelist, self.gold)
        self.assertEqual(self.pricelist(self.ann), self.gold)

    def test_prices_need_no_rights_to_segments(self):
        self.group(self.gold)
        seller = self._add_user("seller", "sales_team.group_sale_salesman_all_leads")
        as_seller = self.ann.with_user(seller).with_company(self.company)
        self.assertEqual(as_seller.property_product_pricelist, self.gold)
        with self.assertRaises(AccessError):
            as_seller.read(["pricelist_segment_id"])

    def test_the_owner_takes_over_who_has_nobody(self):
        carl = self._add_customer("Carl", user_id=self.env.user.id)
        self._refresh()
        segment = self.group(self.gold, self.ann | carl)
        self.assertEqual(segment.unassigned_count, 1)
        segment.action_assign_owner()
        self.assertEqual(self.ann.user_id, self.manager)
        notices = self.env["mail.message"].search(
            [("model", "=", "res.partner"), ("res_id", "=", self.ann.id)]
        )
        self.assertFalse(notices.filtered("notified_partner_ids"))
        self.assertEqual(carl.user_id, self.env.user)
        self.assertFalse(self.bob.user_id)
        self.assertEqual(segment.unassigned_count, 0)

    def test_salespeople_see_the_segment_of_their_own_customers_only(self):
        segment = self.group(self.gold)
        seller = self._add_user("price_seller", INSIGHT_USER)
        mine = self.ann.with_user(seller).with_company(self.company)
        self.assertFalse(mine.pricelist_segment_id)
        self.assertEqual(self.ann.property_product_pricelist, self.gold)
        self.ann.user_id = seller
        self.env.invalidate_all()
        self.assertEqual(mine.pricelist_segment_id, segment)

    def test_only_managers_assign_and_only_owners_of_the_company(self):
        segment = self.group(self.gold)
        clerk = self._add_user("clerk", INSIGHT_USER)
        with self.assertRaises(AccessError):
            segment.with_user(clerk).with_company(self.company).action_assign_owner()
        other = self._add_company("Other")
        self.manager.write(
            {
                "company_ids": [Command.set(other.ids)],
                "company_id": other.id,
            }
        )
        with self.assertRaises(UserError):
            segment.sudo().with_company(self.company).action_assign_owner()
