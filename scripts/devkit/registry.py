"""The machine's Python package registry, as uv wants to be told.

uv does not read pip's configuration, and a company's mirror is named only there.
"""

import configparser
import os
from pathlib import Path

# pip's setting, uv's variable, what separates several values
_TRANSLATION = (
    ("index-url", "UV_DEFAULT_INDEX", " "),
    ("extra-index-url", "UV_INDEX", " "),
    ("find-links", "UV_FIND_LINKS", ","),
    ("trusted-host", "UV_INSECURE_HOST", " "),
    ("no-index", "UV_NO_INDEX", " "),
    ("cert", "SSL_CERT_FILE", " "),
    ("client-cert", "SSL_CLIENT_CERT", " "),
    ("proxy", "ALL_PROXY", " "),
)


def uv_environment(environ=None, files=None):
    """Environment variables that make uv use pip's registry.

    :param environ: the environment to read and add to (default: the process's own)
    :param files: pip's configuration files, least important first
    """
    environ = dict(os.environ if environ is None else environ)
    settings = _pip_settings(environ, _pip_files(environ) if files is None else files)
    found = {}
    for setting, variable, separator in _TRANSLATION:
        values = settings.get(setting, "").split()
        if setting == "find-links":
            # pip passes over folders that are gone, uv ends.
            values = [name for name in values if "://" in name or Path(name).exists()]
        if values and not environ.get(variable):
            found[variable] = separator.join(values)
    return {
        **environ,
        **found,
        # As pip does it: the best version of all registries, no registry first.
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_NO_PROGRESS": "1",
        "UV_NO_CONFIG": "1",
        "UV_HTTP_TIMEOUT": settings.get("default-timeout", "60"),
    }


def _pip_files(environ):
    home = Path(environ.get("HOME") or Path.home())
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    own = environ.get("PIP_CONFIG_FILE")
    if own == os.devnull:
        return ()
    return (
        *(Path(folder) / "pip" / "pip.conf" for folder in ("/etc/xdg", "/etc")),
        Path("/etc/pip.conf"),
        home / ".pip" / "pip.conf",
        config / "pip" / "pip.conf",
        *((Path(own),) if own else ()),
    )


def _pip_settings(environ, files):
    """pip's settings for `install`: from its files, then from PIP_… variables."""
    parser = configparser.RawConfigParser()
    parser.read([str(path) for path in files], encoding="utf-8")
    settings = {}
    for section in ("global", "install"):
        if parser.has_section(section):
            settings.update(
                {key.replace("_", "-"): value for key, value in parser.items(section)}
            )
    for name, value in environ.items():
        if name.startswith("PIP_") and value:
            settings[name[4:].lower().replace("_", "-")] = value
    return settings
