"""Every template compiled before the first request; what was compiled is kept beside the store.

Compiling all of them takes a second of processor time, reading what was kept a fortieth of that.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import stat
from importlib.metadata import version
from pathlib import Path

from jinja2 import Environment, FileSystemBytecodeCache

_log = logging.getLogger(__name__)
_ENDING = ".compiled"


def load_all(environment: Environment, folder: Path) -> None:
    """Load every template, compiled now or by an earlier start of this program; keep them in ``folder``.

    A folder that cannot be written to, or that others may write to, keeps nothing: then each start compiles
    them again. What is kept is run as it stands there, so whoever writes it runs what they like in here.
    """
    pattern = f"%s-{_program()}{_ENDING}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_ours(folder)
        environment.bytecode_cache = FileSystemBytecodeCache(str(folder), pattern)
        _load(environment)
        _remove_others(folder, pattern.removeprefix("%s"))
    except OSError as error:
        _log.warning("compiled templates cannot be kept in %s: %s", folder, error.strerror)
        environment.bytecode_cache = None
        _load(environment)
    environment.bytecode_cache = None  # all are loaded; no request writes to the disk


def _check_ours(folder: Path) -> None:
    """Refuse a folder that anybody but this user may write to.

    Raises:
        PermissionError: it is one.
    """
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise PermissionError(errno.EACCES, "others may write to it; it should be of mode 0700")


def _load(environment: Environment) -> None:
    for name in environment.list_templates():
        environment.get_template(name)


def _program() -> str:
    """Identify what compiles: Jinja, and this package, whose options and filters end up in what is compiled.

    The templates themselves are compared by Jinja, and Python's version too.
    """
    digest = hashlib.sha256(version("jinja2").encode())
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _remove_others(folder: Path, ending: str) -> None:
    """Remove what earlier programs have kept."""
    for path in folder.glob(f"*{_ENDING}"):
        if not path.name.endswith(ending):
            path.unlink(missing_ok=True)
