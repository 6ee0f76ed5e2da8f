"""Guards over every run of pytest; `tests/conftest.py` has the fixtures."""

pytest_plugins = (
    "devkit.pytest_caches",
    "devkit.pytest_coverage",
    "devkit.pytest_guards",
)
