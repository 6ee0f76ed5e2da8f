import ast
import json
import logging
from contextlib import contextmanager

import psycopg2
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from .customer_segment_refresh import RULE_ERRORS

_logger = logging.getLogger(__name__)

_RULE_FIELDS = {"kind", "domain", "condition_ids", "user_id", "excluded_partner_ids"}
#: What a rule may not ask for, as it would depend on the order of evaluation.
_CIRCULAR = {"segment_ids", "membership_ids", "segment_membership_ids"}
_WORDED_TYPES = ("char", "integer", "float", "monetary", "date", "selection", "boolean")


class CustomerSegment(models.Model):
    """Segments by a rule: a domain over the profile and counts from the documents.

    A rule sees what its owner may see, and no field that is kept from them.
    """

    _inherit = "customer.segment"

    domain = fields.Char(
        string="Rule",
        default="[]",
        help="Which customers belong, by their profile and their contact.",
    )
    condition_ids = fields.One2many(
        "customer.segment.condition",
        "segment_id",
        string="Conditions",
        copy=True,
        help="What these customers did within a period. All must hold.",
    )
    error = fields.Text(
        string="Switched Off Because",
        readonly=True,
        copy=False,
        help="Why the rule no longer works. Its members stay as they were.",
    )

    @api.constrains("kind", "domain", "condition_ids", "user_id")
    def _check_rule(self):
        """Refuse a rule that cannot work, naming the fault.

        Both its owner and whoever edits it must be allowed to read what it asks for.
        """
        if "customer_segment_unchecked" in self.env.context:
            return
        for segment in self.filtered(lambda s: s.kind == "rule"):
            editor = segment.env.user.filtered(lambda u: not u._is_superuser())
            for user in segment.user_id | editor:
                with segment._naming_faults():
                    segment._try_rule(user)

    def write(self, vals):
        if _RULE_FIELDS & vals.keys() and "error" not in vals:
            vals = {**vals, "error": False}
        result = super().write(vals)
        if (_RULE_FIELDS | {"active"}) & vals.keys():
            self._refresh_saved()
        return result

    @api.model_create_multi
    def create(self, vals_list):
        segments = super().create(vals_list)
        segments._refresh_saved()
        return segments

    def action_switch_on(self):
        """Check the rule of a segment that was switched off and use it again.

        :raise ValidationError: while the rule is still wrong
        """
        self.check_access("write")
        self._check_rule()
        self.error = False
        self._refresh_saved()

    def _refresh_saved(self):
        """Show the members of edited segments at once, elsewhere within a minute."""
        self._trigger_refresh()
        computed = self.filtered(lambda segment: segment.kind in ("rule", "cluster"))
        if not computed:
            return
        self.env.flush_all()
        for company in self.env.companies.sudo():
            if self._try_lock_refresh(company):
                for segment in computed.sudo():
                    segment._refresh_group(company, self._refresh_day(company))
        self.env["customer.profile"].invalidate_model(["segment_ids"])
        self.invalidate_recordset(["profile_count", "profile_amount"])

    # === FAULTS === #

    @contextmanager
    def _naming_faults(self):
        """Turn what goes wrong with a rule into a message for whoever saves it."""
        try:
            with self.env.cr.savepoint():
                yield
        except RULE_ERRORS as error:
            raise ValidationError(
                self.env._(
                    "The rule of %(segment)s does not work: %(fault)s",
                    segment=self.name,
                    fault=self._fault_text(error),
                )
            ) from error

    @api.model
    def _fault_text(self, error):
        if isinstance(error, psycopg2.Error):
            return (error.pgerror or str(error)).splitlines()[0]
        return str(error)

    def _try_rule(self, user):
        """Read the rule with a user's rights, without looking at any customer."""
        self._check_rule_owner(user)
        allowed = user.sudo().company_ids
        company = self.env.company if self.env.company in allowed else allowed[:1]
        for condition in self.condition_ids:
            condition._check_measure()
        query = self._rule_query(company, company._insight_today(), user)
        self.env.cr.execute(
            SQL("SELECT FROM (%s) member LIMIT 0", query), log_exceptions=False
        )

    def _check_rule_owner(self, user):
        if not self.user_id:
            raise UserError(self.env._("it needs an owner"))
        if not user.active:
            raise UserError(
                self.env._("its owner %(user)s is archived", user=user.name)
            )
        if user._is_superuser():
            raise UserError(self.env._("its owner must be a person, not the system"))

    def _rule_domain(self, profiles):
        """The domain of the rule, checked for what a user may ask for.

        :param profiles: customer.profile with the user's rights
        :raise ValueError, UserError: if it is wrong; the message names the fault
        """
        try:
            leaves = ast.literal_eval(self.domain or "[]")
        except (SyntaxError, ValueError) as error:
            raise UserError(
                self.env._("it cannot be read (%(error)s)", error=error)
            ) from error
        domain = Domain(leaves)
        self._check_rule_fields(domain, profiles)
        return domain

    def _check_rule_fields(self, domain, model):
        """Check each field on the way of a domain.

        :raise UserError: if one is unknown or not to be read, with its name
        """
        for condition in domain.iter_conditions():
            comodel, field = model, None
            for name in condition.field_expr.split("."):
                if field is not None and not field.relational:
                    break  # a part of a date, such as the month
                field = comodel._fields.get(name)
                if field is None:
                    raise UserError(
                        self.env._(
                            "there is no field %(field)s in %(model)s",
                            field=name,
                            model=comodel._description,
                        )
                    )
                if not comodel._has_field_access(field, "read"):
                    raise UserError(
                        self.env._(
                            "%(user)s may not read the field %(field)s",
                            user=comodel.env.user.name,
                            field=field._description_string(self.env),
                        )
                    )
                if name in _CIRCULAR:
                    raise UserError(
                        self.env._(
                            "a rule cannot ask for other segments but the RFM segment"
                        )
                    )
                if field.relational:
                    comodel = comodel.env[field.comodel_name]
            if condition.operator in ("any", "not any"):
                self._check_rule_fields(Domain(condition.value), comodel)

    # === EVALUATION === #

    def _rule_profiles(self, company, as_of, user):
        """customer.profile as a user may see it in one company, on a day."""
        profiles = self.env["customer.profile"]._on_day(company, as_of).with_user(user)
        return profiles.with_context(
            allowed_company_ids=company.ids,
            insight_as_of=fields.Date.to_string(as_of),
            lang=user.lang or self.env.lang,
            active_test=True,
        )

    def _rule_query(self, company, as_of, user, among=None):
        """Who fits the rule on a day, as far as a user may see.

        :param among: ids of customers to speak of whether they fit or not
        :return: SELECT partner_id, reason
        """
        self._check_rule_owner(user)
        if company not in user.sudo().company_ids:  # they see nobody there
            return SQL("SELECT NULL::int AS partner_id, NULL AS reason WHERE FALSE")
        profiles = self._rule_profiles(company, as_of, user)
        rule = self._rule_domain(profiles)
        scope = Domain("company_id", "=", company.id)
        if among is not None:
            query = profiles._search(scope & Domain("partner_id", "in", among))
        else:
            query = profiles._search(scope & rule)
        reasons = [self._domain_reason_sql(profiles, rule)]
        for number, condition in enumerate(self.condition_ids):
            condition = condition.with_context(lang=profiles.env.lang)
            alias = f"condition_{number}"
            values = condition._values_query(company, as_of)
            if among is not None:  # only their documents are read
                values = SQL(
                    "SELECT * FROM (%s) value WHERE partner_id = ANY(%s)", values, among
                )
            query.add_join(
                "LEFT JOIN",
                alias,
                SQL("(%s)", values),
                SQL(
                    "%s = customer_profile.partner_id",
                    SQL.identifier(alias, "partner_id"),
                ),
            )
            value = SQL("COALESCE(%s, 0)", SQL.identifier(alias, "value"))
            if among is None:
                query.add_where(condition._holds_sql(value))
            reasons.append(condition._reason_sql(value))
        return query.select(
            SQL("customer_profile.partner_id"),
            SQL("concat_ws('; ', %s) AS reason", SQL(", ").join(reasons)),
        )

    def _domain_reason_sql(self, profiles, rule):
        """The values of the profile the rule asks for, as ``Stage: Loyal`` (SQL)."""
        names = dict.fromkeys(
            condition.field_expr.split(".")[0] for condition in rule.iter_conditions()
        )
        parts = []
        for name in names:
            field = profiles._fields[name]
            if not field.store or field.type not in _WORDED_TYPES:
                continue
            column = SQL.identifier("customer_profile", name)
            text = SQL("COALESCE(%s::text, '–')", column)
            if field.type == "selection":
                labels = dict(field._description_selection(profiles.env))
                text = SQL(
                    "COALESCE((%s::jsonb) ->> %s, '–')",
                    json.dumps(labels),
                    column,
                )
            elif field.type in ("monetary", "float"):
                text = SQL("COALESCE(ROUND(%s::numeric, 2)::text, '–')", column)
            label = field._description_string(profiles.env)
            parts.append(SQL("%s || %s", f"{label}: ", text))
        if not parts:
            return SQL("NULL") if self.condition_ids else SQL("%s", self._rule_words())
        return SQL("concat_ws(', ', %s)", SQL(", ").join(parts))

    def _rule_words(self):
        return self.env._("Fits the rule")

    def _computed_members_query(self, company, as_of):
        if self.kind != "rule":
            return super()._computed_members_query(company, as_of)
        return self._rule_query(company, as_of, self.user_id)

    def _exit_reasons_query(self, company, as_of, leavers):
        if self.kind != "rule" or not self.active:
            return super()._exit_reasons_query(company, as_of, leavers)
        known = self._rule_query(company, as_of, self.user_id, among=leavers)
        return SQL(
            """SELECT gone.partner_id, COALESCE(known.reason, gone.reason) AS reason
               FROM (%s) gone LEFT JOIN (%s) known USING (partner_id)""",
            super()._exit_reasons_query(company, as_of, leavers),
            known,
        )

    def _refresh_computed(self, company, as_of, among=None):
        """A rule that no longer works is switched off with a note."""
        if self.error:
            return 0
        try:
            with self.env.cr.savepoint():
                return super()._refresh_computed(company, as_of, among)
        except RULE_ERRORS as error:
            fault = self._fault_text(error)
        _logger.warning("Segment %s is switched off: %s", self.code, fault)
        self.with_context(customer_segment_unchecked=True).error = fault
        return 0
