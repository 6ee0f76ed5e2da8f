from odoo import Command
from odoo.addons.loyalty_program.tests.common import LoyaltyCase


class TestCourse(LoyaltyCase):
    """Points for a finished course: once for each course and person, within limits."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = cls.env["loyalty.earning.rule"].create(
            {
                "name": "Learned",
                "program_id": cls.program.id,
                "event": "course_finished",
                "points": 30,
            }
        )
        cls.courses = cls.env["slide.channel"].create(
            [
                {
                    "name": f"Course {number}",
                    "is_published": True,
                    "slide_ids": [
                        Command.create({"name": f"Page {page}", "is_published": True})
                        for page in range(2)
                    ],
                }
                for number in range(2)
            ]
        )
        cls.account = cls._add_account()

    def _learn(self, course, partner=None, pages=2):
        partner = partner or self.member
        course._action_add_members(partner)
        read = self.env["slide.slide.partner"]
        for page in course.slide_content_ids[:pages]:
            values = {"slide_id": page.id, "partner_id": partner.id}
            known = read.search([(name, "=", value) for name, value in values.items()])
            known.completed = True
            if not known:
                read.create({**values, "completed": True})

    def test_a_finished_course(self):
        course = self.courses[0]
        self._learn(course, pages=1)
        self.assertBalance(0)
        self._learn(course)
        self.assertKinds(("bonus", 30))
        self._learn(course)
        self.assertKinds(("bonus", 30))
        self._learn(self.courses[1])
        self.assertKinds(("bonus", 30), ("bonus", 30))

    def test_joined_anew_it_gives_nothing(self):
        course = self.courses[0]
        self._learn(course)
        course.sudo()._remove_membership(self.member.ids)
        self.env["slide.channel.partner"].with_context(active_test=False).search(
            [("channel_id", "=", course.id)]
        ).unlink()
        self._learn(course)
        self.assertKinds(("bonus", 30))

    def test_two_people_of_a_company(self):
        self.company.loyalty_account_level = "company"
        firm = self._add_customer("Firm", is_company=True)
        account = self._add_account(partner=firm)
        for name in ("Ann", "Bob"):
            self._learn(self.courses[0], self._add_customer(name, parent_id=firm.id))
        self.assertBalance(60, account)

    def test_limits_and_strangers(self):
        self.rule.write({"cap_points": 40, "cap_period": "ever"})
        stranger = self._add_customer("Stranger")
        for course in self.courses:
            self._learn(course)
            self._learn(course, stranger)
        self.assertKinds(("bonus", 30), ("bonus", 10))
        self.assertFalse(self._account(stranger))
