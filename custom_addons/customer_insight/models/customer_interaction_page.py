from datetime import datetime, time, timedelta

import pytz
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, Query, html2plaintext

from .customer_interaction import SLOTS

MAX_PAGE = 200
_PREVIEW = 600


class CustomerInteraction(models.Model):
    """Pages of one customer's touches, newest first, for the timeline on screen.

    Each source is asked for the customer's rows by its own index and hands out no
    more than a page; what is asked for next continues behind the last row shown.
    """

    _inherit = "customer.interaction"

    @api.readonly
    @api.model
    def timeline_page(
        self,
        partner_id,
        limit=40,
        before=None,
        day=None,
        kinds=None,
        channels=None,
        search=None,
    ):
        """A page of a customer's touches with what the reader may see of each.

        :param partner_id: id of the customer or any of its contacts
        :param limit: rows wanted, at most ``MAX_PAGE``
        :param before: the ``next`` of the page before
        :param day: ISO date; begins with the touches of this day instead of the newest
        :param kinds: list of kinds wanted, all when empty
        :param channels: list of channels wanted, all when empty
        :param search: text looked for in names, subjects and bodies; only touches
            whose content the reader may open are then found
        :return: ``rows`` (list of dict), ``next`` (what ``before`` takes, or False),
            and, for a first page, ``summary``: ``total``, ``contacts``, ``last``
            (moment of the last contact), ``kinds`` and ``channels`` with counts
        :rtype: dict
        :raise AccessError: if the user may read no interactions or not this contact
        """
        self.browse().check_access("read")
        customer = self.env["res.partner"].browse(int(partner_id)).exists()
        customer.check_access("read")
        customer = customer.sudo().commercial_partner_id.sudo(False)
        limit = max(1, min(int(limit), MAX_PAGE))
        contacts = self._contact_ids(customer)
        wanted = self._page_condition(contacts, kinds, channels, search)
        cursor = self._page_cursor(before, day)
        rows = self._page_rows(wanted, cursor, limit + 1)
        page = rows[:limit]
        described = self._describe(page, customer)
        if search:
            described = [row for row in described if row["can_open"]]
        result = {
            "rows": described,
            "next": len(rows) > limit
            and [fields.Datetime.to_string(page[-1]["date"]), page[-1]["id"]],
        }
        if not before:
            result["summary"] = self._page_summary(contacts)
        return result

    @api.model
    def _contact_ids(self, customer):
        return (
            self.env["res.partner"]
            .sudo()  # whoever may read the customer reads what its contacts did
            .with_context(active_test=False)
            .search([("commercial_partner_id", "=", customer.id)])
            .ids
        )

    @api.model
    def _page_condition(self, contact_ids, kinds=None, channels=None, search=None):
        """What each source looks for, over the alias ``touch`` (SQL)."""
        conditions = [
            SQL("touch.anchor_id = ANY(%s)", contact_ids),
            SQL(
                "(touch.company_id IS NULL OR touch.company_id = ANY(%s))",
                self.env.companies.ids,
            ),
        ]
        if kinds:
            conditions.append(SQL("touch.kind = ANY(%s)", list(map(str, kinds))))
        if channels:
            conditions.append(SQL("touch.channel = ANY(%s)", list(map(str, channels))))
        if search and str(search).strip():
            text = str(search).strip()
            for sign in "\\%_":
                text = text.replace(sign, f"\\{sign}")
            conditions.append(
                SQL(
                    "concat_ws(' ', touch.summary, touch.content) ILIKE %s", f"%{text}%"
                )
            )
        return SQL(" AND ").join(conditions)

    @api.model
    def _page_cursor(self, before, day):
        """:return: (moment, id) that all rows of the page lie before, or None"""
        try:
            if before:
                moment, row_id = before
                return fields.Datetime.to_datetime(moment), int(row_id)
            if day:
                after = fields.Date.to_date(day) + timedelta(days=1)
                midnight = pytz.timezone(self.env.company._insight_timezone()).localize(
                    datetime.combine(after, time())
                )
                return midnight.astimezone(pytz.utc).replace(tzinfo=None), 0
        except (TypeError, ValueError, OverflowError) as error:
            raise UserError(
                self.env._("This is no place on the timeline: %s", before or day)
            ) from error
        return None

    @api.model
    def _page_rows(self, wanted, cursor, limit):
        """The newest rows before the cursor that the user's rules let pass."""
        sources = self._interaction_sources()
        slots = self._source_slots(sources)
        branches = [
            self._numbered_query(
                key,
                query,
                slots[key],
                self._before(wanted, cursor, slots[key]),
                limit,
            )
            for key, query in sources.items()
        ]
        newest = SQL(
            "SELECT * FROM (%s) touch ORDER BY date DESC, id DESC LIMIT %s",
            SQL(" UNION ALL ").join(branches),
            limit,
        )
        return self._read_permitted(
            newest,
            [
                "id",
                "date",
                "day",
                "day_only",
                "contact_id",
                "currency_id",
                "kind",
                "channel",
                "direction",
                "summary",
                "user_id",
                "amount",
                "duration",
                "outcome",
                "is_contact",
                "source_model",
                "source_id",
            ],
        )

    @api.model
    def _before(self, wanted, cursor, slot):
        if not cursor:
            return wanted
        moment, row_id = cursor
        return SQL(
            """%s AND (touch.date < %s OR (touch.date = %s
                       AND touch.source_id::bigint * %s + %s < %s))""",
            wanted,
            moment,
            moment,
            SLOTS,
            slot,
            row_id,
        )

    @api.model
    def _read_permitted(self, touches, names):
        """Rows of a SELECT of touches that the user's record rules let pass.

        :return: list of dict, newest first
        """
        table = SQL("(%s%s)", self._flushing_sql(), self._rows_query(touches))
        query = Query(self.env, self._table, table)
        if not self.env.su:
            rules = self.env["ir.rule"]._compute_domain(self._name, "read")
            unrestricted = self.sudo().with_context(active_test=False)
            rules = Domain(rules).optimize_full(unrestricted)
            query.add_where(rules._to_sql(unrestricted, self._table, query))
        query.order = SQL(
            "%s DESC, %s DESC",
            SQL.identifier(self._table, "date"),
            SQL.identifier(self._table, "id"),
        )
        return self.env.execute_query_dict(
            query.select(*(SQL.identifier(self._table, name) for name in names))
        )

    @api.model
    def _page_summary(self, contact_ids):
        """Counts of a customer's touches and the moment of the last contact."""
        touches = self._touches_query(condition=self._page_condition(contact_ids))
        rows = self._read_permitted(
            SQL(
                """SELECT kind, channel, MAX(date) AS date, COUNT(*)::int AS source_id,
                          MIN(anchor_id) AS anchor_id, company_id,
                          0 AS id, '' AS source_key, '' AS source_model,
                          FALSE AS day_only, 0 AS contact_id, '' AS direction,
                          '' AS summary, 0 AS user_id, 0 AS amount, 0 AS duration,
                          '' AS outcome
                   FROM (%s) touch GROUP BY kind, channel, company_id""",
                touches,
            ),
            ["kind", "channel", "date", "source_id", "is_contact"],
        )
        kinds, channels = {}, {}
        for row in rows:
            for counts, name in ((kinds, "kind"), (channels, "channel")):
                counts[row[name]] = counts.get(row[name], 0) + row["source_id"]
        contacts = [row for row in rows if row["is_contact"]]
        last = max((row["date"] for row in contacts), default=None)
        return {
            "total": sum(kinds.values()),
            "contacts": sum(row["source_id"] for row in contacts),
            "last": fields.Datetime.to_string(last) or False,
            "kinds": self._counted_labels("kind", kinds),
            "channels": self._counted_labels("channel", channels),
        }

    @api.model
    def _counted_labels(self, name, counts):
        """:return: ``[{"code", "label", "count"}]`` in the order of the selection"""
        return [
            {"code": code, "label": label, "count": counts[code]}
            for code, label in self._fields[name]._description_selection(self.env)
            if code in counts
        ]

    # === WHAT THE READER MAY SEE OF A ROW === #

    @api.model
    def _describe(self, rows, customer):
        """Turn rows into what the client shows, with contents the user may read.

        A contact is named where it is not the customer itself.
        """
        readable = {}
        for model in {row["source_model"] for row in rows}:
            ids = [row["source_id"] for row in rows if row["source_model"] == model]
            readable[model] = self._readable_sources(model, ids)
        contacts = self.env["res.partner"].browse(
            {row["contact_id"] for row in rows if row["contact_id"]} - {customer.id}
        )
        names = {
            partner.id: partner.display_name
            for partner in contacts.exists()._filtered_access("read")
        }
        staff = {
            user.id: user.name
            for user in self.env["res.users"]
            .sudo()  # names of colleagues are no secret
            .browse({row["user_id"] for row in rows if row["user_id"]})
        }
        labels = {
            name: dict(self._fields[name]._description_selection(self.env))
            for name in ("kind", "channel", "outcome")
        }
        return [
            self._row_values(row, readable[row["source_model"]], names, staff, labels)
            for row in rows
        ]

    @api.model
    def _readable_sources(self, model, ids):
        """:return: ``{id: record}`` of the documents the user may open"""
        records = self.env[model].with_context(active_test=False)
        if not records.has_access("read"):
            return {}
        return {
            record.id: record
            for record in records.browse(ids).exists()._filtered_access("read")
        }

    @api.model
    def _row_values(self, row, readable, names, staff, labels):
        source = readable.get(row["source_id"])
        icon, color = self._kind_icons().get(row["kind"], ("fa-circle-o", "secondary"))
        title, body = self._source_text(source) if source else ("", "")
        return {
            "id": row["id"],
            "date": fields.Datetime.to_string(row["date"]),
            "day": fields.Date.to_string(row["day"]),
            "day_only": bool(row["day_only"]),
            "kind": row["kind"],
            "icon": icon,
            "color": color,
            "kind_label": labels["kind"].get(row["kind"], row["kind"]),
            "channel": row["channel"],
            "channel_label": labels["channel"].get(row["channel"], row["channel"]),
            "direction": row["direction"],
            "title": title or row["summary"] or "",
            "body": body[:_PREVIEW],
            "amount": False if row["amount"] is None else float(row["amount"]),
            "currency_id": row["currency_id"] or False,
            "duration": row["duration"] or 0.0,
            "outcome": labels["outcome"].get(row["outcome"], ""),
            "contact": names.get(row["contact_id"], ""),
            "user": staff.get(row["user_id"], ""),
            "is_contact": bool(row["is_contact"]),
            "source_model": row["source_model"],
            "source_id": row["source_id"],
            "can_open": bool(source),
            "can_edit": bool(source)
            and row["source_model"] == "customer.interaction.log"
            and source.has_access("write"),
        }

    @api.model
    def _source_text(self, source):
        """The title and the plain text of a document the user may read.

        Add-ons extend this for the models of their sources.

        :return: ``(title, body)``, either may be empty
        :rtype: tuple[str, str]
        """
        if source._name == "mail.message":
            return source.subject or source.record_name or "", _plain(source.body)
        if source._name == "mail.activity":
            title = source.summary or source.activity_type_id.name or ""
            return title, source.feedback or _plain(source.note)
        if source._name == "customer.interaction.log":
            return source.name or "", source.note or ""
        if source._name == "sale.order":
            label = self.env["customer.purchase"]._product_label
            lines = source.order_line.filtered("product_id")[:5]
            return source.name, ", ".join(label(line) for line in lines)
        return source.display_name or "", ""


def _plain(html):
    return html2plaintext(html).strip() if html else ""
