from odoo import api, fields, models
from odoo.exceptions import UserError

from .customer_interaction import KINDS
from .customer_profile import LIFECYCLE_STAGES


class CustomerJourneyNote(models.Model):
    """What a company has to say about one touchpoint in one stage of the journey."""

    _name = "customer.journey.note"
    _description = "Journey Note"
    _order = "company_id, stage, touchpoint"
    _rec_name = "note"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    stage = fields.Selection(LIFECYCLE_STAGES, required=True)
    touchpoint = fields.Selection(KINDS, required=True)
    note = fields.Text(required=True)

    _cell_uniq = models.UniqueIndex(
        "(company_id, stage, touchpoint)",
        "There is a note for this touchpoint and stage already.",
    )

    @api.model
    def write_down(self, stage, touchpoint, text):
        """Set the note of a cell of the active company's journey map.

        :param text: the note; an empty one removes it
        :raise UserError: if there is no such stage or touchpoint
        :raise AccessError: for users who may not edit notes
        """
        known = {
            name: dict(self._fields[name]._description_selection(self.env))
            for name in ("stage", "touchpoint")
        }
        if stage not in known["stage"] or touchpoint not in known["touchpoint"]:
            raise UserError(self.env._("The journey map has no such cell."))
        self.check_access("write")
        text = str(text or "").strip()
        note = self.search(
            [
                ("company_id", "=", self.env.company.id),
                ("stage", "=", stage),
                ("touchpoint", "=", touchpoint),
            ]
        )
        if not text:
            note.unlink()
        elif note:
            note.note = text
        else:
            self.create({"stage": stage, "touchpoint": touchpoint, "note": text})
        return True
