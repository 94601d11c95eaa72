"""Exports to look at: one made once for all tests that read or break it, and a way to change a copy."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.app import Workbench
from engine.audit import chain
from engine.catalog.catalog import Catalog
from engine.clock import FixedClock
from engine.config import Settings
from engine.store import Head
from exports import datapackage, manifest, writer
from exports.reading import TableFile
from exports.records import tables
from tests.conftest import NOW, highest_side, opened
from tests.exports.lived import live

Document = dict[str, Any]


class Copy:
    """A copy of an export that a test changes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path:
        return self.folder / name

    def rows(self, table: str) -> list[Document]:
        return rows(self.folder, table)

    def write(self, table: str, rows: list[Document]) -> None:
        lines = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows]
        self.path(f"{table}.jsonl").write_bytes("".join(lines).encode())

    def change(self, table: str, match: Callable[[Document], bool], **fields: Any) -> None:
        """Set fields of the first record that matches; there must be one."""
        rows = self.rows(table)
        next(row for row in rows if match(row)).update(fields)
        self.write(table, rows)

    def rechain(self) -> None:
        """Chain the events anew, as somebody who knows the recipe would."""
        rows, previous = self.rows("audit_events"), chain.GENESIS
        for row in rows:
            row["previous_hash"] = previous
            row["hash"] = previous = chain.hash_of(row)
        self.write("audit_events", rows)

    def reseal(self) -> None:
        """Make manifest and data package fit the changed files, as somebody who knows the format would."""
        described = json.loads(self.path("manifest.json").read_bytes())
        files = {}
        for table in tables():
            file = TableFile(self.folder, table)
            for _ in file.lines():
                pass
            files[table.name] = file.facts
        events = self.rows("audit_events")
        workspace = self.rows("workspaces")[0]
        sealed = manifest.build(
            workspace=workspace,
            as_of=events[-1]["occurred_at"],
            content_commit=described["content_commit"],
            files=files,
            chain=Head(len(events), events[-1].get("hash", "")),
        )
        self.path("manifest.json").write_text(manifest.to_text(sealed))
        package = datapackage.build(workspace["name"], files)
        self.path("datapackage.json").write_text(manifest.to_text(package))


@pytest.fixture(scope="session")
def lived_export(shipped_repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The export of a small workspace with every kind of record; read-only for tests."""
    folder = tmp_path_factory.mktemp("lived")
    settings = Settings(content=str(shipped_repository), database=f"sqlite:///{folder}/store.db")
    workbench = Workbench(settings, clock=FixedClock(NOW), dice=highest_side)
    try:
        live(workbench)
        writer.write(workbench, workbench.operator(), folder / "export")
    finally:
        workbench.close()
    return folder / "export"


@pytest.fixture(scope="session")
def lived_store(
    new_store: Path,
    shipped_repository: Path,
    shipped_catalog: Catalog,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The folder with the store of such a workspace and its files; tests copy it, as making it takes long."""
    folder = tmp_path_factory.mktemp("lived")
    url = f"sqlite:///{shutil.copyfile(new_store, folder / 'workbench.db')}"
    with opened(url, folder, shipped_repository, shipped_catalog, FixedClock(NOW)) as workbench:
        live(workbench)
    return folder


@pytest.fixture
def first_store(request: pytest.FixtureRequest, new_store: Path) -> Path:
    """Begin with a workspace that has lived where a test asks for it."""
    if "lived" not in request.fixturenames:
        return new_store
    folder: Path = request.getfixturevalue("lived_store")
    return folder / "workbench.db"


@pytest.fixture
def lived(request: pytest.FixtureRequest, lived_store: Path, settings: Settings) -> Workbench:
    """An engine on a small workspace with every kind of record."""
    shutil.copytree(lived_store / "blobs", settings.blob_folder)
    workbench: Workbench = request.getfixturevalue("workbench")
    return workbench


@pytest.fixture
def copy(lived_export: Path, tmp_path: Path) -> Copy:
    """A copy of that export to change."""
    shutil.copytree(lived_export, tmp_path / "copy")
    return Copy(tmp_path / "copy")


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder by its relative name."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def rows(folder: Path, table: str) -> list[Document]:
    """Return the records of a table; a line ends at a newline and at nothing else."""
    return [json.loads(line) for line in (folder / f"{table}.jsonl").read_bytes().split(b"\n") if line]
