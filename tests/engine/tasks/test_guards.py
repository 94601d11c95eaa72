"""What keeps a task from completion is told in words and in facts that a program can act on (STA-07)."""

from __future__ import annotations

import pytest

from engine.errors import Violation
from engine.tasks import guards, lookup
from engine.tasks.models import Proof, ProofKind, Step, TaskStatus
from tests.engine.conftest import NOW, Bench


def found(bench: Bench, task_id: str, *others: str) -> list[dict]:
    with bench.reading() as tx:
        facts = guards.CompletionFacts(
            proofs=tx.find(Proof, task_id=task_id),
            steps=tx.find(Step, task_id=task_id),
            dependencies=[lookup.find(tx, other) for other in others],
        )
        return [violation.as_detail() for violation in guards.violations(facts)]


def test_missing_proof_says_which_proof_of_which_kind_to_add(bench: Bench):
    task_id = bench.make()
    bench.parts(task_id, {"label": "Invoice"}, {"label": "Photo", "required": False})
    [detail] = found(bench, task_id)
    with bench.reading() as tx:
        [owed, _] = tx.find(Proof, task_id=task_id, order_by=("position",))
    assert detail == {
        "code": "MISSING_PROOF",
        "message": "The proof “Invoice” (url) is missing: add it.",
        "area": "proof",
        "subject": "Invoice",
        "label": "Invoice",
        "kind": "url",
        "task_proof_id": owed.task_proof_id,
    }


def test_missing_proof_says_its_kind_in_words(bench: Bench):
    task_id = bench.make()
    bench.parts(task_id, {"label": "Sent", "kind": ProofKind.EXTERNAL_STATUS})
    assert [item["message"] for item in found(bench, task_id)] == [
        "The proof “Sent” (external status) is missing: add it."
    ]


def test_given_proof_and_ticked_steps_keep_nothing_from_completion(bench: Bench):
    task_id = bench.make()
    bench.parts(task_id, {"label": "Invoice", "given_at": NOW, "value": "https://example.com/i"})
    bench.parts(task_id, {"ref": "print", "is_completed": True}, {"ref": "fold", "required": False})
    assert found(bench, task_id) == []


def test_an_open_step_says_which_step_to_tick(bench: Bench):
    task_id = bench.make()
    bench.parts(task_id, {"ref": "print"})
    with bench.reading() as tx:
        [step] = tx.find(Step, task_id=task_id)
    assert found(bench, task_id) == [
        {
            "code": "OPEN_STEP",
            "message": "The step “Print” is open: do it and tick it.",
            "area": "steps",
            "subject": "print",
            "ref": "print",
            "title": "Print",
            "task_step_id": step.task_step_id,
        }
    ]


@pytest.mark.parametrize(
    ("status", "way_on"),
    [
        ("pending", "complete or skip that first"),
        ("failed", "complete or skip that first"),
        ("cancelled", "it will not happen, so take it out under “Comes after”, or skip or cancel this task"),
    ],
)
def test_a_task_that_has_to_come_first_is_named_with_the_way_on(bench: Bench, status: str, way_on: str):
    other, task_id = bench.make(title="Print"), bench.make()
    bench.change(other, status=TaskStatus(status), closed_at=NOW if status == "cancelled" else None)
    first = bench.task(other)
    assert found(bench, task_id, other) == [
        {
            "code": "DEPENDENCY_UNMET",
            "message": f"It comes after {first.name}, which is {TaskStatus(status).said}: {way_on}.",
            "area": "dependencies",
            "subject": other,
            "task_number": first.task_number,
            "title": "Print",
            "status": status,
        }
    ]


def test_a_guard_of_a_later_area_gets_the_records_of_its_own_kind():
    facts = guards.CompletionFacts(others={Proof: ["of proof"]})
    assert (facts.of_kind(Proof), facts.of_kind(Step)) == (["of proof"], ())


def test_what_is_missing_is_told_in_one_order_whoever_found_it():
    codes = [*reversed(guards.CODES), "OF_A_LATER_AREA"]
    given = [
        Violation(code=code, message=".", area="proof", subject="x") for code in ("OF_A_LATER_AREA", *codes)
    ]
    assert [item.code for item in guards.in_order(given)] == [
        *guards.CODES,
        "OF_A_LATER_AREA",
        "OF_A_LATER_AREA",
    ]
