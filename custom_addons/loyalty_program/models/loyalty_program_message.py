from odoo import api, fields, models

SWITCHES = {
    "welcome": "mail_welcome",
    "tier_up": "mail_tier",
    "tier_down": "mail_tier",
    "expiring": "mail_expiring",
    "statement": "mail_statement",
}


class LoyaltyProgram(models.Model):
    """Which mails members of a program get. Nothing is sent for what was before."""

    _inherit = "loyalty.program"

    mail_welcome = fields.Boolean(string="Welcome")
    mail_tier = fields.Boolean(string="Change of Tier")
    mail_expiring = fields.Boolean(string="Points Ending Soon")
    mail_statement = fields.Boolean(string="Monthly Statement")
    mail_days_before = fields.Integer(
        string="Days Before",
        default=30,
        help="How many days before points end their member is told.",
    )
    mail_since = fields.Datetime(
        string="Mails Since",
        readonly=True,
        copy=False,
        help="What happened before mails were switched on is not written about.",
    )

    _mail_days_check = models.Constraint(
        "CHECK (mail_days_before BETWEEN 1 AND 365)",
        "Members are told between 1 and 365 days before.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        programs = super().create(vals_list)
        programs._note_mail_start()
        return programs

    def write(self, vals):
        result = super().write(vals)
        if set(SWITCHES.values()) & vals.keys():
            self._note_mail_start()
        return result

    def _note_mail_start(self):
        for program in self:
            is_on = any(program[name] for name in SWITCHES.values())
            if is_on and not program.mail_since:
                program.mail_since = fields.Datetime.now()
