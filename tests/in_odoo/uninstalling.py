"""In Odoo's shell: apps come and go in a copy of the database, and nothing breaks.

Prints one JSON line with what was found; the test reads it.
"""

import json
from datetime import date, timedelta

SOURCES = ("crm", "event", "website", "mass_mailing", "im_livechat")
OURS = ("customer_insight", "feedback_survey", "loyalty_program")


def change(env, action, *names):
    """Install or uninstall modules.

    :return: a fresh environment: the registry is a new one, and a cursor that stays
        open would keep tables from being changed
    """
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry

    getattr(modules(env, *names), f"button_immediate_{action}")()
    database = env.cr.dbname
    env.cr.commit()
    env.cr.close()
    return api.Environment(Registry(database).cursor(), SUPERUSER_ID, {})


def modules(env, *names):
    return env["ir.module.module"].search([("name", "in", names)])


def names_of(env):
    """The external ids of all our add-ons that have none of Odoo's apps behind them."""
    env.cr.execute(
        "SELECT module || '.' || name FROM ir_model_data WHERE module = ANY(%s)",
        [list(OURS)],
    )
    return sorted(name for [name] in env.cr.fetchall())


def live(env):
    """A customer with a touch of each kind of source; their id."""
    company = env.company
    customer = env["res.partner"].create({"name": "Ann", "email": "ann@example.com"})
    order = env["sale.order"].create({"partner_id": customer.id})
    product = env["product.product"].create({"name": "Mug", "type": "service"})
    order.order_line = [(0, 0, {"product_id": product.id, "price_unit": 50})]
    order.action_confirm()
    now = env.cr.now().replace(microsecond=0)
    env["crm.lead"].create(
        {"name": "Mugs", "type": "opportunity", "partner_id": customer.id}
    )
    visitor = env["website.visitor"].create({"access_token": str(customer.id)})
    env["website.track"].create(
        {"visitor_id": visitor.id, "url": "/mugs", "visit_datetime": now}
    )
    env["customer.interaction.log"].create(
        {
            "partner_id": customer.id,
            "company_id": company.id,
            "kind": "call",
            "name": "Call",
            "date": now - timedelta(hours=1),
        }
    )
    env["customer.segment"].create(
        {
            "name": "In touch",
            "kind": "rule",
            "user_id": env.ref("base.user_admin").id,
            "condition_ids": [(0, 0, {"measure": "interactions", "value": 1})],
        }
    )
    env["customer.profile"]._refresh(companies=company)
    return customer.id


def answer_survey(env):
    """A survey with a score and a text, answered once; its id."""
    survey = env["survey.survey"].create(
        {
            "title": "Before",
            "access_mode": "public",
            "question_and_page_ids": [
                (
                    0,
                    0,
                    {
                        "title": "How likely?",
                        "question_type": "scale",
                        "metric": "nps",
                        "scale_min": 0,
                        "scale_max": 10,
                    },
                ),
                (0, 0, {"title": "Why?", "question_type": "text_box"}),
            ],
        }
    )
    participation = survey._create_answer()
    for question, answer in zip(survey.question_ids, ("9", "Fine"), strict=True):
        participation._save_lines(question, answer)
    participation._mark_done()
    return survey.id


def plain_survey(env, survey_id):
    """What is left of a survey whose scores were taken away, and that it goes on."""
    survey = env["survey.survey"].browse(survey_id)
    again = survey._create_answer()
    again._save_lines(survey.question_ids[0], "7")
    again._mark_done()
    lines = survey.user_input_ids.user_input_line_ids.sorted("id")
    statistics = survey.question_ids._prepare_statistics(lines)
    return {
        "answers": [line._get_answer_value() for line in lines],
        "states": survey.user_input_ids.mapped("state"),
        "statistics": [len(data["answer_input_done_ids"]) for data in statistics],
    }


def routes(env):
    """Public addresses that are ours."""
    rules = env["ir.http"].routing_map().iter_rules()
    return sorted({rule.rule for rule in rules if rule.rule.startswith("/feedback")})


def touches(env, customer_id):
    """Rows of the timeline by source."""
    found = env["customer.interaction"]._read_group(
        [("partner_id", "=", customer_id)], ["source_key"], ["__count"]
    )
    return dict(found)


def open_everything(env):
    """Open each action of our models as the administrator, with its first rows.

    :return: faults, ``[]`` if all opened
    """
    admin = env(user=env.ref("base.user_admin"))
    faults, opened = [], 0
    actions = env["ir.actions.act_window"].search([])
    for action in actions.filtered(
        lambda action: (
            set((action.get_external_id()[action.id] or ".").split(".")[:1]) & set(OURS)
        )
    ):
        model = admin.get(action.res_model)
        if model is None:
            faults.append(f"{action.name}: no model {action.res_model}")
            continue
        try:
            views = [(view, kind) for view, kind in action.views if kind != "activity"]
            arches = model.get_views([*views, (False, "search")])["views"]
            for kind, view in arches.items():
                if not view["arch"]:
                    faults.append(f"{action.name}: empty {kind}")
            if not model._transient and not model._abstract:
                names = [name for name in ("display_name",) if name in model._fields]
                model.search_read([], names, limit=5)
            opened += 1
        except Exception as error:
            faults.append(f"{action.name}: {error!r}")
            admin.cr.rollback()
    return faults, opened


def use(env, customer_id):
    """What people do all day, after an app is gone; raises what goes wrong."""
    env["customer.profile"]._refresh(companies=env.company)
    env["customer.segment"]._refresh(companies=env.company)
    admin = env(user=env.ref("base.user_admin"))
    page = admin["customer.interaction"].timeline_page(customer_id)
    profile = admin["customer.profile"].search([("partner_id", "=", customer_id)])
    profile.get_business()
    admin["customer.data.source"].search([]).mapped("name")
    admin["customer.response"].search_count([])
    segment = admin["customer.segment"].search([("name", "=", "In touch")])
    return {
        "page": sorted(row["kind"] for row in page["rows"]),
        "members": segment.profile_count,
        "error": segment.error,
        "interactions": profile.interaction_count,
    }


LEDGER = (
    "loyalty_card",
    "loyalty_history",
    "loyalty_point_allocation",
    "loyalty_point_move",
    "loyalty_program",
    "loyalty_reward",
    "loyalty_tier",
    "loyalty_tier_move",
)


def shop_with_points(env, customer_id):
    """Odoo's own programme: a customer who has earned 80 points; its id."""
    program = env["loyalty.program"].create(
        {
            "name": "Points",
            "program_type": "loyalty",
            "applies_on": "both",
            "trigger": "auto",
            "company_id": env.company.id,
            "rule_ids": [(0, 0, {"reward_point_mode": "money"})],
            "reward_ids": [
                (
                    0,
                    0,
                    {
                        "reward_type": "discount",
                        "discount_mode": "per_point",
                        "discount": 0.1,
                        "required_points": 1,
                    },
                )
            ],
        }
    )
    earn(env, customer_id, 80)
    return program.id


def earn(env, customer_id, amount, reward=None):
    """A confirmed order, perhaps paid with points; the balance after it."""
    product = env["product.product"].search([("name", "=", "Mug")], limit=1)
    product.taxes_id = False
    line = (0, 0, {"product_id": product.id, "price_unit": amount})
    order = env["sale.order"].create({"partner_id": customer_id, "order_line": [line]})
    card = env["loyalty.card"].search([("partner_id", "=", customer_id)])
    if reward:
        order._update_programs_and_rewards()
        order._apply_program_reward(reward, card)
    order.action_confirm()
    return env["loyalty.card"].search([("partner_id", "=", customer_id)]).points


def live_with_points(env, customer_id, program_id):
    """Lots with days, a tier, points that wait, spent, ended and taken back."""
    program = env["loyalty.program"].browse(program_id)
    program.write({"expiry_mode": "term", "expiry_term": 12})
    program.expiry_not_before = False  # switching it on has put it off
    program.tier_ids = [
        (0, 0, {"name": "Silver", "threshold": 50}),
        (0, 0, {"name": "Gold", "threshold": 5000}),
    ]
    card = program.coupon_ids
    card._post(30, "bonus", expires_on=date(2099, 1, 31))
    card._post(20, "bonus", expires_on=date(2099, 6, 30), available_on=date(2098, 1, 1))
    card._post(5, "bonus", date=date(2020, 1, 1), expires_on=date(2020, 2, 1))
    card._expire()
    order = env["sale.order"].search([("partner_id", "=", customer_id)], limit=1)
    earn(env, customer_id, 60)
    earn(env, customer_id, 3, program.reward_ids)
    order._action_cancel()
    card._refresh_tiers()
    env.cr.commit()


def points_of(env):
    """What stands in the ledger: each table as a digest, and what people see."""
    env.flush_all()
    tables = {}
    for table in LEDGER:
        env.cr.execute(
            f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY id)) FROM {table} t"
        )
        tables[table] = env.cr.fetchone()
    env.invalidate_all()
    card = env["loyalty.card"].search([("is_account", "=", True)])
    return {
        "tables": tables,
        "balance": card.points,
        "available": card.available_points,
        "pending": card.pending_points,
        "tier": card.tier_id.name,
        "until": str(card.next_expiry_date),
        "kinds": card.points_move_ids.sorted("sequence").mapped("kind"),
        "wrong": len(card._verify()),
    }


def leftovers(env):
    """What is still of our add-ons after they were uninstalled."""
    queries = {
        "tables": """SELECT table_name FROM information_schema.tables
                     WHERE table_schema = 'public'
                       AND (table_name ~ '^(customer_(?!rank)|feedback_)'
                            OR table_name ~ '^loyalty_(point|tier|claim|code|referral'
                                            '|transfer|deferral|earning|message)')""",
        "fields": """SELECT table_name || '.' || column_name
                     FROM information_schema.columns
                     JOIN ir_model ON replace(model, '.', '_') = table_name
                     WHERE table_schema = 'public'
                       AND table_name ~ '^(loyalty_|sale_order|res_partner$)'
                       AND column_name != 'id' AND NOT EXISTS (
                           SELECT FROM ir_model_fields field
                           WHERE field.model_id = ir_model.id
                             AND field.name = column_name)""",
        "functions": """SELECT proname FROM pg_proc WHERE proname ~ 'loyalty'
                        UNION SELECT tgname FROM pg_trigger WHERE tgname ~ 'loyalty'
                                                            AND NOT tgisinternal""",
        "records": """SELECT DISTINCT model FROM mail_message
                      WHERE model NOT IN (SELECT model FROM ir_model)
                      UNION SELECT DISTINCT res_model FROM ir_attachment
                      WHERE res_model NOT IN (SELECT model FROM ir_model)
                      UNION SELECT DISTINCT res_model FROM mail_activity
                      WHERE res_model NOT IN (SELECT model FROM ir_model)""",
        "columns": """SELECT table_name || '.' || column_name
                      FROM information_schema.columns
                      WHERE table_schema = 'public' AND column_name ~ '^insight_'""",
        "jobs": """SELECT cron_name FROM ir_cron
                   WHERE cron_name ~* 'customer|feedback|loyalty'""",
        "ids": """SELECT module || '.' || name FROM ir_model_data
                  WHERE module ~ '^(customer_insight|feedback_survey|loyalty_pr)'""",
        "parameters": """SELECT key FROM ir_config_parameter
                         WHERE key ~ 'insight|loyalty_program'""",
    }
    found = {}
    for key, query in queries.items():
        env.cr.execute(query)
        found[key] = sorted(name for [name] in env.cr.fetchall())
    return found


result = {}
env = change(env, "install", "feedback_survey")  # noqa: F821 - given by the shell
result["bridges"] = sorted(
    modules(env, *(f"customer_insight_{name.removeprefix('im_')}" for name in SOURCES))
    .filtered(lambda module: module.state == "installed")
    .mapped("name")
)
customer_id = live(env)
survey_id = answer_survey(env)
env.cr.commit()
result["routes_before"] = routes(env)
result["before"] = touches(env, customer_id)
result["used_before"] = use(env, customer_id)
env.cr.commit()

env = change(env, "uninstall", *SOURCES)
result["left"] = sorted(
    module.name
    for module in env["ir.module.module"].search([("state", "=", "installed")])
    if module.name.startswith(("customer_insight", *SOURCES))
)
result["after"] = touches(env, customer_id)
result["used_after"] = use(env, customer_id)
result["faults"], result["opened"] = open_everything(env)
env.cr.commit()

program_id = shop_with_points(env, customer_id)
env.cr.commit()
env = change(env, "install", "loyalty_program")
result["opened_with"] = points_of(env)
live_with_points(env, customer_id, program_id)
result["points"] = points_of(env)
env.cr.commit()
env = change(env, "upgrade", "loyalty_program")
result["points_updated"] = points_of(env)
result["names"] = names_of(env)
result["used_with_wings"] = use(env, customer_id)
faults, opened = open_everything(env)
result["faults"] += faults
env.cr.commit()

env = change(env, "uninstall", "customer_insight")
result["leftovers"] = leftovers(env)
result["points_left"] = [
    env["loyalty.program"].browse(program_id).coupon_ids.points,
    earn(env, customer_id, 10),
]
result["orders"] = env["sale.order"].search_count([("partner_id", "=", customer_id)])
result["survey"] = plain_survey(env, survey_id)
result["routes"] = routes(env)
result["templates"] = env["mail.template"].search_count([("name", "ilike", "feedback")])
print("RESULT", json.dumps(result))
