"""Which screens are pictured, in which order, and how each shows that it is there."""

from dataclasses import dataclass

#: The best customer who falls silent: there is something to see and to explain.
CUSTOMER = [
    ("lifecycle_stage", "=", "at_risk"),
    ("purchase_days", ">", 3),
]

#: Signs of a page whose records have arrived. A phone shows cards where others see a
#: list.
KANBAN = ".o_kanban_view .o_kanban_record:not(.o_kanban_ghost)"
LIST = f".o_list_view .o_data_row, {KANBAN}"
FORM = ".o_form_view .o_form_renderer"
CUSTOMER_PAGE = ".o_insight_form .o_insight_figures[data-status=ready]"


def block(kind):
    """:return: the sign of an analysis screen: a block of this kind, drawn"""
    drawn = {"chart": "canvas", "sankey": "svg", "diagram": "svg", "pyramid": "svg"}
    return f".o_analysis_block[data-type={kind}] {drawn.get(kind, 'table')}"


@dataclass(frozen=True)
class Page:
    """One picture.

    :param name: file name without ending
    :param path: address below ``/odoo/``; ``{customer}`` stands for a profile's number,
        ``{partner}`` for that of its contact and ``{segment}`` for that of its segment
    :param ready: CSS selector of what is there once the page shows its records
    :param click: CSS selectors clicked when it is ready, in order
    :param then: what is there once the last click has done its work
    """

    name: str
    path: str
    ready: str
    click: tuple[str, ...] = ()
    then: str = ""


PAGES = (
    Page("customers", "customer-profiles", LIST),
    Page("customer", "customer-profiles/{customer}", CUSTOMER_PAGE),
    Page(
        "purchase-history",
        "customer-profiles/{customer}",
        CUSTOMER_PAGE,
        (".o_insight_form .nav-link[name=purchases]",),
        ".o_insight_form .tab-pane.active",
    ),
    Page(
        "score-documents",
        "customer-profiles/{customer}",
        CUSTOMER_PAGE,
        (".o_insight_form button[name=action_open_monetary]",),
        LIST,
    ),
    Page("stages", "customer-profiles?view_type=kanban", KANBAN),
    Page("today", "customer-today", ".o_content"),
    Page("forecast", "customer-forecast", block("chart")),
    Page("suggestion-quality", "suggestion-quality", block("table")),
    Page("playbooks", "playbooks", LIST),
    Page("occasions", "customer-occasions", ".o_list_view, .o_kanban_view"),
    Page("analysis", "customer-analysis", ".o_graph_renderer canvas"),
    Page("trend", "customer-trend", block("chart")),
    Page("cohorts", "customer-cohorts", block("heatmap")),
    Page("migration", "customer-migration", block("sankey")),
    Page("segment-model", "customer-segment-model", block("diagram")),
    Page("pareto", "customer-pareto-curve", block("chart")),
    Page("seasonality", "customer-seasonality", block("heatmap")),
    Page("churn-rate", "customer-churn-rate", block("chart")),
    Page("stage-moves", "customer-stage-moves", block("chart")),
    Page("journey", "customer-journey", block("journey")),
    Page("value", "customer-value", block("pyramid")),
    Page("campaign-coverage", "campaign-coverage", block("table")),
    Page("purchases", "customer-purchases", ".o_content"),
    Page("segments", "customer-segments", LIST),
    Page("segment", "customer-segments/{segment}", FORM),
    Page("rfm-grid", "rfm-matrix", ".o_content table, .o_rfm_grid"),
    Page("feedback", "feedback-scores", ".o_content"),
    Page(
        "contact",
        "contacts/{partner}",
        FORM,
        (".nav-link[name=customer_insight]",),
        ".tab-pane.active",
    ),
    Page(
        "settings",
        "settings",
        ".settings_tab [data-key=customer_insight]",
        (".settings_tab [data-key=customer_insight]",),
        ".app_settings_block[data-key=customer_insight]",
    ),
    Page(
        "what-if",
        "customer-scorings",
        LIST,
        (".o_control_panel button.o_what_if",),
        ".modal .o_form_view",
    ),
)
