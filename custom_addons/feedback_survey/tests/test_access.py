from odoo.addons.customer_insight.tests.common import INSIGHT_USER
from odoo.exceptions import AccessError

from .common import FEEDBACK_AGENT, FEEDBACK_MANAGER, FeedbackCase

MODES = ("read", "write", "create", "unlink")
#: Who may do what: ``{model: {role: modes}}``; what is not named is refused.
RIGHTS = {
    "feedback.answer": {
        "seller": ("read",),
        "agent": ("read",),
        "manager": ("read", "unlink"),
    },
    "feedback.dimension": {"seller": ("read",), "agent": ("read",), "manager": MODES},
    "feedback.case": {
        "seller": ("read",),
        "agent": ("read", "write", "create"),
        "manager": MODES,
    },
    "feedback.theme": {"seller": ("read",), "agent": ("read",), "manager": MODES},
    "feedback.comment": {
        "seller": ("read",),
        "agent": ("read", "write"),
        "manager": ("read", "write", "unlink"),
    },
    "feedback.improvement": {
        "seller": ("read",),
        "agent": ("read", "write", "create"),
        "manager": MODES,
    },
    "feedback.department": {
        "employee": ("read",),
        "seller": ("read",),
        "agent": ("read",),
        "manager": MODES,
    },
    "feedback.case.handover": {
        "employee": ("read", "write"),
        "seller": ("read", "write"),
        "agent": ("read", "write", "create"),
        "manager": MODES,
    },
    "feedback.compensation": {"seller": ("read",), "agent": MODES, "manager": MODES},
    "feedback.mention": {"seller": ("read",), "agent": ("read",), "manager": ("read",)},
    "feedback.theme.learning": {
        "seller": ("read",),
        "agent": ("read",),
        "manager": ("read",),
    },
    "feedback.cause": {"seller": ("read",), "agent": ("read",), "manager": MODES},
    "feedback.case.tell": {
        "agent": ("read", "write", "create"),
        "manager": ("read", "write", "create"),
    },
    "feedback.entry": {
        "agent": ("read", "write", "create"),
        "manager": ("read", "write", "create"),
    },
    "feedback.rule": {"agent": ("read",), "manager": MODES},
    "feedback.request": {
        "seller": ("read",),
        "agent": ("read",),
        "manager": ("read", "write", "unlink"),
    },
    "feedback.place": {"seller": ("read",), "agent": ("read",), "manager": MODES},
    "feedback.hit": {},
    "feedback.claim": {},
    "feedback.mailbox": {"agent": ("read",), "manager": MODES},
    "feedback.reply": {"agent": ("read",), "manager": MODES},
    "feedback.post": {
        "seller": ("read",),
        "agent": ("read", "write", "create"),
        "manager": MODES,
    },
    "feedback.address": {"manager": ("read", "write", "unlink")},
    "feedback.entry.line": {"agent": MODES, "manager": MODES},
}


class TestAccess(FeedbackCase):
    """X-01: each role over each model."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            "portal": cls._add_user("portal", "base.group_portal"),
            "employee": cls._add_user("employee", "base.group_user"),
            "seller": cls._add_user("seller", INSIGHT_USER),
            "agent": cls._add_user("agent", FEEDBACK_AGENT),
            "manager": cls._add_user("manager", FEEDBACK_MANAGER),
        }

    def test_rights_of_each_role(self):
        for model, by_role in RIGHTS.items():
            for role, user in self.users.items():
                allowed = by_role.get(role, ())
                for mode in MODES:
                    with self.subTest(model=model, role=role, mode=mode):
                        self.assertEqual(
                            self.env[model].with_user(user).has_access(mode),
                            mode in allowed,
                        )

    def test_the_table_names_every_model(self):
        models = self.env["ir.model"].search(
            [("model", "=like", "feedback.%"), ("abstract", "=", False)]
        )
        self.assertEqual(set(models.mapped("model")), set(RIGHTS))

    def test_salespeople_read_answers_of_their_customers_only(self):
        mine = self._add_customer("Mine", user_id=self.users["seller"].id)
        own = self._answer(mine, nps=9).feedback_answer_ids
        foreign = self._answer(self._add_customer("Other"), nps=9).feedback_answer_ids
        seen = self.answers.with_user(self.users["seller"])
        self.assertEqual(seen.search([("survey_id", "=", self.survey.id)]), own)
        with self.assertRaises(AccessError):
            foreign.with_user(self.users["seller"]).read(["comment"])

    def test_agents_see_surveys_that_make_scores_only(self):
        """Other surveys, and those kept for others, are none of their business."""
        exam = self._add_survey()
        kept = self._add_survey("nps", restrict_user_ids=self.users["manager"].ids)
        foreign = self._add_survey("nps", company_id=self._add_company("Other").id)
        surveys = self.survey + exam + kept + foreign
        agent = self.users["agent"]
        seen = surveys.with_user(agent).search([("id", "in", surveys.ids)])
        self.assertEqual(seen, self.survey)
        with self.assertRaises(AccessError):
            exam.question_ids.with_user(agent).read(["title"])

    def test_another_company_sees_nothing(self):
        answer = self._answer(nps=9).feedback_answer_ids
        other = self._add_company("Other")
        user = self._add_user("stranger", FEEDBACK_MANAGER, company=other)
        with self.assertRaises(AccessError):
            answer.with_user(user).read(["score"])

    def test_employees_open_contacts_without_an_error(self):
        """X-09: the fields on the contact are for those with the role."""
        customer = self._add_customer("Ann")
        employee = customer.with_user(self.users["employee"])
        views = employee.get_views([(False, "form")])
        self.assertNotIn("nps_last", views["models"]["res.partner"]["fields"])
        self.assertEqual(employee.read(["name"])[0]["name"], "Ann")

    def test_employees_have_no_dashboard(self):
        with self.assertRaises(AccessError):
            self.env["feedback.scores"].with_user(
                self.users["employee"]
            ).get_dashboard()
