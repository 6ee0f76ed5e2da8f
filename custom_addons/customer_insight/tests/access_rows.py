"""A row of a model for the table of rights: what to read, change and create.

Each builder is given the test case and returns the record, values to change in it, and
values of a new one. Values must be good ones, so that only rights can refuse them.
"""

from odoo import Command

from .common import AS_OF


def health_weight(case):
    weights = case.env["customer.health.weight"].create(_weights("2999-01-01"))
    return weights, {"date_from": "2999-01-02"}, _weights("2999-01-03")


def health_weight_line(case):
    weights = case.env["customer.health.weight"].create(_weights("2999-01-01"))
    new = {"weight_id": weights.id, "code": "amount", "weight": 0}
    return weights.line_ids[-1], {"weight": 0}, new


def journey_note(case):
    values = {"company_id": case.company.id, "stage": "loyal", "note": "Call them"}
    note = case.env["customer.journey.note"].create({**values, "touchpoint": "call"})
    return note, {"note": "Visit them"}, {**values, "touchpoint": "visit"}


def pareto(case):
    rows = case.env["customer.pareto"].search(
        [("partner_id", "=", case.own.id), ("company_id", "=", case.company.id)]
    )
    return rows, {"amount": 1}, {"amount": 1}


def prediction_run(case):
    values = {"company_id": case.company.id, "as_of": AS_OF, "horizon_days": 90}
    run = case.env["customer.prediction.run"].create(values)
    return run, {"method": "mean"}, {**values, "horizon_days": 30}


def product_rule(case):
    one, other = case.env["product.product"].create([{"name": "A"}, {"name": "B"}])
    values = {
        "company_id": case.company.id,
        "antecedent_id": one.id,
        "consequent_id": other.id,
    }
    record = case.env["customer.product.rule"].create(values)
    return record, {"joint_count": 9}, {**values, "kind": "customer"}


def recommendation_run(case):
    values = {"company_id": case.company.id, "as_of": AS_OF}
    run = case.env["customer.recommendation.run"].create(values)
    return run, {"months": 3}, {**values, "as_of": "2020-01-01"}


def warning(case):
    values = {"partner_id": case.own.id, "company_id": case.company.id, "date": AS_OF}
    record = case.env["customer.warning"].create({**values, "state": "lost"})
    return record, {"state": "open"}, values


def measure(case):
    values = {"name": "Spare", "company_id": case.company.id}
    return case.env["customer.measure"].create(values), {"months": 2}, values


def need(case):
    record = case.env["customer.need"].create({"name": "Spare"})
    return record, {"description": "X"}, {"name": "New"}


def need_evidence(case):
    need = case.env["customer.need"].create({"name": "Spare"})
    values = {"need_id": need.id, "partner_id": case.own.id, "text": "X"}
    record = case.env["customer.need.evidence"].create(values)
    return record, {"text": "Y"}, values


def preference(case):
    values = {"partner_id": case.own.id, "kind": "time", "value": "evening"}
    record = case.env["customer.preference"].create(values)
    return record, {"value": "morning"}, values


def field_requirement(case):
    record = case.env["customer.field.requirement"].create({"field_name": "street"})
    new = {"field_name": "street", "buyers": "buyer"}
    return record, {"weight": 2}, new


def _weights(since):
    shares = {"rhythm": 100, "returns": 0}
    return {
        "date_from": since,
        "line_ids": [
            Command.create({"code": code, "weight": weight})
            for code, weight in shares.items()
        ],
    }


def stage_move(case):
    values = {
        "partner_id": case.own.id,
        "company_id": case.company.id,
        "date": "2020-01-01",
        "from_stage": "prospect",
        "to_stage": "first",
        "opening_stage": "prospect",
    }
    record = case.env["customer.stage.move"].create(values)
    return record, {"to_stage": "loyal"}, {**values, "date": "2020-01-02"}


def churn_month(case):
    case.env["customer.stage.move"]._rebuild(case.company, AS_OF)
    record = case.env["customer.churn.month"].search(
        [("company_id", "=", case.company.id), ("user_id", "=", case.own.user_id.id)],
        limit=1,
    )
    return record, {"lost": 1}, {"month": "2020-01-01"}


def snapshot(case):
    values = {
        "partner_id": case.own.id,
        "company_id": case.company.id,
        "date": "2020-01-31",
    }
    record = case.env["customer.snapshot"].create(values)
    return record, {"amount_total": 1}, {**values, "date": "2020-02-29"}


def playbook(case):
    values = {"name": "Plan", "company_id": case.company.id, "stage": "first"}
    owner = case.env.ref("base.user_root")  # may see any company
    values["user_id"] = owner.id
    return case.env["customer.playbook"].create(values), {"name": "X"}, values


def playbook_step(case):
    owner, __, __ = playbook(case)
    values = {"playbook_id": owner.id, "action": "activity", "summary": "Call"}
    record = case.env["customer.playbook.step"].create(values)
    return record, {"delay_days": 2}, values


def playbook_enrolment(case):
    owner, __, __ = playbook(case)
    values = {
        "playbook_id": owner.id,
        "partner_id": case.own.id,
        "company_id": case.company.id,
        "entry_key": "x",
        "date": AS_OF,
        "window_end": AS_OF,
    }
    record = case.env["customer.playbook.enrolment"].create(values)
    return record, {"goal": "X"}, {**values, "entry_key": "y", "state": "done"}


def playbook_log(case):
    enrolment, __, __ = playbook_enrolment(case)
    values = {
        "enrolment_id": enrolment.id,
        "playbook_id": enrolment.playbook_id.id,
        "partner_id": case.own.id,
        "company_id": case.company.id,
        "date": f"{AS_OF} 12:00:00",
        "state": "done",
    }
    return case.env["customer.playbook.log"].create(values), {"note": "X"}, values


def playbook_event(case):
    values = {
        "partner_id": case.own.id,
        "company_id": case.company.id,
        "kind": "x",
        "date": AS_OF,
    }
    return case.env["customer.playbook.event"].create(values), {"kind": "y"}, values


def occasion(case):
    values = {"name": "Spare", "company_id": case.company.id}
    return case.env["customer.occasion"].create(values), {"lead_days": 2}, values


def greeting(case):
    occasion = case.env["customer.occasion"].create({"name": "Spare"})
    values = {
        "occasion_id": occasion.id,
        "kind": "birthday",
        "partner_id": case.own.id,
        "customer_id": case.own.id,
        "company_id": case.company.id,
        "date": "2020-02-01",
        "year": 2020,
        "event_key": "birthday",
        "person_key": f"contact {case.own.id}",
    }
    record = case.env["customer.greeting"].create(values)
    return record, {"state": "sent"}, {**values, "year": 2021}


def cadence(case):
    segment = case.env.ref("customer_insight.segment_lost")
    values = {"segment_id": segment.id, "company_id": case.company.id}
    record = case.env["customer.cadence"].create(values)
    return record, {"days": 2}, {**values, "touch": "any"}


def churn_reason(case):
    record = case.env["customer.churn.reason"].create({"name": "Spare"})
    return record, {"sequence": 3}, {"name": "Another"}


def churn_statement(case):
    values = {
        "partner_id": case.own.id,
        "company_id": case.company.id,
        "date": AS_OF,
        "reason_id": case.env.ref("customer_insight.churn_reason_price").id,
    }
    record = case.env["customer.churn.statement"].create(values)
    return record, {"note": "X"}, values


def churn_loss(case):
    values = {
        "partner_id": case.own.id,
        "company_id": case.company.id,
        "date": "2020-03-01",
        "from_stage": "at_risk",
        "to_stage": "churned",
        "opening_stage": "at_risk",
    }
    move = case.env["customer.stage.move"].create(values)
    record = case.env["customer.churn.loss"].browse(move.id)
    return record, {"amount": 1}, {"date": "2020-03-02"}


def warning_alert(case):
    values = {
        "user_id": case.users["user"].id,
        "company_id": case.company.id,
        "date": "2020-02-01",
    }
    record = case.env["customer.warning.alert"].create(values)
    return record, {"date": "2020-02-02"}, {**values, "date": "2020-02-03"}


BUILDERS = {
    "customer.warning.alert": warning_alert,
    "customer.churn.reason": churn_reason,
    "customer.churn.statement": churn_statement,
    "customer.churn.loss": churn_loss,
    "customer.playbook": playbook,
    "customer.playbook.step": playbook_step,
    "customer.playbook.enrolment": playbook_enrolment,
    "customer.playbook.log": playbook_log,
    "customer.playbook.event": playbook_event,
    "customer.occasion": occasion,
    "customer.greeting": greeting,
    "customer.cadence": cadence,
    "customer.health.weight": health_weight,
    "customer.health.weight.line": health_weight_line,
    "customer.churn.month": churn_month,
    "customer.prediction.run": prediction_run,
    "customer.product.rule": product_rule,
    "customer.recommendation.run": recommendation_run,
    "customer.warning": warning,
    "customer.snapshot": snapshot,
    "customer.stage.move": stage_move,
    "customer.pareto": pareto,
    "customer.field.requirement": field_requirement,
    "customer.measure": measure,
    "customer.need": need,
    "customer.need.evidence": need_evidence,
    "customer.preference": preference,
    "customer.journey.note": journey_note,
}
