"""``python -m devkit.readmes [--repair] manifest…``: each add-on's README.rst.

It is put together from the manifest and the fragments in ``readme/``, so that every
text stands in one place. Without ``--repair`` a README that differs is a fault.
"""

import ast
import sys
from pathlib import Path

import pypandoc

#: Fragments in reading order, with the headings they get.
_FRAGMENTS = (
    ("DESCRIPTION", None),
    ("CONTEXT", "When to use it"),
    ("CONFIGURE", "Configuration"),
    ("USAGE", "Usage"),
    ("ROADMAP", "Known limits"),
    ("HISTORY", "Changelog"),
    ("CONTRIBUTORS", "Contributors"),
)
_NOTE = (
    "..\n   Put together from readme/ by `make lint FIX=1`: change the fragments.\n\n"
)


def assemble(addon):
    """The README of an add-on as its fragments have it.

    :param addon: folder of the add-on (Path)
    :return: text in reStructuredText, as Odoo and the OCA have it
    """
    manifest = ast.literal_eval((addon / "__manifest__.py").read_text(encoding="utf-8"))
    parts = [f"# {manifest['name']}", manifest["summary"]]
    for name, heading in _FRAGMENTS:
        fragment = addon / "readme" / f"{name}.md"
        if fragment.is_file():
            parts += [f"## {heading}"] if heading else []
            parts.append(_one_level_down(fragment.read_text(encoding="utf-8").strip()))
    return _NOTE + pypandoc.convert_text(
        "\n\n".join(parts), "rst", format="gfm", extra_args=["--columns=80"]
    )


def _one_level_down(text):
    """The text with its headings below that of its fragment."""
    lines = text.splitlines()
    return "\n".join(f"#{line}" if line.startswith("#") else line for line in lines)


def main(arguments):
    """:return: exit status, 1 if a README differs and may not be repaired"""
    repair = "--repair" in arguments
    faults = 0
    for manifest in (Path(name) for name in arguments if name != "--repair"):
        readme = manifest.parent / "README.rst"
        text = assemble(manifest.parent)
        if readme.is_file() and readme.read_text(encoding="utf-8") == text:
            continue
        if repair:
            readme.write_text(text, encoding="utf-8")
        else:
            print(f"{readme} differs from its fragments: run `make lint FIX=1`")
            faults += 1
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
