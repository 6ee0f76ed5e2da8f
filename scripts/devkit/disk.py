"""Room on the disks, asked for before anything is unpacked."""

import os
import shutil
from collections import Counter

from devkit import environment, odoo_source, settings
from devkit.console import Problem, megabytes

_ODOO = 1_700_000_000  # packages, their unpacked files, compiled modules
_PYTHON = 1_300_000_000  # downloads and the environment
_DATABASES = 1_000_000_000  # server, template, run and test database

_ELSEWHERE = ", or point XDG_CACHE_HOME to a larger disk"


def check():
    """Ask for the room that the set-up still needs, disk by disk.

    :raise Problem: a disk has too little
    """
    needs = Counter()
    settings.STATE.mkdir(parents=True, exist_ok=True)
    settings.CACHE.mkdir(parents=True, exist_ok=True)
    needs[settings.STATE] += 0 if (settings.DATA / "filestore").is_dir() else _DATABASES
    needs[settings.STATE] += 0 if environment.MAIN.is_ready else _PYTHON
    needs[settings.CACHE] += 0 if odoo_source.is_at_hand() else _ODOO
    disks = {}
    for folder, size in needs.items():
        disk = disks.setdefault(os.stat(folder).st_dev, [folder, 0])
        disk[1] += size
    for folder, size in disks.values():
        free = shutil.disk_usage(folder).free
        if free < size:
            raise Problem(
                f"The set-up needs {megabytes(size)} in {folder}; "
                f"{megabytes(free)} are free",
                f"Make room{_ELSEWHERE if folder == settings.CACHE else ''}",
            )
