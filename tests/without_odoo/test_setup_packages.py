"""Which Python the suite builds on, and how Debian's packages come beside the rest."""

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from devkit import debian, process, settings, workbench
from devkit.console import Problem

DEBIANS = "/usr/bin/python3"


@pytest.fixture
def asked(tmp_path):
    """Function: variables -> whether scripts/suite asked the first Python of PATH."""
    note = tmp_path / "asked"
    python = tmp_path / "python3"
    python.write_text(f'#!/bin/sh\ntouch {note}\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)

    def run(**environ):
        note.unlink(missing_ok=True)
        subprocess.run(
            [settings.SCRIPTS / "suite", "help"],
            env={"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", **environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
        )
        return note.exists()

    return run


def test_debians_python_is_asked_before_that_of_a_version_manager(asked):
    try:
        check = [DEBIANS, "-c", "import ensurepip, venv"]
        is_usable = subprocess.run(check, capture_output=True, check=False)
        expected = is_usable.returncode != 0
    except FileNotFoundError:  # not a Debian
        expected = True
    assert asked() is expected


@pytest.mark.parametrize("variable", ["VIRTUAL_ENV", "CONDA_PREFIX"])
def test_the_python_of_an_active_environment_was_chosen(asked, variable):
    assert asked(**{variable: "/some/where"})


def test_what_nobody_here_may_install_is_told_before_anything_is_fetched(monkeypatch):
    def refuse():
        raise Problem("Missing on this machine: chromium", "Have it installed")

    def fetch():
        raise AssertionError("fetched")

    monkeypatch.setattr(debian, "can_install", lambda: False)
    monkeypatch.setattr(workbench.odoo_source, "ensure", fetch)
    with pytest.raises(Problem, match="chromium"):
        workbench.prepare(refuse)


def test_packages_are_installed_by_one_after_the_other(monkeypatch, tmp_path):
    """apt-get fails where another one is at work."""
    at_work = threading.Lock()
    done = []

    def apt(command, **_options):
        assert at_work.acquire(blocking=False)
        time.sleep(0.05)
        done.append(command[-1])
        at_work.release()

    monkeypatch.setattr(settings, "STATE", tmp_path)
    monkeypatch.setattr(debian, "can_install", lambda: True)
    monkeypatch.setattr(process, "run", apt)
    with ThreadPoolExecutor() as pool:
        jobs = [pool.submit(debian.install, [name], "a test") for name in ("a", "b")]
        for job in jobs:
            job.result()
    assert sorted(done) == ["a", "b", "update", "update"]
