import socket
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes, policy
from unittest.mock import patch

from aiosmtpd.controller import Controller
from odoo.addons.feedback_survey.tests.common import FEEDBACK_MANAGER
from odoo.addons.feedback_survey.tests.test_pages import PageCase
from odoo.tests import tagged

from .test_delivery import DeliveryCase

#: A browser on the light page: fills it in once, sends it, and waits for the thanks.
_ANSWER = """
(() => {
    const form = document.querySelector("form[method=post]");
    if (!form) {
        return document.querySelector("[role=status]").innerText.includes("arrived");
    }
    if (document.documentElement.scrollWidth > window.innerWidth) {
        throw new Error("the page is wider than the phone");
    }
    if (form.sent) {
        return false;
    }
    const tapped = form.querySelector("input[type=radio]:checked");
    if (tapped.value !== "%(score)s") {
        throw new Error("the number tapped in the mail is not chosen");
    }
    const step = tapped.closest("label").getBoundingClientRect();
    if (step.height < 40) {
        throw new Error("too small for a thumb");
    }
    form.querySelector("textarea").value = "%(text)s";
    form.sent = true;
    form.querySelector("button[type=submit]").click();
    return false;
})()
"""


@tagged("post_install", "-at_install")
class TestWholeLoop(DeliveryCase, PageCase):
    """M13 as people see it: a delivery, a mail, a phone, a case, an improvement."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._add_user("loop_manager", FEEDBACK_MANAGER)
        cls.customer.user_id = cls.manager

    @contextmanager
    def _mail_server(self):
        """A mail server of this machine. :return: list of the mails it has received"""
        caught = []

        class Handler:
            async def handle_DATA(self, _server, _session, envelope):
                caught.append(
                    message_from_bytes(envelope.content, policy=policy.default)
                )
                return "250 OK"

        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        controller = Controller(Handler(), hostname="127.0.0.1", port=port)
        controller.start()
        self.env["ir.mail_server"].search([]).active = False
        self.env["ir.mail_server"].create(
            {"name": "Loop", "smtp_host": "127.0.0.1", "smtp_port": port}
        )
        registered = self.env.registry["ir.mail_server"]
        try:
            with patch.object(registered, "_disable_send", lambda *_args: False):
                yield caught
        finally:
            controller.stop()

    def _mailed_link(self, request, caught, score):
        """Send what is queued. :return: the path behind a number in the mail"""
        self._run("ir_cron_scan")
        self._run("ir_cron_send")
        request.mail_id.send(raise_exception=True)
        mail = caught[-1]
        self.assertIn(self.customer.email_normalized, mail["To"])
        self.assertIn("List-Unsubscribe", mail)
        path = request._url(score).removeprefix(request.company_id.get_base_url())
        self.assertIn(path, mail.get_body(("html",)).get_content())
        return path

    def _answer_on_a_phone(self, path, score, text):
        self.browser_size, self.touch_enabled = "390x844", True
        ready = _ANSWER % {"score": score, "text": text}
        self.browser_js(path, "console.log('test successful')", ready)
        self.browser_size, self.touch_enabled = "1366x768", False
        self.env.invalidate_all()

    def test_the_whole_loop(self):
        after_delivery = self._add_rule(event="order_delivered", rest_days=0)
        after_case = self._add_rule(
            event="case_closed", survey_id=self._add_survey("csat").id, rest_days=0
        )
        order = self._sell()
        self._deliver(order, 1)
        with self._mail_server() as caught:
            request = self._requests_of(after_delivery)
            path = self._mailed_link(request, caught, 2)
            self._answer_on_a_phone(path, 2, "The box was torn")
            case = self.env["feedback.case"].search(
                [("participation_id", "=", request.user_input_id.id)]
            )
            self.assertEqual(case.user_id, self.manager)
            self.assertEqual(case.answer_id.sale_order_id, order)
            action = "/odoo/action-feedback_survey.feedback_case_action"
            page = f"{action}/{case.id}"
            self.start_tour(page, "feedback_loop_case", login="loop_manager")
            self.env.invalidate_all()
            self.assertTrue(case.is_closed)
            again = self._requests_of(after_case)
            path = self._mailed_link(again, caught, 5)
            self._answer_on_a_phone(path, 5, "Well done")
        self.assertEqual(case.after_category, "content")
        self._improve()
        self.start_tour(page, "feedback_loop_improvement", login="loop_manager")

    def _improve(self):
        """Something was done about it, and those asked since are content."""
        today = self.company._insight_today()
        self.company.insight_min_observations = 5
        self._answer_nps([0] * 10, date=today - timedelta(days=15))
        self._answer_nps([10] * 10, date=today - timedelta(days=5))
        self.env["feedback.improvement"].create(
            {
                "name": "Boxes with padding",
                "company_id": self.company.id,
                "dimension_id": self.dimension.id,
                "metric": "nps",
                "question_id": self.nps.id,
                "state": "done",
                "date_effective": today - timedelta(days=10),
                "days": 9,
            }
        )
