"""The configuration files of Odoo and nginx, read by those who will read them."""

import functools
import json
import os
import re
import subprocess
import sys

import crossplane
import pytest

from devkit import settings

CONFIG = settings.ROOT / "config"
READ = """
import json, logging, sys
logging.basicConfig(level=logging.WARNING)
from odoo.tools import config
config.parse_config(["-c", sys.argv[1]])
names = ("workers", "max_cron_threads", "proxy_mode", "list_db", "dbfilter",
         "db_name", "db_maxconn", "limit_time_cpu", "limit_time_real",
         "limit_memory_soft", "limit_memory_hard")
print(json.dumps({name: config[name] for name in names}))
"""


@pytest.fixture(params=["odoo.conf", "odoo.production.conf"])
def path(request):
    return CONFIG / request.param


@functools.cache
def read(path):
    """Odoo's values for a file, with no variable in between; what it complained of."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME")}
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path)],
        env=kept,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout), done.stderr


def test_odoo_knows_every_option(path):
    assert "WARNING" not in read(path)[1]


def test_nobody_manages_databases_through_the_web(path):
    assert read(path)[0]["list_db"] is False


def test_no_secret_is_in_the_file(path):
    options = re.findall(r"(?m)^(\w+)\s*=", path.read_text())
    assert not {"admin_passwd", "db_password", "smtp_password"} & set(options)


def test_development_is_one_process_without_limits():
    values, _ = read(CONFIG / "odoo.conf")
    assert (values["workers"], values["limit_time_real"]) == (0, 0)


def test_production_is_bounded():
    values, _ = read(CONFIG / "odoo.production.conf")
    assert values["workers"] > 1
    assert values["proxy_mode"] is True
    assert 0 < values["limit_time_cpu"] <= values["limit_time_real"]
    assert 0 < values["limit_memory_soft"] < values["limit_memory_hard"]
    assert values["db_name"] == ["suite"]


def test_production_lists_no_databases_at_each_request():
    """A filter makes Odoo ask the server which databases there are, every time."""
    values, _ = read(CONFIG / "odoo.production.conf")
    assert values["db_name"] and not values["dbfilter"]


def test_production_leaves_connections_to_postgres():
    values, _ = read(CONFIG / "odoo.production.conf")
    processes = values["workers"] + values["max_cron_threads"] + 1
    assert processes * values["db_maxconn"] < 100, "max_connections of PostgreSQL"


@pytest.fixture(params=["http.conf", "tls.conf"])
def site(request, tmp_path):
    """A site as nginx includes it: (parsed directives, faults)."""
    text = (CONFIG / "nginx" / request.param).read_text()
    text = text.replace("/etc/nginx/suite", str(CONFIG / "nginx"))
    (tmp_path / "site.conf").write_text(text)
    main = tmp_path / "nginx.conf"
    main.write_text(f"events {{}}\nhttp {{ include {tmp_path}/site.conf; }}\n")
    return crossplane.parse(str(main), combine=True, strict=True)


def directives(block, name):
    """All directives of a name, however deep, as (arguments, inner block)."""
    for directive in block:
        if directive["directive"] == name:
            yield directive["args"], directive.get("block", [])
        yield from directives(directive.get("block", []), name)


def locations(site):
    parsed = site["config"][0]["parsed"]
    return {args[-1]: block for args, block in directives(parsed, "location")}


def test_nginx_knows_every_directive(site):
    # Not directives but values of a map; directives younger than the parser.
    known = ('"default"', '""', '"http2"', '"proxy_cookie_flags"')
    faults = [fault["error"] for fault in site["errors"]]
    assert not [fault for fault in faults if not any(word in fault for word in known)]


def test_the_web_socket_goes_to_its_own_port(site):
    block = locations(site)["/websocket"]
    assert [args for args, _ in directives(block, "proxy_pass")] == [
        ["http://odoo_websocket"]
    ]
    sent = {args[0] for args, _ in directives(block, "proxy_set_header")}
    assert {"Upgrade", "Connection"} <= sent


def test_every_header_that_odoo_believes_is_set_in_every_place(site):
    """Headers set in a location replace the inherited ones, all of them."""
    believed = {"Host", "X-Forwarded-Host", "X-Forwarded-For", "X-Forwarded-Proto"}
    for block in locations(site).values():
        sent = {args[0] for args, _ in directives(block, "proxy_set_header")}
        assert not sent or believed <= sent


def test_database_pages_are_closed(site):
    block = locations(site)["/web/database"]
    assert [args for args, _ in directives(block, "return")] == [["404"]]


def test_plain_requests_are_sent_to_tls():
    text = (CONFIG / "nginx" / "tls.conf").read_text()
    plain, encrypted = text.split("listen 443", 1)
    assert "return 301 https://$host$request_uri;" in plain
    assert "proxy_pass" not in plain
    assert "ssl_protocols TLSv1.2 TLSv1.3;" in encrypted
    assert "Strict-Transport-Security" in encrypted
