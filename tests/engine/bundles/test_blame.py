"""Where each part of a bundle comes from, and who set it: read from the pin alone (D2)."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from engine.app import Workbench
from engine.bundles import add_task, blame, pins
from engine.bundles.blame import Part
from engine.bundles.inputs import AddTask
from engine.bundles.models import Bundle, PinnedTemplate
from engine.catalog.resolved import ResolvedTemplate
from engine.config import Settings
from engine.errors import ForbiddenError, NotFoundError
from engine.tasks.models import Task
from tests.conftest import commit_all
from tests.engine.bundles.test_pins import begin
from tests.factories import make_people


@pytest.fixture
def own_repository(small_repository: Path, tmp_path: Path) -> Path:
    """A repository that the test may change and delete."""
    return Path(shutil.copytree(small_repository, tmp_path / "own"))


@pytest.fixture
def own(own_repository: Path, tmp_path: Path, clock):
    settings = Settings(
        content=str(own_repository),
        database=f"sqlite:///{tmp_path}/own.db",
        blobs=str(tmp_path / "blobs"),
    )
    workbench = Workbench(settings, clock=clock)
    workbench.people = make_people(workbench)
    yield workbench
    workbench.close()


def parts(workbench: Workbench, bundle: Bundle, *words: str, who: str = "mara") -> list[Part]:
    with workbench.reading(workbench.people[who]) as tx:
        return blame.blame(tx, bundle.bundle_id, *words)[1]


def draft_of(workbench: Workbench, bundle: Bundle) -> Task:
    with workbench.reading(workbench.people["mara"]) as tx:
        return next(
            task for task in tx.find(Task, bundle_id=bundle.bundle_id) if task.template_task_ref == "draft"
        )


def change(repository: Path, old: str, new: str, message: str = "Change") -> str:
    file = repository / "content/task_templates/launch.yaml"
    text = file.read_text()
    assert text.count(old) == 1, text
    file.write_text(text.replace(old, new))
    return commit_all(repository, message)


def test_a_bundle_names_the_commit_of_each_part_as_it_was_when_it_was_started(
    own: Workbench, own_repository: Path
) -> None:
    first = own.content().commit
    second = change(own_repository, "name: Launch", "name: Big launch", "Think big")
    bundle = begin(own)
    change(own_repository, "name: Big launch", "name: Small launch")
    begin(own)
    found = {part.field: part for part in parts(own, bundle) if part.task is None}
    assert found["name"].set_by is not None
    assert (found["name"].set_by.commit, found["name"].set_by.summary) == (second, "Think big")
    assert (found["name"].value, found["name"].file) == ("Big launch", "content/task_templates/launch.yaml")
    assert found["key"].set_by is not None
    assert found["key"].set_by.commit == first
    assert found["process_docs/content.launch"].line == 0


def test_steps_proof_and_deliverables_are_parts_of_their_own_and_a_due_rule_is_one(own: Workbench) -> None:
    found = {(part.task, part.field) for part in parts(own, begin(own))}
    with own.reading(own.people["mara"]) as tx:
        template = own.content().resolve("launch").template
        assert tx.count(PinnedTemplate) == 1
    for task in template.tasks:
        assert {(task.ref, f"steps/{step.ref}") for step in task.steps} <= found
        assert {(task.ref, f"proof/{proof.label}") for proof in task.proof} <= found
        assert {(task.ref, f"deliverables/{one.ref}") for one in task.deliverables} <= found
        assert ((task.ref, "due") in found) == (task.due_rule is not None)
        assert (task.ref, "offset_days") not in found


def test_a_part_of_several_lines_stands_at_the_line_that_was_changed_last(
    own: Workbench, own_repository: Path
) -> None:
    field = "deliverables/text"
    before = parts(own, begin(own), "draft", field)[0]
    commit = change(own_repository, "The text on {{ topic }}.", "All the text on {{ topic }}.")
    after = parts(own, begin(own), "draft", field)[0]
    assert after.set_by is not None
    assert (after.set_by.commit, after.line) == (commit, before.line + 3), "the line of its description"


def test_one_task_and_one_field_can_be_asked_for_in_the_words_of_the_template_or_by_number(
    own: Workbench,
) -> None:
    bundle = begin(own)
    draft = draft_of(own, bundle)
    by_ref = parts(own, bundle, "draft")
    assert {part.task for part in by_ref} == {"draft"}
    assert parts(own, bundle, f"#{draft.task_number}") == by_ref
    steps = parts(own, bundle, "draft", "steps")
    assert steps == [part for part in by_ref if part.field.startswith("steps/")]
    assert [part.field for part in parts(own, bundle, "draft", "due")] == ["due"]


def test_what_is_not_there_is_refused_with_what_is(own: Workbench) -> None:
    bundle, other = begin(own), begin(own)
    new = AddTask(bundle_id=bundle.bundle_id, line="call the printer")
    with own.transaction(own.people["mara"]) as tx:
        by_hand = add_task.add(tx, own.content(), new).task
    assert by_hand is not None
    for task, words in (
        ("nothing", "In its template the tasks are called draft,"),
        (by_hand.task_id, "was made by hand: nothing of it comes from a template."),
        (draft_of(own, other).task_id, f"is not a task of {bundle.title}."),
    ):
        with pytest.raises(NotFoundError, match=words):
            parts(own, bundle, task)
    with pytest.raises(NotFoundError, match=r"Nothing says colour there. What is said: ref, title, "):
        parts(own, bundle, "draft", "colour")


def test_partners_read_nothing_of_it(own: Workbench) -> None:
    bundle = begin(own, partner="acme")
    with pytest.raises(ForbiddenError, match="may not read where a bundle comes from"):
        parts(own, bundle, who="pat")


def test_a_type_says_what_the_task_does_not(own: Workbench) -> None:
    found = {part.field: part for part in parts(own, begin(own), "draft")}
    assert found["type/category"].file == "content/task_types/work.yaml"
    assert "type/title" not in found
    assert "type/key" in found


def test_a_bundle_of_an_older_release_says_that_nobody_was_kept(own: Workbench, monkeypatch) -> None:
    resolved = own.content().resolve("launch")
    old = {name: said for name, said in resolved.as_pin().items() if name not in ("blame", "type_origins")}
    monkeypatch.setattr(ResolvedTemplate, "as_pin", lambda _: old)
    bundle = begin(own)
    found = parts(own, bundle, "draft")
    assert {part.set_by for part in found} == {None}
    assert {part.unknown for part in found} == {blame.NOT_KEPT}
    assert {part.file_commit for part in found} == {resolved.commit}
    with own.reading(own.people["mara"]) as tx:
        assert pins.resolved_of(tx, bundle).closure_hash == resolved.closure_hash


def test_history_is_read_for_the_first_bundle_of_a_revision_alone(own: Workbench, monkeypatch) -> None:
    read: list[str] = []
    source = own.content().source
    assert source is not None
    history = source.history
    monkeypatch.setattr(source, "history", lambda *given: read.append("read") or history(*given))
    own.content().resolve("launch").as_json()
    assert read == [], "looking at a template needs no history"
    begin(own)
    begin(own)
    assert read == ["read"]


def test_a_part_as_json_has_every_field(own: Workbench) -> None:
    [due] = parts(own, begin(own), "draft", "due")
    data = due.as_json()
    assert json.loads(json.dumps(data)) == data
    assert data["set_by"]["author"] == "Sam Strategist"
    assert (data["unknown"], data["level"], data["task"]) == (None, "global", "draft")
