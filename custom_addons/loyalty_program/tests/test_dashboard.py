from datetime import date

from freezegun import freeze_time
from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import MANAGER, LoyaltyCase


@tagged("post_install", "-at_install")
class DashboardCase(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.officer = cls._add_user("dash_officer", "loyalty_program.group_officer")
        cls.boss = cls._add_user(
            "dash_boss",
            "loyalty_program.group_manager,customer_insight.group_manager",
        )
        cls.seller = cls._add_user("dash_seller", "customer_insight.group_user")
        cls.program.write({"expiry_mode": "none"})

    def _analyse(self, user=None, **params):
        params = {"since": "2025-01-01", "until": "2025-06-30", **params}
        analysis = self.env["customer.analysis.loyalty"].with_user(user or self.boss)
        analysis = analysis.with_context(allowed_company_ids=self.company.ids)
        self.env.flush_all()
        return analysis.analyse(params), analysis, params

    def _block(self, kind, title, user=None, **params):
        result, _analysis, _params = self._analyse(user, **params)
        return next(
            block
            for block in result["blocks"]
            if block["type"] == kind and block.get("title", "").startswith(title)
        )

    def _post_at(self, day, card, points, kind, **values):
        with freeze_time(f"{day} 12:00:00"):
            return card._post(points, kind, key=f"{day}:{points}", **values)


class TestDashboard(DashboardCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program.tier_ids = [
            Command.create({"name": "Gold", "threshold": 100}),
        ]
        cls.card = cls._add_account()
        cls.other = cls._add_account(
            partner=cls._add_customer("Own", user_id=cls.seller.id)
        )
        cls.card.tier_id = cls.program.tier_ids

    def setUp(self):
        super().setUp()
        self._post_at("2024-12-31", self.card, 100, "bonus")
        self._post_at("2025-01-10", self.card, 50, "earn")
        self._post_at("2025-02-28", self.card, -30, "redeem")
        self._post_at("2025-03-01", self.other, 20, "bonus")
        self._post_at("2025-03-31", self.card, -5, "adjust")

    def test_months_add_up(self):
        """Opening + all groups = closing, and the last closing is the balance."""
        months = self.moves._months(
            [("company_id", "=", self.company.id)], date(2025, 1, 1), date(2025, 3, 31)
        )
        found = [
            (m["opening"], m["issued"], m["redeemed"], m["other"], m["closing"])
            for m in months
        ]
        self.assertEqual(
            found,
            [
                (100, 50, 0, 0, 150),
                (150, 0, -30, 0, 120),
                (120, 20, 0, -5, 135),
            ],
        )
        self.assertEqual(months[-1]["closing"], self.card.points + self.other.points)

    def test_nothing(self):
        self.assertEqual(
            self.moves._months([("id", "=", 0)], date(2025, 1, 1), date(2025, 3, 31)),
            [],
        )
        result, _analysis, _params = self._analyse(
            until="2020-01-31", since="2020-01-01"
        )
        self.assertFalse(result["blocks"])
        self.assertEqual(
            result["empty"], "No points until 01/31/2020. Choose later days."
        )
        self.assertEqual(result["steps"], [])

    def test_a_company_without_points_says_what_to_do(self):
        """… and where there are some, to who may look there."""
        empty = self._add_company("Empty")
        user = self._add_user(
            "two companies",
            MANAGER,
            company=empty,
            company_ids=(empty | self.company).ids,
        )
        analysis = self.env["customer.analysis.loyalty"].with_user(user)
        both = analysis.with_context(allowed_company_ids=(empty | self.company).ids)
        result = both.analyse({})
        self.assertFalse(result["blocks"])
        self.assertIn("Empty has no points program.", result["empty"])
        self.assertIn(f"There are points in {self.company.name}.", result["empty"])
        show, create = result["steps"]
        self.assertEqual(show["values"]["firm"], self.company.id)
        self.assertIn("loyalty_program", create["action"])
        self.assertTrue(both.analyse(show["values"])["blocks"])
        # the other company is not chosen at the top: it is changed to
        alone = analysis.with_context(allowed_company_ids=empty.ids).analyse({})
        self.assertEqual(alone["steps"][0]["company"], self.company.id)
        # who may not see it is not told of it
        user.company_ids = empty
        alone = analysis.with_context(allowed_company_ids=empty.ids).analyse({})
        self.assertNotIn(self.company.name, alone["empty"])
        club = self._add_program(company=empty, name="New Club")
        result = analysis.with_context(allowed_company_ids=empty.ids).analyse({})
        self.assertIn("New Club, and no points in it yet", result["empty"])
        self.assertEqual(result["steps"][0]["action"]["res_id"], club.id)

    def test_the_figures(self):
        """Members, issued, redeemed, expired, owed; the latter for who may see it."""
        self._post_at("2025-04-01", self.card, -15, "expire", side="other")
        self.program.point_value = 0.1

        def figures(user):
            block = self._analyse(user)[0]["blocks"][0]
            return {item["label"]: item["value"] for item in block["items"]}

        found = figures(self.officer)
        self.assertEqual(
            found,
            {
                "Members": 2,
                "Active Members": 2,
                "Points Out": 120,
                "Issued": 70,
                "Redeemed": 30,
                "Expired": 15,
                "Owed for Points": 0,  # nothing is valued before the night
            },
        )
        self.assertNotIn("Owed for Points", figures(self.seller))
        result, analysis, params = self._analyse(self.officer)
        [owed] = [i for i in result["blocks"][0]["items"] if i["kind"] == "money"]
        self.assertIn("12.00", owed["note"])
        action = analysis.open_records(params, owed["key"])
        lots = self.env["loyalty.point.liability"].search(action["domain"])
        self.assertEqual(sum(lots.mapped("points")), 120)

    def test_months_before_the_first_point_are_left_out(self):
        rows = self._block("table", "Points Month", since="2024-06-01")["rows"]
        self.assertEqual(rows[0]["cells"][:3], ["Dec 2024", 0, 100])

    def test_members_by_tier(self):
        rows = self._block("table", "Members by Tier")["rows"]
        self.assertEqual(
            [row["cells"][:4] for row in rows],
            [["Gold", 1, 0.5, 115], ["No tier", 1, 0.5, 20]],
        )

    def test_everything_opens(self):
        result, analysis, params = self._analyse()
        for block in result["blocks"]:
            keys = [item["key"] for item in block.get("items", []) if item["key"]]
            for row in block.get("rows", []):
                keys += [key for key in [row["key"], *(row["keys"] or [])] if key]
            for series in block.get("series", []):
                keys += series["keys"] or []
            for key in keys:
                action = analysis.open_records(params, key)
                model = self.env[action["res_model"]].with_user(self.boss)
                model.search_count(action["domain"])

    def test_a_figure_opens_its_lines(self):
        _result, analysis, params = self._analyse()
        action = analysis.open_records(params, ["redeemed", "2025-02-01"])
        found = self.moves.search(action["domain"])
        self.assertEqual(found.mapped("points"), [-30])

    def test_a_figure_of_the_period_opens_all_its_months(self):
        for since in ("2025-01-01", "2025-01-05", "2025-02-10"):
            result, analysis, params = self._analyse(since=since)
            for item in result["blocks"][0]["items"]:
                if item["label"] not in ("Issued", "Redeemed"):
                    continue
                with self.subTest(since=since, figure=item["label"]):
                    action = analysis.open_records(params, item["key"])
                    lines = self.moves.search(action["domain"])
                    self.assertTrue(lines)
                    self.assertEqual(
                        abs(sum(lines.mapped("points"))), abs(item["value"])
                    )

    def test_salespeople_see_their_customers_only(self):
        rows = self._block("table", "Members by Tier", self.seller)["rows"]
        self.assertEqual([row["cells"][1:4:2] for row in rows], [[1, 20]])
        table = self._block("table", "Points Month", self.seller)
        self.assertEqual(table["rows"][-1]["cells"][-2], 20)

    def test_officers_need_no_right_to_customers(self):
        result, _analysis, _params = self._analyse(self.officer)
        titles = [block.get("title") for block in result["blocks"]]
        self.assertIn("Members by Tier", titles)
        boss, _analysis, _params = self._analyse(self.boss)
        self.assertEqual(len(boss["blocks"]), len(result["blocks"]) + 1)

    def test_others_are_refused(self):
        stranger = self._add_user("dash_stranger", "base.group_user")
        with self.assertRaises(AccessError):
            self._analyse(stranger)

    def test_too_few_grants_draw_no_curve(self):
        result, _analysis, _params = self._analyse()
        titles = [block.get("title") or "" for block in result["blocks"]]
        self.assertFalse([title for title in titles if "Redeemed Within" in title])

    def test_redemption_curve(self):
        for number in range(30):
            card = self._add_account(partner=self._add_customer(f"C{number}"))
            self._post_at("2025-01-15", card, 10, "bonus")
            if number < 6:
                self._post_at("2025-02-10", card, -10, "redeem")
            elif number < 9:
                self._post_at("2025-04-10", card, -10, "redeem")
        values = self._block("chart", "Redeemed Within", since="2025-01-01")
        shares = values["series"][0]["values"]
        # 480 points were granted early enough for all months up to the third:
        # 100 + 50 + 30 × 10 + 20
        self.assertAlmostEqual(shares[0], 60 / 470)
        self.assertAlmostEqual(shares[1], (60 + 30) / 470)
        self.assertAlmostEqual(shares[2], (60 + 30 + 30) / 470)

    def test_effect_says_not_enough(self):
        result, _analysis, _params = self._analyse()
        [block] = [
            block
            for block in result["blocks"]
            if block["type"] == "figures"
            and any("Difference" in item["label"] for item in block["items"])
        ]
        self.assertIsNone(block["items"][2]["value"])
        self.assertIn("Not enough", block["items"][0]["note"])

    def test_effect_is_that_of_like_customers(self):
        """Members buy for 150, others for 100; all bought alike before."""
        members = self._add_customers(35)
        others = self._add_customers(40)
        self._add_history(
            [(p, "2024-06-01", 100) for p in members | others]
            + [(p, "2025-03-01", 140 + 20 * (n % 2)) for n, p in enumerate(members)]
            + [(p, "2025-03-01", 90 + 20 * (n % 2)) for n, p in enumerate(others)]
        )
        for member in members:
            card = self._add_account(partner=member)
            self._set_create_date(card, "2024-07-01")
        _result, analysis, params = self._analyse()
        asked = analysis._read_params(params)
        effect = analysis._for_reader(asked)._effect(asked)
        self.assertEqual((effect.members, effect.others), (35, 40))
        self.assertAlmostEqual(effect.difference, 50, delta=1)
        self.assertTrue(effect.low > 40 and effect.high < 60)

    def _two_kinds(self, ours, theirs):
        """31 members and 32 others who bought alike before; what they bought since."""
        members, others = self._add_customers(31), self._add_customers(32)
        self._add_history(
            [(p, "2024-06-01", 100) for p in members | others]
            + [(p, "2025-03-01", ours + n % 2) for n, p in enumerate(members)]
            + [(p, "2025-03-01", theirs + n % 2) for n, p in enumerate(others)]
        )
        for member in members:
            card = self._add_account(partner=member)
            self._set_create_date(card, "2024-07-01")
        self._refresh()
        return others

    def test_the_fewest_are_those_of_the_setting(self):
        self._two_kinds(150, 100)
        for least, enough in ((31, True), (32, False), (5, True)):
            self.company.insight_min_observations = least
            _result, analysis, params = self._analyse()
            asked = analysis._read_params(params)
            effect = analysis._for_reader(asked)._effect(asked)
            self.assertEqual(effect.is_enough, enough, least)
        self.company.insight_min_observations = 32
        notes = [
            item["note"]
            for block in self._analyse()[0]["blocks"]
            if block["type"] == "figures"
            for item in block["items"]
        ]
        self.assertTrue(any("At least 32 of each" in note for note in notes))

    def test_who_is_no_member_is_invited_where_membership_pays(self):
        others = self._two_kinds(150, 100)
        result, analysis, params = self._analyse()
        [advice] = [one for one in result["blocks"] if one["type"] == "advice"]
        [item] = advice["items"]
        self.assertIn("more than like customers who are none", item["found"])
        action = analysis.open_records(params, item["key"])
        invited = self.env["customer.profile"].search(action["domain"])
        self.assertEqual(invited.partner_id, others)

    def test_nothing_is_suggested_without_an_effect_beyond_chance(self):
        self._two_kinds(100, 100)
        result, *_more = self._analyse()
        self.assertNotIn("advice", [one["type"] for one in result["blocks"]])


class TestIndex(DashboardCase):
    def _index(self, card):
        card.invalidate_recordset()
        return card.loyalty_index

    def test_by_hand(self):
        """Three members; frequency 1, 2, 0 days, amounts 300, 100, 0."""
        cards = [
            self._add_account(partner=partner) for partner in self._add_customers(3)
        ]
        self._add_history(
            [
                (cards[0].partner_id, "2025-03-01", 300),
                (cards[1].partner_id, "2025-02-01", 50),
                (cards[1].partner_id, "2025-03-01", 50),
                (cards[2].partner_id, "2020-03-01", 999),
            ]
        )
        self.env["loyalty.card"]._refresh_index(self.company, date(2025, 6, 30))
        # shares of members with as much or less: 2/3 and 3/3; nothing is 0
        self.assertAlmostEqual(self._index(cards[0]), 0.4 * 66.7 + 0.4 * 100, places=1)
        self.assertAlmostEqual(self._index(cards[1]), 0.4 * 100 + 0.4 * 66.7, places=1)
        self.assertEqual(self._index(cards[2]), 0)
        self.assertIn("40 %", cards[0].loyalty_index_sentence)

    def test_twice_changes_nothing(self):
        card = self._add_account()
        self._add_history([(self.member, "2025-03-01", 300)])
        refresh = self.env["loyalty.card"]._refresh_index
        self.assertEqual(refresh(self.company, date(2025, 6, 30)), 1)
        self.assertEqual(refresh(self.company, date(2025, 6, 30)), 0)
        self.company.loyalty_index_amount = 0
        self.assertEqual(refresh(self.company, date(2025, 6, 30)), 1)
        self.assertAlmostEqual(self._index(card), 100 * 40 / 60, places=1)

    def test_another_companys_members_are_left_alone(self):
        other = self._add_company("Other")
        program = self._add_program(company=other)
        card = self._add_account(program=program)
        self.env["loyalty.card"]._refresh_index(self.company)
        self.assertFalse(card.loyalty_index_parts)


class TestReport(DashboardCase):
    def test_section_of_points(self):
        card = self._add_account()
        self._post_at("2025-01-10", card, 50, "earn")
        self._post_at("2025-02-10", card, -20, "redeem")
        wizard = (
            self.env["customer.report.wizard"]
            .with_user(self.boss)
            .with_context(allowed_company_ids=self.company.ids)
            .create(
                {
                    "company_id": self.company.id,
                    "date_from": "2025-01-01",
                    "date_to": "2025-02-28",
                }
            )
        )
        self.env.flush_all()
        sections = {section.name: section for section in wizard._report_sections()}
        rows = [row[1:] for row in sections["loyalty"].rows]
        self.assertEqual(rows, [(0, 50, 0, 0, 0, 0, 50), (50, 0, -20, 0, 0, 0, 30)])
        self.assertEqual(list(sections)[-1], "method")
