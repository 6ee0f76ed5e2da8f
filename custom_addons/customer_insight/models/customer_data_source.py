from odoo import api, fields, models
from odoo.tools import SQL

#: A feed is silent when nothing came for this many times its usual gap …
SILENT_GAPS = 3
#: … and for more than this many days; a weekend proves nothing.
SILENT_DAYS = 3
#: Days with arrivals that are needed to know what is usual.
FEWEST_DAYS = 5
#: The usual gap is that of the year before the last arrival.
_USUAL_DAYS = 365


class CustomerDataSource(models.Model):
    """The register of feeds: what each source of touches has delivered per company.

    A query over the sources of the timeline, so that a new source is listed by itself.
    The usual gap is the mean distance of days with arrivals in the year before the last
    one; it takes no sorting of rows.
    """

    _name = "customer.data.source"
    _description = "Data Source"
    _auto = False
    _order = "is_silent desc, last_arrival desc, id"
    _rec_name = "name"

    _depends = {"customer.interaction": []}

    name = fields.Char(compute="_compute_name")
    key = fields.Char(string="Technical Name", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    row_count = fields.Integer(string="Rows", readonly=True)
    recent_count = fields.Integer(string="Rows of 30 Days", readonly=True)
    first_arrival = fields.Datetime(readonly=True)
    last_arrival = fields.Datetime(readonly=True)
    silent_days = fields.Integer(string="Days Silent", readonly=True, aggregator="max")
    usual_gap = fields.Float(
        string="Usual Gap (Days)",
        readonly=True,
        digits=(16, 1),
        aggregator="avg",
        help="Days between days with arrivals, in the year before the last one.",
    )
    arrival_days = fields.Integer(
        string="Days with Arrivals",
        readonly=True,
        help="In the year before the last one. With fewer than five nobody can say what"
        " is usual, and nothing is flagged.",
    )
    is_silent = fields.Boolean(
        string="Silent",
        readonly=True,
        help="Nothing has come for three times the usual gap and more than three days.",
    )

    @property
    def _table_query(self):
        interactions = self.env["customer.interaction"]
        sources = interactions._interaction_sources()
        slots = interactions._source_slots(sources)
        now = fields.Datetime.now()
        arrivals = SQL(" UNION ALL ").join(
            SQL(
                """SELECT %s AS key, %s AS slot, touch.company_id,
                          touch.date::date AS day,
                          COUNT(*) AS rows, MIN(touch.date) AS first,
                          MAX(touch.date) AS last,
                          COUNT(*) FILTER (WHERE touch.date > %s - interval '30 days')
                              AS recent
                   FROM (%s) touch WHERE touch.date <= %s
                   GROUP BY touch.company_id, touch.date::date""",
                key,
                slots[key],
                now,
                query,
                now,
            )
            for key, query in sources.items()
        )
        return SQL(
            """
            SELECT feed.slot * 100000::bigint + COALESCE(feed.company_id, 0) AS id,
                   feed.key, feed.company_id, feed.row_count, feed.recent_count,
                   feed.first_arrival, feed.last_arrival, feed.silent_days,
                   feed.arrival_days, feed.usual_gap,
                   COALESCE(feed.silent_days > %(silent_days)s
                            AND feed.arrival_days >= %(fewest)s
                            AND feed.silent_days > %(gaps)s * feed.usual_gap, FALSE)
                       AS is_silent
            FROM (
                SELECT key, slot, company_id, SUM(rows)::int AS row_count,
                       SUM(recent)::int AS recent_count, MIN(first) AS first_arrival,
                       MAX(last) AS last_arrival,
                       %(now)s::date - MAX(day) AS silent_days,
                       COUNT(*) FILTER (WHERE day > latest - %(usual)s)::int
                           AS arrival_days,
                       (MAX(day) - MIN(day) FILTER (WHERE day > latest - %(usual)s)
                       )::float8 / NULLIF(COUNT(*) FILTER (
                           WHERE day > latest - %(usual)s) - 1, 0) AS usual_gap
                FROM (SELECT arrival.*,
                             MAX(day) OVER (PARTITION BY key, company_id) AS latest
                      FROM (%(arrivals)s) arrival) arrival
                GROUP BY key, slot, company_id
            ) feed
            """,
            silent_days=SILENT_DAYS,
            fewest=FEWEST_DAYS,
            gaps=SILENT_GAPS,
            usual=_USUAL_DAYS,
            now=now,
            arrivals=arrivals,
        )

    @api.depends("key")
    @api.depends_context("lang")
    def _compute_name(self):
        """Name each feed by its model, as in ``Message: Sales Order``."""
        models_ = self.env["ir.model"].sudo()  # names of models are no secret
        for source in self:
            model, __, part = (source.key or "").partition("/")
            name = models_._get(model).name or model
            detail = models_._get(part).name if part in self.env else part
            source.name = f"{name}: {detail}" if detail else name

    def action_open_interactions(self):
        """Open the touches of this feed."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_insight.customer_interaction_action"
        )
        return {
            **action,
            "display_name": self.name,
            "domain": [
                ("source_key", "=", self.key),
                ("company_id", "=", self.company_id.id),
            ],
            "context": {},
            "views": [(False, "list"), (False, "graph"), (False, "pivot")],
        }
