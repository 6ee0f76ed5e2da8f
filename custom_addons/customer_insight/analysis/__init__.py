"""Analysis screens: what they show, as data the web client draws and exports.

Each screen is a model that inherits ``customer.analysis``: its parameters, its blocks
(figures, charts, heat maps, tables …) and the records behind each figure.
"""

from . import (
    advice,
    advice_customers,
    advice_sales,
    base,
    churn,
    cohort,
    forecast,
    forecast_classifier,
    journey,
    measures,
    migration,
    migration_members,
    moves,
    pareto,
    recommendation,
    seasonality,
    segments,
    trend,
    value,
)
