import json
from datetime import timedelta
from urllib.parse import parse_qs, urlparse

from lxml import html
from odoo import Command
from odoo.addons.loyalty_program.tests.common import LoyaltyCase
from odoo.exceptions import UserError
from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestWebShop(LoyaltyCase, HttpCase):
    """What the shop tells a member, what it keeps from others, and what it refuses."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website = cls.env["website"].search([], limit=1)
        cls.website.company_id = cls.company
        pricelist = cls.env["product.pricelist"].create(
            {
                "name": "Shop",
                "currency_id": cls.company.currency_id.id,
                "company_id": cls.company.id,
                "website_id": cls.website.id,
                "selectable": True,
            }
        )
        cls.env["product.pricelist"].search([("id", "!=", pricelist.id)]).active = False
        cls.product.write({"list_price": 40, "website_published": True})
        cls.user = new_test_user(
            cls.env,
            "shopper",
            "base.group_portal",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.user.partner_id.name = "Secret Member"
        cls.member = cls.user.partner_id

    # === WHAT A VISITOR DOES === #

    def _page(self, path):
        page = self.url_open(path)
        self.assertEqual(page.status_code, 200)
        return html.fromstring(page.text)

    def _text(self, page, css_class):
        found = page.xpath(f"//*[contains(@class, '{css_class}')]")
        return " ".join(" ".join(node.text_content().split()) for node in found)

    def _rpc(self, path, **params):
        answer = self.url_open(
            path,
            data=json.dumps({"params": params}),
            headers={"Content-Type": "application/json"},
        ).json()
        self.assertNotIn("error", answer)
        return answer["result"]

    def _fill_cart(self, quantity=1):
        self._rpc(
            "/shop/cart/add",
            product_template_id=self.product.product_tmpl_id.id,
            product_id=self.product.id,
            quantity=quantity,
        )
        return self.env["sale.order"].search(
            [("website_id", "=", self.website.id)], order="id desc", limit=1
        )

    def _claim_in_shop(self, reward=None):
        page = self._page("/shop/cart")
        [token] = page.xpath("(//input[@name='csrf_token'])[1]/@value")
        return self.url_open(
            "/shop/claimreward",
            data={"reward_id": (reward or self.reward).id, "csrf_token": token},
        ).text

    # === WHAT IS SHOWN === #

    def test_the_page_of_a_product_says_what_it_earns(self):
        path = f"/shop/{self.product.product_tmpl_id.id}"
        self.assertIn("40 Points", self._text(self._page(path), "o_loyalty_points"))
        self.program.tier_ids = [
            Command.create({"name": "Gold", "threshold": 1, "multiplier": 2})
        ]
        account = self._add_account()
        account._post(5, "earn")
        account._refresh_tiers()
        self.authenticate("shopper", "shopper")
        self.assertIn("80 Points", self._text(self._page(path), "o_loyalty_points"))
        info = self._rpc(
            "/website_sale/get_combination_info",
            product_template_id=self.product.product_tmpl_id.id,
            product_id=self.product.id,
            combination=[],
            add_qty=3,
        )
        self.assertEqual(info["loyalty_points"], "240 Points (Club)")
        self.assertEqual(self.env["sale.order"].search_count([]), 0)

    def test_a_product_that_earns_nothing(self):
        self.plain.website_published = True
        page = self._page(f"/shop/{self.plain.product_tmpl_id.id}")
        self.assertEqual(self._text(page, "o_loyalty_points"), "")

    def test_the_cart_of_a_member(self):
        self._add_account(350, expires_on="2099-05-31")
        self.authenticate("shopper", "shopper")
        self._fill_cart(2)
        page = self._page("/shop/cart")
        self.assertIn("350 Points available", self._text(page, "o_loyalty_account"))
        self.assertIn("80 Points", self._text(page, "o_loyalty_expected"))

    def test_visitors_see_what_they_miss_and_nothing_of_others(self):
        self._add_account(350)
        cart = self._fill_cart()
        page = self._page("/shop/cart")
        self.assertIn("Log in", self._text(page, "o_loyalty_expected"))
        self.assertIn("40 Points", self._text(page, "o_loyalty_expected"))
        self.assertEqual(self._text(page, "o_loyalty_account"), "")
        # the cart becomes that of a member, as by a link in a mail
        cart.partner_id = self.member
        page = self._page("/shop/cart")
        self.assertEqual(self._text(page, "o_loyalty_account"), "")
        # with its unit: a token or a moment in the page's scripts may have the digits
        self.assertNotIn("350 Points", " ".join(page.text_content().split()))
        self._claim_in_shop()
        self.assertFalse(cart.order_line.reward_id)
        self.assertEqual(self._account().reserved_points, 0)

    # === WHAT IS CLAIMED === #

    def test_claimed_in_the_shop_is_reserved(self):
        """LP-32"""
        account = self._add_account(100)
        self.authenticate("shopper", "shopper")
        cart = self._fill_cart()
        self._claim_in_shop()
        self.assertEqual(cart.order_line.reward_id, self.reward)
        account.invalidate_recordset()
        # with the points of this order, which core lets it spend
        self.assertEqual((account.reserved_points, account.available_points), (140, 0))
        page = self._page("/shop/cart")
        self.assertIn("0 Points available", self._text(page, "o_loyalty_account"))
        cart.action_confirm()
        self.assertBalance(0)

    def test_the_limits_of_the_program_hold(self):
        self.program.redeem_min_points = 500
        self._add_account(100)
        self.authenticate("shopper", "shopper")
        cart = self._fill_cart()
        self.assertIn("At least 500", self._claim_in_shop())
        self.assertFalse(cart.order_line.reward_id)

    def test_a_contact_spends_from_its_company(self):
        """LP-28"""
        self.company.loyalty_account_level = "company"
        firm = self._add_customer("Firm", is_company=True)
        self.member.parent_id = firm
        account = self._add_account(100, firm)
        self.authenticate("shopper", "shopper")
        cart = self._fill_cart()
        self.assertIn(
            "100 Points", self._text(self._page("/shop/cart"), "o_loyalty_account")
        )
        self._claim_in_shop()
        self.assertEqual(cart.order_line.coupon_id, account)

    def test_a_cart_that_is_being_paid_holds_the_last_piece(self):
        """LP-03"""
        self.reward.quantity_limit = 1
        carts = []
        for partner in self._add_customers(2):
            account = self._add_account(100, partner)
            cart = self._sell(50, partner, False, website_id=self.website.id)
            self._claim(cart, account)
            carts.append(cart)
        provider = self.env["payment.provider"].create({"name": "P", "code": "none"})
        method = self.env["payment.method"].create({"name": "M", "code": "none"})

        def pay(cart):
            return self.env["payment.transaction"].create(
                {
                    "provider_id": provider.id,
                    "payment_method_id": method.id,
                    "amount": cart.amount_total,
                    "currency_id": cart.currency_id.id,
                    "partner_id": cart.partner_id.id,
                    "reference": f"T{cart.id}",
                    "sale_order_ids": [Command.set(cart.ids)],
                }
            )

        payment = pay(carts[0])
        with (
            self.assertRaisesRegex(UserError, "no longer available"),
            self.env.cr.savepoint(),
        ):
            pay(carts[1])
        payment.state = "cancel"
        pay(carts[1])

    # === LP-24: CODES === #

    def _enter_code(self, code):
        """What a visitor who enters a code in the cart, or opens its link, is told."""
        form = self.url_open(f"/shop/pricelist?promo={code}").text
        text = self._text(html.fromstring(form), "alert-danger")
        link = self.url_open(f"/coupon/{code}", allow_redirects=False)
        answer = parse_qs(urlparse(link.headers["Location"]).query)
        return [
            told.replace(code, "…") for told in (text, *answer.get("coupon_error", []))
        ]

    def test_unknown_and_ended_codes_get_the_same_answer(self):
        coupons = self._add_coupons()
        ended, used = self.env["loyalty.card"].create(
            [
                {"program_id": coupons.id, "expiration_date": "2020-01-01"},
                {"program_id": coupons.id, "points": 0},
            ]
        )
        self._fill_cart()
        answers = [self._enter_code(code) for code in ("xxx", ended.code, used.code)]
        self.assertTrue(all(answers[0]), answers)
        self.assertEqual(answers, [answers[0]] * 3)

    def test_who_tries_codes_has_to_wait(self):
        coupon = self._add_coupons().coupon_ids
        cart = self._fill_cart()
        for number in range(30):
            self.url_open(f"/coupon/wrong-{number}", allow_redirects=False)
        self.assertIn("many wrong codes", " ".join(self._enter_code(coupon.code)))
        self.assertFalse(cart.applied_coupon_ids)
        for wrong in self.env["loyalty.code.try"].search([]):
            wrong.moment -= timedelta(minutes=10)
        self._enter_code(coupon.code)
        self.assertEqual(cart.applied_coupon_ids, coupon)

    def _add_coupons(self):
        return self.env["loyalty.program"].create(
            {
                "name": "Coupons",
                "program_type": "coupons",
                "trigger": "with_code",
                "company_id": self.company.id,
                "coupon_ids": [Command.create({"points": 1})],
                "reward_ids": [
                    Command.create({"discount_mode": "percent", "discount": 10})
                ],
            }
        )
