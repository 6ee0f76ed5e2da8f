"""Wrong input ends with one line that says what is wrong and how to mend it."""

import os
import socket
import subprocess

import pytest

from devkit import addons, cli, settings


def suite(*arguments, **environ):
    """Run scripts/suite with variables; (exit code, standard output, errors)."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME")}
    done = subprocess.run(
        [settings.SCRIPTS / "suite", *arguments],
        env={**kept, **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    "command, environ, complaint",
    [
        ("walk", {}, "No such command: walk. There are run, stop"),
        ("run", {"PORT": "http"}, "PORT=http is no port. Use a number"),
        ("run", {"PORT": "80"}, "PORT=80 is no port. Use a number"),
        ("run", {"DB": "Ä b"}, "DB=Ä b is no name for the database. Use up to 40"),
        ("test", {"ADDON": "x"}, "ADDON=x is no add-on of this project. Choose one"),
        ("load", {}, "No file is named. Say which: make load FILE="),
        ("load", {"FILE": "/no/file.csv"}, "There is no file /no/file.csv. Check FILE"),
        ("run", {"PYTHON": "/no/python"}, "PYTHON=/no/python is no Python 3.10-3.13"),
    ],
)
def test_bad_input_is_one_line_with_the_mend(command, environ, complaint):
    code, _, errors = suite(command, **environ)
    assert code == 1
    assert len(errors.splitlines()) == 1
    assert complaint in errors


def test_a_busy_port_is_told_before_any_work_is_done():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        code, output, errors = suite("run", PORT=str(port))
    assert (code, output) == (1, "")
    assert f"Port {port} is busy" in errors
    assert f"make run PORT={port + 1}" in errors


def test_help_names_every_command_and_variable():
    code, output, _ = suite()
    assert code == 0
    assert all(name in output for name in (*cli.COMMANDS, *settings.VARIABLES))


def test_make_knows_every_command():
    done = subprocess.run(
        ["make", "--dry-run", *cli.COMMANDS],
        cwd=settings.ROOT,
        # Without the flags of the make that may have started these tests.
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == [
        word for name in cli.COMMANDS for word in ("scripts/suite", name)
    ]


def test_a_changed_file_of_an_add_on_is_seen(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "ADDONS", tmp_path)
    manifest = tmp_path / "toy" / "__manifest__.py"
    manifest.parent.mkdir()
    manifest.write_text("{}")
    before = addons.fingerprints()
    (manifest.parent / "models.pyc").write_text("compiled")
    assert addons.fingerprints() == before
    (manifest.parent / "models.py").write_text("x = 1")
    assert addons.fingerprints() != before


def test_the_base_is_what_add_ons_need_and_not_the_add_ons(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "ADDONS", tmp_path)
    for name, depends in (("ground", ["sale"]), ("wing", ["ground", "survey"])):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__manifest__.py").write_text(repr({"depends": depends}))
    assert addons.base_modules() == ["contacts", "sale", "sale_management", "survey"]
