"""The commands, and the one place where what went wrong becomes one line."""

import errno
import signal
import sys
from importlib import import_module

from devkit import settings
from devkit.console import Problem, complain

# Name: what it does, and the module, function and arguments that do it. A module is
# loaded when it is called: `make help` works on a machine where nothing else does.
COMMANDS = {
    "run": ("build and start the suite, or start it again", ("running", "run")),
    "stop": ("stop the server and the private PostgreSQL", ("running", "stop")),
    "reset": ("drop the run database, after saying so", ("running", "reset")),
    "shell": ("open Odoo's shell on the run database", ("running", "shell")),
    "load": ("load an order history: FILE=orders.csv", ("running", "load")),
    "test": ("run all tests; ADDON=… those of one add-on", ("testing", "test")),
    "lint": ("run all linters; FIX=1 repairs", ("linting", "lint")),
    "bench": ("measure speed and memory", ("running", "package", "bench")),
    "screenshots": ("take the documentation's pictures", ("running", "screenshots")),
    "help": ("show this", ("cli", "show_help")),
}


def main():
    """Run the command named on the command line; returns the exit status."""
    name = sys.argv[1] if len(sys.argv) > 1 else "help"
    # Leave by the normal way, so that what is half-done is cleared away.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        if name not in COMMANDS or len(sys.argv) > 2:
            raise Problem(
                f"No such command: {' '.join(sys.argv[1:])}",
                f"There are {', '.join(COMMANDS)}; variables go before: DB=x make run",
            )
        module, function, *arguments = COMMANDS[name][1]
        return getattr(import_module(f"devkit.{module}"), function)(*arguments)
    except Problem as problem:
        complain(problem)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        complain(Problem("The disk is full", "Make room, then run it again"))
    except KeyboardInterrupt:
        complain(Problem("Interrupted", "Nothing half-done counts: run it again"))
        return 130
    return 1


def show_help():
    print("Customer Suite: make <command> [VARIABLE=value …]\n")
    for name, (meaning, _) in COMMANDS.items():
        print(f"  {name:12} {meaning}")
    print("\nVariables\n")
    for name, meaning in settings.VARIABLES.items():
        print(f"  {name:12} {meaning}")
    return 0
