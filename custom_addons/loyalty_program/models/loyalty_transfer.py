import hmac
import secrets
from datetime import timedelta
from hashlib import sha256

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..engine.points import to_points

_TRIES = 5
_PER_DAY = 10
_MINUTES = 30


class UnknownCard(UserError):
    """A code that is no other member's card."""


class LoyaltyTransfer(models.Model):
    """Points one member gives to another: both sides move, or neither.

    The points keep their days: what would have ended on a day ends on it for the
    receiver, too.
    """

    _name = "loyalty.transfer"
    _description = "Transfer of Points"
    _order = "id desc"
    _rec_name = "partner_id"

    card_id = fields.Many2one(
        "loyalty.card",
        string="From Account",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    to_card_id = fields.Many2one(
        "loyalty.card",
        string="To Account",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one(
        related="card_id.partner_id", string="From", store=True, index=True
    )
    to_partner_id = fields.Many2one(
        related="to_card_id.partner_id", string="To", store=True, index=True
    )
    company_id = fields.Many2one(related="card_id.company_id", store=True)
    program_id = fields.Many2one(related="card_id.program_id", store=True)
    points = fields.Float(digits=(16, 2), required=True, readonly=True)
    note = fields.Char(readonly=True)
    state = fields.Selection(
        [
            ("open", "To Be Confirmed"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="open",
        index=True,
    )
    done_on = fields.Date(readonly=True)
    decided_uid = fields.Many2one("res.users", string="Decided By", readonly=True)
    code_digest = fields.Char(readonly=True, groups="base.group_system", copy=False)
    code_until = fields.Datetime(readonly=True, copy=False)
    tries = fields.Integer(readonly=True, copy=False)
    request_key = fields.Char(required=True, readonly=True)

    _request_uniq = models.UniqueIndex("(card_id, request_key)")
    _points_check = models.Constraint(
        "CHECK (points > 0 AND card_id != to_card_id)",
        "Points above zero are given to another account.",
    )

    # === ASKING FOR ONE === #

    @api.model
    def _request(self, card, to_code, points, seen, note=None):
        """Prepare a transfer; nothing moves before it is confirmed.

        :param to_code: the code on the receiver's card
        :param seen: number of the last ledger line the member's page showed
        :return: loyalty.transfer (superuser); sent twice it is one, unless its code
            is no longer good: then there is a new one with a new code
        :raise UserError: for what cannot be
        :raise UnknownCard: for a code that is none; whoever lets people enter codes
            counts it
        """
        account = card.sudo()
        account._lock()
        transfers = self.sudo()
        tries = self.env["loyalty.code.try"].sudo()
        if tries._is_slowed():
            raise UserError(tries._wait_text())
        key = f"{seen}:{(to_code or '').strip().lower()}:{points}"[:200]
        if known := transfers._known_request(account, key):
            return known
        transfers._check_frequency(account)
        transfer = transfers.create(
            {
                "card_id": card.id,
                "to_card_id": transfers._receiver(account, to_code).id,
                "points": float(transfers._checked_amount(account, points)),
                "request_key": key,
                "note": (note or "").strip()[:100] or False,
            }
        )
        if account.program_id.transfer_mode == "code":
            transfer._send_code()
        return transfer

    @api.model
    def _known_request(self, account, key):
        """What was asked for by this key and is still good; what is not is ended."""
        known = self.search(
            [("card_id", "=", account.id), ("request_key", "=", key)], limit=1
        )
        if not known or known._still_holds():
            return known
        known.write({"state": "cancelled", "request_key": f"ended:{known.id}:{key}"})
        known.flush_recordset()  # frees the key before the next one is inserted
        return self.browse()

    def _still_holds(self):
        """Whether asking for the same again means this one."""
        if self.state == "open" and self.program_id.transfer_mode == "code":
            return self._is_code_live()
        return self.state in ("open", "done")

    @api.model
    def _check_frequency(self, account):
        """Slow down those who try cards or codes."""
        day = fields.Datetime.now() - timedelta(days=1)
        asked = self.search_count(
            [("card_id", "=", account.id), ("create_date", ">=", day)], limit=_PER_DAY
        )
        if asked >= _PER_DAY:
            raise UserError(
                self.env._("You have asked for many transfers. Try again tomorrow.")
            )

    @api.model
    def _receiver(self, account, to_code):
        """The receiving account; the same answer for each code that is none.

        The card of an account that was merged is as good as that of its heir.
        """
        found = self.env["loyalty.card"].with_context(active_test=False)
        found = found.search(
            [
                ("code", "=", (to_code or "").strip()),
                ("program_id", "=", account.program_id.id),
            ],
            limit=1,
        )
        found = found.merged_into_id or found
        if (
            found == account
            or not found.is_account
            or not (found.active and found.partner_id.active)
        ):
            raise UnknownCard(self.env._("There is no other member with this card."))
        return found

    @api.model
    def _checked_amount(self, account, points):
        """Decimal: the points, after all checks."""
        program = account.program_id
        if (
            program.transfer_mode == "none"
            or not (program.active and account.active)
            or not program._is_running()
        ):
            raise UserError(self.env._("Points cannot be transferred here."))
        amount = account._checked_points(points or 0)
        if amount <= 0:
            raise UserError(self.env._("Enter how many points you give."))
        if amount > account._free_points():
            raise UserError(self.env._("You do not have enough points for this."))
        most = to_points(program.transfer_max)
        if most and amount > most:
            raise UserError(
                self.env._(
                    "At most %s points are given at a time.", account._points_text(most)
                )
            )
        month = to_points(program.transfer_max_month)
        if month and amount + self._given_this_month(account) > month:
            raise UserError(
                self.env._(
                    "At most %s points are given in a month.",
                    account._points_text(month),
                )
            )
        return amount

    @api.model
    def _given_this_month(self, account):
        self.flush_model()
        [(given,)] = self.env.execute_query(
            SQL(
                """SELECT COALESCE(sum(points), 0) FROM loyalty_transfer
                   WHERE card_id = %s AND state = 'done' AND done_on >= %s""",
                account.id,
                fields.Date.start_of(account._today(), "month"),
            )
        )
        return to_points(given)

    # === THE CODE === #

    def _digest(self, code):
        """Digest of a code, bound to this transfer and this database."""
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        return sha256(f"{secret}:{self.id}:{code}".encode()).hexdigest()

    def _send_code(self):
        """Send six digits to the member, valid for half an hour."""
        if not self.partner_id.email:
            raise UserError(
                self.env._("We have no e-mail address of yours to confirm this with.")
            )
        code = f"{secrets.randbelow(10**6):06d}"
        self.write(
            {
                "code_digest": self._digest(code),
                "code_until": fields.Datetime.now() + timedelta(minutes=_MINUTES),
            }
        )
        template = self.env.ref("loyalty_program.mail_template_transfer_code")
        template.with_context(loyalty_code=code).send_mail(self.id)

    def _is_code_live(self):
        """Whether the code that was sent can still be entered."""
        is_late = not self.code_until or self.code_until < fields.Datetime.now()
        return not is_late and self.tries < _TRIES

    def _confirm_by_code(self, code):
        """Confirm with the code of the mail. Wrong ones are counted.

        :return: None, or the sentence that says why not
        """
        self.ensure_one()
        self._lock_row()
        if self.state == "done":
            return None
        if self.state != "open" or not self._is_code_live():
            return self.env._("This code is no longer valid. Please start anew.")
        digest = self._digest((code or "").strip())
        if not hmac.compare_digest(digest, self.code_digest or ""):
            self.tries += 1
            return self.env._("This is not the code we have sent.")
        self._execute()
        return None

    # === OFFICERS === #

    def action_confirm(self):
        """Confirm transfers as an officer."""
        self._check_officer()
        for transfer in self.sudo():
            transfer._lock_row()
            if transfer.state != "open":
                continue
            if transfer.program_id.transfer_mode == "code":
                raise UserError(
                    self.env._("The member confirms this transfer by a code.")
                )
            transfer.decided_uid = self.env.uid
            transfer._execute()

    def action_cancel(self):
        """Cancel transfers that are not done."""
        self._check_officer()
        for transfer in self.sudo():
            transfer._lock_row()
            if transfer.state == "done":
                raise UserError(
                    self.env._("The points were already transferred. Send them back.")
                )
            transfer.write({"state": "cancelled", "decided_uid": self.env.uid})

    def _check_officer(self):
        self.check_access("read")
        if not self.env.su and not self.env.user.has_group(
            "loyalty_program.group_officer"
        ):
            raise AccessError(self.env._("Transfers are decided by loyalty officers."))

    def _lock_row(self):
        self.env.flush_all()
        self.lock_for_update()
        self.invalidate_recordset(["state", "tries"])

    # === MOVING === #

    def _execute(self):
        """Move the points, each part with its days; both sides or neither.

        Both accounts are locked in the order of their ids, so that two who give to
        each other do not wait for each other.
        """
        self.ensure_one()
        source, target = self.card_id, self.to_card_id
        (source | target).sorted("id")._lock()
        amount = self._checked_amount(source, self.points)
        target = target.merged_into_id or target
        if source == target or not (target.active and target.partner_id.active):
            raise UserError(self.env._("There is no other member with this card."))
        key = f"{self._name},{self.id}"
        debit = source._post(
            -amount,
            "transfer",
            source=self,
            key=f"{key}:out",
            reason=self.env._("To %s", target.partner_id.name),
        )
        reason = self.env._("From %s", source.partner_id.name)
        for part in debit.credit_ids.sorted("id"):
            lot = part.credit_id
            target._post(
                part.points,
                "transfer",
                source=self,
                key=f"{key}:in:{lot.id}",
                expires_on=lot.expires_on,
                origin_move=lot,
                reason=reason,
            )
        self.write({"state": "done", "done_on": source._today()})
