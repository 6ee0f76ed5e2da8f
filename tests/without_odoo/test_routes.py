"""Public addresses take no record by number without a token (all add-ons)."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SECRET = re.compile(r"<string:(token|code|access_token)>")
NUMBER = re.compile(r"<int:|<model\(")


def routes():
    """Each route of the add-ons: file, paths, keywords, names of arguments."""
    for path in sorted(ROOT.glob("custom_addons/*/controllers/*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef):
                continue
            for decorator in function.decorator_list:
                if isinstance(decorator, ast.Call) and _name(decorator) == "route":
                    paths = (
                        ast.literal_eval(decorator.args[0]) if decorator.args else []
                    )
                    yield (
                        f"{path.relative_to(ROOT)}:{function.lineno}",
                        [paths] if isinstance(paths, str) else paths,
                        {k.arg: _value(k.value) for k in decorator.keywords},
                        {argument.arg for argument in function.args.args},
                    )


def _value(node):
    """What a keyword says; None for the name of a constant."""
    return node.value if isinstance(node, ast.Constant) else None


def _name(call):
    return getattr(call.func, "attr", None) or getattr(call.func, "id", None)


def test_there_are_routes_to_check():
    found = list(routes())
    assert len(found) > 3
    assert any(options.get("auth") == "public" for _w, _p, options, _a in found)


def test_a_public_address_with_a_number_has_a_secret_too():
    for where, paths, options, arguments in routes():
        if options.get("auth") not in ("public", "none"):
            continue
        for path in paths:
            if NUMBER.search(path):
                assert SECRET.search(path), f"{where}: {path}"
        if not any(SECRET.search(path) for path in paths):
            numbers = {name for name in arguments if name.endswith(("_id", "_ids"))}
            assert not numbers, f"{where} takes {numbers} without a secret"


def test_only_addresses_with_a_secret_leave_out_the_check_of_forged_requests():
    for where, paths, options, _arguments in routes():
        if options.get("csrf", True) is not True:
            assert paths and all(SECRET.search(path) for path in paths), where


def test_whoever_is_no_visitor_is_named():
    """An own route says who may call it; Odoo's default would be any user."""
    for where, paths, options, _arguments in routes():
        if paths:
            assert options.get("auth") in ("user", "public"), where
