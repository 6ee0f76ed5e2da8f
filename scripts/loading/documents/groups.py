"""Three segments by rule that show what persons and needs are good for."""

from odoo import Command

# code, name, in Chinese, rule, conditions
SEGMENTS = (
    (
        "demo_young_women",
        "Women under 35",
        "35岁以下女性",
        "[('partner_id.gender', '=', 'female'), ('partner_id.age_band', 'in',"
        " ['18', '25'])]",
        (),
    ),
    (
        "demo_seniors",
        "Buyers of 65 and older",
        "65岁及以上买家",
        "[('partner_id.age_band', '=', '65'), ('purchase_count', '>', 0)]",
        (),
    ),
    (
        "demo_wish_service",
        "Wish for better service",
        "希望改善服务",
        "[]",
        ({"measure": "need_service", "days": 365, "operator": ">=", "value": 1},),
    ),
)


def write_segments(env, progress):
    """Make the segments that are not there yet.

    :return: number of segments made
    """
    if "customer.segment" not in env:
        return 0
    segments = env["customer.segment"].with_context(active_test=False)
    known = set(segments.search([]).mapped("code"))
    made = [row for row in SEGMENTS if row[0] not in known]
    if not made:
        return 0
    with progress.step("segments by age, gender and need") as step:
        for position, (code, name, chinese, rule, conditions) in enumerate(made):
            segment = segments.create(
                {
                    "code": code,
                    "name": name,
                    "kind": "rule",
                    "sequence": 160,
                    "color": 3 + position,
                    "user_id": env.ref("base.user_admin").id,
                    "domain": rule,
                    "condition_ids": [Command.create(values) for values in conditions],
                }
            )
            if env["res.lang"]._lang_get("zh_CN"):
                segment.update_field_translations("name", {"zh_CN": chinese})
        step.advance(len(made))
    return len(made)
