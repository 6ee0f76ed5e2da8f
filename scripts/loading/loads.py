"""The three loads, each on a given environment and without commits."""

from datetime import timedelta

from .documents import companies
from .documents.answers import write_answers
from .documents.groups import write_segments
from .documents.touches import write_touches
from .documents.wishes import write_wishes
from .documents.writer import write_history
from .faces import Faces
from .sources import cdnow, journey
from .sources.orders_file.records import OrdersFile, Reject
from .sources.orders_file.rejects import write_rejects

DEMO_ZONE = "America/New_York"


def run(env, options, progress):
    """Do the load that the command line asks for, and say what came of it."""
    if options.command == "cdnow":
        company, written = load_cdnow(env, progress, options.sample)
    elif options.command == "journey":
        company, written = load_journey(env, progress, options.households)
    else:
        company, written = load_file(
            env,
            progress,
            options.path,
            company_name=options.company,
            date_format=options.date_format,
            rejects_path=options.rejects,
        )
    if options.command in ("cdnow", "journey"):
        write_touches(company, progress)
        write_answers(company, progress)
        write_wishes(company, progress)
        write_segments(env, progress)
    _report(company, written, progress)


def load_cdnow(env, progress, sample=False, today=None):
    """Load the web shop CDNOW as a company of its own.

    :param sample: every tenth customer only
    :param today: date near which the last order is put and on which ages hold;
        default: the company's day
    :return: the company and what was written
    """
    company = companies.demo_company(env, "CDNOW", "USD", "US", DEMO_ZONE)
    today = today or companies.today(company)
    faces = Faces("CDNOW", companies.demo_salespeople(env, company), today)
    with progress.step("read CDNOW"):
        purchases = cdnow.read_purchases(sample)
        days = {purchase.key: purchase.day.date() for purchase in purchases}
        shift = _shift(company, days, today)
        history = cdnow.read_history(faces, purchases, shift)
    return company, write_history(env, company, history, progress)


def load_journey(env, progress, households, today=None):
    """Load a sample of the supermarket's households as a company of its own.

    :param households: how many
    :param today: as for ``load_cdnow``
    :return: the company and what was written
    """
    company = companies.demo_company(
        env, "The Complete Journey", "USD", "US", DEMO_ZONE
    )
    today = today or companies.today(company)
    faces = Faces("Journey", companies.demo_salespeople(env, company), today)
    with progress.step("read The Complete Journey"):
        sample = journey.read_baskets(households)
        days = {basket.key: basket.moment.date() for basket in sample[1]}
        shift = _shift(company, days, today)
        history = journey.read_history(faces, sample, shift)
    return company, write_history(env, company, history, progress)


def load_file(
    env, progress, path, company_name=None, date_format=None, rejects_path=None
):
    """Load an order file into an existing company.

    :param path: the file, see ``sources.orders_file``
    :param company_name: name of the company; default: the database's first one
    :param date_format: for dates that could be day or month first
    :param rejects_path: list of lines not loaded; default: PATH.rejected.csv
    :return: the company and what was written
    """
    company = companies.named_company(env, company_name)
    digits = env["decimal.precision"].precision_get("Product Unit")
    with progress.step(f"read {path.name}") as step:
        zone = companies.time_zone(company)
        orders_file = OrdersFile(path, zone, date_format, digits, step)
    if orders_file.unused_columns:
        progress.say(f"columns not used: {', '.join(orders_file.unused_columns)}")
    written = write_history(env, company, orders_file.history, progress)
    rejects = orders_file.rejects + [
        Reject(line, reason)
        for document, reason in written.refused
        for line in document.source_lines
    ]
    rejects_path = rejects_path or path.with_name(f"{path.name}.rejected.csv")
    write_rejects(rejects, path, rejects_path)
    if rejects:
        progress.say(f"{len(rejects):,} lines not loaded, listed in {rejects_path}")
    return company, written


def _shift(company, days, today):
    """Whole weeks that bring a history near today: weekdays stay what they were.

    A history that was loaded in part keeps the shift it was given then.

    :param days: day in the data by the key of the document
    :rtype: timedelta
    """
    domain = [("company_id", "=", company.id), ("origin", "in", list(days))]
    order = company.env["sale.order"].search(domain, limit=1)
    if order:
        zone = companies.time_zone(company)
        return companies.local_day(order.date_order, zone) - days[order.origin]
    return timedelta(weeks=(today - max(days.values())).days // 7)


def _report(company, written, progress):
    progress.say(
        f"{company.name}: {written.orders:,} orders and {written.refunds:,} credit"
        f" notes loaded, {written.skipped:,} were there before"
    )
    if written.profiles is not None:
        progress.say(f"{written.profiles:,} customer profiles changed")
