from odoo import models

from ..models.customer_profile import STAGE_SETS
from .blocks import advice

#: What the shipped sets of stages call alike.
_ALIKE = {"first": "new", "repeat": "active", "loyal": "active", "at_risk": "churned"}


class CustomerAdvice(models.AbstractModel):
    """The register of what analysis screens suggest to do.

    One method per screen, ``_advise_<last part of the screen's model>``, is given what
    the screen has read, and returns :class:`~.blocks.Advice`. An add-on adds a method
    for a screen of its own, or extends one. A piece of advice rests on a difference
    beyond chance (with more confidence the more differences are looked at, see
    ``engine.noise.family``) or names customers one by one, and opens the records it
    came from. Where there is neither, nothing is said.
    """

    _name = "customer.advice"
    _description = "Advice of Analysis Screens"

    def _block(self, screen, asked, **found):
        """What a screen suggests.

        :param screen: the analysis, in the company that is looked at
        :param found: what the method for this screen takes
        :return: list with one block, or none
        """
        name = screen._name.rpartition(".")[2]
        items = getattr(self, f"_advise_{name}")(screen, asked, **found)
        return [advice(self.env._("Suggested"), items)] if items else []

    # === WHAT CARRIES A PLAN OUT === #

    def _stage(self, stage):
        """:return: the stage of the company's set that means the same"""
        used = STAGE_SETS[self.env.company.sudo().insight_stage_set]
        return stage if stage in used else _ALIKE.get(stage, stage)

    def _playbook(self, domain=None, **trigger):
        """The playbook that begins for this reason, or a new one filled in.

        :param domain: conditions on profiles of a new one; then none that is there fits
        :param trigger: values of a playbook, such as ``trigger`` and ``stage``
        :return: dict of ``action`` and ``label`` for an :class:`~.blocks.Advice`, empty
            for readers who may not write playbooks
        """
        playbooks = self.env["customer.playbook"]
        if not playbooks.has_access("create"):
            return {}
        company = self.env.company
        same = [("company_id", "=", company.id)]
        same += [(name, "=", value) for name, value in trigger.items()]
        conditions = [repr(domain)] if domain else [False, "[]"]
        found = playbooks.search([*same, ("domain", "in", conditions)], limit=1)
        values = {"company_id": company.id, **trigger}
        if domain:
            values["domain"] = repr(domain)
        states = dict(playbooks._fields["state"]._description_selection(self.env))
        label = self.env._("New playbook")
        if found:
            label = self.env._(
                "Playbook “%(name)s” (%(state)s)",
                name=found.name,
                state=states[found.state],
            )
        action = self._form("customer.playbook", found, values)
        return {"label": label, "action": action}

    def _segment(self, name, conditions):
        """A new segment by rule, filled in.

        :param conditions: list of values of ``customer.segment.condition``
        :return: as :meth:`_playbook`
        """
        if not self.env["customer.segment"].has_access("create"):
            return {}
        values = {
            "name": name,
            "kind": "rule",
            "condition_ids": [(0, 0, condition) for condition in conditions],
        }
        return {
            "label": self.env._("New segment"),
            "action": self._form("customer.segment", None, values),
        }

    def _form(self, model, record, values):
        """:return: the action that opens a record, or a new one with these values"""
        action = {
            "type": "ir.actions.act_window",
            "res_model": model,
            "views": [(False, "form")],
            "target": "current",
        }
        if record:
            return action | {"res_id": record.id}
        context = {f"default_{name}": value for name, value in values.items()}
        return action | {"context": context}
