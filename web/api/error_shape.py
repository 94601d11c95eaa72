"""The one shape of what is refused, with all that its details may have."""

from __future__ import annotations

from web.api.schemas import NUMBER, OPTIONAL_TEXT, TEXT, Schema, said, shape, some

#: What some details have beside their code and words.
_BESIDE: dict[str, Schema] = {
    "field": said(OPTIONAL_TEXT, "The input it belongs to; null where it belongs to none."),
    "scope": said(TEXT, "Of `SCOPE_MISSING`: the scope that the token lacks."),
    "current": said(TEXT, "Of `INVALID_TRANSITION`: where the record stands."),
    "target": said(TEXT, "Of `INVALID_TRANSITION`: where it was to go."),
    "allowed": said(some(TEXT), "Of `INVALID_TRANSITION`: where it may go."),
    "cycle": said(some(TEXT), "Of `DEPENDENCY_CYCLE`: the ids of the tasks in the circle."),
    "area": said(
        TEXT,
        "Of what a completion lacks: `proof`, `steps`, `deliverables`, `approval`, `links`, "
        "`dependencies` or `tasks`.",
    ),
    "subject": said(TEXT, "Of what a completion lacks: the id or the name of what is missing."),
    "label": said(TEXT, "Of `MISSING_PROOF`: the label of the proof."),
    "kind": said(TEXT, "Of `MISSING_PROOF`: what kind of proof it is."),
    "task_proof_id": said(TEXT, "Of `MISSING_PROOF`: its id."),
    "ref": said(TEXT, "Of a step or a deliverable: its name in the task."),
    "task_step_id": said(TEXT, "Of `OPEN_STEP`: its id."),
    "type": said(TEXT, "Of `MISSING_DELIVERABLE`: what kind of deliverable it is."),
    "deliverable_id": said(TEXT, "Of a deliverable: the id of the version."),
    "sources": said(some(TEXT), "Of `APPROVAL_MISSING`: who has to approve, `internal` or `portal`."),
    "lacks": said(TEXT, "Of `APPROVAL_MISSING`: `deliverable` where there is nothing to approve yet."),
    "task_number": said(NUMBER, "Of another task that stands in the way: its number."),
    "title": said(TEXT, "Of a step or another task: what it is called."),
    "status": said(TEXT, "Of another task: where it stands."),
    "file": said(TEXT, "Of what is wrong in content: the file."),
    "line": said(NUMBER, "Of what is wrong in content: the line, from 1."),
    "column": said(NUMBER, "Of what is wrong in content: the column, from 1."),
    "severity": said(TEXT, "Of what is wrong in content: `error` or `warning`."),
    "hint": said(TEXT, "Of what is wrong in content: what to do about it; may be empty."),
    "reference": said(TEXT, "Of `INTERNAL`: what to tell the operator."),
}
_DETAIL = shape(
    "One thing that is wrong, with what belongs to its code.",
    {
        "code": said(TEXT, "Of this one thing; it may differ from that of the whole."),
        "message": said(TEXT, "What is wrong, and what to do."),
        **_BESIDE,
    },
    optional=_BESIDE,
)
ERROR = shape(
    "What was refused, and why.",
    {
        "error": shape(
            "The refusal.",
            {
                "code": said(TEXT, "Stable: programs decide by it."),
                "message": said(TEXT, "What happened, where, and what to do next."),
                "details": said(some(_DETAIL), "Each thing that is wrong; empty where the code says it all."),
            },
        )
    },
)
