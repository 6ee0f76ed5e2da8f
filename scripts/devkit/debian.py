"""Debian packages this machine lacks: named, then installed if we are root."""

import os
import shutil

from devkit import process, settings
from devkit.console import Problem, say, step

BROWSERS = (
    "google-chrome",
    "google-chrome-stable",
    "chromium",
    "chromium-browser",
    "chrome",
)
_CHINESE_FONTS = ("/usr/share/fonts/truetype/wqy", "/usr/share/fonts/opentype/noto")


def ensure_browser():
    """See to a Chromium; without one every browser test would silently be skipped."""
    if not any(shutil.which(name) for name in BROWSERS):
        install(["chromium"], "browser tests need it")


def ensure_chinese_font():
    """See to a Chinese font, or the screenshots would show boxes."""
    if not any(os.path.isdir(folder) for folder in _CHINESE_FONTS):
        install(["fonts-wqy-zenhei"], "Chinese text in pictures needs it")


def can_install():
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(packages, why):
    """Name missing Debian packages, and install them if we are root.

    :raise Problem: with the exact command, if we are not
    """
    names = " ".join(packages)
    command = f"apt-get install --no-install-recommends {names}"
    if not can_install():
        raise Problem(
            f"Missing on this machine: {names} ({why})",
            f"Have it installed: sudo {command}",
        )
    say(f"Debian packages to install: {names} ({why})")
    with (
        process.alone(settings.STATE / ".apt.lock", "Debian packages"),
        step(f"Debian packages: {names}"),
    ):
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        doing = f"installing {names}"
        mend = f"Check the network and /etc/apt, or run yourself: {command}"
        process.run(
            ["apt-get", "-q", "update"], log="apt", doing=doing, mend=mend, env=env
        )
        process.run(
            ["apt-get", "-q", "-y", "install", "--no-install-recommends", *packages],
            log="apt",
            doing=doing,
            mend=mend,
            env=env,
        )
