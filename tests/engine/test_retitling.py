"""A running bundle gets another title; what it was pinned for stays."""

from __future__ import annotations

import pytest

from engine.audit.models import Action, Event
from engine.bundles.models import Bundle
from engine.errors import BadRequestError, ConflictError, ForbiddenError, StaleWriteError, UnknownFieldError
from engine.tasks.models import Task
from tests.factories import do, make_bundle, make_people


@pytest.fixture
def people(workbench):
    return make_people(workbench)


@pytest.fixture
def bundle(workbench, people):
    return make_bundle(workbench, "newsletter", actor=people["mara"])


def stored(workbench, bundle) -> dict:
    with workbench.reading(workbench.system_actor()) as tx:
        return tx.get(Bundle, bundle.bundle_id).model_dump(mode="json")


def retitle(workbench, actor, bundle, title: str, **fields):
    return do(workbench, actor, "bundle update", bundle_id=bundle.bundle_id, title=title, **fields)


def test_a_bundle_gets_another_title_and_nothing_else_changes(workbench, people, bundle):
    before = stored(workbench, bundle)
    retitle(workbench, people["mara"], bundle, " Spring letter ")
    after = stored(workbench, bundle)
    assert {name for name in after if after[name] != before[name]} == {"title", "revision"}
    assert after["title"] == "Spring letter"
    with workbench.reading(workbench.system_actor()) as tx:
        event = tx.find(Event, bundle_id=bundle.bundle_id, order_by=("-seq",))[0]
    assert (event.action, event.before, event.after) == (
        Action.BUNDLE_UPDATED,
        {"title": before["title"]},
        {"title": "Spring letter"},
    )


def test_the_title_that_it_has_is_no_change(workbench, people, bundle):
    before = stored(workbench, bundle)
    retitle(workbench, people["mara"], bundle, bundle.title)
    assert stored(workbench, bundle) == before


def test_what_cannot_be_is_refused_and_changes_nothing(workbench, people, bundle):
    before = stored(workbench, bundle)
    mara = people["mara"]
    with pytest.raises(BadRequestError, match="must not be empty"):
        retitle(workbench, mara, bundle, " ")
    with pytest.raises(UnknownFieldError, match="campaign"):
        retitle(workbench, mara, bundle, "New", campaign="acme_spring")
    with pytest.raises(StaleWriteError):
        retitle(workbench, mara, bundle, "New", revision=before["revision"] + 1)
    with workbench.transaction(mara) as tx:
        first = tx.find(Task, bundle_id=bundle.bundle_id)[0]
    do(workbench, mara, "task assign", task_id=first.task_id, assignee="ana")
    with pytest.raises(ForbiddenError, match="but not change its title"):
        retitle(workbench, people["ana"], bundle, "Mine")
    assert stored(workbench, bundle) == before


def test_a_closed_bundle_keeps_its_title(workbench, people, bundle):
    do(workbench, people["mara"], "bundle cancel", bundle_id=bundle.bundle_id)
    with pytest.raises(ConflictError, match="change its title"):
        retitle(workbench, people["mara"], bundle, "Too late")
