from odoo.addons.customer_insight.tests.test_playbook import NOON, PlaybookCase
from odoo.exceptions import ValidationError

from .test_course import CourseCase


class TestPlaybookCourse(PlaybookCase, CourseCase):
    """Playbooks enrol in a course, and begin when one is finished."""

    def test_customers_are_enrolled_once_and_the_control_group_is_not(self):
        buyers = self._add_first_buyers(4)
        playbook = self._add_playbook(
            {"action": "course", "course_id": self.course.id}, control_share=50
        )
        playbook._run(NOON)
        treated = playbook.enrolment_ids.filtered(lambda one: not one.is_control)
        self.assertEqual(len(treated), 2)
        self.assertEqual(
            self.course.channel_partner_ids.partner_id & buyers, treated.partner_id
        )
        playbook._run(NOON)
        enrolled = self.course.channel_partner_ids.partner_id & buyers
        self.assertEqual(enrolled, treated.partner_id)

    def test_the_step_needs_a_course(self):
        with self.assertRaisesRegex(ValidationError, "needs: Course"):
            self._add_playbook({"action": "course"})

    def test_a_finished_course_begins_a_playbook(self):
        buyer = self._add_first_buyers(1)
        playbook = self._add_playbook(trigger="event", event_kind="course_finished")
        playbook._run(NOON)
        self.assertFalse(playbook.enrolment_ids)
        self._finish(buyer)
        playbook._run(NOON)
        self.assertEqual(playbook.enrolment_ids.partner_id, buyer)
