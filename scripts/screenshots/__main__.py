"""``python -m screenshots``: every page in English and Chinese, wide and narrow.

Wide English pictures go to ``docs/images``, all others to its subfolders. The suite has
to be running; its address and login come from the environment.
"""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from .session import Session
from .tour import take_all

IMAGES = Path("docs/images")
WIDTHS = {"wide": 1400, "narrow": 390}
LANGUAGES = {"en": "en_US", "zh": "zh_CN"}
#: Without these a browser on a machine without internet looks up hosts all the time.
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]


def main():
    """Take all pictures.

    :return: exit status, 1 when a page was not ready in time or showed an error
    """
    url = os.environ.get("SUITE_URL", "http://127.0.0.1:8069")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        print("No Chromium found: install Debian's package chromium.", file=sys.stderr)
        return 1
    errors = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=CHROMIUM_ARGS
        )
        for language, code in LANGUAGES.items():
            for size, width in WIDTHS.items():
                session = Session(browser, url, width)
                session.log_in("admin", "admin", code)
                errors += take_all(session, _folder(language, size))
                session.close()
        browser.close()
    for error in errors:
        print(error, file=sys.stderr)
    return 1 if errors else 0


def _folder(language, size):
    folder = IMAGES
    if (language, size) != ("en", "wide"):
        folder = IMAGES / f"{language}-{size}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


sys.exit(main())
