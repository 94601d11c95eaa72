"""What attempts at an automated task have made; asked for by task alone (OUT-06)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.artifacts.models import Artifact, GenerationMethod
from engine.audit import topics
from engine.executions import outputs
from engine.executions.outputs import Output
from engine.tasks.models import Task
from engine.transaction import Transaction
from web.api import schemas
from web.api.paging import Asked, Page, cut
from web.api.resources.base import Described, Resource
from web.api.schemas import MOMENT, NUMBER, OPTIONAL_TEXT, TEXT, said

SCHEMA = schemas.shape(
    "A file that an attempt at an automated task has made.",
    {
        "artifact_id": said(TEXT, "Its id, as of all files."),
        "task_id": said(TEXT, "The task."),
        "execution_id": said(TEXT, "The attempt that made it."),
        "attempt_number": said(NUMBER, "Which attempt at the task that was, from 1."),
        "executor": said(TEXT, "What ran the task."),
        "title": said(TEXT, "What people call it."),
        "output_type": said(TEXT, "What kind of thing it is, such as `report`."),
        "version_number": said(NUMBER, "Counts those of the same title and type, from 1."),
        "previous_artifact_id": said(OPTIONAL_TEXT, "The version before it. Null for the first."),
        "file_name": said(TEXT, "The name under which it is downloaded."),
        "file_format": said(TEXT, "The ending of that name, such as `pdf`."),
        "content_type": said(TEXT, "The media type that its bytes prove."),
        "size_bytes": said(NUMBER, "How large it is, in bytes."),
        "sha256": said(TEXT, "The SHA-256 of its bytes, as hexadecimal digits."),
        "generation_method": said(
            {"type": "string", "enum": [one.value for one in GenerationMethod]},
            "`text`: it was made as text; `skill`: as a file of its format.",
        ),
        "created_at": said(MOMENT, "When the attempt that made it ended."),
    },
)


def _list(tx: Transaction, asked: Asked) -> Page:
    return cut(outputs.outputs_of(tx, asked.parent), asked, _place, descending=True)


def _place(one: Output) -> tuple[str]:
    return (one.artifact.artifact_id,)


def _find(tx: Transaction, task: Task, text: str) -> Output:
    return outputs.get(tx, task.task_id, text)


def _told(_: Transaction, found: Sequence[Output]) -> Described:
    return [one.as_json() for one in found]


def _file(_: Transaction, found: Output) -> Artifact:
    return found.artifact


OUTPUTS = Resource(
    name="outputs",
    record=Artifact,
    help="What attempts at an automated task have made, the newest first; its bytes are under `content`.",
    called="Output",
    parent="tasks",
    find_in=_find,
    list=_list,
    describe=_told,
    schema=SCHEMA,
    file_of=_file,
    item_topics=lambda one: (topics.task(one.task_id),),
    list_topics=lambda task: (topics.task(task.task_id),),
)
RESOURCES: Mapping[str, Resource] = {one.path: one for one in (OUTPUTS,)}
