"""What no input can do, whoever calls: every stored text passes one gate, on both databases."""

from __future__ import annotations

import json
from datetime import date

import pytest

from engine import inputs
from engine.accounts.inputs import ChangePassword
from engine.catalog.parameters import parse_texts
from engine.catalog.process_docs import read_process_doc
from engine.catalog.yaml_reader import read_yaml
from engine.errors import BadRequestError, NotFoundError
from engine.record import find_unstorable
from engine.tasks import lifecycle, lookup, notes, steps, update
from engine.tasks.models import Note, Task
from exports.reading import TableFile
from exports.records import tables
from tests.factories import make_bundle, make_task
from tests.told import saved

UNSTORABLE = ["\x00", "\x1b]0;owned\x07", "\x08", "\x0c", "\x7f", "\x9b31m"]
STORABLE = [
    "two\nlines\r\n\tand a tab, three with\x85this",
    "😀",
    "right \u200fto left",
    "日本",
    "\\u0000 written out",
    "NaN",
    "\uffff",
]


def nested(levels: int) -> dict[str, object]:
    document: dict[str, object] = {}
    for _ in range(levels):
        document = {"a": document}
    return document


@pytest.mark.parametrize("text", UNSTORABLE)
def test_control_characters_are_refused_and_named_and_change_nothing(workbench, text):
    task = make_task(workbench)
    with pytest.raises(BadRequestError) as caught, workbench.transaction(workbench.operator()) as tx:
        notes.add(tx, task.task_id, f"before{text}after")
    assert "control character U+00" in caught.value.message
    assert caught.value.details[0]["field"] == "body"
    with workbench.reading(workbench.operator()) as tx:
        assert tx.count(Note) == 0


@pytest.mark.parametrize("text", STORABLE)
def test_other_characters_come_back_as_they_were(either_workbench, text):
    task = make_task(either_workbench, title=f"a {text} b", metadata={text: [text]})
    with either_workbench.reading(either_workbench.operator()) as tx:
        found = tx.get(Task, task.task_id)
        assert (found.title, found.metadata) == (f"a {text} b", {text: [text]})


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), "\ud800", "\x00", {"\x00": 1}, nested(101), nested(400), object()]
)
def test_data_that_could_not_be_read_again_is_refused(workbench, value):
    task = make_task(workbench)
    with pytest.raises(BadRequestError):
        make_task(workbench, metadata={"a": value})
    content = workbench.content()
    with pytest.raises(BadRequestError), workbench.transaction(workbench.operator()) as tx:
        update.update(tx, content, task.task_id, {"metadata": {"a": value}})
    with workbench.reading(workbench.operator()) as tx:
        assert tx.get(Task, task.task_id).metadata == {}


def test_data_of_ninety_levels_is_kept_and_can_be_changed(workbench):
    task = make_task(workbench, metadata=nested(90))
    with workbench.transaction(workbench.operator()) as tx:
        update.update(tx, workbench.content(), task.task_id, {"title": "Another"})
    with workbench.reading(workbench.operator()) as tx:
        kept = tx.get(Task, task.task_id)
    assert (kept.title, kept.metadata) == ("Another", nested(90))


def _find(text: str) -> tuple[str, str] | None:
    return find_unstorable(text.encode(errors="surrogatepass"))


def test_the_gate_sees_what_an_escape_only_looks_like():
    assert _find('{"a":"Ä\u00a0©\u0085 and é"}') is None
    for sign, name in (("\u0084", "U+0084"), ("\u007f", "U+007F"), ("\ud800", "U+D800")):
        fault = f"holds the control character {name}, which cannot be kept"
        assert _find(f'{{"a":"Ä\u00a0{sign} and é"}}') == ("a", fault)
    assert _find(r'{"a":"C:\\users\\bin\\f and \\u0000"}') is None
    assert _find(r'{"a":{"b":["x\u0000"]}}') == (
        "a.b.0",
        "holds the control character U+0000, which cannot be kept",
    )


def test_half_characters_are_refused_wherever_they_are_said(workbench):
    task = make_task(workbench)
    says = [
        lambda tx: steps.add_step(tx, task.task_id, "a\ud800"),
        lambda tx: lifecycle.block(tx, task.task_id, "a\ud800"),
        lambda tx: lookup.find(tx, "tsk_\ud800"),
    ]
    for say in says:
        with pytest.raises(BadRequestError), workbench.transaction(workbench.operator()) as tx:
            say(tx)
    with pytest.raises(BadRequestError):
        make_task(workbench, title="a\ud800")


@pytest.mark.parametrize(
    "text", ["tsk_\x00", "99999999999999999999", "#" + "9" * 5000, "-1", "²", "' OR 1=1 --"]
)
def test_no_task_is_found_by_what_is_no_name(either_workbench, text):
    with (
        either_workbench.reading(either_workbench.operator()) as tx,
        pytest.raises((NotFoundError, BadRequestError)),
    ):
        lookup.find(tx, text)


def test_a_number_beyond_64_bits_never_reaches_a_column(either_workbench):
    task = make_task(either_workbench)

    def change() -> None:
        with either_workbench.transaction(either_workbench.operator()) as tx:
            kept = tx.get(Task, task.task_id)
            kept.task_number = 2**70
            saved(tx, kept)

    with pytest.raises(BadRequestError, match="cannot be kept or looked for"):
        change()


@pytest.mark.parametrize("minutes", [2**63, 10**30, -1])
def test_planned_minutes_stay_in_a_range_that_databases_keep(workbench, minutes):
    with pytest.raises(BadRequestError, match="planned_minutes"):
        make_task(workbench, planned_minutes=minutes)


@pytest.mark.parametrize("verb", ["block", "put_back", "defer", "cancel"])
def test_a_reason_has_a_limit_with_every_verb(workbench, verb):
    task = make_task(workbench)
    reason = "x" * 3000
    verbs = {
        "block": lambda tx: lifecycle.block(tx, task.task_id, reason),
        "put_back": lambda tx: lifecycle.put_back(tx, task.task_id, reason=reason),
        "defer": lambda tx: lifecycle.defer(tx, task.task_id, date(2026, 12, 1), reason=reason),
        "cancel": lambda tx: lifecycle.cancel(tx, task.task_id, reason),
    }
    with workbench.transaction(workbench.operator()) as tx:
        lifecycle.start(tx, task.task_id)
    with (
        pytest.raises(BadRequestError, match="characters"),
        workbench.transaction(workbench.operator()) as tx,
    ):
        verbs[verb](tx)


def test_parameters_with_control_characters_start_nothing(workbench):
    with pytest.raises(BadRequestError, match="control character"):
        make_bundle(workbench, "untyped_work", title="a\x1bb")


@pytest.mark.parametrize("text", ['"\\ud800"', '{"\\udfff": 1}', "1e999", "[" * 100_000, "NaN"])
def test_json_that_no_store_takes_stays_text_for_validation_to_refuse(text):
    assert parse_texts({"properties": {"x": {"type": "object"}}}, {"x": text}) == {"x": text}


def test_content_with_control_characters_is_reported_where_it_stands():
    assert [str(found) for found in read_yaml(b'key: "a\\e[2J"', "x.yaml").problems] != []
    document, item = read_process_doc(b"---\nid: a\ntitle: A\n---\n\nfine\n\x1b[2J\n", "a.md")
    assert item is None
    assert [(found.line, found.code) for found in document.problems] == [(7, "UNREADABLE_FILE")]


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [("task_number", 2**70, "64 bits"), ("revision", 2**63, "64 bits"), ("title", "a\x00b", "U+0000")],
)
def test_an_export_says_what_no_database_would_load(workbench, tmp_path, field, value, rule):
    shape = next(table for table in tables() if table.record_type is Task)
    task = make_task(workbench).model_copy(update={field: value})
    (tmp_path / shape.file_name).write_text(shape.line(task) + "\n")
    (line,) = TableFile(tmp_path, shape).lines()
    assert rule in str(line.violations[0])


@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\u200b", "\ufeff", "\u2060"])
@pytest.mark.parametrize(
    "fields",
    [{"title": "{}gnp.exe"}, {"tags": ["good", "{}good"]}, {"category": "con{}tent"}],
    ids=["title", "tag", "category"],
)
def test_a_name_holds_nothing_that_nobody_sees_and_that_changes_what_is_read(workbench, sign, fields):
    """Two tags would look alike, and `exe.png` be a program (S26)."""
    given = json.loads(json.dumps(fields).replace("{}", json.dumps(sign)[1:-1]))
    with pytest.raises(
        BadRequestError, match=f"holds the invisible character U\\+{ord(sign):04X}; take it out"
    ):
        make_task(workbench, **{"title": "Write", **given})


def test_people_who_write_from_right_to_left_write_as_they_do(workbench):
    title, words = "كتابة \u200fSEO\u200f 👩\u200d💻", "שלום\n\u2067Workbench\u2069 \u200f!"
    task = make_task(workbench, title=title, description=words)
    assert (task.title, task.description) == (title, words)
    with pytest.raises(BadRequestError, match="U\\+202E"):
        make_task(workbench, title="Write", description="several\nlines \u202eesrever")


def test_a_password_may_hold_anything():
    given = {"current": "\u200bold password", "password": "\u202enew password"}
    assert inputs.read(ChangePassword, given).model_dump().items() >= given.items()
