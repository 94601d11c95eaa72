# ruff: noqa: E501 - the tables are read row by row
"""What was done in a bundle becomes a scenario that passes, in which nobody and nothing real is named."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

import pytest

from engine.app import Workbench
from engine.bundles.models import Bundle
from engine.catalog.catalog import Catalog
from engine.catalog.content import Content, build_content
from engine.catalog.loader import load_file
from engine.catalog.yaml_reader import read_yaml
from engine.clock import FixedClock
from engine.config import Settings
from engine.errors import ConflictError
from engine.scenarios import files, recording, running, writing
from engine.scenarios.anonymous import Words, parameters_of
from engine.scenarios.checking import subjects_of
from engine.scenarios.files import Script
from engine.scenarios.recording import Recorded
from engine.scenarios.stage import Stage, Stages
from tests.conftest import ROOT
from tests.engine.scenarios.conftest import TEMPLATE, scenario
from tests.engine.scenarios.test_shipped import PATHS
from web.demo import story


@contextmanager
def lived(script: Script, number: int, content: Content) -> Iterator[Stage]:
    """Give the stage of a scenario after it was played: the store of a bundle in which all that has happened."""
    one = script.item.scenarios[number]
    with (
        Stages(content, Settings()) as stages,
        stages.set_for(one, script.key, *subjects_of(script.place, one)) as on,
    ):
        assert running.play_on(script, on, ("scenarios", number)).failures == ()
        yield on


def recorded_on(stage: Stage) -> Recorded:
    with stage.looking() as tx:
        return recording.record(tx, stage.bundle_id)


def failures(recorded: Recorded, content: Content) -> list[str]:
    """Play what was recorded; say what went otherwise."""
    script = recording.script_of(recorded, content)
    played = running.play_all([script], content, Settings())
    return [*map(str, script.problems), *(str(found) for one in played for found in one.failures)]


@pytest.mark.wide
@pytest.mark.few(1)
@pytest.mark.parametrize("path", PATHS)
def test_each_bundle_of_the_shipped_scenarios_is_recorded_and_passes(path: str, shipped_catalog: Catalog):
    content = shipped_catalog.content()
    script = files.read_one(path, (ROOT / path).read_bytes(), content)
    for number, one in enumerate(script.item.scenarios):
        with lived(script, number, content) as stage:
            recorded = recorded_on(stage)
        assert failures(recorded, content) == [], one.name
        again = recording.script_of(recorded, content)
        assert {name.rpartition("_")[0] for name in again.item.scenarios[0].actors} <= ROLES


#: What people may be called in a recording.
ROLES = {
    "manager", "member", "partner", "admin", "seo_specialist", "writer", "editor", "link_builder", "operator",
    "producer", "host",
}  # fmt: skip

#: What happened -> what the recording says of it, in its order.
LIVES = {
    "work that stops and goes on": (
        """\
        - {claim: write, by: ana}
        - {start: write}
        - {wait: write, waiting_for: Frau Schmidt, follow_up_at: anchor - 2 10:00, comment: Called her at noon.}
        - {after: 1 day, resume: write}
        - {block: write, reason: Frau Schmidt is ill}
        - {resume: write}
        - {help: write, question: What would Frau Schmidt say?}
        - {answer: write, by: mara, body: Nothing.}
        - {resume: write}
        - {defer: write, until: anchor, reason: Holidays}
        - {resume: write}
        - {start: write}
        - {put-back: write, reason: Not now}
        """,
        ["claim", "start", "wait", "resume", "block", "resume", "help", "answer", "resume", "defer", "resume",
         "start", "put-back"],
    ),
    "steps and proof": (
        """\
        - {claim: write, by: ana}
        - {step: write.notes}
        - {step: write.notes, undo: true}
        - {step: write.words, not_applicable: Frau Schmidt wrote them}
        - {add-step: write, title: Ask Frau Schmidt, required: true}
        - {step: write.added_1}
        - {proof: publish.Recap, by: mara, value: "https://schmidt.example/recap"}
        """,
        ["claim", "step", "step", "step", "add-step", "step", "proof"],
    ),
    "versions, decisions and a request that is taken back": (
        """\
        - {claim: write, by: ana}
        - {step: write.notes}
        - {step: write.words}
        - {deliverable: write.text, url: "https://schmidt.example/1"}
        - {submit: write}
        - {withdraw: write, reason: A typo}
        - {deliverable: write.text, file: schmidt.txt}
        - {submit: write}
        - {decide: write, by: mara, outcome: approved_pending_changes, feedback: Frau Schmidt first}
        - {resubmit: write.text, url: "https://schmidt.example/2"}
        - {complete: write}
        """,
        ["claim", "step", "step", "deliverable", "submit", "withdraw", "deliverable", "submit", "decide",
         "resubmit", "complete"],
    ),
    "what nobody had planned to hand over": (
        """\
        - {add-deliverable: write.schmidt_photo, by: mara, type: photo, description: Frau Schmidt smiles}
        - {deliverable: write.schmidt_photo, by: mara, url: "https://schmidt.example/photo", visible_in_portal: true}
        """,
        ["add-deliverable", "deliverable"],
    ),
    "people and dates": (
        """\
        - {assign: write, by: mara, assignee: ana}
        - {assign: write, by: mara, assignee: ""}
        - {update: write, by: mara, due_date: anchor + 2, priority: high, title: About Frau Schmidt}
        - {update: publish, by: mara, depends_on: [], reason: Frau Schmidt wrote it}
        - {bundle reanchor: anchor + 7, by: mara}
        - {bundle update: The fair of Frau Schmidt, by: mara}
        - {bundle stage: announced, by: mara}
        - {bundle stage: schmidt, by: mara}
        - {bundle link: Recap, by: mara, url: "https://schmidt.example"}
        """,
        ["assign", "assign", "update", "update", "bundle reanchor", "bundle update", "bundle stage",
         "bundle stage", "bundle link"],
    ),
    "more tasks, and those that are done again": (
        """\
        - {bundle add-task: , by: mara, line: Call Frau Schmidt, due_date: anchor, as: call}
        - {complete: call, by: mara}
        - {bundle add-task: , by: mara, ref: publish, as: second}
        - {rework: call, by: mara, reason: She did not answer, as: again}
        - {clone: write, by: mara, as: copy}
        - {cancel: copy, by: mara, reason: One is enough}
        """,
        ["bundle add-task", "complete", "bundle add-task", "rework", "clone", "cancel"],
    ),
    "what is taken back": (
        """\
        - {claim: write, by: ana}
        - {act undo: last, by: ana}
        - {skip: publish, by: mara, reason: nobody came}
        - {after: 1 hour, correct: publish, by: mara, reason: Frau Schmidt came}
        """,
        ["claim", "act undo", "skip", "correct"],
    ),
    "a run that is called off": (
        "- {bundle cancel: , by: mara, reason: Frau Schmidt withdrew}",
        ["bundle cancel"],
    ),
    "remarks, of which nothing depends": (
        "- {note: write, by: mara, body: Frau Schmidt is kind.}\n- {watch: write, by: mara}",
        [],
    ),
}  # fmt: skip


@pytest.mark.few(3)
@pytest.mark.parametrize("name", LIVES)
def test_a_life_is_recorded_step_by_step_passes_and_names_nobody(
    name: str, content: Content, read: Callable[[str], Script]
):
    steps, verbs = LIVES[name]
    text = scenario(steps).replace(
        "    actors:", "    parameters: {event: The fair of Frau Schmidt}\n    actors:"
    )
    script = read(text)
    assert script.problems == ()
    with lived(script, 0, content) as stage:
        recorded = recorded_on(stage)
    again = recording.script_of(recorded, content)
    assert [step.verb for step in again.item.scenarios[0].steps if step.verb] == verbs
    assert failures(recorded, content) == []
    assert re.findall(r"(?i)schmidt|\bmara\b|\bana\b", recorded.text) == []


def test_what_it_says_in_the_end_is_how_the_bundle_stands(content: Content, read: Callable[[str], Script]):
    script = read(scenario("- {finish: write, by: ana}\n- {decide: write, by: mara, outcome: approved}"))
    with lived(script, 0, content) as stage:
        recorded = recorded_on(stage)
    assert recorded.text.endswith(
        """\
      - expect:
          bundle: {status: active, stage: preparation}
          tasks:
            write: {status: completed, due_date: anchor + 1}
            publish: {status: pending, due_date: anchor + 3}
          not_made: [cut]
          links: {Recap: empty}
"""
    )
    otherwise = recorded.text.replace("status: completed, due", "status: skipped, due")
    failed = running.play_all([read(otherwise)], content, Settings())
    assert ["write: status: expected skipped, found completed." in str(one.failures) for one in failed] == [
        True
    ]


def test_what_was_left_out_is_told(content: Content, read: Callable[[str], Script]):
    with lived(read(scenario("- {note: write, by: mara, body: Well}")), 0, content) as stage:
        assert recorded_on(stage).left_out == ("Left out: remarks (1).",)


@pytest.mark.wide  # a bundle after the other, with all that was done in it
def test_every_bundle_of_the_demo_is_recorded_and_passes(workbench: Workbench, clock: FixedClock):
    story.tell(workbench)
    content, system = workbench.content(), workbench.system_actor()
    with workbench.reading(system) as tx:
        found = [recording.record(tx, bundle.bundle_id) for bundle in tx.find(Bundle)]
    assert len(found) > 5
    for recorded in found:
        assert failures(recorded, content) == [], recorded.key
        assert (
            re.findall(
                r"(?i)\b(mara|sam|ana|ben|chloe|ravi|pia)\b|example\.org|files\.example", recorded.text
            )
            == []
        )


#: Schema of a parameter -> its real value -> what stands for it.
PARAMETERS = [
    ({"type": "string"}, "Frau Schmidt", "name"),
    ({"type": "string", "minLength": 10}, "Frau Schmidt", "namexxxxxx"),
    ({"type": "string", "maxLength": 2}, "Jo", "na"),
    ({"type": "string", "format": "uri"}, "https://schmidt.example", "https://example.com/name"),
    ({"type": "string", "format": "email"}, "frau@schmidt.example", "name@example.com"),
    ({"type": "string", "format": "date"}, "2027-03-04", {"day": "anchor + 3"}),
    ({"type": "string", "enum": ["a", "b"]}, "b", "b"),
    ({"type": "boolean"}, True, True),
    ({"type": "integer"}, 3, 3),
    ({"type": "string", "pattern": "^S[0-9]$", "examples": ["S1"]}, "S7", "S1"),
    ({"type": "array", "items": {"type": "string"}}, ["Jo", "Al"], ["name", "name"]),
]


def parameter(content: Content, spec: dict, value: object) -> object:
    resolved = content.resolve("recap")
    schema = {"type": "object", "required": ["name"], "properties": {"name": spec}}
    template = resolved.template.model_copy(update={"parameters": schema})
    words = Words(date(2027, 3, 1), "UTC")
    return parameters_of(replace(resolved, template=template), {"name": value}, words)["name"]


@pytest.mark.parametrize(("spec", "value", "expected"), PARAMETERS)
def test_a_made_up_value_fits_where_the_real_one_did(
    content: Content, spec: dict, value: object, expected: object
):
    assert parameter(content, spec, value) == expected


def test_where_nothing_made_up_fits_nothing_is_recorded(content: Content):
    with pytest.raises(ConflictError, match="The parameter name takes only texts of a form"):
        parameter(content, {"type": "string", "pattern": "^S[0-9]{9}$"}, "S123456789")


def test_the_text_is_read_as_what_it_was_written_of():
    texts = [
        "a",
        "yes",
        "true",
        "null",
        "12",
        "a: b",
        "a, b",
        "{x}",
        "Ü",
        "anchor - 3 09:00",
        "2027-03-01",
        "",
        "- a",
        "a #b",
    ]
    data = {
        "name": texts,
        "steps": [{"start": "a.b", "by": None, "meta": {"n": 1, "deep": {"t": text}}} for text in texts],
    }
    document = read_yaml(writing.text_of("content/task_templates/a.scenario.yaml", data).encode(), "a")
    assert document.problems == []
    assert document.data == {"scenarios": [data]}


@pytest.mark.parametrize("verdict", ["approve", "reject"])
def test_what_a_person_says_of_an_automated_run_is_recorded(
    verdict: str, content: Content, read: Callable[[str], Script]
):
    automated = (
        "    title: Cut the film\n    execution: {mode: manual_trigger, requires_human_review: true}\n"
    )
    loaded = load_file(
        "content/task_templates/recap.yaml", TEMPLATE.replace("    title: Cut the film\n", automated).encode()
    )
    assert loaded.problems == ()
    other = build_content(
        content.revision, {**content.files, "content/task_templates/recap.yaml": loaded}, content.source, ()
    )
    why = ", reason: Frau Schmidt cuts it" if verdict == "reject" else ""
    # Whoever started the bundle made the task, and does not judge it.
    text = scenario(f"- {{review: cut, by: max, verdict: {verdict}{why}}}")
    script = read(
        text.replace(
            "    actors:",
            "    parameters: {filmed: true}\n    started_by: mara\n    actors:\n      max: {role: manager}",
        )
    )
    with lived(script, 0, other) as stage:
        recorded = recorded_on(stage)
    again = recording.script_of(recorded, other)
    assert [(step.verb, step.given["verdict"]) for step in again.item.scenarios[0].steps[:-1]] == [
        ("review", verdict)
    ]
    assert failures(recorded, other) == []
