"""The commands that give evidence of the work and bring files to it."""

from __future__ import annotations

import json
from typing import Any

from engine.access import Actor, Permission
from engine.artifacts.intake import Received
from engine.artifacts.models import Artifact
from engine.command import AnyCommand, Command, Services, command
from engine.errors import bad_field
from engine.tasks import files, inputs, lookup, proof
from engine.tasks.parts import Proof
from engine.tasks.uploads import take_in
from engine.tasks.vocabulary import ProofKind
from engine.transaction import Transaction

_WORK = Permission.WORK_OWN
_EXAMPLES = {
    ProofKind.FILE: '{"file_name": "invoice.pdf", "size_bytes": 1200}',
    ProofKind.EXTERNAL_STATUS: '{"system": "mailchimp", "reference": "issue 12", "status": "scheduled"}',
}


def _take_in(services: Services, actor: Actor, request: inputs.GiveProof | inputs.AddFile) -> Received | None:
    return take_in(services, actor, request.task_id, request.file)


def _give_proof(tx: Transaction, request: inputs.GiveProof, file: Received | None) -> Proof:
    """Give or replace evidence with what was sent: a file, the facts of a record, or one value.

    Raises:
        BadRequestError: nothing was sent, more than one thing, or nothing that the proof takes.
    """
    facts = request.model_dump(include={"system", "reference", "status", "checked_at"}, exclude_none=True)
    given = [file is not None, request.value is not None, bool(facts)]
    if sum(given) != 1:
        message = "give the evidence either as a value or as a file"
        raise bad_field("value", message, f"{message[0].upper()}{message[1:]}.")
    if file is not None:
        return proof.give_file(
            tx,
            request.task_id,
            request.label,
            file.blob,
            file_name=file.file_name,
            content_type=file.content_type,
            revision=request.revision,
        )
    task = lookup.find(tx, request.task_id)
    value = facts or _evidence(proof.find(tx, task.task_id, request.label), request.value or "")
    return proof.give(tx, task.task_id, request.label, value, revision=request.revision)


def _evidence(wanted: Proof, value: str | dict[str, Any]) -> str | dict[str, Any]:
    """Give the value as its kind takes it: facts of a file or of a status may come as JSON."""
    if isinstance(value, dict) or wanted.kind not in _EXAMPLES:
        return value
    try:
        facts = json.loads(value)
    except (ValueError, RecursionError):
        facts = None
    if not isinstance(facts, dict):
        message = f"takes a JSON object, for example {_EXAMPLES[wanted.kind]}"
        raise bad_field("value", message, f"Proof {wanted.label!r} of kind {wanted.kind} {message}.")
    return facts


def _add_file(tx: Transaction, request: inputs.AddFile, file: Received | None) -> Artifact:
    if file is None:
        raise bad_field("file", "choose a file", "No file was chosen. Choose one, then send the form again.")
    return files.add(
        tx,
        request.task_id,
        file.blob,
        type=request.type,
        label=request.label,
        file_name=file.file_name,
        content_type=file.content_type,
    )


COMMANDS: tuple[AnyCommand, ...] = (
    Command[inputs.GiveProof, Received | None, Proof](
        name="task proof",
        help="Give evidence: a value or a file.",
        input=inputs.GiveProof,
        permission=_WORK,
        prepare=_take_in,
        run=_give_proof,
        message=lambda given: f"Proof “{given.label}” given.",
    ),
    Command[inputs.AddFile, Received | None, Artifact](
        name="task file",
        help="Add a file; one of the same type and label is its next version.",
        input=inputs.AddFile,
        permission=_WORK,
        prepare=_take_in,
        run=_add_file,
        message=lambda added: f"“{added.label}”, version {added.version_number}, is added.",
    ),
    command(
        "task add-link",
        "Add an address as material; another of the same label is its next version.",
        input=inputs.AddLink,
        permission=_WORK,
        run=lambda tx, request: files.add_link(tx, request.task_id, label=request.label, url=request.url),
        message=lambda added: f"The link “{added.label}” is added.",
    ),
    command(
        "task approve-file",
        "Approve a file, so that it may serve as proof.",
        input=inputs.ApproveFile,
        permission=Permission.DECIDE,
        run=lambda tx, request: files.approve(
            tx, request.task_id, request.artifact_id, revision=request.revision
        ),
        message=lambda approved: f"“{approved.label}” is approved and may serve as proof.",
    ),
)
