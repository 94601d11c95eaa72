"""What attempts at a task have made: files, kept before the end of the attempt is written, and read by task.

An output is an Artifact with the role ``output`` that names its Execution (decision 2 of product.md).
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from engine.artifacts import intake, kinds
from engine.artifacts import service as artifacts
from engine.artifacts.blobs import Blob, BlobStore
from engine.artifacts.models import Artifact, ArtifactLink, ArtifactRole, GenerationMethod
from engine.budgets import OUTPUTS_OF_AN_ATTEMPT
from engine.clock import to_text
from engine.errors import BadRequestError, NotFoundError, UnavailableError
from engine.executions.executors.base import ExecutorError, OutputFile
from engine.executions.journal import Journal
from engine.executions.models import Execution, ExecutionStatus
from engine.record import UNSTORABLE
from engine.tasks import lookup
from engine.tasks.models import Task
from engine.transaction import Transaction

_LONGEST_WORD = 100
_FORMAT = re.compile(r"[a-z0-9]{1,10}")
#: What no plain file name has, with what stands around it.
_NOT_IN_NAMES = re.compile(r"[\s./\\:*?\"<>|]+")
_CHUNK_BYTES = 1024 * 1024
#: A secret that lies across two chunks is in neither; none is as long as this.
_OVERLAP_BYTES = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class KeptFile:
    """A file that an executor made, with its bytes kept, and not yet written of."""

    title: str
    output_type: str
    blob: Blob
    file_name: str
    content_type: str
    generation_method: GenerationMethod


@dataclass(frozen=True, kw_only=True)
class Output:
    """An output of a task, with the attempt that made it."""

    artifact: Artifact
    execution: Execution
    task_id: str

    @property
    def title(self) -> str:
        """What people call it."""
        return self.artifact.label

    @property
    def file_format(self) -> str:
        """The ending of its name, such as ``pdf``."""
        return kinds.extension(self.artifact.file_name)

    @property
    def created_at(self) -> datetime:
        """When the attempt that made it ended."""
        return self.artifact.created_at

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON data (OUT-08)."""
        one = self.artifact
        return {
            "artifact_id": one.artifact_id,
            "task_id": self.task_id,
            "execution_id": self.execution.execution_id,
            "attempt_number": self.execution.attempt_number,
            "executor": self.execution.executor,
            "title": self.title,
            "output_type": one.type,
            "version_number": one.version_number,
            "previous_artifact_id": one.previous_artifact_id,
            "file_name": one.file_name,
            "file_format": self.file_format,
            "content_type": one.content_type,
            "size_bytes": one.size_bytes,
            "sha256": one.sha256,
            "generation_method": one.generation_method.value if one.generation_method else None,
            "created_at": to_text(self.created_at),
        }


def keep(blobs: BlobStore, journal: Journal, files: Sequence[OutputFile], most_bytes: int) -> list[KeptFile]:
    """Keep the bytes of the files that an executor made; it is called in no transaction.

    ``most_bytes`` is the most that one of them has, as of an upload.

    Raises:
        ExecutorError: ``OUTPUT_UNFIT``, a file is not what it says, too large, or holds a secret;
            ``OUTPUT_NOT_KEPT``, it cannot be kept now.
    """
    try:
        if len(files) > OUTPUTS_OF_AN_ATTEMPT:
            raise _unfit(f"{len(files)} files came out; {OUTPUTS_OF_AN_ATTEMPT} is the most.")
        return [_kept(blobs, journal, one, most_bytes) for one in files]
    finally:
        for one in files:
            if not isinstance(one.body, (str, bytes)):
                one.body.close()


def _kept(blobs: BlobStore, journal: Journal, one: OutputFile, most_bytes: int) -> KeptFile:
    title, output_type = _word(journal.redacted(one.title), "title"), _word(one.output_type, "output_type")
    if not _FORMAT.fullmatch(one.format):
        raise _unfit(f"The output “{title}” has the format {one.format!r}, which is no ending of a name.")
    name = f"{_NOT_IN_NAMES.sub(' ', title).strip() or 'output'}.{one.format}"
    stream, check = _opened(one, title, journal)
    try:
        check(stream)
        received = intake.receive(blobs, stream, name, most_bytes)
    except BadRequestError as error:
        raise _unfit(f"The output “{title}” cannot be kept: {error.message}") from error
    except (UnavailableError, OSError) as error:
        raise ExecutorError("OUTPUT_NOT_KEPT", f"The output “{title}” could not be kept now.") from error
    return KeptFile(
        title=title,
        output_type=output_type,
        blob=received.blob,
        file_name=received.file_name,
        content_type=received.content_type,
        generation_method=GenerationMethod.TEXT if isinstance(one.body, str) else GenerationMethod.SKILL,
    )


def _opened(one: OutputFile, title: str, journal: Journal) -> tuple[BinaryIO, Callable[[BinaryIO], None]]:
    """Give what a file is read from, and what refuses it where that holds a secret."""
    if isinstance(one.body, str):
        try:
            return io.BytesIO(journal.redacted(one.body).encode()), lambda _: None
        except UnicodeEncodeError as error:
            raise _unfit(f"The output “{title}” holds half a character.") from error

    def check(stream: BinaryIO) -> None:
        stream.seek(0)
        before = b""
        while chunk := stream.read(_CHUNK_BYTES):
            if journal.holds_secret(before + chunk):
                raise _unfit(f"The output “{title}” holds a secret, so it is not kept.")
            before = chunk[-_OVERLAP_BYTES:]
        stream.seek(0)

    return io.BytesIO(one.body) if isinstance(one.body, bytes) else one.body, check


def _word(text: str, name: str) -> str:
    word = " ".join(text.split())
    if not 0 < len(word) <= _LONGEST_WORD or UNSTORABLE.search(word):
        raise _unfit(f"The {name} of an output has to be of 1 to {_LONGEST_WORD} characters in one line.")
    return word


def _unfit(message: str) -> ExecutorError:
    return ExecutorError("OUTPUT_UNFIT", message)


def write(tx: Transaction, one: Execution, task: Task, files: Sequence[KeptFile]) -> None:
    """Write of the files that an attempt made, in the transaction that ends it, if it is completed.

    What is the newest output of its title and type already is not written of again. Whoever set the attempt
    off does not judge what it made (S18).
    """
    for file in files if one.status is ExecutionStatus.COMPLETED else ():
        before = artifacts.newest(tx, task.task_id, file.output_type, file.title)
        if before is not None and before.execution_id is not None and before.sha256 == file.blob.sha256:
            continue
        artifacts.add(
            tx,
            task_id=task.task_id,
            bundle_id=task.bundle_id,
            blob=file.blob,
            type=file.output_type,
            label=file.title,
            file_name=file.file_name,
            content_type=file.content_type,
            role=ArtifactRole.OUTPUT,
            execution_id=one.execution_id,
            generation_method=file.generation_method,
            created_by=one.triggered_by_user_id or task.owner_id,
        )


def outputs_of(tx: Transaction, task: Task) -> list[Output]:
    """Return what attempts at a task have made, the newest first (OUT-06).

    Whoever asks has made sure that the actor sees the task.
    """
    ids = [tie.artifact_id for tie in tx.find(ArtifactLink, task_id=task.task_id)]
    tx.read_ahead({Artifact: ids})
    made = [one for one in (tx.find_by_key(Artifact, artifact_id) for artifact_id in ids) if one is not None]
    made = sorted((one for one in made if one.execution_id), key=lambda one: one.artifact_id, reverse=True)
    tx.read_ahead({Execution: [one.execution_id for one in made]})
    return [
        Output(artifact=one, execution=execution, task_id=task.task_id)
        for one in made
        if (execution := tx.find_by_key(Execution, str(one.execution_id))) is not None
    ]


def get(tx: Transaction, task_id: str, artifact_id: str) -> Output:
    """Return an output of a task that the actor sees, which any of its ids names.

    Raises:
        NotFoundError: there is none, or it is not the actor's to see.
    """
    task = lookup.find(tx, task_id)
    found = next((one for one in outputs_of(tx, task) if one.artifact.artifact_id == artifact_id), None)
    if found is None:
        raise NotFoundError(f"Task {task.name} has no output {artifact_id}. Its page shows what there is.")
    return found
