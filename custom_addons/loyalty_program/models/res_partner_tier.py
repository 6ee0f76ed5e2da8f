from odoo import api, models, tools
from odoo.tools import SQL


class ResPartner(models.Model):
    """The tiers contacts hold, through their own account or that of their company."""

    _inherit = "res.partner"

    @api.model
    @tools.ormcache()
    def _tiers_have(self):
        """Whether any tier has ``(a price list, priority)``: nobody asks in vain."""
        tiers = self.env["loyalty.tier"].sudo()
        return (
            bool(tiers.search_count([("pricelist_id", "!=", False)], limit=1)),
            bool(tiers.search_count([("service_level", "=", "priority")], limit=1)),
        )

    @api.model
    def _held_tiers_sql(self, ids, company):
        """SELECT of the tiers contacts hold: contact, program, tier, threshold.

        :param ids: of the contacts, None for all
        """
        owner = (
            "id"
            if company.loyalty_account_level == "person"
            else ("commercial_partner_id")
        )
        return SQL(
            """SELECT contact.id AS partner_id, card.program_id,
                      tier.id AS tier_id, tier.threshold
               FROM res_partner contact
               JOIN loyalty_card card ON card.partner_id = %(owner)s
               JOIN loyalty_program program ON program.id = card.program_id
               JOIN loyalty_tier tier ON tier.id = card.tier_id
               WHERE %(scope)s AND card.is_account AND card.active
                 AND program.active
                 AND (card.company_id IS NULL OR card.company_id = %(company)s)""",
            owner=SQL.identifier("contact", owner),
            scope=SQL("TRUE")
            if ids is None
            else SQL("contact.id = ANY(%s)", list(ids)),
            company=company.id,
        )

    def _tier_pricelists(self, company):
        """``{contact id: product.pricelist}`` by the highest tier that has a list.

        A tier without a list has that of the next lower one of its program.
        """
        if not self.ids or not self._tiers_have()[0]:
            return {}
        self.env["loyalty.card"].flush_model(["tier_id", "is_account", "active"])
        self.env["loyalty.tier"].flush_model(["pricelist_id", "threshold"])
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT ON (held.partner_id)
                          held.partner_id, tier.pricelist_id
                   FROM (%s) held
                   JOIN loyalty_tier tier ON tier.program_id = held.program_id
                       AND tier.threshold <= held.threshold
                       AND tier.pricelist_id IS NOT NULL
                   ORDER BY held.partner_id, tier.threshold DESC, tier.id""",
                self._held_tiers_sql(self.ids, company),
            )
        )
        lists = self.env["product.pricelist"]
        return {partner_id: lists.browse(list_id) for partner_id, list_id in rows}

    def _held_tier(self, company):
        """The highest tier of this contact in a company, as superuser."""
        self.ensure_one()
        none = self.env["loyalty.tier"].sudo()
        return self._held_tiers(company).get(self._origin.id, none)

    def _held_tiers(self, company):
        """``{contact id: its highest tier}`` in a company, as superuser."""
        tiers = self.env["loyalty.tier"].sudo()
        self.env["loyalty.card"].flush_model(["tier_id", "is_account", "active"])
        rows = self.env.execute_query(self._highest_sql(self._origin.ids, company))
        tiers = tiers.browse(tier_id for _partner, tier_id, *_rest in rows)
        return dict(zip((row[0] for row in rows), tiers, strict=True))

    @api.model
    def _highest_sql(self, ids, company):
        """SELECT of the highest tier of each contact; see ``_held_tiers_sql``."""
        return SQL(
            """SELECT DISTINCT ON (partner_id)
                      partner_id, tier_id, program_id, threshold
               FROM (%s) held ORDER BY partner_id, threshold DESC, tier_id""",
            self._held_tiers_sql(ids, company),
        )

    @api.model
    def _first_served(self, company):
        """Ids of all contacts whose tier in a company is served first."""
        if not self._tiers_have()[1]:
            return []
        self.env["loyalty.card"].flush_model(["tier_id", "is_account", "active"])
        self.env["loyalty.tier"].flush_model(["service_level", "threshold"])
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT top.partner_id FROM (%s) top
                   JOIN loyalty_tier tier ON tier.program_id = top.program_id
                       AND tier.threshold <= top.threshold
                   WHERE tier.service_level = 'priority'""",
                self._highest_sql(None, company),
            )
        )
        return [partner_id for (partner_id,) in rows]

    def _is_served_first(self, company):
        """Whether a tier of this contact is served first."""
        return self._tiers_have()[1] and self._held_tier(company)._is_served_first()

    def _holds_tier(self, tiers, company):
        """Whether this contact has one of some tiers, or a higher one of its program.

        :param tiers: loyalty.tier as superuser; none means that all are meant
        """
        if not tiers:
            return True
        owner = self._loyalty_owner(company)
        cards = self.env["loyalty.card"].sudo()
        for program, wanted in tiers.grouped("program_id").items():
            account = cards._find_account(program, owner.id)
            held = account.active and account.tier_id
            if held and held.threshold >= min(wanted.mapped("threshold")):
                return True
        return False

    def _inverse_product_pricelist(self):
        """A list chosen on the contact stays, unless it is that of the tier."""
        chosen = {partner: partner.property_product_pricelist for partner in self}
        result = super()._inverse_product_pricelist()
        by_tier = self._tier_pricelists(self.env.company)
        for partner, pricelist in chosen.items():
            if partner.id in by_tier:
                partner.specific_property_product_pricelist = (
                    pricelist if pricelist != by_tier[partner.id] else False
                )
        return result
