from base64 import b64encode

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.tools.date_utils import date_range
from odoo.tools.misc import formatLang
from odoo.tools.sql import table_exists
from reportlab.graphics import renderSVG
from reportlab.graphics.barcode import createBarcodeDrawing

_PAGE = 15
_MONTHS = 12


class LoyaltyCard(models.Model):
    """An account as its member sees it. All reads cost the same at any length."""

    _inherit = "loyalty.card"

    month_points = fields.Json(
        readonly=True,
        copy=False,
        help="Points that came and went in each month, written with the ledger.",
        prefetch="loyalty_program",
    )

    def init(self):
        """Add up the months of accounts from before they were kept."""
        super().init()
        if not table_exists(self.env.cr, "loyalty_point_move"):
            return  # installed just now
        self.env.cr.execute(
            """
            UPDATE loyalty_card card SET month_points = known.points
            FROM (SELECT card_id, jsonb_object_agg(name, jsonb_build_array(came, went))
                         AS points
                  FROM (SELECT card_id, to_char(date, 'YYYY-MM') AS name,
                               COALESCE(sum(points) FILTER (WHERE points > 0), 0)
                                   AS came,
                               COALESCE(-sum(points) FILTER (WHERE points < 0), 0)
                                   AS went
                        FROM loyalty_point_move GROUP BY card_id, name) month
                  GROUP BY card_id) known
            WHERE known.card_id = card.id AND card.month_points IS NULL
              AND card.ledger_sequence > 0
            """
        )

    @api.model
    def _portal_accounts(self, partner):
        """The accounts a contact may look at and spend from (superuser).

        Its own, and that of its company where contacts share one.
        """
        accounts = self.sudo().search(
            [
                ("is_account", "=", True),
                ("program_id.program_type", "!=", "ewallet"),
                ("partner_id", "in", (partner | partner.commercial_partner_id).ids),
            ],
            order="id",
        )
        return accounts.with_context(active_test=False).filtered(
            lambda card: (
                card.partner_id == partner
                or card.partner_id
                == partner.sudo()._loyalty_owner(card.company_id or self.env.company)
            )
        )

    @api.model
    def _portal_joinable(self, partner):
        """Programs a contact can join by itself (superuser)."""
        companies = partner.company_id or self.env.company
        known = self._portal_accounts(partner).program_id
        programs = (
            self.env["loyalty.program"]
            .sudo()
            .search(
                [
                    ("program_type", "=", "loyalty"),
                    ("is_open", "=", True),
                    ("portal_visible", "=", True),
                    ("company_id", "in", [*companies.ids, False]),
                ]
            )
        )
        return (programs - known).filtered(
            lambda p: p.is_nominative and p._is_running()
        )

    @api.model
    def _portal_join(self, program, partner):
        """Open an account; one that is there already is returned."""
        owner = partner.sudo()._loyalty_owner(program.company_id or self.env.company)
        known = self.sudo()._find_account(program, owner.id)
        return known or self.sudo().create(
            {"program_id": program.id, "partner_id": owner.id}
        )

    def _code_image(self, kind, **options):
        """The code of the card as a picture that stays sharp on each screen.

        Drawn as SVG: pixel pictures need a renderer that not each server has.

        :param kind: name of a barcode of reportlab, ``QR`` or ``Code128``
        :return: data URI
        """
        self.ensure_one()
        drawing = createBarcodeDrawing(kind, value=self.code, **options)
        picture = renderSVG.drawToString(drawing).encode()
        return "data:image/svg+xml;base64," + b64encode(picture).decode()

    def _points_text(self, points):
        """Points as people write them: no decimals where there are none."""
        digits = 0 if float(points).is_integer() else 2
        return formatLang(self.env, float(points), digits=digits)

    def _portal_history(self, before=None):
        """One page of the ledger, newest first.

        :param before: number of the line the page starts below
        :return: ``(moves, number for the next page or None)``
        """
        self.ensure_one()
        domain = [("card_id", "=", self.id)]
        if before:
            domain.append(("sequence", "<", before))
        moves = (
            self.env["loyalty.point.move"]
            .sudo()
            .search(domain, order="sequence desc", limit=_PAGE + 1)
        )
        shown = moves[:_PAGE]
        return shown, shown[-1:].sequence if len(moves) > _PAGE else None

    def _portal_months(self):
        """Points that came and went in the last months, for a chart.

        :return: list of ``{"month": date, "came": float, "went": float}``
        """
        self.ensure_one()
        today = self._today()
        first = fields.Date.subtract(today.replace(day=1), months=_MONTHS - 1)
        totals = self.sudo().month_points or {}
        result = []
        for month in date_range(first, today, relativedelta(months=1)):
            came, went = totals.get(f"{month:%Y-%m}", (0, 0))
            result.append({"month": month, "came": float(came), "went": float(went)})
        return result

    def _portal_rewards(self):
        """Rewards members can claim, the cheapest first, with what is missing.

        :return: list of ``{"reward", "cost", "missing", "most"}``
        """
        self.ensure_one()
        free = float(self._free_points())
        result = []
        for reward in self.program_id.reward_ids.sorted("required_points"):
            if not (self.active and reward._is_claimable()):
                continue
            per_point = (
                reward.reward_type == "discount" and reward.discount_mode == "per_point"
            )
            cost = reward.required_points
            if per_point:
                cost = max(cost, self.program_id.redeem_min_points)
            result.append(
                {
                    "reward": reward,
                    "cost": cost,
                    "missing": max(cost - free, 0),
                    "most": int(free) if per_point else 0,
                }
            )
        return result
