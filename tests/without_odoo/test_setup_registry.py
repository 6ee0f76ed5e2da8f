"""uv is told of the registry that pip's configuration names."""

import pytest

from devkit import registry


@pytest.fixture
def uv_environment(tmp_path):
    """Function: pip's configuration files and variables -> uv's variables."""

    def translate(*configurations, **environ):
        files = []
        for number, text in enumerate(configurations):
            files.append(tmp_path / f"pip{number}.conf")
            files[-1].write_text(text)
        return registry.uv_environment(environ, files)

    return translate


def test_without_configuration_uv_uses_its_own_registry(uv_environment):
    env = uv_environment()
    assert not {"UV_DEFAULT_INDEX", "UV_INDEX", "UV_FIND_LINKS"} & set(env)


def test_indexes_and_certificate_of_a_file_are_taken(uv_environment):
    env = uv_environment(
        "[global]\n"
        "index-url = https://mirror.example/simple\n"
        "extra-index-url =\n    https://a.example/simple\n    https://b.example/simple\n"
        "cert = /etc/mirror.pem\n"
    )
    assert env["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    assert env["UV_INDEX"] == "https://a.example/simple https://b.example/simple"
    assert env["SSL_CERT_FILE"] == "/etc/mirror.pem"


def test_a_later_file_and_a_variable_win(uv_environment):
    files = (
        "[global]\nindex-url = https://system.example\nproxy = http://system.example\n",
        "[global]\nindex-url = https://user.example\n",
    )
    assert uv_environment(*files)["UV_DEFAULT_INDEX"] == "https://user.example"
    env = uv_environment(*files, PIP_INDEX_URL="https://variable.example")
    assert env["UV_DEFAULT_INDEX"] == "https://variable.example"
    assert env["ALL_PROXY"] == "http://system.example"


def test_the_section_install_wins_over_global(uv_environment):
    env = uv_environment(
        "[install]\nindex_url = https://install.example\n"
        "[global]\nindex-url = https://global.example\n"
        "[freeze]\nindex-url = https://freeze.example\n"
    )
    assert env["UV_DEFAULT_INDEX"] == "https://install.example"


def test_folders_of_wheels_that_are_gone_are_left_out(uv_environment, tmp_path):
    env = uv_environment(PIP_FIND_LINKS=f"{tmp_path} /gone https://wheels.example")
    assert env["UV_FIND_LINKS"] == f"{tmp_path},https://wheels.example"


def test_what_uv_is_told_directly_stays(uv_environment):
    env = uv_environment(
        "[global]\nindex-url = https://pip.example\n",
        UV_DEFAULT_INDEX="https://uv.example",
    )
    assert env["UV_DEFAULT_INDEX"] == "https://uv.example"
