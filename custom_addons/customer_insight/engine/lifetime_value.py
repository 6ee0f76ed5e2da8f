"""What a customer is worth over a horizon: expected purchases, discounted.

``CLV = margin * E[spend] * sum over steps (E[X(k)] - E[X(k-1)]) / (1 + d)^(k - 1/2)``,
the purchases of a step counted at its middle; as in P. S. Fader, B. G. S. Hardie and
K. L. Lee (2005), RFM and CLV, Journal of Marketing Research 42.
"""

import numpy as np

#: Weeks in a month of 365.25 / 12 days, the step of the discounting.
WEEKS_PER_MONTH = 365.25 / 12 / 7


def lifetime_value(expected_purchases, spend, horizon, discount=0.0, margin=1.0):
    """Present value of the purchases within the horizon.

    :param expected_purchases: function of weeks giving the mean number of purchases
        until then, one per customer (array)
    :param spend: expected amount per purchase (array)
    :param horizon: weeks
    :param discount: rate per year, 0.1 is ten per cent
    :param margin: share of an amount that is earned, 0 to 1
    :return: amounts (array)
    :raise ValueError: if the horizon is not above 0 or the discount not above -1
    """
    if horizon <= 0 or discount <= -1:
        raise ValueError("A value needs a horizon above 0 and a discount above -100 %")
    monthly = (1 + discount) ** (1 / 12) - 1
    ends = np.append(np.arange(WEEKS_PER_MONTH, horizon, WEEKS_PER_MONTH), horizon)
    before, total, at = 0.0, 0.0, 0.0
    for end in ends:
        until = expected_purchases(end)
        months = (at + end) / 2 / WEEKS_PER_MONTH
        total = total + (until - before) / (1 + monthly) ** months
        before, at = until, end
    return margin * np.asarray(spend) * total
