"""A task or a bundle as it was done becomes a draft of a template (EDT-07)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import yaml

from engine.access import Actor
from engine.app import Workbench
from engine.bundles.models import Bundle
from engine.deliverables import versions
from engine.errors import BadRequestError, ConflictError, ForbiddenError, NotFoundError
from engine.proposals import drafting
from engine.proposals.models import Proposal, ProposalSource
from engine.proposals.overlay import content_with
from engine.tasks import steps
from engine.tasks.models import Task
from tests.factories import do, make_bundle, make_people, make_task

#: A Friday; the 25th, the day after the next working day but one before it, is a holiday.
ANCHOR = date(2026, 12, 28)


@pytest.fixture
def people(either_workbench: Workbench) -> dict[str, Actor]:
    return make_people(either_workbench)


@pytest.fixture
def bundle(either_workbench: Workbench, people: dict[str, Actor]) -> Bundle:
    """A launch for Acme's campaign, about their rockets."""
    return make_bundle(
        either_workbench,
        "launch",
        actor=people["mara"],
        campaign="acme_spring",
        anchor_date=ANCHOR,
        parameters={"topic": "Acme rockets"},
    )


def task_of(engine: Workbench, bundle: Bundle, ref: str) -> Task:
    with engine.reading(engine.operator()) as tx:
        [found] = [one for one in tx.find(Task, bundle_id=bundle.bundle_id) if one.template_task_ref == ref]
        return found


def said(engine: Workbench, actor: Actor, draft: Proposal) -> dict[str, Any]:
    """Return the data that the draft's only file says."""
    with engine.reading(actor) as tx:
        [(path, text)] = drafting.texts_of(tx, draft).items()
    assert str(text).startswith("# yaml-language-server: ")
    return {"path": path, **yaml.safe_load(str(text))}


def wrong_with(engine: Workbench, actor: Actor, draft: Proposal) -> list[str]:
    """Return the errors that the content has with the draft and has not without it."""
    with engine.reading(actor) as tx:
        texts = drafting.texts_of(tx, draft)
    content = engine.content()
    known = {(one.code, one.file, one.message) for one in content.problems}
    return [
        str(one)
        for one in content_with(content, texts).problems
        if one.is_error and (one.code, one.file, one.message) not in known
    ]


def from_task(engine: Workbench, actor: Actor, task: Task, **given: Any) -> Proposal:
    found: Proposal = do(engine, actor, "proposal from-task", task_id=task.task_id, **given)
    return found


def add_by_hand(engine: Workbench, actor: Actor, bundle: Bundle, **fields: Any) -> Task:
    """Add a task to a bundle as somebody types it."""
    task: Task = do(engine, actor, "bundle add-task", bundle_id=bundle.bundle_id, **fields).task
    return task


def test_a_task_that_was_changed_by_hand_changes_the_override_of_its_partner(
    either_workbench: Workbench, people: dict[str, Actor], bundle: Bundle
):
    mara, task = people["mara"], task_of(either_workbench, bundle, "draft")
    do(
        either_workbench,
        mara,
        "task update",
        task_id=task.task_id,
        due_date="2026-12-22",
        planned_minutes=120,
    )
    with either_workbench.transaction(mara) as tx:
        steps.add_step(tx, task.task_id, "Ask Ana about https://acme.example", required=False)
    draft = from_task(either_workbench, mara, task)
    assert draft.source is ProposalSource.TASK
    found = said(either_workbench, mara, draft)
    assert found["path"] == "content/task_templates/partners/acme/launch.yaml"
    [changed] = found["tasks"]
    assert changed == {
        "ref": "draft",
        "deliverables": [{"ref": "pictures", "required": True}],
        "planned_minutes": 120,
        "due": {"offset": -3, "unit": "business_days"},
        "steps": [{"ref": "ask_about", "title": "Ask [name] about [address]", "required": False}],
    }
    assert wrong_with(either_workbench, mara, draft) == []


def test_for_everybody_the_template_itself_gets_it_with_all_its_other_lines(
    either_workbench: Workbench, people: dict[str, Actor], bundle: Bundle
):
    mara, task = people["mara"], task_of(either_workbench, bundle, "publish")
    do(either_workbench, mara, "task update", task_id=task.task_id, title="Publish Acme rockets with Acme")
    draft = from_task(either_workbench, mara, task, whom="everybody")
    found = said(either_workbench, mara, draft)
    assert found["path"] == "content/task_templates/launch.yaml"
    assert [one["title"] for one in found["tasks"] if one["ref"] == "publish"] == [
        "Publish {{ topic }} with [client]"
    ]
    assert len(found["tasks"]) == 7
    assert wrong_with(either_workbench, mara, draft) == []


def test_a_task_that_was_added_by_hand_joins_the_template_with_its_place_and_role(
    either_workbench: Workbench, people: dict[str, Actor], bundle: Bundle
):
    mara = people["mara"]
    task = add_by_hand(either_workbench, mara, bundle, line="Call the printer", assignee="ana")
    do(either_workbench, mara, "task update", task_id=task.task_id, due_date="2026-12-30")
    with either_workbench.transaction(mara) as tx:
        steps.add_step(tx, task.task_id, "Look up the number")
        versions.add(tx, task.task_id, "price_list", type="prices")
    draft = from_task(either_workbench, mara, task, whom="everybody")
    added = said(either_workbench, mara, draft)["tasks"][-1]
    assert added["ref"] == "call_the_printer"
    assert added["assignee"] == {"role": "writer"}
    assert added["due"] == {"offset": 2, "unit": "business_days"}
    assert added["steps"] == [{"ref": "look_up_the_number", "title": "Look up the number", "required": False}]
    assert [one["type"] for one in added["deliverables"]] == ["prices"]
    assert wrong_with(either_workbench, mara, draft) == []


def test_a_task_of_no_bundle_becomes_a_template_of_its_own(
    either_workbench: Workbench, people: dict[str, Actor]
):
    mara = people["mara"]
    task = make_task(
        either_workbench,
        actor=mara,
        title="Call the printer about 2026-12-24",
        description="For Globex, says Pat.",
    )
    draft = from_task(either_workbench, mara, task)
    found = said(either_workbench, mara, draft)
    assert (found["key"], found["name"]) == ("call_the_printer_about", "Call the printer about [date]")
    assert found["status"] == "draft", "nobody starts it before somebody says so"
    assert found["tasks"] == [
        {
            "ref": "call_the_printer_about",
            "title": "Call the printer about [date]",
            "description": "For [client], says [name].",
            "offset_days": 0,
        }
    ]
    assert wrong_with(either_workbench, mara, draft) == []


def test_a_task_as_its_template_says_has_nothing_to_save(
    either_workbench: Workbench, people: dict[str, Actor], bundle: Bundle
):
    for ref in ("draft", "publish", "announce", "thank", "remind", "figures"):
        with pytest.raises(ConflictError, match="is as its template says"):
            from_task(either_workbench, people["mara"], task_of(either_workbench, bundle, ref))


def test_a_bundle_becomes_a_template_of_the_same_dates_people_and_order_with_nothing_of_the_client(
    either_workbench: Workbench, people: dict[str, Actor], bundle: Bundle
):
    mara = people["mara"]
    added = add_by_hand(
        either_workbench, mara, bundle, line="Show Acme and Globex the rockets", assignee="ana"
    )
    do(either_workbench, mara, "task update", task_id=added.task_id, due_date="2026-12-23")
    thank = task_of(either_workbench, bundle, "thank")
    do(either_workbench, mara, "task cancel", task_id=thank.task_id, reason="Nobody paid")
    draft = do(
        either_workbench, mara, "proposal from-bundle", bundle_id=bundle.bundle_id, name="Launch with a show"
    )
    assert draft.source is ProposalSource.BUNDLE
    found = said(either_workbench, mara, draft)
    assert (found["key"], found["path"]) == (
        "launch_with_a_show",
        "content/task_templates/launch_with_a_show.yaml",
    )
    assert found["status"] == "draft", "nobody starts it before somebody says so"
    by_ref = {one["ref"]: one for one in found["tasks"]}
    assert "thank" not in by_ref
    assert by_ref["draft"]["title"] == "Write: {{ topic }}"
    assert by_ref["draft"]["offset_days"] == -7
    assert by_ref["show_and_the_rockets"]["title"] == "Show [client] and [client] the rockets"
    assert by_ref["show_and_the_rockets"]["due"] == {"offset": -2, "unit": "business_days"}
    assert by_ref["publish"]["assignee"] == {"role": "operator"}, "Ben is one"
    assert by_ref["publish"]["depends_on"] == ["draft"], "the sponsor was never asked"
    assert {"name": "Page"} in found["links"]
    text = yaml.safe_dump(found)
    assert not [word for word in ("Acme", "acme", "Ana", "https://") if word in text]
    assert wrong_with(either_workbench, mara, draft) == []


def test_the_same_press_again_is_the_same_draft_and_a_name_that_is_taken_is_refused(
    either_workbench: Workbench, people: dict[str, Actor], bundle: Bundle
):
    mara, given = people["mara"], {"bundle_id": bundle.bundle_id, "name": "Launch with a show"}
    first = do(either_workbench, mara, "proposal from-bundle", **given)
    assert do(either_workbench, mara, "proposal from-bundle", **given).proposal_id == first.proposal_id
    with either_workbench.transaction(mara) as tx:
        [(path, text)] = drafting.texts_of(tx, first).items()
        drafting.write(tx, first.proposal_id, path, f"{text}# mine\n", seen=str(text))
    with pytest.raises(ConflictError, match="A draft of yours makes a template launch_with_a_show already"):
        do(either_workbench, mara, "proposal from-bundle", **given)
    with pytest.raises(BadRequestError, match="There is a template launch already"):
        do(either_workbench, mara, "proposal from-bundle", **{**given, "name": "Launch"})


def test_whoever_may_not_propose_or_not_see_it_makes_no_draft(
    either_workbench: Workbench, people: dict[str, Actor], bundle: Bundle
):
    with pytest.raises(ForbiddenError):
        from_task(either_workbench, people["ana"], task_of(either_workbench, bundle, "draft"))
    with pytest.raises(NotFoundError):
        do(either_workbench, people["mara"], "proposal from-bundle", bundle_id="bnd_x", name="X")
