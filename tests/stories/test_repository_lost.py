"""D2: whatever becomes of the repository, running bundles render, complete, export, and say who set what."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from engine.app import Workbench
from engine.bundles import instantiate, service
from engine.bundles.models import Bundle, BundleStatus
from engine.bundles.request import NewBundle
from engine.config import Settings
from engine.tasks.models import Task
from exports import validate, writer
from tests.conftest import commit_all, git
from tests.factories import make_people
from tests.stories.conftest import rows
from tests.verified import events_of_intact
from tests.web.conftest import Visitor
from web import create_app

TEMPLATE = """\
# yaml-language-server: $schema=../schemas/task_template.schema.json
key: visit
name: A visit
task_type: untyped
links: [{name: Photos, required: false}]
tasks:
  - ref: call
    title: Call ahead
    offset_days: -2
    steps: [{ref: dial, title: Dial the number}]
  - {ref: go, title: Go there, offset_days: 0, depends_on: [call], proof: [{kind: comment, label: Went}]}
"""


def deleted(repository: Path) -> None:
    shutil.rmtree(repository)


def forced(repository: Path) -> None:
    """Push an unrelated history over the one that bundles name, and throw the old objects away everywhere."""
    other = repository.parent / "other"
    git(repository.parent, "clone", "-q", str(repository), str(other))
    git(other, "checkout", "-q", "--orphan", "rewritten")
    (other / "content/task_templates/visit.yaml").write_text("key: [broken\n")
    shutil.rmtree(other / "content/task_types")
    commit_all(other, "Forget everything")
    git(repository, "config", "receive.denyCurrentBranch", "ignore")
    git(other, "push", "-q", "--force", "origin", "rewritten:main")
    collected(repository)


def reset(repository: Path) -> None:
    """Go back to the first commit, and throw away what came after."""
    first = git(repository, "rev-list", "--max-parents=0", "HEAD")
    git(repository, "reset", "-q", "--hard", first)
    collected(repository)


def collected(repository: Path) -> None:
    git(repository, "reflog", "expire", "--expire=now", "--all")
    git(repository, "gc", "-q", "--prune=now")


def shallow(repository: Path) -> None:
    """Put a clone with one commit in the place of the repository, as a careless deployment does."""
    (repository / "content/task_templates/visit.yaml").write_text(TEMPLATE.replace("A visit", "A call"))
    commit_all(repository, "Go on")
    old = repository.rename(repository.parent / "old")
    git(old.parent, "clone", "-q", "--depth=1", f"file://{old}", str(repository))
    shutil.rmtree(old)


LOSSES: dict[str, Callable[[Path], None]] = {
    "deleted": deleted,
    "pushed over by force": forced,
    "reset and collected": reset,
    "cloned again, shallow": shallow,
}


@pytest.fixture
def repository(content_repo: Path) -> Path:
    file = content_repo / "content/task_templates/visit.yaml"
    file.write_text(TEMPLATE)
    commit_all(content_repo, "Visits")
    file.write_text(TEMPLATE.replace("offset_days: -2", "offset_days: -3"))
    commit_all(content_repo, "Call a day earlier\n\nReviewed-by: Rita Reviewer <rita@example.com>")
    return content_repo


def start(engine: Workbench, title: str) -> Bundle:
    new = NewBundle(template="visit", anchor_date=date(2026, 12, 18).isoformat(), title=title)
    with engine.transaction(engine.operator()) as tx:
        return instantiate.create(tx, engine.content(), new)


def work(call: Callable[..., dict], bundle_id: str) -> None:
    """Do everything in a bundle by the command line."""
    for task in call("bundle", "show", bundle_id)["tasks"]:
        if task["status"] == "completed":
            continue
        for step in task["steps"]:
            call("task", "step", task["task_id"], step["ref"])
        for proof in task["proof"]:
            call("task", "proof", task["task_id"], "--label", proof["label"], "--value", "Well")
        assert call("task", "complete", task["task_id"])["status"] == "completed"
    assert call("bundle", "complete", bundle_id)["status"] == "completed"


def bundles_in_all_states(engine: Workbench, call: Callable[..., dict]) -> dict[str, Bundle]:
    """Start bundles and bring each as far as its name says."""
    found = {name: start(engine, name) for name in ("untouched", "half done", "done", "called off")}
    first = call("bundle", "show", found["half done"].bundle_id)["tasks"][0]
    call("task", "step", first["task_id"], "dial")
    call("task", "complete", first["task_id"])
    work(call, found["done"].bundle_id)
    with engine.transaction(engine.operator()) as tx:
        service.cancel(tx, found["called off"].bundle_id, reason="Not wanted")
    with engine.reading(engine.operator()) as tx:
        states = {name: tx.get(Bundle, bundle.bundle_id).status for name, bundle in found.items()}
    assert states == {
        "untouched": BundleStatus.ACTIVE,
        "half done": BundleStatus.ACTIVE,
        "done": BundleStatus.COMPLETED,
        "called off": BundleStatus.CANCELLED,
    }
    return found


@pytest.mark.few(1)
@pytest.mark.parametrize("loss", LOSSES)
def test_bundles_in_all_states_live_on_when_their_repository_is_lost(
    loss: str, repository: Path, tmp_path: Path, clock, cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(content=str(repository), database=f"sqlite:///{tmp_path}/kept.db", copy_links=False)
    monkeypatch.setenv("WORKBENCH_CONTENT", settings.content)
    monkeypatch.setenv("WORKBENCH_DATABASE", settings.database)

    def call(*words: str) -> dict:
        answer = cli(*words, "--json")
        assert answer.code == 0, answer.out + answer.err
        return answer.json

    engine = Workbench(settings, clock=clock)
    people = make_people(engine)
    bundles = bundles_in_all_states(engine, call)
    commit = str(bundles["untouched"].commit)
    blamed = {name: call("bundle", "blame", bundle.bundle_id) for name, bundle in bundles.items()}
    shown = {name: call("bundle", "show", bundle.bundle_id) for name, bundle in bundles.items()}
    engine.close()

    LOSSES[loss](repository)
    if repository.exists():
        gone = subprocess.run(
            ["git", "cat-file", "-e", commit], cwd=repository, capture_output=True, check=False
        )
        assert gone.returncode != 0, "the commit is lost indeed"

    engine = Workbench(settings, clock=clock)
    mara = Visitor.signed_in(create_app(engine, secret_key="only for tests"), people["mara"].user_id)
    for name, bundle in bundles.items():
        here = f"/bundles/{bundle.bundle_id}"
        assert call("bundle", "show", bundle.bundle_id) == shown[name]
        assert call("bundle", "blame", bundle.bundle_id) == blamed[name]
        for address in (here, f"{here}/origins", f"{here}/origins?task=call", f"{here}/story"):
            page = mara.get(address)
            assert page.status_code == 200, address
        due = mara.get(f"{here}/origins?task=call").text
        assert "3 days before the anchor date" in due
        assert "reviewed by Rita Reviewer" in due
        with engine.reading(engine.operator()) as tx:
            tasks = tx.find(Task, bundle_id=bundle.bundle_id)
        assert [mara.get(f"/tasks/{task.task_id}").status_code for task in tasks] == [200, 200]
    for name in ("untouched", "half done"):
        work(call, bundles[name].bundle_id)
    writer.write(engine, engine.operator(), tmp_path / "out")
    assert validate.check(tmp_path / "out") == []
    assert {row["commit"] for row in rows(tmp_path / "out", "bundles")} == {commit}
    [pinned] = rows(tmp_path / "out", "task_templates")
    content = pinned["content"] if isinstance(pinned["content"], dict) else json.loads(pinned["content"])
    assert [one["reviewers"] for one in content["blame"]["commits"] if one["commit"] == commit] == [
        ["Rita Reviewer"]
    ]
    with engine.reading(engine.operator()) as tx:
        assert events_of_intact(tx)
    engine.close()
