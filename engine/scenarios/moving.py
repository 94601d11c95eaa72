"""A step of a scenario as what it is: one command with its input, executed for an actor."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import Any

from engine.artifacts.models import Artifact
from engine.asked import Asked, Shape
from engine.catalog.scenarios import Step as ScenarioStep
from engine.catalog.scenarios import read_day, read_moment
from engine.deliverables.models import Approval, Deliverable
from engine.deliverables.rounds import newest
from engine.errors import BadRequestError, WorkbenchError
from engine.inputs import Upload
from engine.scenarios.checking import split
from engine.scenarios.stage import Stage
from engine.scenarios.verbs import FINISH, TASK_FIELDS, Subject, Verb, verbs
from engine.tasks.models import Proof, ProofKind, Step, Task, TaskStatus
from engine.tasks.visibility import is_claimable

#: What is given as evidence, and handed over, where a scenario does not say what.
_ADDRESS = "https://example.com"
_EVIDENCE: dict[ProofKind, Callable[[str], Any]] = {
    ProofKind.URL: lambda _: {"value": f"{_ADDRESS}/proof"},
    ProofKind.COMMENT: lambda label: {"value": f"{label}: it is there."},
    ProofKind.FILE: lambda _: {"value": {"file_name": "proof.pdf", "size_bytes": 1}},
    ProofKind.EXTERNAL_STATUS: lambda _: {"system": "elsewhere", "reference": "1", "status": "done"},
}


def start(stage: Stage) -> None:
    """Start the bundle of the scenario.

    Raises:
        WorkbenchError: it is refused.
    """
    scenario = stage.scenario
    given: dict[str, Any] = {
        "template": stage.resolved.key,
        "anchor_date": scenario.anchor_date,
        "parameters": {name: _day_in(stage, value) for name, value in scenario.parameters.items()},
    }
    given |= {"partner": stage.partner} if stage.partner else {}
    given |= {"campaign": stage.campaign} if stage.campaign else {}
    made = stage.execute(scenario.started_by or stage.manager, "bundle create", given).result
    stage.bundle_id = made.bundle.bundle_id
    stage.name_tasks()


def move(stage: Stage, step: ScenarioStep) -> None:
    """Do what a step says.

    Raises:
        WorkbenchError: it is refused, or what it is about is not there at this moment.
    """
    if step.verb == FINISH:
        for ref in step.subject if isinstance(step.subject, list) else [step.subject]:
            _finish(stage, str(ref), step.by)
        return
    verb = verbs()[str(step.verb)]
    given = {name: _said(stage, verb.fields[name], value) for name, value in step.given.items()}
    who = _by_whom(stage, verb, step)
    _add_subject(stage, verb, step.subject, who, given)
    done = stage.execute(who, verb.command.name, given)
    if step.named:
        made = getattr(done.result, "task", done.result)
        stage.tasks[step.named] = made.task_id


# -- what it is done to ------------------------------------------------------------------------


def _by_whom(stage: Stage, verb: Verb, step: ScenarioStep) -> str:
    if step.by is None and verb.is_of_a_task:
        return _holder(stage, _task_id(stage, split(step.subject)[0]))
    return step.by or stage.manager


def _add_subject(stage: Stage, verb: Verb, subject: Any, who: str, given: dict[str, Any]) -> None:
    """Add what a verb is done to, to what its command is told."""
    field = verb.subject.value
    if verb.is_of_a_task:
        _add_task(stage, verb, subject, given)
    elif verb.subject is Subject.BUNDLE:
        given[field] = stage.bundle_id
        if verb.part and subject is not None:
            given[verb.part] = _said(stage, verb.fields[verb.part], subject)
    elif verb.subject is Subject.CAMPAIGN:
        given[field] = stage.campaign
    else:
        given[field] = stage.acts.get(who, "none") if verb.subject is Subject.ACT else subject


def _add_task(stage: Stage, verb: Verb, subject: Any, given: dict[str, Any]) -> None:
    ref, part = split(subject)
    task_id = _task_id(stage, ref)
    if verb.subject is Subject.DELIVERABLE:
        given["deliverable_id"] = _version(stage, task_id, ref, part).deliverable_id
    elif verb.subject is Subject.APPROVAL:
        given |= _decision(stage, task_id, ref, part)
    else:
        given["task_id"] = task_id
        if verb.part == "artifact_id":
            given["artifact_id"] = _artifact(stage, task_id, part)
        elif verb.part and part is not None:
            given[verb.part] = part


def _task_id(stage: Stage, ref: str) -> str:
    if (found := stage.tasks.get(ref)) is None:
        made = ", ".join(stage.tasks) or "none"
        raise BadRequestError(f"The bundle has no task {ref} at this moment. It has: {made}.")
    return found


def _version(stage: Stage, task_id: str, ref: str, part: str | None) -> Deliverable:
    with stage.looking() as tx:
        rows = newest(tx.find(Deliverable, task_id=task_id))
    found = [row for row in rows if part is None or row.ref == part]
    if len(found) != 1:
        raise BadRequestError(
            f"{ref} hands over {_listed(row.ref for row in rows)}: say which, as {ref}.<name>."
        )
    return found[0]


def _decision(stage: Stage, task_id: str, ref: str, part: str | None) -> dict[str, Any]:
    """Return which decision is meant, and what of the version whoever decides has seen: all that there is."""
    with stage.looking() as tx:
        waiting = tx.find(Approval, task_id=task_id, is_open=True)
        rows = [(one, tx.get(Deliverable, one.deliverable_id)) for one in waiting]
        if not rows:  # whoever decides all the same is refused by the command itself
            last = tx.find(Approval, task_id=task_id, order_by=("requested_at", "task_approval_id"))[-1:]
            rows = [(one, tx.get(Deliverable, one.deliverable_id)) for one in last]
    found = [(one, row) for one, row in rows if part is None or row.ref == part]
    if len(found) != 1:
        asked = _listed(row.ref for _, row in rows)
        raise BadRequestError(f"Of {ref}, a decision is waited for on {asked}: say which, as {ref}.<name>.")
    return {"task_approval_id": found[0][0].task_approval_id, "seen": found[0][1].content_hash}


def _artifact(stage: Stage, task_id: str, label: str | None) -> str:
    with stage.looking() as tx:
        found = [one for one in tx.find(Artifact, task_id=task_id) if one.label == label]
    if not found:
        raise BadRequestError(f"The task has no file {label}.")
    return max(found, key=lambda one: one.version_number).artifact_id


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words) or "nothing"


def _holder(stage: Stage, task_id: str) -> str:
    """Return the actor who has a task.

    Raises:
        BadRequestError: nobody of them has it.
    """
    with stage.looking() as tx:
        task = tx.get(Task, task_id)
    for name, actor in stage.actors.items():
        if actor.employee_id is not None and actor.employee_id == task.assignee_id:
            return name
    raise BadRequestError(f"Nobody has the task {task.name}: say by whom.")


# -- what it is told ---------------------------------------------------------------------------


def _said(stage: Stage, asked: Asked, value: Any) -> Any:
    """Return a value as the command takes it."""
    if asked.name in TASK_FIELDS:
        refs = value if isinstance(value, list) else [value]
        ids = [_task_id(stage, str(ref)) for ref in refs]
        return ids if isinstance(value, list) else ids[0]
    if asked.shape is Shape.FILE:
        return Upload(io.BytesIO(f"{value}\n".encode()), str(value))
    if isinstance(value, str) and asked.shape in (Shape.DAY, Shape.MOMENT):
        return _moment_in(stage, value)
    if asked.shape is Shape.MAPPING and isinstance(value, dict):
        return {name: _day_in(stage, inner) for name, inner in value.items()}
    return value


def _moment_in(stage: Stage, text: str) -> str:
    try:
        if ":" in text:
            return read_moment(text, stage.anchor, stage.zone).isoformat()
        return read_day(text, stage.anchor).isoformat()
    except ValueError:  # whatever else it is, the command says what it takes
        return text


def _day_in(stage: Stage, value: Any) -> Any:
    """Return a value of a mapping: {day: anchor + 3} is a day."""
    if isinstance(value, dict) and value.keys() == {"day"}:
        return _moment_in(stage, str(value["day"]))
    return value


# -- finishing ---------------------------------------------------------------------------------


def _finish(stage: Stage, ref: str, by: str | None) -> None:
    """Do everything that a task owes, and complete it, or ask for the approval that it needs first."""
    task_id = _task_id(stage, ref)
    who = by or _holder(stage, task_id)
    with stage.workbench.reading(stage.refreshed(who)) as tx:
        task = tx.get(Task, task_id)
        is_free = is_claimable(tx, task) and task.assignee_id is None
    if is_free:
        stage.execute(who, "task claim", {"task_id": task_id})
    if task.status is not TaskStatus.IN_PROGRESS:
        stage.execute(who, "task start", {"task_id": task_id})
    with stage.looking() as tx:
        ticked = [step for step in tx.find(Step, task_id=task_id, order_by=("position",)) if step.is_open]
        owed = [proof for proof in tx.find(Proof, task_id=task_id) if proof.is_missing]
        rows = [row for row in newest(tx.find(Deliverable, task_id=task_id)) if row.is_missing]
    for step in ticked:
        stage.execute(who, "task step", {"task_id": task_id, "ref": step.ref})
    for proof in owed:
        evidence = _EVIDENCE.get(proof.kind)
        if evidence is not None:
            given = {"task_id": task_id, "label": proof.label, **evidence(proof.label)}
            stage.execute(who, "task proof", given)
    for row in rows:
        url = f"{_ADDRESS}/{row.ref}/{row.version_number}"
        stage.execute(who, "task deliverable", {"task_id": task_id, "ref": row.ref, "url": url})
    _hand_in(stage, who, task_id)


def _hand_in(stage: Stage, who: str, task_id: str) -> None:
    try:
        stage.execute(who, "task complete", {"task_id": task_id})
    except WorkbenchError as error:
        codes = {detail.get("code") for detail in error.details}
        if codes != {"APPROVAL_MISSING"}:
            raise
        stage.execute(who, "task submit", {"task_id": task_id})
