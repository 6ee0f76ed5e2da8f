import hmac
import logging
from hashlib import sha256

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

_logger = logging.getLogger(__name__)
_BATCH = 200


class LoyaltyMessage(models.Model):
    """A mail to a member about one event: queued once, sent once.

    The job first queues what is due by statements that change nothing when run again,
    then sends message by message. A message and its mail are stored in one
    transaction, so a job that is killed neither loses nor repeats one.
    """

    _name = "loyalty.message"
    _description = "Membership News"
    _order = "id desc"
    _rec_name = "program_id"

    card_id = fields.Many2one(
        "loyalty.card",
        string="Account",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        related="card_id.partner_id", string="Member", store=True, index=True
    )
    company_id = fields.Many2one(related="card_id.company_id", store=True)
    program_id = fields.Many2one(related="card_id.program_id", store=True)
    kind = fields.Selection(
        [
            ("welcome", "Welcome"),
            ("tier_up", "Tier Reached"),
            ("tier_down", "Tier Lost"),
            ("expiring", "Points Ending Soon"),
            ("statement", "Monthly Statement"),
        ],
        required=True,
        readonly=True,
    )
    event_key = fields.Char(
        required=True, readonly=True, help="Names the event; one event has one mail."
    )
    state = fields.Selection(
        [
            ("queued", "Queued"),
            ("sent", "Sent"),
            ("skipped", "Not Wanted"),
            ("failed", "Failed"),
        ],
        required=True,
        readonly=True,
        default="queued",
    )
    reason = fields.Char(readonly=True)
    sent_on = fields.Datetime(readonly=True)
    tier_id = fields.Many2one("loyalty.tier", readonly=True, ondelete="set null")

    _event_uniq = models.UniqueIndex("(card_id, kind, event_key)")
    _queued_idx = models.Index("(id) WHERE state = 'queued'")

    # === QUEUEING === #

    @api.model
    def _cron_messages(self):
        """Queue what is due, and send it message by message."""
        messages = self.sudo()
        messages._queue_due()
        cron = self.env["ir.cron"]
        queued = messages.search([("state", "=", "queued")], order="id", limit=_BATCH)
        cron._commit_progress(
            remaining=messages.search_count([("state", "=", "queued")])
        )
        for message in queued:
            message = message[0]
            try:
                with self.env.cr.savepoint():
                    message._send()
            except Exception as error:
                _logger.exception("Message %s could not be sent", message.id)
                message.write({"state": "failed", "reason": str(error)[:200]})
            if not cron._commit_progress(1):
                break

    @api.model
    def _queue_due(self):
        """Queue all that is due; nothing is queued twice.

        :return: number of messages added
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """INSERT INTO loyalty_message
                       (card_id, partner_id, company_id, program_id, kind, event_key,
                        tier_id, state, create_uid, write_uid, create_date, write_date)
                   SELECT card.id, card.partner_id, card.company_id, card.program_id,
                          due.kind, due.event_key, due.tier_id, 'queued', %(uid)s,
                          %(uid)s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
                   FROM (%(due)s) due (card_id, kind, event_key, tier_id)
                   JOIN loyalty_card card ON card.id = due.card_id
                   JOIN res_partner member ON member.id = card.partner_id
                   JOIN loyalty_program program ON program.id = card.program_id
                   WHERE card.is_account AND card.active AND member.active
                     AND program.active
                   ON CONFLICT (card_id, kind, event_key) DO NOTHING
                   RETURNING id""",
                uid=self.env.uid,
                due=SQL(" UNION ALL ").join(self._due_queries()),
            )
        )
        return len(rows)

    @api.model
    def _due_queries(self):
        """SELECTs of what members are to be told: card, kind, key, tier."""
        since = self.env["loyalty.program"]._mail_start_sql
        return [
            SQL(
                """SELECT card.id, 'welcome', 'welcome', NULL::int4
                   FROM loyalty_card card
                   JOIN loyalty_program program ON program.id = card.program_id
                   WHERE program.mail_welcome
                     AND card.create_date >= %s""",
                since("mail_welcome"),
            ),
            SQL(
                """SELECT change.card_id, 'tier_' || change.direction,
                          'tier,' || change.id, change.to_tier_id
                   FROM loyalty_tier_move change
                   JOIN loyalty_program program ON program.id = change.program_id
                   WHERE program.mail_tier
                     AND change.create_date >= %s""",
                since("mail_tier"),
            ),
            self._expiring_query(),
            self._statement_query(since("mail_statement")),
        ]

    @api.model
    def _expiring_query(self):
        return SQL(
            """SELECT lot.card_id, 'expiring', min(lot.expiry)::text, NULL::int4
               FROM (%s) lot
               JOIN loyalty_card card ON card.id = lot.card_id
               JOIN loyalty_program program ON program.id = card.program_id
               WHERE program.mail_expiring AND lot.expiry >= lot.today
                 AND lot.expiry <= lot.today + program.mail_days_before
               GROUP BY lot.card_id""",
            self.env["loyalty.card"].sudo()._open_lots_sql(SQL("TRUE")),
        )

    @api.model
    def _statement_query(self, since):
        return SQL(
            """SELECT card.id, 'statement', to_char(month.last, 'YYYY-MM'),
                      NULL::int4
               FROM loyalty_card card
               JOIN loyalty_program program ON program.id = card.program_id
               JOIN (%s) day ON day.company = COALESCE(card.company_id, 0)
               CROSS JOIN LATERAL (
                   SELECT (date_trunc('month', day.today) - interval '1 day')::date
                          AS last) month
               WHERE program.mail_statement AND month.last >= %s
                 AND EXISTS (
                     SELECT FROM loyalty_point_move move
                     WHERE move.card_id = card.id
                       AND move.date BETWEEN date_trunc('month', month.last)
                                         AND month.last)""",
            self.env["loyalty.card"].sudo()._days_sql(),
            since,
        )

    # === SENDING === #

    def _send(self):
        """Hand one message to the mail queue, or note why it is not wanted."""
        self.ensure_one()
        reason = self._unwanted_because()
        if reason:
            self.write({"state": "skipped", "reason": reason})
            return
        template = self.env.ref(f"loyalty_program.mail_template_{self.kind}")
        template.send_mail(self.id, email_layout_xmlid="mail.mail_notification_light")
        self.write({"state": "sent", "sent_on": fields.Datetime.now()})

    def _unwanted_because(self):
        """Why a member must not be written to, or None."""
        partner = self.partner_id
        email = partner.email_normalized
        if not email:
            return self.env._("There is no e-mail address")
        if self.card_id.is_mail_refused:
            return self.env._("The member does not want these mails")
        if self.env["mail.blacklist"].search_count(
            Domain("email", "=", email) & Domain("active", "=", True), limit=1
        ):
            return self.env._("The address is on the blacklist")
        return None

    # === WHAT TEMPLATES SAY === #

    def _statement(self):
        """Figures of the month a statement is about.

        :return: ``{"first", "last", "opening", "came", "went", "closing"}``
        """
        self.ensure_one()
        first = fields.Date.to_date(f"{self.event_key}-01")
        last = fields.Date.end_of(first, "month")
        [(opening, came, went)] = self.env.execute_query(
            SQL(
                """SELECT COALESCE(sum(points) FILTER (WHERE date < %(first)s), 0),
                          COALESCE(sum(points) FILTER (
                              WHERE date >= %(first)s AND points > 0), 0),
                          COALESCE(-sum(points) FILTER (
                              WHERE date >= %(first)s AND points < 0), 0)
                   FROM loyalty_point_move
                   WHERE card_id = %(card)s AND date <= %(last)s""",
                first=first,
                last=last,
                card=self.card_id.id,
            )
        )
        return {
            "first": first,
            "last": last,
            "opening": opening,
            "came": came,
            "went": went,
            "closing": opening + came - went,
        }

    def _ending_points(self):
        """Points that end within the program's days of notice from today."""
        self.ensure_one()
        [(points,)] = self.env.execute_query(
            SQL(
                """SELECT COALESCE(sum(points_open), 0) FROM (%s) lot
                   WHERE expiry BETWEEN today AND today + %s""",
                self.card_id._open_lots_sql(SQL("card.id = %s", self.card_id.id)),
                self.program_id.mail_days_before,
            )
        )
        return points

    def _text(self, points):
        return self.card_id._points_text(points)

    def _page_url(self):
        base = (self.company_id or self.env.company).get_base_url()
        return f"{base}/my/loyalty/{self.card_id.id}"

    def _stop_token(self):
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        text = f"loyalty-stop:{self.card_id.id}"
        return hmac.new(secret.encode(), text.encode(), sha256).hexdigest()

    def _stop_url(self):
        base = (self.company_id or self.env.company).get_base_url()
        return f"{base}/loyalty/stop/{self.id}/{self._stop_token()}"


class LoyaltyCard(models.Model):
    _inherit = "loyalty.card"

    is_mail_refused = fields.Boolean(
        string="No Loyalty Mails",
        copy=False,
        help="The member does not want mails about points and tiers.",
        prefetch="loyalty_program",
    )
