from odoo import api, fields, models

_SHOWN = 10


class ProductTemplate(models.Model):
    _inherit = "product.template"

    bought_with_ids = fields.Many2many(
        "customer.product.rule",
        string="Bought Together",
        compute="_compute_bought_with_ids",
        groups="customer_insight.group_user",
        help="What is in the same baskets as this product, most often first.",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_bought_with_ids(self):
        rules = self.env["customer.product.rule"]
        for template in self:
            template.bought_with_ids = rules.search(
                template._bought_with_domain(), limit=_SHOWN
            )

    def _bought_with_domain(self):
        return [
            (
                "antecedent_id",
                "in",
                self.with_context(active_test=False).product_variant_ids.ids,
            ),
            ("company_id", "=", self.env.company.id),
            ("kind", "=", "basket"),
        ]

    def action_open_bought_with(self):
        """Open all rules of what is bought with this product."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_insight.customer_product_rule_action"
        )
        action["domain"] = self._bought_with_domain()
        action["context"] = {}
        return action
