"""The first pages of the views, against the SQL that gives the same figures."""

from lxml import etree
from odoo.tools import SQL

from .environment import environment, manager_id
from .figures import Figure
from .measure import median_pair

MOST = 2
PAGE = 80
CARDS = 40  # of each column
COUNTED = 10_001  # the web client counts no further
_MEASURES = ["__count", "amount_total:sum", "purchase_count:sum"]
_READABLE = "profile.active AND profile.company_id = %s"


def measure(database, plan):
    """:return: lines of the table (list of Figure)"""
    lines = []
    uid = manager_id(database)
    pages = {
        "list, first page": (_list, _bare_list),
        "kanban by stage, first cards": (_kanban, _bare_kanban),
        "pivot, stage by segment": (_pivot, _bare_pivot),
        "contacts by stage": (_contacts, _bare_contacts),
    }
    with environment(database, uid) as env:
        for what, (page, bare) in pages.items():
            action = page(env)
            taken, reference = median_pair(
                lambda env=env, action=action: (env.invalidate_all(), action()),
                lambda env=env, bare=bare: bare(env),
                plan.page_runs,
            )
            what = f"{what}, median of {plan.page_runs}"
            lines.append(Figure(what, MOST, "x", taken, reference))
    return lines


def specification(env, view_type):
    """What the web client asks for: the fields that a view shows.

    Optional columns are read when they are chosen; of lists within a form their lines
    are named, not read in full; what is never visible needs no name.
    """
    profiles = env["customer.profile"]
    arch = etree.fromstring(profiles.get_view(view_type=view_type)["arch"])
    wanted = {}
    for node in arch.xpath("//field[not(ancestor::field)][not(@optional='hide')]"):
        is_hidden = "1" in (node.get("invisible"), node.get("column_invisible"))
        name, label = node.get("name"), {} if is_hidden else {"display_name": {}}
        is_record = profiles._fields[name].relational
        wanted.setdefault(name, {"fields": label} if is_record else {})
    return wanted


def _list(env):
    wanted = specification(env, "list")
    return lambda: env["customer.profile"].web_search_read(
        [], wanted, limit=PAGE, count_limit=COUNTED
    )


def _bare_list(env):
    _rows(
        env,
        f"""SELECT profile.id, profile.lifecycle_stage, profile.rfm_score,
                   profile.value_class, profile.health_score, profile.amount_total,
                   profile.last_purchase_date, profile.purchase_count,
                   scoring.population, company.currency_id, partner.complete_name,
                   segment.name, segment.color, staff.name
            FROM customer_profile profile
            JOIN res_partner partner ON partner.id = profile.partner_id
            JOIN res_company company ON company.id = profile.company_id
            LEFT JOIN customer_scoring scoring
                ON scoring.company_id = profile.company_id
               AND scoring.as_of = profile.as_of
            LEFT JOIN customer_segment segment ON segment.id = profile.rfm_segment_id
            LEFT JOIN res_users salesperson ON salesperson.id = partner.user_id
            LEFT JOIN res_partner staff ON staff.id = salesperson.partner_id
            WHERE {_READABLE}
            ORDER BY profile.amount_total DESC, profile.id LIMIT {PAGE}""",
    )
    _rows(
        env,
        f"""SELECT count(*) FROM (SELECT FROM customer_profile profile
            WHERE {_READABLE} LIMIT {COUNTED}) counted""",
    )


def _kanban(env):
    profiles = env["customer.profile"]
    wanted = specification(env, "kanban")
    progress = {
        "field": "value_class",
        "colors": {"high": "success", "normal": "info", "low": "muted"},
    }

    def read():
        profiles.read_progress_bar([], "lifecycle_stage", progress)
        profiles.web_read_group(
            [],
            ["lifecycle_stage"],
            ["amount_total:sum"],
            auto_unfold=True,
            unfold_read_specification=wanted,
            unfold_read_default_limit=CARDS,
        )

    return read


def _bare_kanban(env):
    _rows(
        env,
        f"""SELECT profile.lifecycle_stage, profile.value_class, count(*)
            FROM customer_profile profile WHERE {_READABLE} GROUP BY 1, 2""",
    )
    stages = _rows(
        env,
        f"""SELECT profile.lifecycle_stage, count(*), sum(profile.amount_total)
            FROM customer_profile profile WHERE {_READABLE} GROUP BY 1""",
    )
    for stage, *_sums in stages:
        _rows(
            env,
            f"""SELECT profile.*, partner.complete_name, segment.name, segment.color
                FROM customer_profile profile
                JOIN res_partner partner ON partner.id = profile.partner_id
                LEFT JOIN customer_segment segment
                    ON segment.id = profile.rfm_segment_id
                WHERE {_READABLE} AND profile.lifecycle_stage = %s
                ORDER BY profile.amount_total DESC, profile.id LIMIT {CARDS}""",
            stage,
        )


def _pivot(env):
    stage, segment = "lifecycle_stage", "rfm_segment_id"
    sets = [[], [stage], [segment], [stage, segment]]
    return lambda: env["customer.profile"].formatted_read_grouping_sets(
        [], sets, _MEASURES
    )


def _bare_pivot(env):
    _rows(
        env,
        f"""SELECT grouped.*, segment.name
            FROM (SELECT profile.lifecycle_stage, profile.rfm_segment_id, count(*),
                         sum(profile.amount_total), sum(profile.purchase_count)
                  FROM customer_profile profile WHERE {_READABLE}
                  GROUP BY GROUPING SETS ((), (1), (2), (1, 2))) grouped
            LEFT JOIN customer_segment segment
                ON segment.id = grouped.rfm_segment_id""",
    )


def _contacts(env):
    return lambda: env["res.partner"].formatted_read_group(
        [], ["lifecycle_stage"], ["__count"]
    )


def _bare_contacts(env):
    _rows(
        env,
        f"""SELECT profile.lifecycle_stage, count(*)
            FROM res_partner partner
            LEFT JOIN customer_profile profile
                ON profile.partner_id = partner.id AND {_READABLE}
            WHERE partner.active GROUP BY 1""",
    )


def _rows(env, query, *parameters):
    """:return: all rows of a query whose first parameter is the company"""
    return env.execute_query(SQL(query, env.company.id, *parameters))
