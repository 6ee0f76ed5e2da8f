"""The project's add-ons: which there are, what they need, whether files changed."""

import ast
import hashlib

from devkit import settings
from devkit.console import Problem


def names():
    """Technical names of the project's add-ons, sorted; one apart only if asked for."""
    manifests = settings.ADDONS.glob("*/__manifest__.py")
    apart = set(settings.APART) - {settings.variable("ADDON")}
    found = sorted({path.parent.name for path in manifests} - apart)
    if not found:
        raise Problem(f"No add-ons in {settings.ADDONS}", "Check the checkout")
    return found


def chosen():
    """The add-ons to work on: the one that ADDON names, else all."""
    asked = settings.variable("ADDON")
    if asked and asked not in names():
        raise Problem(
            f"ADDON={asked} is no add-on of this project",
            f"Choose one of {', '.join(names())}",
        )
    return [asked] if asked else names()


def base_modules():
    """Odoo's modules that the add-ons stand on, with those their users work with."""
    own = set(names())
    needed = {module for name in own for module in manifest(name).get("depends", ())}
    return sorted((needed - own) | set(settings.COMPANION_MODULES))


def fingerprints():
    """{add-on: hash of its files}, so that a later run sees which ones changed."""
    return {name: _fingerprint(settings.ADDONS / name) for name in names()}


def manifest(name):
    path = settings.ADDONS / name / "__manifest__.py"
    try:
        return ast.literal_eval(path.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError) as error:
        raise Problem(f"The manifest of {name} cannot be read: {error}") from error


def _fingerprint(folder):
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(str(path.relative_to(folder)).encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
