"""The content that comes with the program, and the making of a repository that begins with it.

The running engine never changes a repository (decision 10). What is here belongs to set-up: `workbench init`
and the demo make repositories of their own, once, in folders that nobody has used yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import git

from engine.catalog.layout import CONTENT, kind_of
from engine.catalog.schemas import MODELS, schema_text
from engine.catalog.yaml_reader import read_yaml
from engine.errors import UnavailableError

#: What a new workspace starts with; everything that these name comes along.
TEMPLATES = ("blog_post", "indexing_check", "technical_audit", "untyped_work")
_NAMED_KINDS = {"task_type", "calendar", "process_doc"}
#: Who wrote what a repository begins with; the machine's own identity is neither needed nor touched.
_AUTHOR = git.Actor("Workbench", "workbench@localhost")


def shipped_files() -> dict[str, bytes]:
    """Read every content file that comes with the program, by its path below the folder of ``content/``."""
    home = _home()
    found = {
        path.relative_to(home).as_posix(): path.read_bytes()
        for path in sorted((home / CONTENT).rglob("*"))
        if path.is_file()
    }
    schemas = {f"{CONTENT}/schemas/{kind}.schema.json": schema_text(kind).encode() for kind in MODELS}
    return found | schemas


def starter_files() -> dict[str, bytes]:
    """Read what a new workspace starts with: a few templates, their scenarios, and all that they name."""
    files = shipped_files()
    chosen = {f"{CONTENT}/task_templates/{key}.yaml" for key in TEMPLATES}
    pending = sorted(chosen)
    while pending:
        path = pending.pop()
        named = _named(files, set(_words(read_yaml(files[path], path).data))) - chosen
        chosen |= named
        pending += [path for path in named if path.endswith(".yaml")]  # documents name nothing
    rest = {path for path in files if path.startswith(f"{CONTENT}/schemas/")} | {f"{CONTENT}/README.md"}
    played = {f"{CONTENT}/task_templates/{key}.scenario.yaml" for key in TEMPLATES} & files.keys()
    return {path: files[path] for path in sorted(chosen | rest | played)}


def make_repository(folder: Path, files: Mapping[str, bytes], message: str) -> None:
    """Write the files into a folder and make it a Git repository whose first commit holds them.

    Neither the user's nor the machine's Git settings are needed or changed, and no hook runs.

    Raises:
        UnavailableError: Git cannot do it.
    """
    for path, raw in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(raw)
    try:
        with git.Repo.init(folder) as repo:
            repo.git.symbolic_ref("HEAD", "refs/heads/main")
            repo.index.add(sorted(files))
            repo.index.commit(message, author=_AUTHOR, committer=_AUTHOR, skip_hooks=True)
    except git.GitError as error:
        reason = str(error).strip().splitlines()[-1].strip()
        raise UnavailableError(f"Git cannot make a repository in {folder}: {reason}") from error


def _home() -> Path:
    """Find the folder that holds ``content/``: inside an installed package, else this checkout (setup.py)."""
    package = Path(__file__).resolve().parent
    installed = package / "shipped"
    return installed if installed.is_dir() else package.parent


def _named(files: Mapping[str, bytes], words: set[str]) -> set[str]:
    """Find the types, calendars and documents that go by one of these words."""
    places = {path: kind_of(path) for path in files}
    return {
        path
        for path, place in places.items()
        if place is not None and place.kind in _NAMED_KINDS and place.name in words
    }


def _words(data: object) -> Iterator[str]:
    """Yield every text in a document of YAML."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, (list, dict)):
        for item in data.values() if isinstance(data, dict) else data:
            yield from _words(item)
