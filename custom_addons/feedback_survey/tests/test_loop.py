from odoo.tests import tagged

from .common import FEEDBACK_AGENT
from .test_pages import PageCase


@tagged("post_install", "-at_install")
class TestLoop(PageCase):
    """M13: order, answer, case, the customer told, and asked again."""

    def test_from_order_to_being_asked_again(self):
        seller = self._add_user("seller", FEEDBACK_AGENT)
        self.customer.user_id = seller
        after_order = self._add_rule()
        after_case = self._add_rule(
            event="case_closed", survey_id=self._add_survey("ces").id, rest_days=0
        )
        order = self._order_now()

        request = self._ask(after_order)
        link = f"{request._url(2)}".replace(request.company_id.get_base_url(), "")
        self.assertIn(link, request.mail_id.body_html)
        self.assertRegex(self._get(link), 'value="2" checked')
        self._send(link.split("?")[0], {self.nps: 2, self.text: "Came broken"})
        self.assertEqual(request.state, "answered")

        case = self.env["feedback.case"].search(
            [("participation_id", "=", request.user_input_id.id)]
        )
        self.assertRecordValues(
            case,
            [
                {
                    "partner_id": self.customer.id,
                    "user_id": seller.id,
                    "description": "Came broken",
                    "state": "new",
                }
            ],
        )
        self.assertEqual(case.answer_id.sale_order_id, order)

        tell = self.env["feedback.case.tell"].with_user(seller)
        tell.create(
            {
                "case_id": case.id,
                "outcome": "solved",
                "message": "A new one is on its way.",
                "channel": "email",
            }
        ).action_tell()
        self.assertEqual(case.message_ids[0].partner_ids, self.customer)
        case.with_user(seller).action_close()

        again = self._requests_of(after_case)
        self.assertEqual((again.source_id, again.state), (case.id, "waiting"))
        self._run("ir_cron_send")
        self.assertEqual(again.state, "sent")
        ces = self._question("ces", after_case.survey_id)
        self._send(f"/feedback/r/{again._get_token()}", {ces: 7})
        self.assertEqual(again.user_input_id.feedback_answer_ids.score, 7)
