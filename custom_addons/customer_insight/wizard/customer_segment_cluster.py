from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..engine import clusters

_COLORS = (10, 4, 3, 2, 8, 5, 7, 9, 6, 11, 1)


class CustomerSegmentCluster(models.TransientModel):
    """Let the figures find groups of like customers, look at them, keep them."""

    _name = "customer.segment.cluster"
    _description = "Create Clusters"

    k_min = fields.Integer(string="Fewest Groups", default=3, required=True)
    k_max = fields.Integer(string="Most Groups", default=6, required=True)
    seed = fields.Integer(
        default=1,
        help="The same customers and seed give the same groups.",
    )
    parameters = fields.Json(readonly=True)
    criterion = fields.Char(string="How Many Groups", readonly=True)
    line_ids = fields.One2many("customer.segment.cluster.line", "wizard_id")

    @api.constrains("k_min", "k_max")
    def _check_range(self):
        for wizard in self:
            if not 2 <= wizard.k_min <= wizard.k_max <= 12:
                raise UserError(
                    self.env._("The number of groups lies between 2 and 12.")
                )

    def action_preview(self):
        """Find the groups and show them."""
        self.ensure_one()
        self._check_manager()
        company = self.env.company.sudo()
        clusterings = self.env["customer.segment.clustering"].sudo()
        found = clusterings._fit(company, self.k_min, self.k_max, self.seed)
        tried = ", ".join(f"{k}: {s:.2f}" for k, s in sorted(found.silhouettes.items()))
        self.write(
            {
                "parameters": found.to_dict(),
                "criterion": self.env._(
                    "%(k)s groups stand apart best (silhouette of each number: %(all)s;"
                    " 1 is best). %(n)s buyers were looked at.",
                    k=found.k,
                    all=tried,
                    n=found.n,
                ),
                "line_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "place": place,
                                "name": f"{place + 1}. {group['name']}",
                                "customer_count": group["count"],
                                "share": group["share"],
                                "description": group["words"],
                                "color": _COLORS[place % len(_COLORS)],
                            }
                        )
                        for place, group in enumerate(
                            clusterings._describe(company, found)
                        )
                    ),
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
            "name": self.env._("Create Clusters"),
        }

    def action_save(self):
        """Keep the groups as segments; their members follow every night."""
        self.ensure_one()
        self._check_manager()
        if not self.parameters:
            raise UserError(self.env._("Look at the groups first."))
        found = clusters.Clustering(**self.parameters)
        clustering = (
            self.env["customer.segment.clustering"]
            .sudo()  # fits are nobody's to edit
            .create(
                {
                    "company_id": self.env.company.id,
                    "as_of": self.env.company._insight_today(),
                    "k": found.k,
                    "silhouette": found.silhouettes[str(found.k)],
                    "parameters": self.parameters,
                }
            )
        )
        segments = self.env["customer.segment"].create(
            [
                {
                    "name": line.name,
                    "kind": "cluster",
                    "sequence": 200 + line.place,
                    "clustering_id": clustering.id,
                    "cluster_place": line.place,
                    "description": line.description,
                    "color": line.color,
                }
                for line in self.line_ids
            ]
        )
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "customer_insight.customer_segment_action"
            ),
            "domain": [("id", "in", segments.ids)],
            "target": "main",
        }

    def _check_manager(self):
        if not self.env.user.has_group("customer_insight.group_manager"):
            raise AccessError(
                self.env._("Only a customer insight manager can create clusters.")
            )


class CustomerSegmentClusterLine(models.TransientModel):
    """A group found, with a name that can be changed before it is kept."""

    _name = "customer.segment.cluster.line"
    _description = "Cluster Found"
    _order = "place"

    wizard_id = fields.Many2one(
        "customer.segment.cluster", required=True, index=True, ondelete="cascade"
    )
    place = fields.Integer(readonly=True)
    name = fields.Char(required=True)
    color = fields.Integer()
    customer_count = fields.Integer(string="Customers", readonly=True)
    share = fields.Float(readonly=True)
    description = fields.Text()
