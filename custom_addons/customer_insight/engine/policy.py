"""The settings a scoring depends on, as one immutable value.

A scoring stores the policy it ran with, so that every figure can be explained and
recomputed after the settings have changed.
"""

from dataclasses import asdict, dataclass, fields


@dataclass(frozen=True)
class Policy:
    """All parameters of one scoring of one company.

    :param purchase_basis: ``order`` (confirmed orders net of credit notes) or
        ``invoice`` (posted invoices net of credit notes)
    :param prospect_scope: which contacts without a purchase count as prospects:
        ``all``, ``quoted`` (with a quotation) or ``none``
    :param rfm_window_months: window of frequency and monetary value in months,
        0 for the whole history; recency always looks at the whole history
    :param rfm_rule: ``fifths`` of the buyers, or ``fixed`` borders set by hand
    :param recency_borders: with fixed borders, the most days since the last purchase
        for scores 2, 3, 4 and 5, as text (see :func:`~.rfm.parse_borders`)
    :param frequency_borders: the fewest purchase days for these scores
    :param monetary_borders: the least amount for these scores
    :param min_population: below this number of buyers scores are not meaningful
    :param value_rule: ``percent`` of customers or ``amount`` of money
    :param value_high: share of customers in the high class in per cent, or the
        amount from which a customer is of high value
    :param value_low: share of customers in the low class in per cent, or the
        amount below which a customer is of low value
    :param stage_set: ``six`` or ``four`` lifecycle stages
    :param at_risk_days: a customer silent for longer is at risk
    :param churned_days: a customer silent for longer has churned
    :param loyal_purchases: purchase days within ``loyal_months`` of a loyal customer
    :param loyal_months: length of the loyalty window in months
    :param health_period_days: trends of the health score compare the last so many days
        with as many before
    """

    purchase_basis: str = "order"
    prospect_scope: str = "all"
    rfm_window_months: int = 0
    rfm_rule: str = "fifths"
    recency_borders: str = ""
    frequency_borders: str = ""
    monetary_borders: str = ""
    min_population: int = 50
    value_rule: str = "percent"
    value_high: float = 20.0
    value_low: float = 40.0
    stage_set: str = "six"
    at_risk_days: int = 90
    churned_days: int = 180
    loyal_purchases: int = 4
    loyal_months: int = 12
    health_period_days: int = 90

    @classmethod
    def names(cls):
        """:return: the parameter names, in order of declaration (list of str)"""
        return [field.name for field in fields(cls)]

    def to_dict(self):
        """:return: the parameters as a JSON-serialisable dict"""
        return asdict(self)


@dataclass(frozen=True)
class TrialPolicy(Policy):
    """Settings to try out, with weights of the health score beside them.

    :param health_weights: ``{code of the component: weight}``; ``None`` for those in
        force on the day
    """

    health_weights: dict | None = None
