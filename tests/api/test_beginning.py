"""What is read before work begins: the guidance of a task, and what starting a template would make."""

from __future__ import annotations

import json
from urllib.parse import quote, urlencode

import jsonschema
import pytest

from engine.audit.models import Event
from engine.bundles.models import Bundle
from engine.tasks.models import Task
from tests.api.elsewhere import MARK, ids_in, twin_of
from tests.api.reading import *  # noqa: F403 - fixtures
from tests.factories import do
from web.api.resources import RESOURCES

EPISODE = {
    "template": "indexing_check",
    "anchor_date": "2026-12-04",
    "parameters": {"page_url": "https://a.example"},
}


def preview_of(key: str, **asked: object) -> str:
    given = {name: json.dumps(one) if isinstance(one, dict) else one for name, one in asked.items()}
    return f"/previews/{quote(key)}?{urlencode(given)}"


# -- guidance ------------------------------------------------------------------------------


@pytest.fixture
def check(everybody, populated) -> str:
    """A task that has an instruction and steps, in a bundle that Mara started."""
    bundle = do(populated, everybody["mara"], "bundle create", **EPISODE).bundle
    with populated.reading(everybody["mara"]) as tx:
        return tx.find(Task, bundle_id=bundle.bundle_id)[0].task_id


def test_guidance_says_how_a_task_is_done_and_all_that_is_missing(asking, everybody, populated, check):
    ask = asking(everybody["mara"])
    found = ask(f"/guidance/{check}").json
    jsonschema.validate(found, RESOURCES["guidance"].schema)
    assert found["instruction"]["part"] == "Inspect the address"
    assert found["instruction"]["text"].startswith("Open the property that holds the page")
    assert [(one["area"], one["code"]) for one in found["in_the_way"]] == [("steps", "OPEN_STEP")] * 2
    assert found["can_do"][0] == "start"
    assert found["next"] == "Start"
    for step in ("inspect", "record"):
        do(populated, everybody["mara"], "task step", task_id=check, ref=step)
    assert ask(f"/guidance/{check}").json["in_the_way"] == []


def test_guidance_stays_as_the_bundle_pinned_it_and_a_task_alone_has_what_is_live(
    asking, everybody, subjects
):
    ask = asking(everybody["ana"])
    alone = ask(f"/guidance/{subjects.pending}").json
    jsonschema.validate(alone, RESOURCES["guidance"].schema)
    assert (alone["links"], alone["instruction"]["text"]) == ([], None)
    pinned = ask(f"/guidance/{subjects.task}").json
    jsonschema.validate(pinned, RESOURCES["guidance"].schema)
    assert pinned["instruction"]["text"]
    assert {one["area"] for one in pinned["in_the_way"]} >= {"proof", "deliverables", "steps"}


def test_guidance_names_what_comes_before_only_where_it_is_seen(asking, everybody, subjects):
    of_ana = asking(everybody["ana"])(f"/guidance/{subjects.lost}").json
    of_mara = asking(everybody["mara"])(f"/guidance/{subjects.lost}").json
    assert len(of_ana["comes_after"]) <= len(of_mara["comes_after"])


@pytest.mark.parametrize(("who", "status"), [("operator", 200), ("sam", 200), ("pat", 404)])
def test_guidance_is_for_whoever_sees_the_task(asking, everybody, subjects, who: str, status: int):
    assert asking(everybody[who])(f"/guidance/{subjects.pending}").status_code == status


def test_guidance_of_a_task_that_is_hidden_or_elsewhere_is_not_there(asking, everybody, populated, check):
    twin_of(populated)
    for who, name in (("ana", check), ("mara", f"{check}{MARK}"), ("mara", "nothing")):
        answer = asking(everybody[who])(f"/guidance/{name}")
        assert (answer.status_code, answer.json["error"]["code"]) == (404, "NOT_FOUND"), (who, name)


# -- previews ------------------------------------------------------------------------------


def test_a_preview_is_what_the_start_then_makes_and_stores_nothing(asking, everybody, populated):
    mara = everybody["mara"]

    def kept() -> tuple[int, int]:
        with populated.reading(mara) as tx:
            return tx.count(Bundle), tx.count(Event)

    before = kept()
    given = {name: value for name, value in EPISODE.items() if name != "template"}
    planned = asking(mara)(preview_of("indexing_check", **given, title="Once")).json
    jsonschema.validate(planned, RESOURCES["previews"].schema)
    assert kept() == before
    bundle = do(populated, mara, "bundle create", **EPISODE, title="Once").bundle
    made = asking(mara)(f"/bundles/{bundle.bundle_id}").json
    assert (planned["title"], planned["parameters"]) == (made["title"], made["parameters"])
    names = ("title", "due_date", "deadline", "assignee_role")
    assert [[one[name] for name in names] for one in planned["tasks"]] == [
        [one[name] for name in names] for one in made["tasks"]
    ]


def test_a_preview_of_the_days_off_says_what_to_look_at(asking, everybody):
    planned = asking(everybody["mara"])(
        preview_of("blog_post", anchor_date="2020-01-01", parameters={"topic": "Tents"})
    )
    assert any(task["warnings"] for task in planned.json["tasks"])


@pytest.mark.parametrize(
    ("key", "asked", "status", "field"),
    [
        ("indexing_check", {}, 400, "anchor_date"),
        ("indexing_check", {"anchor_date": "soon"}, 400, "anchor_date"),
        ("indexing_check", {"anchor_date": "2026-12-04", "parameters": "{"}, 400, "parameters"),
        ("indexing_check", {"anchor_date": "2026-12-04", "parameters": "[1]"}, 400, "parameters"),
        *(
            ("indexing_check", {"anchor_date": "2026-12-04", "parameters": text}, 400, "parameters")
            for text in ('{"page_url": NaN}', '{"page_url": [-Infinity]}', '{"page_url": 1e999}')
        ),
        ("indexing_check", {"anchor_date": "2026-12-04", "parameters": "[" * 100_000}, 400, "parameters"),
        ("indexing_check", {"anchor_date": "2026-12-04", "partner": "nobody"}, 400, "partner"),
        ("indexing_check", {"anchor_date": "2026-12-04", "colour": "red"}, 400, "colour"),
        ("blog_post", {"anchor_date": "2026-12-04"}, 400, "topic"),
        ("no_such", {"anchor_date": "2026-12-04"}, 404, None),
    ],
)
def test_what_could_not_be_started_is_refused_as_the_start_refuses_it(
    asking, everybody, key: str, asked: dict[str, str], status: int, field: str | None
):
    answer = asking(everybody["mara"])(preview_of(key, **asked))
    assert answer.status_code == status, answer.text
    assert field is None or [one["field"] for one in answer.json["error"]["details"]] == [field]


def test_a_preview_is_for_who_may_start_and_names_nobody_of_elsewhere(asking, everybody, populated):
    twin_of(populated)
    place = preview_of("blog_post", anchor_date="2026-12-04", parameters={"topic": "Tents"})
    answers = {who: asking(everybody[who])(place) for who in ("mara", "ana", "pat")}
    assert {who: answer.status_code for who, answer in answers.items()} == {
        "mara": 200,
        "ana": 200,
        "pat": 404,
    }
    assert not [one for one in ids_in(answers["mara"].text) if one.endswith(MARK)]
