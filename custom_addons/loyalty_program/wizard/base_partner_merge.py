from odoo import models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _merge_loyalty_cards(self, src_partners, dst_partner):
        """Move points by the ledger, instead of adding up balances as core does.

        Each lot keeps its days. The emptied accounts are closed and stay readable.
        """
        cards = (
            self.env["loyalty.card"]
            .sudo()
            .with_context(active_test=False, loyalty_merging=True)
            .search([("partner_id", "in", src_partners.ids), ("is_account", "=", True)])
        )
        for card in cards:
            heir = cards._find_account(card.program_id, dst_partner.id)
            if heir:
                card._merge_into(heir, self.env._("Contacts merged"))
            else:
                card.partner_id = dst_partner
