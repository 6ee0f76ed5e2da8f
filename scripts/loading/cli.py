"""Command line: ``python -m loading cdnow|journey|file …``."""

import argparse
import sys
from pathlib import Path

import psycopg2
from odoo.exceptions import UserError

from .database import open_environment
from .errors import LoadError
from .progress import Progress


def main(arguments=None):
    """Run one load; return the exit status, 0 for success."""
    options = _parser().parse_args(arguments)
    progress = Progress()
    try:
        with open_environment(options.database) as env:
            # imported here: Odoo's settings must be read before its add-ons are
            from . import loads

            loads.run(env, options, progress)
    except LoadError as error:
        return _failed(error)
    except UserError as error:
        return _failed(f"Odoo refused: {' '.join(str(error).split())}")
    except psycopg2.Error as error:
        return _failed(f"the database refused: {str(error).strip().splitlines()[0]}")
    except KeyboardInterrupt:
        return _failed("stopped; nothing was loaded")
    return 0


def _failed(reason):
    print(f"error: {reason}", file=sys.stderr)
    return 1


def _parser():
    parser = argparse.ArgumentParser(
        prog="loading", description="Loads order histories into an Odoo database."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    cdnow = commands.add_parser("cdnow", help="the CD web shop CDNOW, 1997-1998")
    cdnow.add_argument(
        "--sample", action="store_true", help="every tenth customer only"
    )
    journey = commands.add_parser("journey", help="the supermarket, 2017")
    journey.add_argument(
        "--households", type=_positive, default=300, metavar="N", help="default: 300"
    )
    file = commands.add_parser("file", help="orders.csv[.gz] of your own")
    file.add_argument("path", type=Path)
    file.add_argument("--company", metavar="NAME", help="default: the first company")
    file.add_argument(
        "--date-format", metavar="FORMAT", help="e.g. %%d/%%m/%%Y for 03/04/2020"
    )
    file.add_argument(
        "--rejects", type=Path, metavar="PATH", help="default: PATH.rejected.csv"
    )
    for command in (cdnow, journey, file):
        command.add_argument("--database", required=True, metavar="DB")
    return parser


def _positive(text):
    number = int(text)
    if number < 1:
        raise ValueError
    return number
