"""Decision 10: a force-push, a collected or a deleted repository never changes running work."""

from __future__ import annotations

import shutil
from pathlib import Path

from engine.app import Workbench
from engine.bundles import describe, details
from engine.bundles.models import Bundle
from engine.config import Settings
from engine.deliverables import versions
from engine.tasks import lifecycle, proof, steps
from engine.tasks.models import Proof, ProofKind, Step, Task
from exports import validate, writer
from tests.conftest import commit_all, git
from tests.factories import make_bundle, make_people
from tests.stories.conftest import rows
from tests.verified import events_of_intact

TEMPLATES = ("podcast_episode", "monthly_tax_report", "indexing_check")
EVIDENCE = {
    ProofKind.URL: "https://files.example/1",
    ProofKind.COMMENT: "done",
    ProofKind.FILE: {"file_name": "a.pdf", "size_bytes": 5},
    ProofKind.EXTERNAL_STATUS: {"system": "bank", "reference": "1", "status": "done"},
}


def open_engine(repository: Path, folder: Path, clock) -> Workbench:
    return Workbench(Settings(content=str(repository), database=f"sqlite:///{folder}/kept.db"), clock=clock)


def seen(engine: Workbench, bundles: list[Bundle]) -> list[dict]:
    """Return all that the bundles show, process docs and origins included."""
    with engine.reading(engine.operator()) as tx:
        return [
            {
                "bundle": describe.describe(tx, tx.get(Bundle, bundle.bundle_id)),
                "docs": details.details(tx, bundle.bundle_id).pinned.process_docs,
                "origins": details.details(tx, bundle.bundle_id).pinned.origins,
            }
            for bundle in bundles
        ]


def complete_one(engine: Workbench, bundle: Bundle) -> None:
    with engine.transaction(engine.operator()) as tx:
        task = min(tx.find(Task, bundle_id=bundle.bundle_id, is_open=1), key=lambda one: one.position)
        for step in tx.find(Step, task_id=task.task_id):
            steps.complete_step(tx, task.task_id, step.ref)
        for owed in tx.find(Proof, task_id=task.task_id):
            proof.give(tx, task.task_id, owed.label, EVIDENCE[owed.kind])
        for row in describe.describe(tx, bundle)["tasks"][task.position - 1]["deliverables"]:
            versions.edit(tx, row["deliverable_id"], url=EVIDENCE[ProofKind.URL])
        assert lifecycle.complete(tx, task.task_id).status == "completed"


def rewrite_history(repository: Path) -> None:
    """Replace every commit by an unrelated one with broken content, and throw the old objects away."""
    shutil.rmtree(repository / "content/process_docs")
    for file in (repository / "content/task_templates").glob("*.yaml"):
        file.write_text("key: [broken\n", encoding="utf-8")
    git(repository, "checkout", "-q", "--orphan", "rewritten")
    commit_all(repository, "Forget everything")
    git(repository, "branch", "-q", "-M", "main")
    git(repository, "reflog", "expire", "--expire=now", "--all")
    git(repository, "gc", "-q", "--prune=now")


def test_every_bundle_renders_completes_and_exports_without_its_commits(content_repo, tmp_path, clock):
    engine = open_engine(content_repo, tmp_path, clock)
    make_people(engine)
    bundles = [make_bundle(engine, key, partner="acme") for key in TEMPLATES]
    commit, before = bundles[0].commit, seen(engine, bundles)
    engine.close()

    rewrite_history(content_repo)
    assert commit not in git(content_repo, "rev-list", "--all").split()
    engine = open_engine(content_repo, tmp_path, clock)
    assert seen(engine, bundles) == before
    complete_one(engine, bundles[0])
    engine.close()

    shutil.rmtree(content_repo)
    engine = open_engine(content_repo, tmp_path, clock)
    after = seen(engine, bundles)
    assert [one["docs"] for one in after] == [one["docs"] for one in before]
    assert [one["origins"] for one in after] == [one["origins"] for one in before]
    assert {one["bundle"]["pin"]["commit"] for one in after} == {commit}
    for bundle in bundles:
        complete_one(engine, bundle)
    writer.write(engine, engine.operator(), tmp_path / "out")
    assert validate.check(tmp_path / "out") == []
    assert {row["commit"] for row in rows(tmp_path / "out", "bundles")} == {commit}
    with engine.reading(engine.operator()) as tx:
        assert events_of_intact(tx)
    engine.close()
