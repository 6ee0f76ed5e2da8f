from datetime import timedelta
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import AS_OF, INSIGHT_MANAGER, INSIGHT_USER, CustomerInsightCase

_SALES = "sales_team.group_sale_salesman"


@tagged("post_install", "-at_install")
class SuggestionCase(CustomerInsightCase):
    """Six customers who buy bread with butter, and later soap; one buys a lamp."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bread, cls.butter, cls.soap, cls.lamp = cls.env["product.product"].create(
            [
                {"name": name, "type": "service", "taxes_id": False, "list_price": 5}
                for name in ("Bread", "Butter", "Soap", "Lamp")
            ]
        )
        cls.customers = cls._add_customers(6)
        cls.runs = cls.env["customer.recommendation.run"]
        cls.rules = cls.env["customer.product.rule"]
        cls.classPatch(type(cls.company), "_insight_today", lambda company: cls.today)
        cls.today = AS_OF
        for customer in cls.customers:
            cls._buy(customer, 40, cls.bread | cls.butter)
        for customer in cls.customers[:5]:
            cls._buy(customer, 20, cls.soap)
        cls._buy(cls.customers[0], 10, cls.bread)
        cls._buy(cls.customers[0], 10, cls.lamp)
        cls.profiles._refresh(companies=cls.company, as_of=AS_OF)

    @classmethod
    def _buy(cls, partner, days_ago, products, confirm=True, quantity=1, **values):
        order = cls._add_order(
            partner,
            AS_OF - timedelta(days=days_ago),
            confirm=confirm,
            order_line=[
                Command.create({"product_id": product.id, "product_uom_qty": quantity})
                for product in products
            ],
            **values,
        )
        return order

    def _learn(self):
        return self.runs._learn(self.company, AS_OF)

    def _rule(self, one, other, kind="basket", company=None):
        return self.rules.search(
            [
                ("company_id", "=", (company or self.company).id),
                ("kind", "=", kind),
                ("antecedent_id", "=", one.id),
                ("consequent_id", "=", other.id),
            ]
        )

    def _profile(self, partner):
        return self.profiles.search(
            [("partner_id", "=", partner.id), ("company_id", "=", self.company.id)]
        )

    def _sections(self, found):
        return {
            section["question"]: {
                product["id"]: product["reason"] for product in section["products"]
            }
            for section in found
        }


class TestProductRule(SuggestionCase):
    def test_a_rule_and_its_numbers(self):
        run = self._learn()
        self.assertEqual((run.basket_count, run.customer_count), (13, 6))
        self.assertEqual(run.product_count, 4)
        self.assertEqual(
            run.best_sellers[:3],
            [[self.bread.id, 7], [self.butter.id, 6], [self.soap.id, 5]],
        )
        rule = self._rule(self.bread, self.butter)
        self.assertRecordValues(
            rule,
            [
                {
                    "joint_count": 6,
                    "antecedent_count": 7,
                    "consequent_count": 6,
                    "confidence": 0.8571,
                    "support": round(6 / 13, 6),
                    "lift": round(6 / 7 / (6 / 13), 2),
                    "as_of": AS_OF,
                }
            ],
        )
        self.assertEqual(rule._reason(), "Bought with Bread in 6 of 7 baskets")
        self.assertFalse(self._rule(self.bread, self.soap))
        people = self._rule(self.bread, self.soap, "customer")
        self.assertEqual((people.joint_count, people.antecedent_count), (5, 6))
        self.assertEqual(
            people._reason(), "Bought by 5 of 6 customers who bought Bread"
        )

    def test_what_counts_is_kept_confirmed_recent_and_for_sale(self):
        late = self.customers[1]
        self._buy(late, 5, self.bread | self.butter, confirm=False)
        self._buy(late, 5, self.bread | self.butter)._action_cancel()
        self._buy(late, 400, self.bread | self.butter)  # before the window
        self._buy(late, -5, self.bread | self.butter)  # after the day
        self._buy(late, 5, self.bread | self.butter, quantity=-1)
        self._learn()
        self.assertEqual(self._rule(self.bread, self.butter).joint_count, 6)
        self.butter.sale_ok = False
        self._learn()
        self.assertFalse(self._rule(self.bread, self.butter))

    def test_what_is_returned_was_not_bought(self):
        order = self.customers[0].sale_order_ids.filtered(
            lambda order: self.butter in order.order_line.product_id
        )
        bread, butter = order.order_line
        refund = self._add_refund(self.customers[0], AS_OF, 5, post=False)
        refund.invoice_line_ids.write(
            {
                "product_id": self.butter.id,
                "quantity": 1,
                "sale_line_ids": [Command.set(butter.ids)],
            }
        )
        refund.action_post()
        self._learn()
        self.assertEqual(self._rule(self.bread, self.butter).joint_count, 5)

    def test_a_dozen_returned_is_twelve_pieces(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self._buy(self.customers[0], 5, self.bread | self.butter, quantity=12)
        for unit, joint in ((self.butter.uom_id, 7), (dozen, 6)):
            refund = self._add_refund(self.customers[0], AS_OF, 5, post=False)
            refund.invoice_line_ids.write(
                {
                    "product_id": self.butter.id,
                    "quantity": 1,
                    "product_uom_id": unit.id,
                    "sale_line_ids": [Command.set(order.order_line[1].ids)],
                }
            )
            refund.action_post()
            self._learn()
            rule = self._rule(self.bread, self.butter)
            self.assertEqual(rule.joint_count, joint, unit.name)

    def test_who_objects_to_profiling_teaches_nothing(self):
        self.customers[0].insight_objection = True
        self._learn()
        self.assertEqual(self._rule(self.bread, self.butter).joint_count, 5)

    def test_companies_learn_from_their_own(self):
        other = self._add_company("Other")
        self._learn()
        self.assertFalse(self.runs._learn(other, AS_OF))
        self.assertFalse(self._rule(self.bread, self.butter, company=other))
        user = self._add_user("other", INSIGHT_USER, other)
        for model in (self.rules, self.runs):
            model = model.with_user(user).with_context(allowed_company_ids=other.ids)
            self.assertFalse(model.search([]))

    def test_learning_twice_gives_the_same_rules_and_one_run(self):
        fields = ["kind", "antecedent_id", "consequent_id", "joint_count", "lift"]
        own = [("company_id", "=", self.company.id)]
        run = self._learn()
        before = self.rules.search(own).mapped(lambda r: [r[name] for name in fields])
        self.assertEqual(self._learn(), run)
        after = self.rules.search(own).mapped(lambda r: [r[name] for name in fields])
        self.assertCountEqual(before, after)
        self.assertEqual(run.rule_count, len(after))

    def test_learned_once_a_week_or_when_settings_change(self):
        self.runs._refresh(self.company)
        with patch.object(type(self.runs), "_learn") as learn:
            self.runs._refresh(self.company)
            self.assertFalse(learn.called)
            self.company.insight_rule_least = 3
            self.runs._refresh(self.company)
            self.assertTrue(learn.called)
        self.company.insight_rule_least = 5
        type(self).today = AS_OF + timedelta(days=7)
        self.addCleanup(setattr, type(self), "today", AS_OF)
        self.runs._refresh(self.company)
        self.assertEqual(self.runs._latest(self.company).as_of, self.today)

    def test_where_nothing_is_bought_any_more_rules_go(self):
        self._learn()
        self.customers.sale_order_ids._action_cancel()
        self.assertFalse(self._learn())
        self.assertFalse(self._rule(self.bread, self.butter))

    def test_the_night_learns_and_goes_on_after_a_deleted_product(self):
        names = [name for name, __ in self.profiles._night_steps()]
        self.assertIn("product rules", names)
        self._learn()
        spare = self.env["product.product"].create({"name": "Spare"})
        rule = self._rule(self.bread, self.butter)
        rule.sudo().consequent_id = spare
        rule.flush_recordset()
        spare.unlink()
        self.assertFalse(rule.exists())
        self.profiles._night_product_rules(self.company)

    def test_settings_out_of_bounds_are_refused(self):
        for name, value in (("months", 0), ("least", 1)):
            with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
                self.company[f"insight_rule_{name}"] = value
                self.company.flush_recordset()


class TestSuggestions(SuggestionCase):
    def test_nothing_is_suggested_before_anything_was_learned(self):
        self.assertEqual(self._profile(self.customers[0]).get_suggestions(), [])

    def test_what_a_customer_buys_again_and_what_is_new(self):
        self._learn()
        found = self._sections(self._profile(self.customers[0]).get_suggestions())
        self.assertEqual(list(found["again"])[0], self.bread.id)
        self.assertRegex(
            found["again"][self.bread.id], "In 2 of 4 own purchases, last on .*2025"
        )
        self.assertNotIn("own purchases", found["again"][self.butter.id])
        self.assertFalse(found["new"])  # has everything
        found = self._sections(self._profile(self.customers[5]).get_suggestions())
        self.assertEqual(
            found["new"],
            {
                self.soap.id: "Bought by 5 of 6 customers who bought Bread",
                self.lamp.id: "Best seller: in 1 of 13 baskets",
            },
        )

    def test_only_what_can_be_sold_by_this_company(self):
        self._learn()
        other = self._add_company("Other")
        profile = self._profile(self.customers[5])
        for product, values in (
            (self.soap, {"sale_ok": False}),
            (self.soap, {"active": False, "sale_ok": True}),
            (self.lamp, {"company_id": other.id}),
        ):
            # past the check that sold products stay where they were sold
            product.product_tmpl_id._write(values) if "company_id" in values else (
                product.write(values)
            )
            found = self._sections(profile.get_suggestions())
            self.assertNotIn(product.id, found["new"])

    def test_a_quotation_gets_what_goes_with_it(self):
        self._learn()
        stranger = self._add_customer("Stranger")
        order = self._buy(stranger, 0, self.bread, confirm=False)
        found = self._sections(order.get_suggestions())["basket"]
        self.assertEqual(found[self.butter.id], "Bought with Bread in 6 of 7 baskets")
        self.assertEqual(list(found)[0], self.butter.id)
        self.assertNotIn(self.bread.id, found)
        order.action_add_suggestion(self.butter.id)
        self.assertEqual(order.order_line.product_id, self.bread | self.butter)
        self.assertEqual(order.order_line[-1].price_unit, 5)
        self.assertNotIn(
            self.butter.id, self._sections(order.get_suggestions())["basket"]
        )

    def test_what_is_owned_is_not_offered_unless_it_is_bought_again(self):
        self._learn()
        owner = self.customers[3]
        order = self._buy(owner, 0, self.bread, confirm=False)
        found = self._sections(order.get_suggestions())["basket"]
        self.assertNotIn(self.butter.id, found)
        rule = self._rule(self.bread, self.butter)
        rule.sudo().repeat_share = 0.2
        found = self._sections(order.get_suggestions())["basket"]
        self.assertIn(self.butter.id, found)
        rule.sudo().repeat_share = 0.1
        self._buy(owner, 3, self.butter)  # this customer does
        found = self._sections(order.get_suggestions())["basket"]
        self.assertIn(self.butter.id, found)

    def test_who_objects_gets_what_goes_with_the_basket_alone(self):
        self._learn()
        objector = self.customers[3]
        objector.insight_objection = True
        self.assertEqual(
            self.env["customer.suggestion"]._for_customer(objector, self.company), []
        )
        order = self._buy(objector, 0, self.bread, confirm=False)
        found = self._sections(order.get_suggestions())["basket"]
        self.assertIn(self.butter.id, found)  # what they own is not looked at

    def test_confirmed_orders_take_no_suggestions(self):
        self._learn()
        order = self._buy(self.customers[0], 0, self.bread)
        self.assertEqual(order.get_suggestions(), [])
        with self.assertRaisesRegex(UserError, "Only quotations"):
            order.action_add_suggestion(self.butter.id)

    def test_no_better_than_best_sellers_is_said_and_they_are_shown(self):
        run = self._learn()
        bad = {"n": 300, "method": 0.2, "popularity": 0.19, "is_better": False}
        run.metrics = {"cutoff": 1, "basket": bad, "again": bad, "new": bad}
        [again, new] = self._profile(self.customers[5]).get_suggestions()
        self.assertTrue(again["is_weak"] and new["is_weak"])
        self.assertIn("No better than best sellers", new["note"])
        self.assertIn("(20.0 % against 19.0 %, n = 300)", new["note"])
        reasons = [product["reason"] for product in new["products"]]
        self.assertEqual(reasons[0], "Best seller: in 5 of 13 baskets")
        run.metrics = {"basket": {**bad, "is_better": True}}
        order = self._buy(self._add_customer(), 0, self.bread, confirm=False)
        [basket] = order.get_suggestions()
        self.assertFalse(basket["is_weak"])
        self.assertIn("20.0 % hit with ten suggestions, best", basket["note"])

    def test_a_product_shows_what_is_bought_with_it(self):
        self._learn()
        template = self.bread.product_tmpl_id
        self.assertEqual(template.bought_with_ids.consequent_id, self.butter)
        action = template.action_open_bought_with()
        self.assertEqual(self.rules.search(action["domain"]), template.bought_with_ids)
        template = template.with_company(self._add_company("Other"))
        self.assertFalse(template.bought_with_ids)

    def test_the_page_of_marks(self):
        page = self.env["customer.analysis.recommendation"]
        self.assertTrue(page.analyse()["empty"])
        run = self._learn()
        good = {"n": 300, "method": 0.3, "popularity": 0.1, "is_better": True}
        few = {"n": 3, "method": 0.3, "popularity": 0.1, "is_better": False}
        run.metrics = {"cutoff": 739000, "basket": good, "again": few, "new": few}
        blocks = page.analyse()["blocks"]
        rows = blocks[2]["rows"]
        self.assertEqual([row["cells"][-1] for row in rows], ["suggestions"] * 3)
        self.assertEqual([row["cells"][-2] for row in rows], ["yes"] + ["too few"] * 2)
        action = page.open_records({}, ["rules"])
        self.assertEqual(self.rules.search_count(action["domain"]), run.rule_count)


class TestSuggestionRights(SuggestionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = f"{INSIGHT_USER},{_SALES}"
        cls.seller = cls._add_user("seller", groups)
        cls.colleague = cls._add_user("colleague", groups)
        cls.plain = cls._add_user("plain", _SALES)
        cls.manager = cls._add_user("manager", f"{INSIGHT_MANAGER},{_SALES}")
        cls.own = cls.customers[5]
        cls.own.user_id = cls.seller
        cls.runs._learn(cls.company, AS_OF)

    def test_own_customers_only(self):
        profile = self._profile(self.own)
        self.assertTrue(profile.with_user(self.seller).get_suggestions())
        self.assertTrue(profile.with_user(self.manager).get_suggestions())
        for user in (self.colleague, self.plain):
            for call in (
                lambda mine: mine.get_suggestions(),
                lambda mine: mine.action_add_to_quotation(self.soap.id),
            ):
                with self.assertRaises(AccessError):
                    call(profile.with_user(user))
        self.assertFalse(self.own.sale_order_ids.filtered(lambda o: o.state == "draft"))

    def test_into_the_newest_quotation_or_a_new_one(self):
        profile = self._profile(self.own).with_user(self.seller)
        action = profile.action_add_to_quotation(self.soap.id)
        order = self.env["sale.order"].browse(action["res_id"])
        self.assertEqual((order.partner_id, order.state), (self.own, "draft"))
        self.assertEqual(order.company_id, self.company)
        self.assertEqual(order.user_id, self.seller)
        again = profile.action_add_to_quotation(self.lamp.id)
        self.assertEqual(again["res_id"], order.id)
        self.assertEqual(order.order_line.product_id, self.soap | self.lamp)
        self.lamp.sale_ok = False
        with self.assertRaisesRegex(UserError, "not for sale"):
            profile.action_add_to_quotation(self.lamp.id)

    def test_an_order_of_a_colleague_stays_closed(self):
        order = self._buy(self.own, 0, self.bread, confirm=False)
        order.user_id = self.seller
        self.assertTrue(order.with_user(self.seller).get_suggestions())
        for user in (self.colleague, self.plain):
            with self.assertRaises(AccessError):
                order.with_user(user).get_suggestions()
        with self.assertRaises(AccessError):
            order.with_user(self.colleague).action_add_suggestion(self.butter.id)


class TestSuggestionTour(HttpCase, SuggestionCase):
    def test_from_a_customer_into_a_quotation(self):
        self.runs._learn(self.company, AS_OF)
        user = self._add_user(
            "suggesting", f"{INSIGHT_MANAGER},sales_team.group_sale_salesman_all_leads"
        )
        profile = self._profile(self.customers[5])
        self.start_tour(
            f"/odoo/customer-profiles/{profile.id}",
            "customer_insight_suggestions",
            login=user.login,
        )
        order = self.env["sale.order"].search(
            [("partner_id", "=", self.customers[5].id), ("state", "=", "draft")]
        )
        self.assertEqual(order.order_line.product_id, self.soap | self.lamp)
