"""Command line: ``python -m bench [--quick | --huge]``."""

import argparse
import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path

from . import page
from .databases import BenchError, Databases
from .figures import as_text
from .plan import (
    FEWEST_CUSTOMERS,
    QUICK_CUSTOMERS,
    Plan,
    huge_plan,
    short_plan,
)


def main(arguments=None):
    """Measure, print the table, keep it in the documentation.

    :return: exit status: 0 when measured, whether or not the targets are met
    """
    options = _parser().parse_args(arguments)
    plan = short_plan(options.customers) if options.customers else Plan()
    plan = huge_plan() if options.huge else plan
    try:
        # imported here: a wrong option is told without Odoo
        from . import suite

        with Databases() as databases:
            head = page.head(plan)
            run = suite.run_huge if options.huge else suite.run
            figures = run(databases, plan, _progress())
    except BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; the scratch databases are dropped", file=sys.stderr)
        return 130
    print(f"\n{head}\n\n{as_text(figures)}")
    if options.json:
        text = json.dumps([asdict(figure) for figure in figures])
        options.json.write_text(text, encoding="utf-8")
    if plan.is_full:
        page.update(head, figures)
    return 0


def _parser():
    parser = argparse.ArgumentParser(prog="bench", description="Measures the speed.")
    size = parser.add_mutually_exclusive_group()
    size.add_argument(
        "--quick",
        dest="customers",
        action="store_const",
        const=QUICK_CUSTOMERS,
        help="small data, few runs: whether it works, not how fast it is",
    )
    size.add_argument(
        "--huge",
        action="store_true",
        help="computations and a night, once, of 1 M customers with 10 M orders: takes"
        " half an hour and 30 GB of disk",
    )
    size.add_argument(
        "--customers",
        type=_customers,
        metavar="N",
        help="as --quick, with N customers and with ten times as many",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="the figures as data")
    return parser


def _customers(text):
    if not text.isdecimal() or int(text) < FEWEST_CUSTOMERS:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no number of customers from {FEWEST_CUSTOMERS} up"
        )
    return int(text)


def _progress():
    """:return: a function that prints what is being done, after how long"""
    started = time.monotonic()

    def show(doing):
        load = os.getloadavg()[0]
        elapsed = time.monotonic() - started
        print(f"[{elapsed:4.0f} s, load {load:.1f}] {doing}", file=sys.stderr)

    return show
