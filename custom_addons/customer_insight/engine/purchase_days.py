"""Purchase days of all customers as flat arrays, and what they were on a past day."""

from dataclasses import dataclass

import numpy as np

DAYS_PER_WEEK = 7.0
#: More than the ordinal of any date.
_DAYS = 1 << 22


@dataclass(frozen=True)
class Facts:
    """What was known of the customers who had bought by a day; arrays of equal length.

    :param customer: number of the customer in the history
    :param x: repeat purchase days
    :param t_x: weeks from the first to the last purchase day
    :param T: weeks from the first purchase day to the day of the facts
    :param spend: net amount of all documents until then
    :param paid: amount of the purchase days alone, refunds on other days left out
    """

    customer: np.ndarray
    x: np.ndarray
    t_x: np.ndarray
    T: np.ndarray  # noqa: N815  the letter of the papers
    spend: np.ndarray
    paid: np.ndarray

    @property
    def recency(self):
        """Weeks since the last purchase day."""
        return self.T - self.t_x

    def __len__(self):
        return len(self.x)


class PurchaseDays:
    """Net amounts by customer and day.

    A day with a net amount above zero is a purchase; one with refunds alone lowers the
    amount and is no visit.

    :param customer: numbers 0 to n - 1 (array of ints)
    :param day: ordinals of dates (array of ints), each customer and day once
    :param amount: net amount of the day in company currency (array)
    :raise ValueError: if the arrays differ in length or an amount is not finite
    """

    def __init__(self, customer, day, amount):
        customer, day = np.asarray(customer, np.int64), np.asarray(day, np.int64)
        amount = np.asarray(amount, float)
        if not len(customer) == len(day) == len(amount):
            raise ValueError("Customers, days and amounts must be equally many")
        if not np.isfinite(amount).all():
            raise ValueError("Amounts must be finite numbers")
        later = np.diff(day) > 0
        step = np.diff(customer)
        if not ((step > 0) | (step == 0) & later).all():
            order = np.lexsort((day, customer))
            customer, day, amount = customer[order], day[order], amount[order]
        self.customer, self.day, self.amount = customer, day, amount
        self.customers = int(customer.max()) + 1 if len(customer) else 0
        #: Models fitted to days of it, by day and rounding: ``second_opinion``'s notes.
        self.models = {}

    @classmethod
    def of_documents(cls, customer, day, amount, smallest=0.0):
        """The purchase days of documents, of which a customer may have several a day.

        :param customer: numbers of any kind, at least 0 (array of ints)
        :param day: ordinals of dates (array of ints)
        :param amount: net amount of the document in company currency (array)
        :param smallest: sums of a day nearer to zero than this are zero
        :return: the history, and the number each of its customers had here (array)
        """
        customer, day = np.asarray(customer, np.int64), np.asarray(day, np.int64)
        order = np.argsort(customer * _DAYS + day, kind="stable")
        customer, day = customer[order], day[order]
        begins = np.flatnonzero(_differs(customer) | _differs(day))
        total = np.add.reduceat(np.asarray(amount, float)[order], begins)
        total[np.abs(total) < smallest] = 0.0
        customer = customer[begins]
        is_first = _differs(customer)
        number = np.cumsum(is_first) - 1
        return cls(number, day[begins], total), customer[is_first]

    @property
    def first_day(self):
        """Ordinal of the earliest purchase day, ``None`` without any."""
        bought = self.amount > 0
        return int(self.day[bought].min()) if bought.any() else None

    def facts(self, as_of):
        """:return: :class:`Facts` at the end of a day (ordinal)"""
        known = self.day <= as_of
        visit = known & (self.amount > 0)
        size = {"minlength": self.customers}
        visits = np.bincount(self.customer[visit], **size)
        spend = np.bincount(self.customer[known], self.amount[known], **size)
        paid = np.bincount(self.customer[visit], self.amount[visit], **size)
        first, last = self._ends(visit)
        bought = np.flatnonzero(visits)
        return Facts(
            bought,
            visits[bought] - 1,
            (last[bought] - first[bought]) / DAYS_PER_WEEK,
            (as_of - first[bought]) / DAYS_PER_WEEK,
            spend[bought],
            paid[bought],
        )

    def afterwards(self, as_of, days, customers):
        """What these customers bought in the days after one.

        :param customers: numbers of customers (array of ints)
        :return: purchase days and net spend, at least 0 (two arrays)
        """
        later = (self.day > as_of) & (self.day <= as_of + days)
        visit = later & (self.amount > 0)
        size = {"minlength": self.customers}
        visits = np.bincount(self.customer[visit], **size)[customers]
        spend = np.bincount(self.customer[later], self.amount[later], **size)
        return visits, np.maximum(spend[customers], 0.0)

    def _ends(self, visit):
        """First and last visit of each customer, 0 without one."""
        customer, day = self.customer[visit], self.day[visit]
        first = np.zeros(self.customers, np.int64)
        last = np.zeros(self.customers, np.int64)
        last[customer] = day  # sorted by day: the last assignment stays
        first[customer[::-1]] = day[::-1]
        return first, last


def _differs(values):
    """Whether each of some values differs from the one before; the first one does."""
    result = np.ones(len(values), bool)
    result[1:] = values[1:] != values[:-1]
    return result
