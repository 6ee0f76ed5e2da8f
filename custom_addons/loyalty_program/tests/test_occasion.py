from datetime import date

from freezegun import freeze_time

from .common import LoyaltyCase


class TestOccasion(LoyaltyCase):
    """The anniversary of a membership is an occasion."""

    @freeze_time("2025-06-30 12:00:00")
    def test_members_are_due_on_the_day_they_joined(self):
        late, stranger = self._add_customers(2)
        account = self._add_account()
        self._set_create_date(account, "2023-06-30 09:00:00")
        # a second account does not make the membership younger
        self._set_create_date(
            self._add_account(program=self._add_program()), "2024-03-01 09:00:00"
        )
        self._set_create_date(self._add_account(partner=late), "2025-06-30 09:00:00")
        self.env["customer.profile"]._refresh(companies=self.company)
        occasion = self.env["customer.occasion"].create(
            {
                "name": "Member",
                "kind": "membership",
                "company_id": self.company.id,
                "since": "2025-06-01",
                "catch_up_days": 0,
            }
        )

        def due(day):
            self.env.flush_all()
            query = self.env["customer.occasion"]._due(self.company, day)
            return self.env.execute_query(query)

        today = [(self.member.id, occasion.id, 2025)]
        self.assertEqual(due(date(2025, 6, 30)), today)
        self.assertFalse(due(date(2025, 6, 29)))
        self.assertNotIn(stranger.id, [row[0] for row in due(date(2026, 6, 30))])
        self.assertEqual(
            {row[0] for row in due(date(2026, 6, 30))}, {self.member.id, late.id}
        )
