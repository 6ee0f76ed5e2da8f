"""How much is measured: sizes of the data and numbers of runs."""

from typing import NamedTuple

ORDERS_PER_CUSTOMER = 10
FULL_CUSTOMERS = 10_000
QUICK_CUSTOMERS = 1_000
HUGE_CUSTOMERS = 100_000
FEWEST_CUSTOMERS = 40


class Size(NamedTuple):
    """How much data: numbers of customers and of orders."""

    customers: int
    orders: int

    def __str__(self):
        return f"{self.customers:,} customers with {self.orders:,} orders"

    @property
    def short(self):
        """:return: the two numbers, such as ``10k/100k``"""
        return "/".join(map(_short, self))


class Plan(NamedTuple):
    """What one run of the benchmark does.

    :param customers: of the smaller data set; the larger one is ten times its size
    :param runs: how often each computation runs; the best counts
    :param report_runs: how often the report is written; the best counts
    :param page_runs: how often each page is read; the median counts
    :param confirmations: orders confirmed in each of the two databases
    :param changes: single orders followed until their profile shows them
    :param invitations: people who are asked for feedback by mail
    :param forms: pages of feedback that each of fifty people answers
    :param answers: scored answers that the page of scores reads
    """

    customers: int = FULL_CUSTOMERS
    runs: int = 5
    report_runs: int = 3
    page_runs: int = 11
    confirmations: int = 100
    changes: int = 7
    invitations: int = 10_000
    forms: int = 20
    answers: int = 1_000_000

    @property
    def small(self):
        return Size(self.customers, self.customers * ORDERS_PER_CUSTOMER)

    @property
    def large(self):
        return Size(self.customers * 10, self.customers * 10 * ORDERS_PER_CUSTOMER)

    @property
    def is_full(self):
        """:return: whether the figures are those of the documentation (bool)"""
        return self == Plan()


def huge_plan():
    """:return: a plan that runs everything once on the largest data (Plan)"""
    return short_plan(HUGE_CUSTOMERS)._replace(runs=1)


def _short(count):
    for unit, size in (("M", 1_000_000), ("k", 1_000)):
        if count >= size and count % size == 0:
            return f"{count // size}{unit}"
    return str(count)


def short_plan(customers):
    """:return: a plan with few runs: a trial, or more data than usual (Plan)"""
    return Plan(
        customers,
        runs=2,
        report_runs=1,
        page_runs=3,
        confirmations=10,
        changes=2,
        invitations=customers,
        forms=1,
        answers=customers * 100,
    )
