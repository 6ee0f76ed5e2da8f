"""Where Odoo comes from: one you have, the cache, or Debian's package, unpacked.

Debian carries Odoo 19 only in its development suite. The package is never installed:
it is unpacked into the user's cache, where all checkouts share it, next to the packages
of fonts and scripts that it links to.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from devkit import apt_mirror, process, settings
from devkit.console import Problem, megabytes, say, step

PACKAGE = "odoo-19"
# The suites in which these packages hold the very files that Odoo's links name; later
# versions of the second group have moved them.
LINKED_PACKAGES = {
    "sid": (
        "fonts-montserrat",
        "fonts-ocr-b",
        "fonts-roboto-unhinted",
        "libjs-jquery",
        "libjs-jquery-form",
        "libjs-underscore",
    ),
    "bookworm": ("fonts-font-awesome", "fonts-inconsolata"),
}
_INSIDE = Path("usr/lib/python3/dist-packages")
_ELSE = "Or give one you have: ODOO_SOURCE=/path/to/odoo or ODOO_DEB=/path/to.deb"


@dataclass(frozen=True)
class Odoo:
    """An Odoo: the folder to put on Python's path, and its version for people."""

    path: Path
    version: str


def ensure():
    """The Odoo to use, fetched if need be.

    :raise Problem: the one asked for is missing or of another version, or none can be
        fetched
    """
    if asked := settings.variable("ODOO_SOURCE"):
        return _given(Path(asked).expanduser().resolve())
    if not settings.variable("ODOO_DEB"):
        if found := _installed() or _cached():
            return found
    return _fetched()


def _given(folder):
    if not (folder / "odoo" / "release.py").is_file():
        raise Problem(
            f"ODOO_SOURCE={folder} holds no Odoo (no odoo/release.py)",
            "Name a checkout of Odoo 19, or the folder that holds its package odoo",
        )
    found = _version(folder)
    if found != settings.ODOO_VERSION:
        raise Problem(
            f"ODOO_SOURCE={folder} is Odoo {_dotted(found)}; these add-ons need "
            f"{_dotted(settings.ODOO_VERSION)}",
            "Name a checkout of the branch 19.0, or leave ODOO_SOURCE out",
        )
    return Odoo(folder, f"{_dotted(found)} in {folder}")


def _installed():
    """An Odoo 19 that a Python at hand, or the command `odoo`, already imports."""
    pythons = [sys.executable, shutil.which("python3") or sys.executable]
    if command := shutil.which("odoo"):
        first_line = Path(command).read_bytes().splitlines()[:1]
        pythons += [line[2:].split()[0].decode() for line in first_line if line[2:]]
    for python in dict.fromkeys(pythons):
        where = process.output(
            [python, "-c", "import odoo.release; print(odoo.release.__file__)"],
            env={**os.environ, "PYTHONPATH": ""},
            cwd="/",
        )
        if where and _version(folder := Path(where).parents[1]) == (
            settings.ODOO_VERSION
        ):
            return Odoo(folder, f"{_dotted(settings.ODOO_VERSION)} in {folder}")
    return None


def _cached():
    """The newest Odoo in the cache; only complete ones have a version for a name."""
    kept = settings.CACHE / "odoo"
    folders = [path for path in kept.glob("[0-9]*") if (path / _INSIDE).is_dir()]
    if not folders:
        return None
    newest = max(folders, key=lambda path: path.stat().st_mtime)
    return Odoo(newest / _INSIDE, newest.name)


def is_at_hand():
    """Whether `ensure` has nothing to download."""
    return bool(settings.variable("ODOO_SOURCE") or _installed() or _cached())


def _fetched():
    kept = settings.CACHE / "odoo"
    with process.alone(kept / ".lock", "Odoo"):
        if not settings.variable("ODOO_DEB") and (found := _cached()):
            return found
        for leftover in kept.glob(".new-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=kept) as folder:
            work = Path(folder)
            package, others = _packages(work)
            version = process.output(["dpkg-deb", "-f", package, "Version"])
            target = kept / (version or "unknown").replace(":", "_")
            if not target.exists():
                _unpack([package, *others], work / "odoo", version)
                for spent in ("debs", "apt"):
                    shutil.rmtree(work / spent)
                # In one move, so that an aborted unpacking is never taken for Odoo.
                os.rename(work / "odoo", target)
        say(f"Odoo {version} is in {target}")
    return Odoo(target / _INSIDE, target.name)


def _packages(work):
    """Odoo's package file and those it links to."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise Problem("This is no Debian, so Odoo cannot be fetched", _ELSE)
    debs = work / "debs"
    debs.mkdir()

    def size():
        return megabytes(sum(path.stat().st_size for path in debs.iterdir()))

    asked = settings.variable("ODOO_DEB")
    with step("Odoo 19: download", measure=size) as current:
        for suite, names in LINKED_PACKAGES.items():
            wanted = list(names)
            if suite == "sid" and not asked:
                wanted.insert(0, PACKAGE)
            apt_mirror.download(suite, wanted, debs, work / "apt", _ELSE)
        current.result = size()
    others = sorted(debs.glob("[!o]*.deb"))
    if asked:
        return _checked_package(Path(asked).expanduser().resolve()), others
    return next(debs.glob(f"{PACKAGE}_*.deb")), others


def _checked_package(path):
    name = process.output(["dpkg-deb", "-f", path, "Package"])
    if name != PACKAGE:
        raise Problem(
            f"ODOO_DEB={path} is {f'the package {name}' if name else 'no package'}",
            f"Name a file of Debian's package {PACKAGE}",
        )
    return path


def _unpack(debs, target, version):
    def size():
        done = process.output(["du", "-sb", target])
        return megabytes(int(done.split()[0])) if done else ""

    with step(f"Odoo {version}: unpack", measure=size) as current:
        for deb in debs:
            process.run(
                ["dpkg-deb", "-x", deb, target],
                log="odoo-source",
                doing=f"unpacking {deb.name}",
                mend="Remove the file if you gave it; else run it again",
            )
        _mend(target)
        current.result = size()
    if _version(target / _INSIDE) != settings.ODOO_VERSION:
        found = _dotted(_version(target / _INSIDE))
        raise Problem(f"Debian's package {PACKAGE} holds Odoo {found}", _ELSE)


def _mend(target):
    """Make of Debian's package what upstream's tree is."""
    packages = target / _INSIDE
    # A second, incomplete copy of the add-ons, which Odoo would put on its path.
    for name in ("addons", "doc", "setup"):
        shutil.rmtree(packages / name, ignore_errors=True)
    shutil.rmtree(target / "etc", ignore_errors=True)
    # Removed by Debian, yet named in a bundle: each web page would log an error.
    segmentation = packages / (
        "odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
    )
    segmentation.parent.mkdir(parents=True, exist_ok=True)
    segmentation.write_text("/* not in Debian; only blurs video calls */\n")
    # Debian's links give each of these the file of another format.
    icons = packages / "odoo/addons/web/static/lib/fontawesome/fonts"
    shared = target / "usr/share/fonts-font-awesome/fonts"
    for kind in ("woff", "woff2", "eot"):
        name = f"fontawesome-webfont.{kind}"
        (icons / name).unlink(missing_ok=True)
        (icons / name).symlink_to(os.path.relpath(shared / name, icons))
    dangling = subprocess.run(
        ["find", target, "-xtype", "l"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    if dangling:
        raise Problem(
            f"Debian's {PACKAGE} has {len(dangling)} links without a target, "
            f"such as {Path(dangling[0]).name}: its packages have changed",
            _ELSE,
        )


def _version(folder):
    """(major, minor) of the Odoo in a folder, read without importing it."""
    try:
        text = (folder / "odoo" / "release.py").read_text(encoding="utf-8")
    except OSError:
        return None
    found = re.search(r"^version_info = \((\d+), (\d+)", text, re.MULTILINE)
    return tuple(map(int, found.groups())) if found else None


def _dotted(version):
    return ".".join(map(str, version)) if version else "of unknown version"
