"""All measurements, in order, each group in a process of its own."""

import os

from . import (
    changes,
    computation,
    confirmation,
    customer,
    data,
    feedback,
    flows,
    learning,
    loyalty,
    night,
    playbook,
    report,
    screens,
)
from .databases import BenchError, install, is_installed, vacuum
from .environment import Processes, configure, environment
from .figures import as_text

ADDON = "customer_insight"
TEMPLATE_VARIABLE = "SUITE_TEMPLATE"


def run(databases, plan, progress):
    """Make the databases and measure everything.

    :param databases: the :class:`.databases.Databases` that are dropped in the end
    :param progress: called with a text before each step
    :return: list of :class:`.figures.Figure`
    """
    configure()
    with Processes(own=plan.is_full) as call:
        return _measure_all(databases, plan, progress, call)


def _measure_all(databases, plan, progress, call):
    progress("a database with Odoo Sales")
    base = _make_base(databases)
    progress(f"data: {plan.small}")
    stock = _make_filled(databases, "stock", base, plan.small, call)
    progress("the same with the add-on")
    asked = databases.create("asked", base)  # nobody is in there
    install(asked, [ADDON])
    small = _make_filled(databases, "small", asked, plan.small, call)
    progress(f"data: {plan.large}")
    large = _make_filled(databases, "large", asked, plan.large, call)

    progress("confirming orders with and without the add-on")
    figures = call(confirmation.measure, stock, small, plan)
    progress("points with and without the ledger")
    figures += call(loyalty.measure, *_make_loyal(databases, small, call), plan)
    runs = []
    for name, size in ((small, plan.small), (large, plan.large)):
        progress(f"computing the profiles of {size}")
        runs.append(call(computation.measure, name, plan))
    figures = computation.figures(plan, *runs) + figures
    for doing, module in (
        ("following single orders", changes),
        ("reading pages", screens),
        ("writing the report", report),
        ("reading a customer's page and cohorts", customer),
        (f"two nights of {plan.large}", night),
        ("reading who moved between segments", flows),
        ("a playbook for all customers", playbook),
    ):
        progress(doing)
        figures += call(module.measure, large, plan)
    for name, size, rules in ((small, plan.small, True), (large, plan.large, False)):
        progress(f"learning from {size}")
        figures += call(learning.measure, name, plan, size, rules)
    progress("asking for feedback, and many answers at once")
    install(asked, [feedback.ADDON])
    return figures + call(
        feedback.measure, asked, plan.invitations, plan.forms, plan.answers
    )


def run_huge(databases, plan, progress):
    """Measure computations, a forecast and a night of the large data alone, each once.

    :return: list of :class:`.figures.Figure`
    """
    configure()
    call = Processes(own=True)
    progress("a database with the add-on")
    large = databases.create("large", _make_base(databases))
    install(large, [ADDON])
    progress(f"data: {plan.large}")
    _fill(large, plan.large, call)
    progress("computing the profiles")
    runs = call(computation.measure, large, plan)
    figures = computation.size_figures(plan, plan.large, runs)
    progress(as_text(figures))  # what is known, should the rest take too long
    progress("learning from all of it")
    learned = call(learning.measure, large, plan, plan.large, False)
    progress(as_text(learned))
    progress("two nights")
    return figures + learned + call(night.measure, large, plan)


def _make_base(databases):
    """A database with the app the add-on needs, but not the add-on."""
    template = os.environ.get(TEMPLATE_VARIABLE)
    base = databases.create("base", template)
    if template and is_installed(base, ADDON):
        raise BenchError(
            f"Template {template!r} has {ADDON}: name one without it in"
            f" {TEMPLATE_VARIABLE}, or none"
        )
    install(base, ["sale"])
    return base


def _make_loyal(databases, template, call):
    """Two copies of a database with core's loyalty, the second with the ledger."""
    bare = databases.create("points", template)
    install(bare, ["sale_loyalty"])
    call(loyalty.prepare, bare)
    extended = databases.create("ledger", bare)
    install(extended, ["loyalty_program"])
    vacuum(extended)
    return bare, extended


def _make_filled(databases, name, template, size, call):
    database = databases.create(name, template)
    _fill(database, size, call)
    return database


def _fill(database, size, call):
    call(_generate, database, size)
    vacuum(database)


def _generate(database, size):
    with environment(database) as env:
        data.generate(env, size)
