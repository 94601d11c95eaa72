"""What can be judged about one template alone: its refs, links, dates, parameters and schedule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from engine.catalog.check_dates import date_findings
from engine.catalog.check_links import link_findings
from engine.catalog.check_on_change import on_change_findings
from engine.catalog.check_parameters import parameter_findings
from engine.catalog.check_reminders import reminder_findings
from engine.catalog.check_schedule import schedule_findings
from engine.catalog.findings import Finding, duplicates
from engine.catalog.models import TaskDefinition, TaskTemplate
from engine.catalog.overrides import Override
from engine.catalog.parts import ContentModel
from engine.catalog.problems import ProblemCode
from engine.catalog.yaml_reader import Path


def template_findings(template: TaskTemplate) -> Iterator[Finding]:
    """Yield everything that is wrong with a template, whether overridden or not."""
    yield from repeated(template)
    for number, task in enumerate(template.tasks):
        yield from _task(template, number, task)
    yield from link_findings(template)
    yield from date_findings(template)
    yield from schedule_findings(template)
    yield from parameter_findings(template)
    yield from on_change_findings(template)
    yield from reminder_findings(("reminders",), template.reminders)
    for number, task in enumerate(template.tasks):
        yield from reminder_findings(("tasks", number, "reminders"), task.reminders)


def repeated(item: TaskTemplate | Override) -> Iterator[Finding]:
    """Yield a finding for each name that stands twice in a list of a template or an override."""
    yield from _repeated_in(
        item, (), (("tasks", "ref"), ("links", "name"), ("phases", "key"), ("tools", "tool"))
    )
    for number, task in enumerate(item.tasks or ()):
        lists = (("steps", "ref"), ("deliverables", "ref"), ("proof", "label"), ("tools", "tool"))
        yield from _repeated_in(task, ("tasks", number), lists)


def _repeated_in(holder: ContentModel, path: Path, lists: Iterable[tuple[str, str]]) -> Iterator[Finding]:
    for name, identity in lists:
        items = getattr(holder, name)
        if isinstance(items, list):  # an override's may be left out, and its tools a mapping
            yield from duplicates((*path, name), identity, [getattr(item, identity) for item in items])


def _task(template: TaskTemplate, number: int, task: TaskDefinition) -> Iterator[Finding]:
    path: Path = ("tasks", number)
    phases = [phase.key for phase in template.phases]
    if task.phase is not None and task.phase not in phases:
        yield _unknown(ProblemCode.UNKNOWN_PHASE, (*path, "phase"), "phase", task.phase, phases)
    steps = [step.ref for step in task.steps]
    for index, deliverable in enumerate(task.deliverables):
        if deliverable.step_ref is not None and deliverable.step_ref not in steps:
            where = (*path, "deliverables", index, "step_ref")
            yield _unknown(ProblemCode.UNKNOWN_STEP, where, "step", deliverable.step_ref, steps)
    others = [other.ref for other in template.tasks if other.ref != task.ref]
    for index, ref in enumerate(task.depends_on):
        if ref not in others and ref != task.ref:  # on itself is a cycle, found elsewhere
            yield _unknown(ProblemCode.UNKNOWN_TASK, (*path, "depends_on", index), "other task", ref, others)
    after = task.due.after_task if task.due else None
    if after is not None and after not in others:
        yield _unknown(ProblemCode.UNKNOWN_TASK, (*path, "due", "from"), "other task", after, others)
    yield from _links(template, path, task)


def _links(template: TaskTemplate, path: Path, task: TaskDefinition) -> Iterator[Finding]:
    names = [link.name for link in template.links]
    named: list[tuple[Path, str]] = [
        ((*path, "needs_links", index), name) for index, name in enumerate(task.needs_links)
    ]
    if task.fills_link is not None:
        named.append(((*path, "fills_link"), task.fills_link))
    for index, reason in enumerate(task.skip.reasons if task.skip else []):
        links = reason.waives.links if reason.waives else []
        if links != "all":
            where = (*path, "skip", "reasons", index, "waives", "links")
            named.extend(((*where, place), name) for place, name in enumerate(links))
    for where, name in named:
        if name not in names:
            yield _unknown(ProblemCode.UNKNOWN_LINK, where, "bundle link", name, names)
    yield from _link_without_proof(path, task)


def _link_without_proof(path: Path, task: TaskDefinition) -> Iterator[Finding]:
    """Yield a task that fills a link without a proof to take it from (definitions.md section 4)."""
    if task.fills_link is None:
        return
    labels = [proof.label for proof in task.proof if proof.kind == "url"]
    if task.fills_link in labels or len(labels) == 1:
        return
    count = f"{len(labels)} url proofs, none of them labelled so" if labels else "no url proof"
    message = f"{task.ref} fills the link {task.fills_link}, but has {count}."
    hint = f"Add proof: - {{kind: url, label: {task.fills_link}}}."
    yield Finding(ProblemCode.LINK_WITHOUT_PROOF, (*path, "fills_link"), message, hint)


def _unknown(code: ProblemCode, path: Path, kind: str, name: str, known: Sequence[str]) -> Finding:
    choices = f"Known: {', '.join(known)}." if known else f"The template has no {kind}."
    return Finding(code, path, f"There is no {kind} {name}.", choices)
