"""``workbench content evidence KEY``: what the work itself says about a template."""

from __future__ import annotations

import click

from engine.evidence import gather
from engine.evidence.figures import RevisionFigures, TaskFigures
from engine.evidence.findings import Comparison, Finding, compare, stand_out
from engine.evidence.gather import Evidence
from engine.plurals import plural
from web.cli.context import Session, table

_COLUMNS = [
    "task",
    "done",
    "on time",
    "took",
    "given",
    "skipped",
    "waited",
    "sent back",
    "help",
    "proof late",
]


@click.command("evidence")
@click.argument("key")
@click.pass_obj
def evidence(session: Session, key: str) -> None:
    """Print what became of the bundles of template KEY, revision by revision, and what stands out."""
    with session.reading() as tx:
        found = gather.of_template(tx, session.workbench.content(), key)
    session.answer(_as_json(found), lambda: "\n\n".join(_lines(found)))


def _as_json(found: Evidence) -> dict[str, object]:
    return {
        "template": found.template_id,
        "revisions": [
            {
                "closure_hash": one.closure_hash,
                "commit": one.commit,
                "whom": one.whom,
                "pinned_at": one.pinned_at.isoformat(),
                "bundles": one.bundles,
                "tasks": [task.as_json() for task in one.tasks],
                "findings": [finding.as_json() for finding in stand_out(one)],
                "since": [
                    {"kind": item.finding.kind.value, "task": item.finding.task, "helped": item.helped}
                    for item in _compared(found, one)
                ],
            }
            for one in found.revisions
        ],
    }


def _lines(found: Evidence) -> list[str]:
    if not found.revisions:
        return [f"No bundle was ever started from {found.template_id}, so the work says nothing about it."]
    return [
        block
        for one in found.revisions
        for block in (_heading(one), _table(one), _stands_out(stand_out(one)), _since(_compared(found, one)))
        if block
    ]


def _heading(one: RevisionFigures) -> str:
    at = one.commit[:12] if one.commit else "content that no one commit holds"
    count = plural(one.bundles, "bundle")
    whom = f" for {one.whom}" if one.whom else ""
    return f"{one.name}{whom} at {at}, first started on {one.pinned_at:%Y-%m-%d}: {count}"


def _table(one: RevisionFigures) -> str:
    return table([_row(task) for task in one.tasks], _COLUMNS)


def _row(task: TaskFigures) -> list[str]:
    days = ("", "") if task.took is None else (f"{task.took:.1f}", f"{task.given:.1f}")
    shares = [task.skipped, task.waited, task.rejected, task.asked_for_help, task.proven_late]
    done = f"{task.completed} of {task.runs}" + (" (few)" if task.is_few else "")
    on_time = f"{task.on_time} of {task.promised}" if task.promised else ""
    return [task.ref, done, on_time, *days, *(str(count or "") for count in shares)]


def _stands_out(findings: list[Finding]) -> str:
    return "\n".join(f"- {finding.words} {finding.advice}" for finding in findings)


def _compared(found: Evidence, one: RevisionFigures) -> list[Comparison]:
    newest = found.newest(one.whom)
    return [] if one is newest else compare(one, newest)


def _since(items: list[Comparison]) -> str:
    return "\n".join(f"- {item.finding.words} Since: {item.words}." for item in items)
