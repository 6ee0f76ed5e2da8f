from lxml import etree
from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..models.loyalty_card_index import HIGH_INDEX, LOW_INDEX
from .common import LoyaltyCase

_EQUAL = {"frequency": 40, "amount": 40, "contacts": 20}


@tagged("post_install", "-at_install")
class TestWhatIfIndex(LoyaltyCase):
    """Weights of the loyalty index, tried out before they are saved."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name, weight in _EQUAL.items():
            cls.company[f"loyalty_index_{name}"] = weight
        # the more often, the less in all: the parts rank members the other way round
        cls.cards = cls.env["loyalty.card"]
        for number in range(1, 6):
            partner = cls._add_customer(f"Member {number}")
            cls.cards += cls._add_account(partner=partner)
            for day in range(1, number + 1):
                cls._add_order(partner, f"2025-05-{day:02}", 1000 / number**2)

    def _weights(self, frequency, amount, contacts):
        return {
            "index_frequency": frequency,
            "index_amount": amount,
            "index_contacts": contacts,
        }

    def _indices(self):
        self.env["loyalty.card"].sudo()._refresh_index(
            self.company, fields.Date.to_date("2025-06-30")
        )
        return {card.id: card.loyalty_index for card in self.cards}

    def test_it_begins_with_the_weights_in_force(self):
        what_if = self._what_if()
        self.assertEqual(what_if._index_weights_then(), _EQUAL)
        what_if.action_compute()
        self.assertFalse(what_if.has_index)
        self.assertFalse(what_if.index_risen or what_if.index_fallen)

    def test_the_replay_is_what_saving_the_weights_gives(self):
        before = self._indices()
        what_if = self._what_if(**self._weights(100, 0, 0))
        found = {
            card: (float(now), float(then))
            for card, now, then in what_if._replay_index()
            if card in before
        }
        for name, weight in zip(_EQUAL, (100, 0, 0), strict=True):
            self.company[f"loyalty_index_{name}"] = weight
        after = self._indices()
        self.assertEqual(found, {c: (before[c], after[c]) for c in before})
        self.assertNotEqual(before, after)

    def test_who_would_become_high_and_who_no_longer(self):
        """Five members: by frequency alone the fifth is at 100, the fourth at 80."""
        by_amount = {f"loyalty_index_{name}": name == "amount" for name in _EQUAL}
        self.company.write(by_amount)
        what_if = self._what_if(**self._weights(1, 0, 0))
        what_if.action_compute()
        self.assertTrue(what_if.has_index)
        self.assertEqual(what_if.index_risen, self.cards[3:].ids)
        self.assertEqual(what_if.index_fallen, self.cards[:2].ids)
        self.assertEqual(what_if.index_high_now, what_if.index_high_then)
        opened = self.env["loyalty.card"].search(what_if.action_open_risen()["domain"])
        self.assertEqual(opened.sorted("id"), self.cards[3:])
        opened = self.env["loyalty.card"].search(what_if.action_open_fallen()["domain"])
        self.assertEqual(opened.sorted("id"), self.cards[:2])
        self.assertEqual(  # tried out, not saved
            self.company._loyalty_index_weights(),
            {"frequency": 0, "amount": 1, "contacts": 0},
        )

    def test_impossible_weights_are_refused(self):
        for weights in ((0, 0, 0), (-1, 2, 0)):
            what_if = self._what_if(**self._weights(*weights))
            with self.subTest(weights=weights), self.assertRaises(ValidationError):
                what_if.action_compute()

    def test_the_lists_are_those_of_the_filters(self):
        view = self.env.ref("loyalty_program.loyalty_card_view_search_account")
        text = etree.tostring(etree.fromstring(view.get_combined_arch())).decode()
        self.assertIn(f"('loyalty_index', '&gt;=', {HIGH_INDEX})", text)
        self.assertIn(f"('loyalty_index', '&lt;', {LOW_INDEX})", text)
