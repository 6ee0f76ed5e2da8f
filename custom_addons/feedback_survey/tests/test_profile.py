from .common import FeedbackCase


class TestProfile(FeedbackCase):
    """The last recommendation is a figure of the customer."""

    def test_the_last_answer_by_the_day_counts(self):
        customer = self._add_customer("Ann")
        self._answer(customer, nps=10, date="2025-06-01")
        self._answer(customer, nps=3, date="2025-06-10")
        self._answer(customer, nps=9, date="2025-07-05")  # after the day
        self._refresh()
        self.assertProfile(
            customer, nps_last=3, nps_category="detractor", nps_date="2025-06-10"
        )
        self._refresh(as_of="2025-06-05")
        self.assertProfile(customer, nps_last=10, nps_category="promoter")

    def test_who_never_answered_has_no_category(self):
        customer = self._add_customer("Silent")
        self._refresh()
        self.assertProfile(customer, nps_category=False, nps_date=False)

    def test_answers_of_another_company_do_not_count(self):
        other = self._add_company("Other")
        customer = self._add_customer("Ann")
        survey = self._add_survey("nps", company_id=other.id)
        self._answer(customer, nps=0, survey=survey, date="2025-06-01")
        self._refresh()
        self.assertProfile(customer, nps_category=False)

    def test_contacts_are_found_by_it(self):
        customer = self._add_customer("Ann")
        self._answer(customer, nps=2, date="2025-06-10")
        self._refresh()
        partners = self.env["res.partner"].with_company(self.company)
        found = partners.search([("nps_category", "=", "detractor")])
        self.assertEqual(found, customer)

    def test_an_answer_makes_the_profile_follow(self):
        customer = self._add_customer("Ann")
        self._answer(customer, nps=2)
        self.env.cr.precommit.run()
        notes = self.env["customer.profile.queue"].search(
            [("partner", "=", customer.id)]
        )
        self.assertEqual(notes.mapped("company"), [self.company.id])

    def test_answers_and_cases_are_touches_of_the_customer(self):
        customer = self._add_customer("Ann")
        self._answer(customer, nps=2, date="2025-06-10")
        touches = self.env["customer.interaction"].search(
            [("partner_id", "=", customer.id), ("company_id", "=", self.company.id)]
        )
        self.assertEqual(sorted(touches.mapped("kind")), ["case", "survey"])
        self.assertEqual(set(touches.mapped("direction")), {"in"})
        self._answer(customer, nps=10, trial=True)
        self.assertEqual(
            len(touches.search([("partner_id", "=", customer.id)])), len(touches)
        )
