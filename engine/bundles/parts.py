"""Makes the records of a planned task: the task, its steps, proof requirements and owed deliverables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel

from engine.bundles.models import Bundle
from engine.bundles.plan import PlannedTask
from engine.catalog.models import DeliverableDefinition, GoldStandard, TaskDefinition
from engine.catalog.parameters import is_placeholder, render
from engine.catalog.resolved import ResolvedTemplate
from engine.deliverables.models import Deliverable
from engine.tasks.models import Proof, ProofKind, SourceType, Step, Task
from engine.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class TaskParts:
    """The records of one task, not stored yet."""

    task: Task
    steps: list[Step]
    proofs: list[Proof]
    deliverables: list[Deliverable]


def parts_of(
    tx: Transaction,
    bundle: Bundle,
    resolved: ResolvedTemplate,
    planned: PlannedTask,
    identity: dict[str, Any],
    *,
    owner_id: str,
) -> TaskParts:
    """Return the records of ``planned``; its dependencies are set by the caller, who knows all ids.

    ``identity`` holds the task's id, number and UUID; ``owner_id`` is whose it is.
    """
    task = Task(
        **_origin(bundle, planned),
        **_context(resolved, planned),
        **_rules(resolved, planned, bundle.tags),
        **_execution(resolved, planned),
        **identity,
        workspace_id=tx.workspace_id,
        owner_id=owner_id,
        created_at=tx.now,
        updated_at=tx.now,
    )
    steps = _steps(tx, task, planned)
    return TaskParts(
        task=task,
        steps=steps,
        proofs=_proofs(tx, task, planned),
        deliverables=_deliverables(
            tx, task, resolved.deliverables_of(planned.definition), steps, planned.parameters
        ),
    )


def _origin(bundle: Bundle, planned: PlannedTask) -> dict[str, Any]:
    """Return where the task comes from, whose it is and when it is due."""
    return {
        "source_type": SourceType.BUNDLE,
        "bundle_id": bundle.bundle_id,
        "template_id": bundle.template_id,
        "template_hash": bundle.template_hash,
        "template_task_ref": planned.ref,
        "phase": planned.definition.phase,
        "position": planned.position,
        "partner_id": bundle.partner_id,
        "campaign_id": bundle.campaign_id,
        "assignee_id": planned.assignee_id,
        "assignee_role": planned.assignee_role,
        "due_date": planned.due_date,
        "deadline": planned.deadline,
        "due_rule": planned.due_rule.model_dump(mode="json") if planned.due_rule else None,
    }


def _context(resolved: ResolvedTemplate, planned: PlannedTask) -> dict[str, Any]:
    """Give what the work is and how it is done: everything a person needs in place (DOC-02)."""
    parameters = planned.parameters
    definition, task_type = planned.definition, resolved.task_type_of(planned.definition)
    return {
        "title": planned.title,
        "description": planned.description,
        "category": task_type.category,
        "task_type": task_type.key,
        "type_category": task_type.category,
        "priority": definition.priority,
        "urgency": definition.urgency,
        "planned_minutes": definition.planned_minutes,
        "systems": list(definition.systems),
        "instruction_doc_id": definition.instruction_doc_id,
        "instruction_step_id": definition.instruction_step_id,
        "instructions_url": _rendered(definition.instructions_url, parameters),
        "validation": _rendered(definition.validation, parameters)
        if isinstance(definition.validation, str)
        else definition.validation,
        "expected_artifacts": [entry.model_dump(mode="json") for entry in definition.expected_artifacts],
        "config": resolved.config_of(definition),
    }


def _rules(resolved: ResolvedTemplate, planned: PlannedTask, tags: list[str]) -> dict[str, Any]:
    """Give what governs the task's way to completion; ``tags`` are the bundle's."""
    definition, parameters = planned.definition, planned.parameters
    approval = resolved.approval_of(definition)
    return {
        "tags": list(dict.fromkeys([*tags, *definition.tags])),
        "milestone": definition.milestone,
        "stage_on_complete": definition.stage_on_complete,
        "ordered_steps": definition.ordered_steps,
        "needs_links": list(definition.needs_links),
        "fills_link": definition.fills_link,
        "tools": [use.settings() for use in resolved.tools_of(definition)],
        "rules": resolved.rules_of(definition),
        "approval": {
            "required": approval.required,
            "sources": list(approval.rounds),
            "reason": approval.reason,
        },
        "qa": resolved.task_type_of(definition).qa.model_dump(mode="json"),
        "skip": _with_rendered(definition.skip, ("note",), parameters),
        "waiting_defaults": _with_rendered(definition.waiting, ("for",), parameters),
    }


def _execution(resolved: ResolvedTemplate, planned: PlannedTask) -> dict[str, Any]:
    """Return how the task runs by itself; nothing where people do it."""
    policy = planned.definition.execution
    if policy is None:
        return {}
    return {
        "assigned_to_bot": planned.definition.assigned_to_bot,
        "execution_type": policy.mode,
        "execution_config": execution_config(resolved, planned.definition, planned.parameters),
        "max_retries": policy.max_retries,
        "requires_human_review": policy.requires_human_review,
    }


def execution_config(
    resolved: ResolvedTemplate, definition: TaskDefinition, parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """Return how a task runs by itself, with the parameters in its texts; nothing where people do it.

    What runs it is what its definition or its type says, whatever the settings name (that was checked). In
    ``url`` a value is escaped, so that it stays in its place of the address, unless it is all of it.
    """
    policy = definition.execution
    if policy is None:
        return {}
    config = {**policy.config, "executor": policy.executor or resolved.task_type_of(definition).executor}
    filled: dict[str, Any] = _filled_in(config, parameters)
    url = config.get("url")
    if isinstance(url, str) and not is_placeholder(url):
        given = {name: quote(render(f"{{{{{name}}}}}", parameters), safe="") for name in parameters}
        filled["url"] = render(url, given)
    return filled


def _filled_in(value: Any, parameters: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        return render(value, parameters)
    if isinstance(value, list):
        return [_filled_in(item, parameters) for item in value]
    if isinstance(value, dict):
        return {name: _filled_in(item, parameters) for name, item in value.items()}
    return value


def _steps(tx: Transaction, task: Task, planned: PlannedTask) -> list[Step]:
    parameters = planned.parameters
    return [
        Step(
            task_step_id=tx.new_id(Step),
            workspace_id=tx.workspace_id,
            task_id=task.task_id,
            ref=step.ref,
            position=position,
            title=render(step.title, parameters),
            description=_rendered(step.description, parameters),
            required=step.required,
            created_at=tx.now,
            updated_at=tx.now,
        )
        for position, step in enumerate(planned.definition.steps, start=1)
    ]


def _proofs(tx: Transaction, task: Task, planned: PlannedTask) -> list[Proof]:
    return [
        Proof(
            task_proof_id=tx.new_id(Proof),
            workspace_id=tx.workspace_id,
            task_id=task.task_id,
            position=position,
            kind=ProofKind(requirement.kind),
            label=requirement.label,
            required=requirement.required,
            created_at=tx.now,
            updated_at=tx.now,
        )
        for position, requirement in enumerate(planned.definition.proof, start=1)
    ]


def _deliverables(
    tx: Transaction,
    task: Task,
    definitions: list[DeliverableDefinition],
    steps: list[Step],
    parameters: Mapping[str, Any],
) -> list[Deliverable]:
    """Return an empty first version per required definition; dormant ones have no row (DLV-09, TPL-12)."""
    step_ids = {step.ref: step.task_step_id for step in steps}
    return [
        Deliverable(
            deliverable_id=tx.new_id(Deliverable),
            workspace_id=tx.workspace_id,
            task_id=task.task_id,
            task_step_id=step_ids.get(definition.step_ref or ""),
            ref=definition.ref,
            type=definition.type,
            description=_rendered(definition.description, parameters),
            meta_schema=dict(definition.meta_schema),
            gold_standard=_with_rendered(
                definition.gold_standard, tuple(GoldStandard.model_fields), parameters
            ),
            visible_in_portal=definition.visible_in_portal,
            created_by=tx.actor.user_id,
            created_at=tx.now,
            updated_at=tx.now,
        )
        for definition in definitions
        if definition.required
    ]


def _with_rendered(
    part: BaseModel | None, texts: tuple[str, ...], parameters: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return a part of a definition as data, with these of its texts rendered."""
    if part is None:
        return None
    data = part.model_dump(mode="json")
    return data | {name: _rendered(data[name], parameters) for name in texts}


def _rendered(text: str | None, parameters: Mapping[str, Any]) -> str | None:
    return render(text, parameters) if text else None
