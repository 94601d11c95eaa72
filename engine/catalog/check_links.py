"""Links that a task needs and that only tasks after it fill (N8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.catalog.findings import Finding
from engine.catalog.models import TaskDefinition, TaskTemplate
from engine.catalog.problems import ProblemCode
from engine.catalog.yaml_reader import Path


@dataclass(frozen=True)
class _Need:
    """A link that a task needs, and that is settled by tasks alone."""

    ref: str
    link: str
    path: Path
    #: Each of these fills it.
    fillers: Sequence[str]


def link_findings(template: TaskTemplate) -> Iterator[Finding]:
    """Yield each needed link that nothing but a person by hand can settle in time.

    A link that no task fills is filled by hand, and one that skipping another task waives may be waived at
    any time; both are fine.
    """
    needs = list(_needs(template))
    completable = _completable(template, needs)
    for need in needs:
        if need.ref in completable or not completable.isdisjoint(need.fillers):
            continue
        message = (
            f"{need.ref} needs the link {need.link} to be completed, "
            f"but {' and '.join(need.fillers)} can fill it only after that."
        )
        hint = "Let an earlier task fill it, or a later one need it; else somebody has to fill it by hand."
        yield Finding(ProblemCode.LINK_FILLED_LATER, need.path, message, hint)


def _needs(template: TaskTemplate) -> Iterator[_Need]:
    fillers, waivers = defaultdict(list), defaultdict(set)
    for task in template.tasks:
        if task.fills_link is not None:
            fillers[task.fills_link].append(task.ref)
        for link in _waived(template, task):
            waivers[link].add(task.ref)
    for number, task in enumerate(template.tasks):
        for index, link in enumerate(task.needs_links):
            is_by_hand = not fillers[link] or task.ref in fillers[link]
            if not is_by_hand and not waivers[link] - {task.ref}:
                yield _Need(task.ref, link, ("tasks", number, "needs_links", index), fillers[link])


def _waived(template: TaskTemplate, task: TaskDefinition) -> Iterator[str]:
    for reason in task.skip.reasons if task.skip else ():
        links = reason.waives.links if reason.waives else []
        yield from [link.name for link in template.links] if links == "all" else links


def _completable(template: TaskTemplate, needs: Sequence[_Need]) -> set[str]:
    """Return the tasks that can be completed one after another, nothing done by hand."""
    refs = {task.ref for task in template.tasks}
    conditions = [
        (task.ref, [other]) for task in template.tasks for other in task.depends_on if other in refs
    ]
    conditions += [(need.ref, list(need.fillers)) for need in needs]
    waits: dict[str, set[int]] = {ref: set() for ref in refs}
    released: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for number, (ref, others) in enumerate(conditions):
        waits[ref].add(number)
        for other in others:
            released[other].append((number, ref))
    pending = [ref for ref, numbers in waits.items() if not numbers]
    done = set(pending)
    while pending:
        for number, ref in released[pending.pop()]:
            waits[ref].discard(number)
            if not waits[ref] and ref not in done:
                done.add(ref)
                pending.append(ref)
    return done
