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
    :param path: address below ``/odoo/``; ``{customer}`` stands for a profile's number
        and ``{partner}`` for that of its contact
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
        (".nav-link[name=purchases]",),
    ),
    Page("stages", "customer-profiles?view_type=kanban"),
    Page("analysis", "customer-analysis"),
    Page("purchases", "customer-purchases"),
    Page("segments", "customer-segments"),
    Page("rfm-grid", "rfm-grid"),
    Page("contact", "contacts/{partner}", (".nav-link[name=customer_insight]",)),
    Page(
        "settings",
        "settings",
        (".settings_tab [data-key=customer_insight]",),
    ),
)
