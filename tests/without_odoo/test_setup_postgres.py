"""The private server is started as another user where we are root."""

import os

import pytest

from devkit import postgres


@pytest.mark.parametrize("path", ["/usr/local/bin:/usr/bin:/bin", "/usr/sbin", ""])
def test_the_program_that_changes_the_user_is_found_whatever_the_path(
    monkeypatch, path
):
    monkeypatch.setenv("PATH", path)
    cluster = object.__new__(postgres._Cluster)
    cluster.user = "postgres"
    program, *rest = cluster._command(["psql", 1])
    assert os.access(program, os.X_OK)
    assert rest == ["-u", "postgres", "--", "psql", "1"]
