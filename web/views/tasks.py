"""The task's page, what is done to a task, and its files."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urljoin

from flask import Blueprint, Response, abort, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from engine import commands
from engine.artifacts.models import Artifact
from engine.audit import topics
from engine.bundles.models import BundleLink
from engine.command import Done
from engine.deliverables.models import Deliverable
from engine.deliverables.resubmission import Resubmission
from engine.errors import CompletionRefusedError, NotFoundError, WorkbenchError, bad_field
from engine.record import Record
from engine.tasks import lookup
from engine.tasks.following import following
from engine.tasks.models import Note, Proof, Step, Task
from web import addresses, auth, downloads, errors, forms, headers, live, messages, sent
from web.context import current_actor, current_workbench
from web.pages import remarks, task_loading, task_outputs
from web.pages.task_blockers import mended_at
from web.pages.task_edit import Edit
from web.rendering import render
from web.views import track

bp = Blueprint("tasks", __name__)

#: Addresses below a task that are not simply a command's verb: what follows the task's id, and its command.
ADDRESSES = {
    "request_approval": "task submit",
    "steps": "task add-step",
    "steps/<ref>": "task step",
    "steps/<ref>/drop": "task drop-step",
    "notes": "task note",
    "notes/<task_note_id>/edit": "task edit-note",
    "links": "task link",
    "files": "task file",
    "files/link": "task add-link",
    "files/<artifact_id>/approve": "task approve-file",
    "deliverables": "task add-deliverable",
    "deliverables/<ref>": "task deliverable",
    "deliverables/<deliverable_id>/next": "task resubmit",
    "dependencies/<other_id>/drop": "task drop-dependency",
}
#: The two buttons of a permission to run, and which verdict each of them is.
VERDICTS = {"review_approve": "approve", "review_reject": "reject"}
#: Where on the task's page a changed record stands: the beginning of its anchor, followed by its id.
_ANCHORS: dict[type[Record], str] = {Step: "step", Note: "note", Proof: "proof", Deliverable: "deliverable"}
_PANELS: dict[type[Record], str] = {Artifact: "files", BundleLink: "links"}


@bp.get("/tasks/<task_id>")
@live.follows_record(topics.task, task_loading.topics_with_queue)
def show(task_id: str) -> ResponseReturnValue:
    """Show a task with everything that the work needs."""
    return task_response(task_id)


@bp.post("/tasks/<task_id>/<verb>")
def act(task_id: str, verb: str) -> ResponseReturnValue:
    """Do a command of a task, or show everything that stands in its way."""
    if verb in VERDICTS:
        return changed(task_id, sent.do("task review", task_id=task_id, verdict=VERDICTS[verb]))
    command = commands.of("task").get(verb.replace("_", "-"))
    if command is None or "task_id" not in command.input.model_fields:
        abort(404)
    done = sent.do(command.name, task_id=task_id)
    if command.name == "task execute" and not errors.wants_json():
        messages.say(done)
        followed = addresses.track(done.result.task_id)  # at once (TRK-01)
        return redirect(auth.safe_next(request.form.get("back"), followed), 303)
    return changed(task_id, done, goes_on=command.name == "task complete")


def _at(name: str) -> Callable[..., ResponseReturnValue]:
    """Make the view of a command that has an address of its own."""

    def view(task_id: str, **path: str) -> ResponseReturnValue:
        return changed(task_id, sent.do(name, task_id=task_id, **path))

    return view


@bp.post("/tasks/<task_id>/steps/<ref>/leave-out")
def leave_out(task_id: str, ref: str) -> ResponseReturnValue:
    """Say why a step does not apply; what lacks the reason would tick it, so it is refused here."""
    if not request.form.get("not_applicable", "").strip():
        raise bad_field("not_applicable", "say why it does not apply here")
    return changed(task_id, sent.do("task step", task_id=task_id, ref=ref))


for _rest, _name in ADDRESSES.items():
    _endpoint = _name.removeprefix("task ").replace("-", "_")
    bp.add_url_rule(f"/tasks/<task_id>/{_rest}", _endpoint, _at(_name), methods=["POST"])


@bp.post("/tasks/<task_id>/notes/called")
def called(task_id: str) -> ResponseReturnValue:
    """Say whom a note that is being written would call, and who would not hear of it."""
    with current_workbench().reading(current_actor()) as tx:
        calls = remarks.preview(tx, task_id, request.form.get("body", ""))
    return render("tasks/_called.html", calls=calls)


@bp.get("/artifacts/<artifact_id>")
def artifact(artifact_id: str) -> Response:
    """Hand out a file of a task that the user sees, always as a download."""
    with current_workbench().reading(current_actor()) as tx:
        found = downloads.get_artifact(tx, artifact_id)
    return downloads.send(found, current_workbench().blobs)


def task_response(task_id: str, status: int = 200) -> Response:
    """Return the task's page."""
    workbench, content = current_workbench(), current_workbench().content()
    with workbench.reading(current_actor()) as tx:
        page = task_loading.load(
            tx,
            content,
            task_id,
            request.args.get("note"),
            find=request.args.get("find", ""),
            edit=_edited(),
            # What was refused is shown at its form, wherever in a list that stands.
            is_whole="whole" in request.args or forms.refused_form() is not None,
        )
    shown = task_outputs.previews(workbench.blobs, page.outputs)
    answer = live.page("tasks/show.html", status, page=page, task=page.task, outputs=shown)
    # What comes out while the page is open arrives without another answer of the page.
    if page.task.execution_type is not None or any(one.is_framed for one in shown):
        headers.allow_own_frames(answer)
    if page.edit.name and request.method == "POST":
        answer.headers["HX-Replace-Url"] = page.address  # wherever its form was opened, it is shown here now
    return answer


def _edited() -> Edit:
    """Give the field whose form is open: the one that was refused, or that the address asks for."""
    again = forms.refused_form()
    name = request.args.get("edit", "") if again is None else again.name.removeprefix("edit-")
    back = (request.args if again is None else again.values).get("back")
    return Edit(name=name, find=request.args.get("find", ""), back=auth.safe_next(back, ""))


def changed(
    task_id: str, done: Done[Any], anchor: str | None = None, *, goes_on: bool = False
) -> ResponseReturnValue:
    """Answer a change: the caller's way back, or as JSON for the board's drag and drop.

    With ``goes_on`` the message leads to what the user has to do next.
    """
    if errors.wants_json():
        return jsonify(_state(task_id) | messages.as_json(done))
    messages.say(done, _with_next(done) if goes_on else None)
    remarks.warn_of(done.result)
    record = done.result.row if isinstance(done.result, Resubmission) else done.result
    here = url_for(
        "tasks.show",
        task_id=getattr(record, "task_id", None) or task_id,
        _anchor=anchor or anchor_of(record) or _field_that_was_sent(),
    )
    return redirect(auth.safe_next(request.form.get("back"), here), 303)


def _field_that_was_sent() -> str | None:
    """Name the place of the field whose form was sent, where it was one of a field."""
    name = request.form.get(forms.NAME_FIELD, "")
    return f"field-{name.removeprefix('edit-')}" if name.startswith("edit-") else None


def _with_next(done: Done[Task]) -> str:
    """Return a message with a link to the user's next task of the bundle, where there is one (D14).

    Completed in a list, the task is gone from it: the message leads to its correction, which its page offers.
    """
    with current_workbench().reading(current_actor()) as tx:
        task = following(tx, done.result)
    said = done.message
    if request.form.get("back"):
        link = Markup('{} A slip? <a href="{}">Correct it</a>.')
        said = link.format(said, url_for("corrections.ask", task_id=done.result.task_id))
    if task is None:
        return said
    link = Markup('{} Next: <a href="{}" data-key="g n">{}</a> <kbd>g n</kbd>')
    return link.format(said, addresses.task(task.task_id), task.title)


def _state(task_id: str) -> dict[str, Any]:
    """Return how a task stands; only its id where whoever gave it away does not see it any more."""
    try:
        with current_workbench().reading(current_actor()) as tx:
            task = lookup.find(tx, task_id)
    except NotFoundError:  # it was done all the same
        return {"task_id": task_id}
    return {"task_id": task.task_id, "status": task.status, "revision": task.revision}


def anchor_of(record: Record) -> str | None:
    """Name the place on the task's page where a record stands; None for the task itself."""
    kind = type(record)
    return f"{_ANCHORS[kind]}-{record.record_id}" if kind in _ANCHORS else _PANELS.get(kind)


@bp.errorhandler(WorkbenchError)
def refused(error: WorkbenchError) -> ResponseReturnValue:
    """Show the task again with the reasons at its form and the input kept; JSON says where each is mended."""
    task_id = (request.view_args or {}).get("task_id")
    if task_id is None:
        return errors.answer(error)
    if isinstance(error, CompletionRefusedError):
        for detail, violation in zip(error.details, error.violations, strict=True):
            detail["mended_at"] = urljoin(addresses.task(task_id), mended_at(violation) or "")
    is_followed = track.was_used(task_id)
    page = track.response if is_followed else task_response
    at = partial(url_for, "track.show" if is_followed else "tasks.show", task_id=task_id)
    return errors.shown_again(error, partial(page, task_id), at)
