"""Download Debian packages of any suite from the machine's own mirror, as any user.

Nothing of the system is touched: lists, archives and the choice of suites are private.
"""

import re
from pathlib import Path

from devkit import process
from devkit.console import Problem

_APT = Path("/etc/apt")
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_SUITES = {
    *("stable", "oldstable", "testing", "unstable", "sid"),
    *("bookworm", "trixie", "forky"),
}


def download(suite, packages, target, work, otherwise):
    """Download packages of a Debian suite.

    :param target: folder for the package files
    :param work: folder for apt's own files
    :param otherwise: what to tell the user to do if it cannot be done
    """
    for name in ("lists/partial", "archives/partial"):
        (work / name).mkdir(parents=True, exist_ok=True)
    source = _source(suite, work)
    if source is None:
        raise Problem("No Debian mirror is named in /etc/apt", otherwise)
    options = [
        f"Dir::Etc::sourcelist={source}",
        "Dir::Etc::sourceparts=/dev/null",
        f"Dir::State::lists={work / 'lists'}",
        f"Dir::Cache={work}",
        "APT::Get::List-Cleanup=0",
        "APT::Update::Post-Invoke-Success::=",
        "APT::Sandbox::User=root",  # the user _apt cannot enter private folders
        "Debug::NoLocking=1",
        "Acquire::Languages=none",
        "Acquire::Retries=3",
        # Without it, no network is a warning only.
        "APT::Update::Error-Mode=any",
        # Mirrors that stand still (snapshots, offline copies) are fine here.
        "Acquire::Check-Valid-Until=false",
    ]
    apt = ["apt-get", "-q", *(part for option in options for part in ("-o", option))]
    for command in (["update"], ["download", *packages]):
        process.run(
            [*apt, *command],
            log="odoo-source",
            doing=f"downloading {packages[0]} from Debian's suite {suite}",
            mend=f"Check the network and /etc/apt. {otherwise}",
            cwd=target,
        )


def _source(suite, work):
    """A file naming the machine's own mirror, with only the suite changed."""
    mirrors = [mirror for mirror in (*_stanzas(), *_lines()) if _is_debian(mirror)]
    if not mirrors:
        return None
    # Other archives have suites called "stable" too: prefer what is called debian.
    mirror = max(mirrors, key=lambda text: "debian" in text)
    if mirror.startswith("deb "):
        source = work / f"{suite}.list"
        _, options, address, _ = _parse_line(mirror)
        mirror = f"deb {options or f'[signed-by={_KEYRING}]'} {address} {suite} main"
    else:
        source = work / f"{suite}.sources"
        for field, value in (("Suites", suite), ("Components", "main")):
            mirror = re.sub(rf"(?m)^{field}:.*$", f"{field}: {value}", mirror)
    source.write_text(mirror + "\n", encoding="utf-8")
    return source


def _stanzas():
    """Sources in apt's newer format, without their comments."""
    for path in sorted(_APT.glob("sources.list.d/*.sources")):
        text = re.sub(r"(?m)^#.*\n?", "", path.read_text(encoding="utf-8"))
        yield from filter(None, map(str.strip, re.split(r"\n\s*\n", text)))


def _lines():
    """Sources in apt's one-line format."""
    for path in (_APT / "sources.list", *sorted(_APT.glob("sources.list.d/*.list"))):
        if path.is_file():
            for line in path.read_text(encoding="utf-8").splitlines():
                if _parse_line(line):
                    yield line.strip()


def _parse_line(line):
    """(type, options, address, suite and components) of a one-line source."""
    found = re.match(r"\s*(deb)\s+(\[[^]]*\])?\s*(\S+)\s+(\S.*)", line)
    return found.groups() if found else None


def _is_debian(source):
    """Whether a source is a mirror of Debian's main archive."""
    words = set(source.split())
    return bool(
        words & _SUITES
        and "main" in words
        and "security" not in source
        and not re.search(r"(?mi)^Enabled:\s*no", source)
    )
