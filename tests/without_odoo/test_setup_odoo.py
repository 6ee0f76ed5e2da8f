"""Which Odoo is taken, and what is said when none can be."""

import pytest

from devkit import apt_mirror, odoo_source, settings
from devkit.console import Problem

RELEASE = "RELEASE_LEVELS = []\nversion_info = ({}, {}, 0, FINAL, 0, '')\n"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache; no Odoo on this machine."""
    monkeypatch.setattr(settings, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(odoo_source, "_installed", lambda: None)
    monkeypatch.delenv("ODOO_SOURCE", raising=False)
    monkeypatch.delenv("ODOO_DEB", raising=False)
    return tmp_path / "cache" / "odoo"


def make_odoo(folder, major=19, minor=0):
    (folder / "odoo").mkdir(parents=True)
    (folder / "odoo" / "release.py").write_text(RELEASE.format(major, minor))
    return folder


def test_a_given_odoo_is_taken(cache, tmp_path, monkeypatch):
    folder = make_odoo(tmp_path / "checkout")
    monkeypatch.setenv("ODOO_SOURCE", str(folder))
    assert odoo_source.ensure().path == folder


def test_a_given_odoo_of_another_version_is_refused(cache, tmp_path, monkeypatch):
    monkeypatch.setenv("ODOO_SOURCE", str(make_odoo(tmp_path / "checkout", 18)))
    with pytest.raises(Problem, match=r"is Odoo 18\.0; these add-ons need 19\.0"):
        odoo_source.ensure()


def test_a_given_folder_without_odoo_is_refused(cache, tmp_path, monkeypatch):
    monkeypatch.setenv("ODOO_SOURCE", str(tmp_path))
    with pytest.raises(Problem, match="holds no Odoo.*Name a checkout of Odoo 19"):
        odoo_source.ensure()


def test_the_cache_serves_without_network(cache):
    kept = make_odoo(cache / "19.0.0+dfsg-1" / odoo_source._INSIDE)
    assert odoo_source.is_at_hand()
    assert odoo_source.ensure() == odoo_source.Odoo(kept, "19.0.0+dfsg-1")


def test_an_aborted_unpacking_is_not_taken(cache, monkeypatch):
    leftover = make_odoo(cache / ".new-x1" / "odoo" / odoo_source._INSIDE)
    assert not odoo_source.is_at_hand()

    def refuse(*args):
        raise Problem("no network")

    monkeypatch.setattr(odoo_source, "_packages", refuse)
    with pytest.raises(Problem, match="no network"):
        odoo_source.ensure()
    assert not leftover.exists()
    assert not [path for path in cache.iterdir() if path.name != ".lock"]


@pytest.fixture
def source(tmp_path, monkeypatch):
    """Function: text and name of a file in /etc/apt -> apt's source for sid."""
    folder = tmp_path / "apt"
    (folder / "sources.list.d").mkdir(parents=True)
    monkeypatch.setattr(apt_mirror, "_APT", folder)

    def write(text, name):
        (folder / name).write_text(text)
        made = apt_mirror._source("sid", tmp_path)
        return made and made.read_text()

    return write


SECURITY = """\
Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
"""
MAIN = """\
Types: deb
# where it was taken from
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /key.gpg
"""


def test_the_mirror_of_a_stanza_changes_its_suite_alone(source):
    text = source(f"{SECURITY}\n{MAIN}", "sources.list.d/debian.sources")
    assert text == (
        "Types: deb\nURIs: http://mirror.example/debian\nSuites: sid\n"
        "Components: main\nSigned-By: /key.gpg\n"
    )


def test_the_mirror_of_a_line_keeps_its_options(source):
    line = "deb [trusted=yes] http://mirror.example/debian bookworm main non-free"
    assert source(f"# deb-src\n{line}\n", "sources.list") == (
        "deb [trusted=yes] http://mirror.example/debian sid main\n"
    )


def test_a_line_without_options_is_checked_with_debians_key(source):
    text = source("deb http://mirror.example/debian trixie main\n", "sources.list")
    assert "signed-by=/usr/share/keyrings/debian-archive-keyring.gpg" in text


def test_other_archives_are_no_mirror_of_debian(source):
    chat = "deb http://chat.example/apt stable main\n"
    source(chat, "sources.list.d/chat.list")
    text = source(MAIN, "sources.list.d/debian.sources")
    assert "chat.example" not in text


def test_without_a_mirror_there_is_no_source(source):
    disabled = MAIN + "Enabled: no\n"
    assert source(f"{SECURITY}\n{disabled}", "sources.list.d/a.sources") is None
