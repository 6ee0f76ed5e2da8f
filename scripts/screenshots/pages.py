"""Which screens are pictured, in which order."""

from dataclasses import dataclass

#: The best customer who falls silent: there is something to see and to explain.
CUSTOMER = [
    ("lifecycle_stage", "=", "at_risk"),
    ("purchase_days", ">", 3),
]


@dataclass(frozen=True)
class Page:
    """One picture.

    :param name: file name without ending
    :param path: address below ``/odoo/``; ``{customer}`` stands for a profile's number,
        ``{partner}`` for that of its contact and ``{segment}`` for that of its segment
    :param click: CSS selectors clicked before the picture is taken, in order
    """

    name: str
    path: str
    click: tuple[str, ...] = ()


PAGES = (
    Page("customers", "customer-profiles"),
    Page("customer", "customer-profiles/{customer}"),
    Page(
        "purchase-history",
        "customer-profiles/{customer}",
        (".o_insight_form .nav-link[name=purchases]",),
    ),
    Page("stages", "customer-profiles?view_type=kanban"),
    Page("today", "customer-today"),
    Page("forecast", "customer-forecast"),
    Page("suggestion-quality", "suggestion-quality"),
    Page("playbooks", "playbooks"),
    Page("occasions", "customer-occasions"),
    Page("analysis", "customer-analysis"),
    Page("trend", "customer-trend"),
    Page("cohorts", "customer-cohorts"),
    Page("migration", "customer-migration"),
    Page("pareto", "customer-pareto-curve"),
    Page("seasonality", "customer-seasonality"),
    Page("purchases", "customer-purchases"),
    Page("segments", "customer-segments"),
    Page("segment", "customer-segments/{segment}"),
    Page("rfm-grid", "rfm-matrix"),
    Page("feedback", "feedback-scores"),
    Page("contact", "contacts/{partner}", (".nav-link[name=customer_insight]",)),
    Page(
        "settings",
        "settings",
        (".settings_tab [data-key=customer_insight]",),
    ),
    Page("what-if", "customer-scorings", (".o_control_panel button.o_what_if",)),
)
