"""Revisions are compared by what the fields of the format declare, and nothing that differs is left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from engine.catalog.calendars import Calendar
from engine.catalog.declared import SETTINGS, declarations, identity_of, is_declared
from engine.catalog.diff.changes import Change, ChangeKind, Part
from engine.catalog.diff.compare import compare
from engine.catalog.docs import ProcessDoc
from engine.catalog.models import (
    LinkDefinition,
    ProofRequirement,
    StepDefinition,
    TaskDefinition,
    TaskTemplate,
    ToolUse,
)
from engine.catalog.overrides import Override
from engine.catalog.reminder_rules import WorkspaceReminders
from tests.engine.catalog.diff.edits import EDITS, bare, edited, step, task, template


def model(*names: str) -> TaskTemplate:
    return TaskTemplate.model_validate(bare(edited(*(EDITS[name] for name in sorted(names)))))


def of_edit(*edits: Any) -> list[Change]:
    return list(compare(model(), TaskTemplate.model_validate(bare(edited(*edits)))))


MODELS: Mapping[str, type[BaseModel]] = {
    "tasks": TaskDefinition,
    "steps": StepDefinition,
    "links": LinkDefinition,
    "proof": ProofRequirement,
    "tools": ToolUse,
}
some = st.lists(st.sampled_from(sorted(EDITS)), max_size=5, unique=True)


@given(some, some)
def test_the_changes_turn_one_revision_into_the_other(before: list[str], after: list[str]) -> None:
    old, new = model(*before), model(*after)
    patched = as_mapping(old)
    moved = []
    for change in compare(old, new):
        if change.kind is ChangeKind.MOVED:
            moved.append((*change.where, change.field))
        else:
            patch(patched, change)
    assert patched == as_mapping(new)
    if [one.ref for one in old.tasks] == [one.ref for one in reversed(new.tasks)]:
        assert moved == [("tasks",)]


def as_mapping(item: Any) -> Any:
    """Return an item with its lists of named items as mappings, so that their order does not count."""
    if isinstance(item, list):
        if not item or not (isinstance(item[0], BaseModel) and is_declared(type(item[0]))):
            return plain(item)
        return {getattr(one, identity_of(type(one)) or ""): as_mapping(one) for one in item} or plain(item)
    if isinstance(item, BaseModel) and is_declared(type(item)):
        identity = identity_of(type(item))
        fields = {
            name: as_mapping(getattr(item, name)) for name in type(item).model_fields if name != identity
        }
        return {name: value for name, value in fields.items() if value not in ([], {}, None)}
    return plain(item)


def plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_unset=True)
    if isinstance(value, dict):  # a null drops what a wider level says
        return {name: one for name, one in value.items() if one is not None}
    return [plain(one) for one in value] if isinstance(value, list) else value


def patch(data: dict[str, Any], change: Change) -> None:
    """Do to the data what the change says, and nothing else."""
    found = data
    *way, last = change.where or (None,)
    for part in way:
        found = found[part.field][part.ref]
    if last is None or change.kind is ChangeKind.CHANGED:
        found = found if last is None else found[last.field][last.ref]
        if change.name is None:
            found[change.field] = change.after
        else:
            found[change.field] = plain({**(found.get(change.field) or {}), change.name: change.after})
        if found[change.field] in ([], {}, None):
            del found[change.field]
        return
    items = found.setdefault(last.field, {})
    if change.kind is ChangeKind.RENAMED:
        items[last.ref] = items.pop(change.before)
    elif change.kind is ChangeKind.REMOVED:
        del items[last.ref]
    else:
        items[last.ref] = added(change, last.field)
    if not items:
        del found[last.field]


def added(change: Change, field: str) -> Any:
    """Return the item that an addition wrote, read as the format reads it."""
    model_of = {"tasks": "TaskDefinition", "steps": "StepDefinition", "links": "LinkDefinition"}
    from engine.catalog import models

    names = {**model_of, "proof": "ProofRequirement", "tools": "ToolUse"}
    return as_mapping(getattr(models, names[field]).model_validate(change.after))


def test_a_revision_compared_with_itself_has_no_changes():
    assert of_edit() == []


def test_a_ref_is_a_rename_where_the_title_says_that_it_is_the_same():
    [change] = of_edit(step(1, ref="text"))
    assert (change.kind, change.before, change.after) == (ChangeKind.RENAMED, "write", "text")
    assert change.where == (Part("tasks", "draft"), Part("steps", "text"))


def test_a_ref_with_another_title_is_one_that_went_and_one_that_came():
    assert [one.kind for one in of_edit(step(1, ref="text", title="Dictate it"))] == [
        ChangeKind.ADDED, ChangeKind.REMOVED,
    ]  # fmt: skip


def test_two_of_one_title_are_no_rename_since_nobody_knows_which_it_was():
    twice = [{"ref": "a", "title": "Check"}, {"ref": "b", "title": "Check"}]
    old = TaskTemplate.model_validate(bare(edited(task("draft", steps=twice))))
    new = TaskTemplate.model_validate(bare(edited(task("draft", steps=[{"ref": "c", "title": "Check"}]))))
    kinds = [one.kind for one in compare(old, new) if one.where[-1].field == "steps"]
    assert ChangeKind.RENAMED not in kinds
    assert kinds.count(ChangeKind.REMOVED) == 2


def test_a_proof_of_another_label_is_another_proof():
    proof = [{"kind": "url", "label": "Address of the article"}]
    assert [one.kind for one in of_edit(task("publish", proof=proof))] == [
        ChangeKind.ADDED,
        ChangeKind.REMOVED,
    ]


def test_items_of_one_name_are_compared_as_a_whole():
    twice = [{"name": "Guide", "url": "https://a.example"}, {"name": "Guide", "url": "https://b.example"}]
    [change] = of_edit(template(references=twice))
    assert (change.kind, change.field, change.after) == (ChangeKind.CHANGED, "references", twice)


@pytest.mark.parametrize("item", [Override, Calendar, ProcessDoc, WorkspaceReminders])
def test_every_item_with_a_file_of_its_own_can_be_compared(item: type[BaseModel]):
    assert declarations(item).keys() == item.model_fields.keys()


def test_an_override_is_compared_with_what_it_did_not_say():
    old = Override.model_validate({"overrides": "blog_post", "partner": "acme"})
    new = Override.model_validate(
        {
            "overrides": "blog_post",
            "partner": "acme",
            "tools": {"frase": False},
            "tasks": [{"ref": "draft", "offset_days": 1, "proof": [{"kind": "url", "label": "Page"}]}],
        }
    )
    assert [(one.kind.value, one.field, [part.ref for part in one.where]) for one in compare(old, new)] == [
        ("changed", "tools", []),
        ("added", None, ["draft"]),
    ]


def test_a_field_that_joins_the_format_joins_the_comparison():
    class Later(TaskTemplate):
        colour: Annotated[str, SETTINGS] = ""

    old = Later.model_validate(bare(edited()))
    [change] = compare(old, old.model_copy(update={"colour": "red"}))
    assert (change.field, change.before, change.after) == ("colour", "", "red")
