"""Every term of every add-on has a Simplified Chinese text."""

import re
from pathlib import Path

import polib
import pytest

ADDONS = sorted(Path(__file__).parents[1].glob("custom_addons/*/__manifest__.py"))
_PLACEHOLDER = re.compile(r"%\(\w+\)s")


def _has_words(term):
    """Whether a term has words: NPS, PNG and n = 5 are written alike."""
    return re.search(r"[a-z]{2}", _PLACEHOLDER.sub("", term))


@pytest.mark.parametrize(
    "addon", [path.parent for path in ADDONS], ids=lambda p: p.name
)
def test_chinese_is_complete(addon):
    terms = {entry.msgid for entry in polib.pofile(addon / f"i18n/{addon.name}.pot")}
    chinese = {
        entry.msgid: entry.msgstr for entry in polib.pofile(addon / "i18n/zh_CN.po")
    }
    assert terms
    words = {term for term in terms if _has_words(term)}
    assert {term for term in words if not chinese.get(term)} == set()
    translated = {term: text for term, text in chinese.items() if text}
    for term, text in translated.items():
        assert sorted(_PLACEHOLDER.findall(text)) == sorted(_PLACEHOLDER.findall(term))
