"""The explanation answers for whatever the ledger can hold, in words of people who know no program (D6)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import reminders
from engine.reminders.explain import VERDICTS
from engine.reminders.models import Reminder, ReminderState, ReminderType
from tests.engine.reminders.office import Office
from tests.engine.reminders.test_explain import explained
from tests.told import saved

#: The modules that write what became of a reminder.
WRITERS = ("judging", "ledger", "happenings", "tick", "service")
#: The functions whose answers are reasons.
ANSWERS = {"_pointless", "why_over", "why_closed"}
CODE = re.compile(r"\w_\w|\b(null|suppressed|coalesced|cursor|tick|key)\b", re.IGNORECASE)


def words_of(node: ast.expr | None) -> Iterator[str]:
    """Yield the texts that an expression may give, with … for what is put into them."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in parts)
        case ast.IfExp(body=one, orelse=other):
            yield from (*words_of(one), *words_of(other))


def reasons() -> list[str]:
    """Return every reason that stands in the writers, as ``withhold``, ``.reason`` and answers are given."""
    found = list[str]()
    for name in WRITERS:
        tree = ast.parse((Path(reminders.__file__).parent / f"{name}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Attribute(attr="withhold"), args=[_, reason]):
                    found += words_of(reason)
                case ast.Assign(targets=[ast.Attribute(attr="reason")], value=reason):
                    found += words_of(reason)
                case ast.Assign(targets=[ast.Tuple(elts=[_, ast.Attribute(attr="reason")])]):
                    found += words_of(node.value.elts[1] if isinstance(node.value, ast.Tuple) else None)
                case ast.FunctionDef(name=given) if given in ANSWERS:
                    for one in ast.walk(node):
                        found += words_of(one.value) if isinstance(one, ast.Return) else ()
    return found


@pytest.mark.parametrize("reason", reasons())
def test_a_reason_is_a_sentence_without_words_of_the_program(reason: str):
    assert re.match(r"[A-Z“…]", reason), "it begins as a sentence does"
    assert reason.endswith((".", "…")), "and ends as one"
    assert CODE.search(reason) is None


def test_the_reasons_of_the_ledger_are_found():
    found = reasons()
    assert len(found) >= 18
    for words in ("… has muted it.", "Its proof is there.", "The quiet hours are over.", "… dismissed it."):
        assert words in found


def in_ledger(office: Office, **changed: object) -> tuple[str, Reminder]:
    task_id = office.task(due="2026-12-03")
    office.tick("2026-12-02 08:01")
    with office.bench.writing("tick") as tx:
        [record] = tx.find(Reminder, task_id=task_id)
        for name, value in changed.items():
            setattr(record, name, value)
        saved(tx, record)
    return task_id, record


@pytest.mark.parametrize("state", ReminderState)
def test_every_state_is_explained_with_its_words_whom_it_was_for_and_why(
    office: Office, state: ReminderState
):
    task_id, record = in_ledger(office, state=state)
    [line] = explained(office, task_id).past
    assert (line.verdict, line.reason, line.whom) == (VERDICTS[state], record.reason, "Ana")
    assert CODE.search(f"{line.verdict} {line.text}") is None


@pytest.mark.parametrize("kind", ReminderType)
def test_every_type_is_explained(office: Office, kind: ReminderType):
    task_id, record = in_ledger(office, type=kind)
    [line] = explained(office, task_id).past
    assert (line.type, line.text) == (kind, record.text)
