from odoo import api, models
from odoo.fields import Domain

#: Touches that are words of the customer to us, or of ours to the customer.
_MESSAGES = ("email", "portal", "chat", "sms", "social")


class CustomerProfile(models.Model):
    """All records of a customer in one place, by kind, each a click away."""

    _inherit = "customer.profile"

    @api.readonly
    def get_record_counts(self):
        """How many records of each kind there are, as far as the reader may read them.

        :return: list of dicts with ``code`` (for ``action_open_record_kind``),
            ``label``, ``icon`` and ``count``, in the order of the screen
        :raise AccessError: for whoever may not read the profile
        """
        self.ensure_one()
        self.check_access("read")
        rows = []
        for code, kind in self._record_kinds().items():
            records = self.env[kind["model"]]
            if not records.has_access("read"):
                continue
            domain = self._record_domain(code)
            rows.append(
                {
                    "code": code,
                    "label": kind["label"],
                    "icon": kind["icon"],
                    "count": kind["count"](records, domain)
                    if "count" in kind
                    else records.search_count(domain),
                }
            )
        return rows

    def _record_kinds(self):
        """Which kinds of records a customer has; an add-on adds its own.

        :return: ``{code: kind}``, in the order of the screen. A kind is a dict of
            ``label``, ``icon``, ``model`` and, if it opens otherwise than as a list and
            a form, ``views``; ``count(records, domain)`` where the figure is not the
            number of records but a sum over them
        """
        return {
            "order": {
                "label": self.env._("Orders"),
                "icon": "fa-shopping-cart",
                "model": "sale.order",
            },
            "invoice": {
                "label": self.env._("Invoices"),
                "icon": "fa-file-text-o",
                "model": "account.move",
            },
            "payment": {
                "label": self.env._("Payments"),
                "icon": "fa-money",
                "model": "account.payment",
            },
            "message": {
                "label": self.env._("Messages"),
                "icon": "fa-comments-o",
                "model": "customer.interaction",
                "views": ("list",),
                "count": self._message_count,
            },
            "tag": {
                "label": self.env._("Tags"),
                "icon": "fa-tags",
                "model": "res.partner.category",
            },
        }

    def _message_count(self, interactions, _domain):
        """Counted as the timeline counts, which indexes make quick."""
        summary = interactions.with_context(
            allowed_company_ids=self.company_id.ids
        )._page_summary(interactions._contact_ids(self.partner_id))
        return sum(one["count"] for one in summary["kinds"] if one["code"] in _MESSAGES)

    def _record_domain(self, code):
        """Which records of a kind are this customer's; an add-on adds its own."""
        company = Domain("company_id", "=", self.company_id.id)
        commercial = Domain("commercial_partner_id", "=", self.partner_id.id)
        people = Domain("partner_id.commercial_partner_id", "=", self.partner_id.id)
        match code:
            case "order":
                return people & company & Domain("state", "=", "sale")
            case "invoice":
                kinds = ("out_invoice", "out_refund", "out_receipt")
                return (
                    commercial
                    & company
                    & Domain("move_type", "in", kinds)
                    & Domain("state", "=", "posted")
                )
            case "payment":
                return (
                    people
                    & company
                    & Domain("partner_type", "=", "customer")
                    & Domain("state", "in", ("in_process", "paid"))
                )
            case "message":
                return (
                    Domain("partner_id", "=", self.partner_id.id)
                    & Domain("company_id", "in", (self.company_id.id, False))
                    & Domain("kind", "in", _MESSAGES)
                )
            case "tag":
                return Domain("id", "in", self.partner_id.category_id.ids)
        raise KeyError(code)

    def action_open_record_kind(self, code):
        """Open the records of a kind.

        :param code: as ``get_record_counts`` names it
        """
        self.ensure_one()
        self.check_access("read")
        kind = self._record_kinds()[code]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._(
                "%(kind)s of %(customer)s",
                kind=kind["label"],
                customer=self.partner_id.display_name,
            ),
            "res_model": kind["model"],
            "domain": list(self._record_domain(code)),
            "views": [(False, view) for view in kind.get("views", ("list", "form"))],
            "context": {"create": False},
        }
