"""What is wrong with a scenario file that fits its shape: words that mean nothing to its template."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from engine.asked import Shape
from engine.catalog.calendars import zone_named
from engine.catalog.content import Content
from engine.catalog.findings import Finding, duplicates
from engine.catalog.layout import Place
from engine.catalog.problems import ProblemCode
from engine.catalog.resolved import ResolvedTemplate
from engine.catalog.scenarios import Expectation, Reminded, Scenario, ScenarioFile, Step, read_moment
from engine.catalog.yaml_reader import Path
from engine.entities import RECORD_TYPES
from engine.errors import WorkbenchError
from engine.reminders.models import ReminderType
from engine.scenarios.verbs import FINISH, LAST, TASK_FIELDS, Subject, Verb, verbs
from engine.tasks.states import TaskStatus

#: Table -> what an export says of its rows.
TABLES = {
    kind.spec.table: frozenset(kind.model_fields) - kind.spec.secret
    for kind in RECORD_TYPES
    if kind.spec.exported
}


def findings(place: Place, item: ScenarioFile, content: Content) -> Iterator[Finding]:
    """Yield what is wrong with the scenarios of a file, with the content that it stands beside."""
    yield from duplicates(("scenarios",), "name", [scenario.name for scenario in item.scenarios])
    if place.name not in content.templates:
        message = f"There is no usable template {place.name}."
        yield Finding(ProblemCode.SCENARIO_OF_NOTHING, ("scenarios",), message, "Name the file after one.")
        return
    if place.level != "global" and (place.name, place.level, place.scope_key) not in content.overrides:
        message = f"There is no override of {place.name} for the {place.level} {place.scope_key}."
        yield Finding(ProblemCode.SCENARIO_OF_NOTHING, ("scenarios",), message, "Put it beside one.")
        return
    for number, scenario in enumerate(item.scenarios):
        path = ("scenarios", number)
        partner, campaign = subjects_of(place, scenario)
        try:
            resolved = content.resolve(place.name, partner=partner, campaign=campaign)
        except WorkbenchError as error:
            yield Finding(ProblemCode.SCENARIO_OF_NOTHING, path, error.message)
            continue
        yield from _of_scenario(path, scenario, resolved)


def subjects_of(place: Place, scenario: Scenario) -> tuple[str | None, str | None]:
    """Return the partner and the campaign of a scenario: as it says, else those of the override beside it."""
    beside = {place.level: place.scope_key}
    return scenario.partner or beside.get("partner"), scenario.campaign or beside.get("campaign")


@dataclass
class _Names:
    """What a step may name."""

    scenario: Scenario
    resolved: ResolvedTemplate
    #: Names that steps before have given to the tasks that they made.
    made: set[str] = field(default_factory=set)
    #: (task, ref) of what steps before have added.
    added: set[tuple[str, str]] = field(default_factory=set)

    @property
    def anchor(self) -> date:
        return date.fromisoformat(self.scenario.anchor_date)

    @property
    def tasks(self) -> list[str]:
        return [*(task.ref for task in self.resolved.template.tasks), *sorted(self.made)]

    @property
    def links(self) -> list[str]:
        return [link.name for link in self.resolved.template.links]

    def parts(self, verb: Verb, ref: str) -> list[str] | None:
        """Return what a task has of the kind that a verb is about; None where that is not known."""
        task = next((one for one in self.resolved.template.tasks if one.ref == ref), None)
        if task is None or verb.name in ("add-deliverable", "add-link", "file", "approve-file"):
            return None
        if verb.name in ("step", "drop-step"):
            return [step.ref for step in task.steps]
        if verb.name == "proof":
            return [proof.label for proof in task.proof]
        if verb.name == "link":
            return self.links
        known = [one.ref for one in self.resolved.deliverables_of(task)]
        return [*known, *(part for of, part in self.added if of == ref)]


def _of_scenario(path: Path, scenario: Scenario, resolved: ResolvedTemplate) -> Iterator[Finding]:
    try:
        names = _Names(scenario, resolved)
        anchor = names.anchor
    except ValueError:
        message = f"anchor_date is {scenario.anchor_date}, which is not in the calendar."
        yield Finding(ProblemCode.INVALID_VALUE, (*path, "anchor_date"), message)
        return
    yield from _moment(scenario.now, (*path, "now"), anchor)
    if scenario.timezone is not None:
        try:
            zone_named(scenario.timezone)
        except ValueError as error:
            yield Finding(ProblemCode.INVALID_VALUE, (*path, "timezone"), f"{error}.")
    yield from _actor(scenario.started_by, (*path, "started_by"), scenario)
    for role, who in (scenario.people or {}).items():
        yield from _actor(who, (*path, "people", role), scenario)
    declared = (resolved.template.parameters or {}).get("properties", {})
    for name in scenario.parameters:
        message = f"{name} is not a parameter of {resolved.key}."
        yield from _known(
            name, declared, ProblemCode.UNDECLARED_PARAMETER, (*path, "parameters", name), message
        )
    if scenario.refused and scenario.steps:
        message, hint = (
            "The start is to be refused, so there are no steps.",
            "Take out refused, or the steps.",
        )
        yield Finding(ProblemCode.INVALID_VALUE, (*path, "steps"), message, hint)
    for number, step in enumerate(scenario.steps):
        yield from _of_step((*path, "steps", number), step, names)
        if step.named:
            names.made.add(step.named)


def _of_step(path: Path, step: Step, names: _Names) -> Iterator[Finding]:
    if step.at and step.after:
        yield Finding(ProblemCode.INVALID_VALUE, (*path, "after"), "A step has either at or after.")
    if step.at:
        yield from _moment(step.at, (*path, "at"), names.anchor)
    yield from _actor(step.by, (*path, "by"), names.scenario)
    if step.verb is not None:
        yield from _of_verb(path, step, names)
    elif step.refused or step.by or step.named:
        yield Finding(ProblemCode.MISSING_FIELD, path, "The step does not say what is done.", "Name a verb.")
    if step.expect:
        yield from _of_expectation((*path, "expect"), step.expect, names)


def _of_verb(path: Path, step: Step, names: _Names) -> Iterator[Finding]:
    name = str(step.verb)
    if name == FINISH:
        yield from _finished(path, step, names)
        return
    if (verb := verbs().get(name)) is None:
        yield from _known(
            name, [*verbs(), FINISH], ProblemCode.UNKNOWN_VERB, (*path, name), f"{name} is no verb."
        )
        return
    for given, value in step.given.items():
        where, asked = (*path, given), verb.fields.get(given)
        if asked is None:
            message = f"{name} does not ask for {given}."
            yield from _known(given, verb.fields, ProblemCode.UNKNOWN_FIELD, where, message)
        elif asked.choices and value is not None:
            message = f"{given} is {value}."
            yield from _known(str(value), asked.choices, ProblemCode.INVALID_VALUE, where, message)
        elif asked.shape in (Shape.DAY, Shape.MOMENT) and isinstance(value, str) and "anchor" in value:
            yield from _moment(value, where, names.anchor)
        elif given in TASK_FIELDS:
            for ref in value if isinstance(value, list) else [value]:
                yield from _task(ref, where, names)
    for missing in sorted(verb.required - step.given.keys()):
        yield Finding(
            ProblemCode.MISSING_FIELD,
            (*path, name),
            f"{name} needs {missing}.",
            f"Add {missing}: to the step.",
        )
    yield from _of_subject((*path, name), verb, step, names)


def _finished(path: Path, step: Step, names: _Names) -> Iterator[Finding]:
    for ref in step.subject if isinstance(step.subject, list) else [step.subject]:
        yield from _task(ref, (*path, FINISH), names)
    for given in step.given:
        yield Finding(ProblemCode.UNKNOWN_FIELD, (*path, given), f"{FINISH} does not ask for {given}.")


def _of_subject(path: Path, verb: Verb, step: Step, names: _Names) -> Iterator[Finding]:
    subject = step.subject
    if verb.is_of_a_task:
        yield from _task(split(subject)[0], path, names)
        yield from _of_part(path, verb, step, names)
    elif verb.subject is Subject.EMPLOYEE:
        yield from _actor(str(subject), path, names.scenario)
    elif verb.subject is Subject.ACT:
        if subject != LAST:
            yield Finding(ProblemCode.INVALID_VALUE, path, f"{verb.name} takes the word {LAST}.")
    elif verb.subject is Subject.BUNDLE and verb.part and subject is None:
        yield Finding(ProblemCode.MISSING_FIELD, path, f"{verb.name} needs its {verb.part}.")
    elif verb.name == "bundle link":
        message = f"There is no link {subject}."
        yield from _known(str(subject), names.links, ProblemCode.UNKNOWN_LINK, path, message)
    elif subject is not None and (verb.subject is not Subject.BUNDLE or verb.part is None):
        message = f"{verb.name} is done to the {verb.subject.value.removesuffix('_id')} of the scenario."
        yield Finding(ProblemCode.INVALID_VALUE, path, message, "Write nothing behind it.")


def _of_part(path: Path, verb: Verb, step: Step, names: _Names) -> Iterator[Finding]:
    ref, part = split(step.subject)
    if part is None:
        if verb.part and verb.part not in step.given:
            hint = f"Write {verb.name}: {ref}.<{verb.part}>."
            yield Finding(ProblemCode.MISSING_FIELD, path, f"{verb.name} needs the {verb.part}.", hint)
        return
    if not verb.takes_part:
        yield Finding(ProblemCode.INVALID_VALUE, path, f"{verb.name} is done to the whole task {ref}.")
        return
    known = names.parts(verb, ref)
    if known is not None and not part.startswith("added_"):
        message = f"{ref} has no {part}."
        yield from _known(part, known, ProblemCode.UNKNOWN_STEP, path, message)
    if verb.name == "add-deliverable":
        names.added.add((ref, part))


def split(subject: object) -> tuple[str, str | None]:
    """Return the ref of a task, and what stands behind its dot."""
    ref, dot, part = str(subject).partition(".")
    return ref, part if dot else None


def _of_expectation(path: Path, expected: Expectation, names: _Names) -> Iterator[Finding]:
    for ref, wanted in expected.tasks.items():
        yield from _task(ref, (*path, "tasks", ref), names)
        yield from _state_or_fields((*path, "tasks", ref), wanted, "tasks")
    for kind in ("made", "not_made"):
        for number, ref in enumerate(getattr(expected, kind)):
            yield from _task(ref, (*path, kind, number), names)
    yield from _state_or_fields((*path, "bundle"), expected.bundle, "bundles")
    for link, wanted in expected.links.items():
        message = f"There is no link {link}."
        yield from _known(link, names.links, ProblemCode.UNKNOWN_LINK, (*path, "links", link), message)
        yield from _state_or_fields((*path, "links", link), wanted, "bundle_links")
    yield from _of_board((*path, "board"), expected.board, names)
    for number, one in enumerate(expected.reminders or ()):
        yield from _of_reminder((*path, "reminders", number), one, names)
    yield from _of_export(path, expected)


def _of_board(path: Path, board: dict[str, list[str]], names: _Names) -> Iterator[Finding]:
    for column, refs in board.items():
        where, message = (*path, column), f"{column} is no column."
        yield from _known(column, list(TaskStatus), ProblemCode.INVALID_VALUE, where, message)
        for ref in refs:
            yield from _task(ref, where, names)


def _of_export(path: Path, expected: Expectation) -> Iterator[Finding]:
    for number, rows in enumerate(expected.export):
        where, message = (*path, "export", number), f"{rows.table} is no table."
        yield from _known(rows.table, TABLES, ProblemCode.INVALID_VALUE, (*where, "table"), message)
        for kind in ("where", "fields"):
            yield from _fields((*where, kind), getattr(rows, kind), rows.table)


def _of_reminder(path: Path, one: Reminded, names: _Names) -> Iterator[Finding]:
    yield from _actor(one.to, (*path, "to"), names.scenario)
    message = f"There are no reminders of {one.of}."
    yield from _known(one.of, list(ReminderType), ProblemCode.INVALID_VALUE, (*path, "of"), message)
    if one.task:
        yield from _task(one.task, (*path, "task"), names)
    if one.at:
        yield from _moment(one.at, (*path, "at"), names.anchor)


def _state_or_fields(path: Path, wanted: object, table: str) -> Iterator[Finding]:
    if isinstance(wanted, dict):
        yield from _fields(path, wanted, table)
    elif isinstance(wanted, str) and table == "tasks":
        message = f"{wanted} is no status."
        yield from _known(wanted, list(TaskStatus), ProblemCode.INVALID_VALUE, path, message)


def _fields(path: Path, wanted: dict[str, Any], table: str) -> Iterator[Finding]:
    known = TABLES.get(table, frozenset())
    for name in wanted if known else ():
        if f"{name}_id" not in known:
            message = f"{table} have no field {name}."
            yield from _known(name, known, ProblemCode.UNKNOWN_FIELD, (*path, name), message)


def _task(ref: object, path: Path, names: _Names) -> Iterator[Finding]:
    message = f"There is no task {ref} in {names.resolved.key}."
    yield from _known(str(ref), names.tasks, ProblemCode.UNKNOWN_TASK, path, message)


def _actor(who: str | None, path: Path, scenario: Scenario) -> Iterator[Finding]:
    if who is not None:
        message = f"{who} is not among the actors."
        yield from _known(who, scenario.actors, ProblemCode.UNKNOWN_ACTOR, path, message)


def _moment(text: str, path: Path, anchor: date) -> Iterator[Finding]:
    try:
        read_moment(text, anchor, "UTC")
    except ValueError as error:
        yield Finding(ProblemCode.INVALID_VALUE, path, f"{error}.")


def _known(
    name: str, known: Collection[str], code: ProblemCode, path: Path, message: str
) -> Iterator[Finding]:
    if name in known:
        return
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    hint = f"Did you mean `{close[0]}`?" if close else f"There is: {', '.join(sorted(known)) or 'none'}."
    yield Finding(code, path, message, hint)
