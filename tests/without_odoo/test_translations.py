"""Every term of every add-on has a Simplified Chinese text."""

import re
from pathlib import Path

import polib
import pytest

ADDONS = sorted(Path(__file__).parents[2].glob("custom_addons/*/__manifest__.py"))
_PLACEHOLDER = re.compile(r"%\(\w+\)s")


@pytest.mark.parametrize(
    "addon", [path.parent for path in ADDONS], ids=lambda p: p.name
)
def test_chinese_is_complete(addon):
    terms = {entry.msgid for entry in polib.pofile(addon / f"i18n/{addon.name}.pot")}
    chinese = {
        entry.msgid: entry.msgstr for entry in polib.pofile(addon / "i18n/zh_CN.po")
    }
    assert terms
    assert {term for term in terms if not chinese.get(term)} == set()
    for term, text in chinese.items():
        assert sorted(_PLACEHOLDER.findall(text)) == sorted(_PLACEHOLDER.findall(term))
