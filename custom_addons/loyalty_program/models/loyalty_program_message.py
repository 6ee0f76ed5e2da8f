from odoo import api, fields, models
from odoo.tools import SQL

SWITCHES = {
    "welcome": "mail_welcome",
    "tier_up": "mail_tier",
    "tier_down": "mail_tier",
    "expiring": "mail_expiring",
    "statement": "mail_statement",
}
#: Switches of mails about what has happened, and when each was switched on.
STARTS = {
    "mail_welcome": "mail_welcome_since",
    "mail_tier": "mail_tier_since",
    "mail_statement": "mail_statement_since",
}


class LoyaltyProgram(models.Model):
    """Which mails members of a program get. Nothing is sent for what was before."""

    _inherit = "loyalty.program"

    mail_welcome = fields.Boolean(string="Welcome", prefetch="loyalty_program")
    mail_tier = fields.Boolean(string="Change of Tier", prefetch="loyalty_program")
    mail_expiring = fields.Boolean(
        string="Points Ending Soon", prefetch="loyalty_program"
    )
    mail_statement = fields.Boolean(
        string="Monthly Statement", prefetch="loyalty_program"
    )
    mail_days_before = fields.Integer(
        string="Days Before",
        default=30,
        help="How many days before points end their member is told.",
        prefetch="loyalty_program",
    )
    mail_since = fields.Datetime(
        string="Mails Since",
        readonly=True,
        copy=False,
        help="What happened before mails were switched on is not written about.",
        prefetch="loyalty_program",
    )
    mail_welcome_since = fields.Datetime(
        string="Welcome Since",
        readonly=True,
        copy=False,
        help="When it was switched on, if other mails were before.",
        prefetch="loyalty_program",
    )
    mail_tier_since = fields.Datetime(
        string="Change of Tier Since",
        readonly=True,
        copy=False,
        help="When it was switched on, if other mails were before.",
        prefetch="loyalty_program",
    )
    mail_statement_since = fields.Datetime(
        string="Monthly Statement Since",
        readonly=True,
        copy=False,
        help="When it was switched on, if other mails were before.",
        prefetch="loyalty_program",
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
        begun = {
            start: self.filtered(
                lambda program, name=name: program.mail_since and not program[name]
            )
            for name, start in STARTS.items()
            if vals.get(name)
        }
        result = super().write(vals)
        for start, programs in begun.items():
            if programs:
                programs.write({start: fields.Datetime.now()})
        if set(SWITCHES.values()) & vals.keys():
            self._note_mail_start()
        return result

    def _note_mail_start(self):
        for program in self:
            is_on = any(program[name] for name in SWITCHES.values())
            if is_on and not program.mail_since:
                program.mail_since = fields.Datetime.now()

    @api.model
    def _mail_start_sql(self, switch):
        """Since when a mail is sent; programs of before have one day for all."""
        return SQL(
            "COALESCE(%s, program.mail_since)",
            SQL.identifier("program", STARTS[switch]),
        )
