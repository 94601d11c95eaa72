"""Compares the expected tables of the real workflows with the data file behind them (``make check-data``).

The file lies beside the repository and is not part of it, so its absence is no failure.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.content.expected_workflows import WORKFLOWS, ExpectedTask, ExpectedWorkflow

DATA_FILE = Path(__file__).resolve().parents[3] / "shared" / "data" / "real_workflows.json"

#: The name of each workflow in the data file -> the key of our template.
TEMPLATE_KEYS = {
    "newsletter": "newsletter",
    "podcast": "podcast_episode",
    "tax-report": "monthly_tax_report",
}
TRIGGER_MODES = {"automatic": "schedule", "manual": "manual"}


def in_our_grammar(word: str) -> str:
    """Return a ref, phase, stage or proof kind as our content writes it (``after_event``)."""
    return word.replace("-", "_")


def workflow_of(source: dict[str, Any]) -> ExpectedWorkflow:
    """Return the table that the data file's workflow stands for."""
    return ExpectedWorkflow(
        key=TEMPLATE_KEYS[source["type"]],
        phases=tuple(
            (in_our_grammar(phase["id"]), in_our_grammar(phase["stage"])) for phase in source["phases"]
        ),
        links=tuple(link["name"] for link in source["bundleLinkDefinitions"]),
        trigger=(
            TRIGGER_MODES[source["triggerType"]],
            source.get("triggerSchedule"),
            source.get("triggerLeadDays"),
        ),
        tasks=tuple(task_of(task, source["defaultAssigneeId"]) for task in source["taskDefinitions"]),
    )


def task_of(source: dict[str, Any], default_role: str) -> ExpectedTask:
    """Return the table's row that the data file's task stands for."""
    rules = source.get("validation", {})
    waiting = rules.get("waitingSemantics")
    stage = source.get("stageOnComplete")
    return ExpectedTask(
        ref=in_our_grammar(source["refId"]),
        offset_days=source["offsetDays"],
        phase=in_our_grammar(source["phase"]),
        proof=tuple(proof_of(source)),
        fills_link=source.get("requiredLinkName"),
        role=source.get("assigneeId") or default_role,
        milestone=source.get("isMilestone", False),
        stage_on_complete=in_our_grammar(stage) if stage else None,
        follow_up_days=waiting["followUpDefaultDays"] if waiting else None,
        skip=tuple(skip_reasons_of(rules.get("skipClosure", {}))),
    )


def proof_of(source: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """Yield the proof kinds; ``requiresFile`` asks for a file beside another kind of proof."""
    requirement = source["proofRequirement"]
    yield in_our_grammar(requirement["type"]), requirement["required"]
    if source.get("requiresFile") and requirement["type"] != "file":
        yield "file", True


def skip_reasons_of(closure: dict[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each allowed reason with the links that it waives."""
    for reason in closure.get("allowedStatuses", []):
        yield reason, tuple(closure.get("suppresses", {}).get(reason, {}).get("bundleLinks", []))


def differences(expected: ExpectedWorkflow, found: ExpectedWorkflow) -> list[str]:
    """Return one sentence per difference between our table and the data file."""
    lines = [
        f"{name}: the table has {ours}, the data file has {theirs}"
        for name, ours, theirs in zip(expected._fields, expected, found, strict=True)
        if name != "tasks" and ours != theirs
    ]
    if [task.ref for task in expected.tasks] != [task.ref for task in found.tasks]:
        return [*lines, "tasks: the refs or their order differ"]
    return lines + [
        f"{ours.ref}.{name}: the table has {value}, the data file has {other}"
        for ours, theirs in zip(expected.tasks, found.tasks, strict=True)
        for name, value, other in zip(ours._fields, ours, theirs, strict=True)
        if value != other
    ]


def main(data_file: Path = DATA_FILE) -> int:
    """Print a verdict per workflow; return 1 if anything differs, else 0."""
    if not data_file.is_file():
        print(f"data file not present, nothing compared ({data_file.name})")
        return 0
    sources = json.loads(data_file.read_text(encoding="utf-8"))
    found = {workflow.key: workflow for workflow in map(workflow_of, sources)}
    failed = False
    for expected in WORKFLOWS:
        if expected.key not in found:
            lines = ["the data file has no such workflow"]
        else:
            lines = differences(expected, found[expected.key])
        failed = failed or bool(lines)
        print(f"{expected.key}: {'differs' if lines else f'{len(expected.tasks)} tasks agree'}")
        for line in lines:
            print(f"  {line}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
