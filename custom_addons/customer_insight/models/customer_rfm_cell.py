from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import rfm


class CustomerRfmCell(models.Model):
    """One of the 125 RFM codes and the segment it belongs to.

    All codes exist once and always have a segment, so the grid can be edited freely:
    no code is ever uncovered or covered twice.
    """

    _name = "customer.rfm.cell"
    _description = "RFM Code"
    _order = "code desc"
    _rec_name = "code"

    code = fields.Char(
        required=True,
        readonly=True,
        help="Scores for recency, frequency and monetary value, 5 is best.",
    )
    segment_id = fields.Many2one(
        "customer.segment",
        required=True,
        index=True,
        ondelete="restrict",
        domain=[("kind", "=", "rfm"), ("code", "!=", "prospect")],
        group_expand="_group_expand_segments",
    )
    recency = fields.Integer(compute="_compute_scores", store=True, aggregator=None)
    frequency = fields.Integer(compute="_compute_scores", store=True, aggregator=None)
    monetary = fields.Integer(compute="_compute_scores", store=True, aggregator=None)
    color = fields.Integer(related="segment_id.color")
    profile_count = fields.Integer(string="Customers", compute="_compute_profile_count")

    _code_uniq = models.Constraint("UNIQUE (code)", "Each RFM code exists once.")
    _code_valid = models.Constraint(
        "CHECK (code ~ '^[1-5]{3}$')",
        "An RFM code has three scores from 1 to 5.",
    )

    @api.depends("code")
    def _compute_scores(self):
        for cell in self:
            cell.recency, cell.frequency, cell.monetary = (
                (int(score) for score in cell.code) if cell.code else (0, 0, 0)
            )

    @api.depends_context("uid", "company", "allowed_company_ids")
    def _compute_profile_count(self):
        counts = dict(
            self.env["customer.profile"]._read_group(
                [("rfm_score", "in", self.mapped("code"))], ["rfm_score"], ["__count"]
            )
        )
        for cell in self:
            cell.profile_count = counts.get(cell.code, 0)

    @api.model
    def _group_expand_segments(self, segments, domain):
        return segments.search([("kind", "=", "rfm"), ("code", "!=", "prospect")])

    def write(self, vals):
        result = super().write(vals)
        if "segment_id" in vals:
            self.env["customer.profile"]._trigger_full_refresh()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("RFM codes cannot be deleted: every code needs a segment.")
        )

    @api.model
    def _apply_grid(self, name):
        """Assign every code to its segment in one of the shipped grids.

        Segments the grid needs are unarchived; codes are created when missing.

        :param name: ``detailed`` (eleven segments) or ``simple`` (ten segments)
        """
        segments = {
            segment.code: segment
            for segment in self.env["customer.segment"]
            .with_context(active_test=False)
            .search([("kind", "=", "rfm")])
        }
        cells = {cell.code: cell for cell in self.search([])}
        codes_by_segment = {}
        for code, segment in rfm.GRIDS[name]().items():
            codes_by_segment.setdefault(segments[segment], []).append(code)
        for segment, codes in codes_by_segment.items():
            segment.active = True
            self.browse(cells[code].id for code in codes if code in cells).write(
                {"segment_id": segment.id}
            )
            self.create(
                [
                    {"code": code, "segment_id": segment.id}
                    for code in codes
                    if code not in cells
                ]
            )

    @api.model
    def action_apply_grid(self, name):
        """Replace the grid by a shipped one (managers only).

        :param name: ``detailed`` or ``simple``
        """
        self.check_access("write")
        if name not in rfm.GRIDS:
            raise UserError(
                self.env._("There is no RFM grid named %(name)s.", name=name)
            )
        self.sudo()._apply_grid(name)  # creates codes that only set-up may create
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    @api.model
    def read_grid(self):
        """The whole grid for the editor, with what the user may see in it.

        :return: dict ``cells`` (``{code: segment id}``), ``segments`` (list of dict
            id, name, color), ``counts`` and ``amounts`` by code in the active company,
            ``currency_id``, ``editable`` and the shipped ``grids`` by name
        """
        self.check_access("read")
        profiles = self.env["customer.profile"]
        here = [("company_id", "=", self.env.company.id), ("rfm_score", "!=", False)]
        counts = profiles._read_group(
            here, ["rfm_score"], ["__count", "amount_total:sum"]
        )
        currency = self.env.company.currency_id
        segments = self._group_expand_segments(self.env["customer.segment"], [])
        return {
            "cells": {cell.code: cell.segment_id.id for cell in self.search([])},
            "segments": [
                {"id": segment.id, "name": segment.name, "color": segment.color}
                for segment in segments | self.search([]).segment_id
            ],
            "counts": {code: count for code, count, __ in counts},
            "amounts": {code: currency.round(amount) for code, __, amount in counts},
            "currency_id": currency.id,
            "editable": self.has_access("write"),
            "grids": {name: self._grid_ids(name) for name in rfm.GRIDS},
        }

    @api.model
    def _grid_ids(self, name):
        """:return: ``{code: segment id}`` of a shipped grid"""
        segments = self.env["customer.segment"].with_context(active_test=False)
        ids = {s.code: s.id for s in segments.search([("kind", "=", "rfm")])}
        return {
            code: ids[segment]
            for code, segment in rfm.GRIDS[name]().items()
            if segment in ids
        }

    @api.model
    def write_grid(self, cells):
        """Store an edited grid (managers only); codes not given stay as they are.

        :param cells: ``{code: segment id}``
        :return: number of codes that changed
        :raise UserError: for codes that do not exist, and segments not of the grid
        """
        self.check_access("write")
        stored, allowed = self._check_grid(cells)
        changed = 0
        for segment in allowed:
            codes = self.browse(
                stored[code].id
                for code, segment_id in cells.items()
                if segment_id == segment.id and stored[code].segment_id != segment
            )
            if codes:
                segment.active = True
                codes.write({"segment_id": segment.id})
                changed += len(codes)
        return changed

    @api.model
    def _check_grid(self, cells):
        """Refuse codes that do not exist, and segments not of the grid.

        :param cells: ``{code: segment id}``
        :return: the stored cells by code, and the segments of the grid
        """
        stored = {cell.code: cell for cell in self.search([])}
        allowed = self.env["customer.segment"].with_context(active_test=False)
        allowed = allowed.search([("kind", "=", "rfm"), ("code", "!=", "prospect")])
        unknown = sorted(cells.keys() - stored.keys())
        if unknown:
            raise UserError(
                self.env._("There is no RFM code %(code)s.", code=unknown[0])
            )
        if not set(cells.values()) <= set(allowed.ids):
            raise UserError(self.env._("A code needs an RFM segment."))
        return stored, allowed
