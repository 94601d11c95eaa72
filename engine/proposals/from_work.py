"""A task or a bundle as it was done becomes a draft of a template, with nothing of its client (EDT-07)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import yaml
from pydantic import Field

from engine.access import Actor, Permission, require
from engine.bundles import pins
from engine.bundles.models import Bundle
from engine.catalog.layout import editor_line
from engine.catalog.models import TaskDefinition, TaskTemplate
from engine.catalog.resolved import ResolvedTemplate
from engine.command import AnyCommand, Command, Services
from engine.deliverables.models import Deliverable
from engine.errors import ConflictError, bad_field
from engine.inputs import Input
from engine.plurals import plural
from engine.proposals import changing, known_names
from engine.proposals.as_done import Around, DoneTask, definition, differences, for_override, of_role
from engine.proposals.beginning import NEW_STATUS
from engine.proposals.changing import Change, Data, Drafted
from engine.proposals.models import ProposalSource
from engine.proposals.naming import name_for, path_of
from engine.proposals.suggesting import said
from engine.proposals.taken_out import ADDRESS, TakenOut
from engine.reference.models import Campaign, Employee, Partner
from engine.tasks import lookup
from engine.tasks.models import Proof, Step, Task, TaskStatus
from engine.tasks.read_models import in_order
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content

#: What of a template is its own, and no other template's.
_OWN = frozenset({"key", "name", "status", "trigger", "portal_service_item_id", "tasks", "bundle_title"})
#: So wide is a line of a new file.
_WIDEST = 110


class FromTask(Input):
    """Which task becomes one of a template, and for whom."""

    #: Its id, its number (12) or its UUID.
    task_id: str = Field(title="Task", min_length=1)
    #: For the partner of its bundle, or for everybody; left out: for the partner where there is one.
    whom: Annotated[Literal["partner", "everybody"] | None, Field(title="For whom")] = None


class FromBundle(Input):
    """Which bundle becomes a template, and what that is called."""

    #: Its id.
    bundle_id: str = Field(title="Bundle", min_length=1)
    #: What people call the new template.
    name: Annotated[str, Field(title="Name of the template", min_length=1, max_length=200)]


def prepare_task(services: Services, actor: Actor, request: FromTask) -> Change:
    """Work out the change that makes a task as it was done one of a template.

    Raises:
        NotFoundError: there is no such task, or the actor may not see it.
        ConflictError: the task is as its template says, the template is gone, or a draft says otherwise.
        ContentError: the text of the file cannot be changed there.
    """
    content = services.content()
    with services.reading(actor) as tx:
        task = lookup.find(tx, request.task_id)
        bundle = tx.find_by_key(Bundle, task.bundle_id) if task.bundle_id else None
        if bundle is None:
            return _new_of_task(tx, content, task)
        return _into_template(tx, content, bundle, task, request.whom)


def prepare_bundle(services: Services, actor: Actor, request: FromBundle) -> Change:
    """Work out the template that a bundle as it was done is a run of.

    Raises:
        NotFoundError: there is no such bundle, or the actor may not see it.
        BadRequestError: there is a template of that name.
        ConflictError: a draft makes one of that name otherwise, or the bundle has no task.
    """
    content = services.content()
    with services.reading(actor) as tx:
        bundle = tx.get(Bundle, request.bundle_id)
        resolved = pins.resolved_of(tx, bundle)
        around, done = _around(tx, bundle, resolved), _done(tx, _kept(tx, bundle))
        if not done:
            raise ConflictError(
                f"“{bundle.title}” has no task that was done: there is nothing to make of it."
            )
        template = resolved.template
        is_of_one_client = any(
            "/partners/" in one.path or "/campaigns/" in one.path for one in resolved.closure
        )
        kept = {name: value for name, value in _written(template).items() if name not in _OWN}
        kept = _all_said(kept, around.say) if is_of_one_client else kept
        if "default_assignee" in kept:
            kept["default_assignee"] = of_role(kept["default_assignee"], around.roles or {})
        tasks, refs = [], around.refs or {}
        for one in done:
            base = _base(template, one.task)
            whole = definition(one, around, base, refs[one.task.task_id])
            tasks.append(_all_said(whole, around.say) if is_of_one_client else whole)
        key = name_for(request.name)
        said = {name: value for name, value in kept.items() if value is not None}
        data = {"key": key, "name": request.name, "status": NEW_STATUS, **said, "tasks": tasks}
        count = plural(len(tasks), "task")
        return _new(
            tx, content, data, ProposalSource.BUNDLE, f"Made of a bundle as it was done, with {count}."
        )


# One task


def _new_of_task(tx: Transaction, content: Content, task: Task) -> Change:
    """Return the new template that has a task of no bundle."""
    around = Around(say=known_names.for_everybody(tx), roles=_roles(tx, None))
    [done] = _done(tx, [task])
    title = around.say(task.title)
    key = name_for(title)
    made = definition(done, around, None, name_for(title))
    kind = made.pop("task_type")
    tasks = [{**made, "offset_days": 0}]
    data = {"key": key, "name": title, "status": NEW_STATUS, "task_type": kind, "tasks": tasks}
    why = f"Task #{task.task_number} as it was done, due on the anchor date: say when it should be."
    return _new(tx, content, data, ProposalSource.TASK, why)


def _into_template(tx: Transaction, content: Content, bundle: Bundle, task: Task, whom: str | None) -> Change:
    """Return the change of a bundle's template, or of its partner's override, for a task as it was done."""
    resolved = pins.resolved_of(tx, bundle)
    template = content.templates.get(bundle.template_id)
    if template is None:
        raise ConflictError(
            f"The template {bundle.template_id} is gone. Make a new one of the bundle, on the bundle's page."
        )
    partner = tx.find_by_key(Partner, bundle.partner_id) if bundle.partner_id else None
    if whom == "partner" and partner is None:
        raise bad_field("whom", "The bundle is for no partner: change the template for everybody.")
    own = partner if whom != "everybody" else None
    around = _around(tx, bundle, resolved, with_clients=own is None)
    [done] = _done(tx, [task])
    base = _base(resolved.template, task) if not task.cloned_from else None
    changes = differences(done, around, base)
    if base is not None and not changes:
        raise ConflictError(f"Task {task.name} is as its template says: there is nothing to save.")
    scope = ("partner", own.key) if own else None
    now = content.resolve(bundle.template_id, partner=own.key if own else None).template
    known = {one.ref for one in now.tasks}
    if base is not None and base.ref not in known:
        raise ConflictError(
            f"The template has no task {base.ref} any more, so nothing can be said of it there."
        )
    ref = base.ref if base else name_for(around.say(task.title), known)
    file = changing.drafted(tx, content, bundle.template_id, path_of(bundle.template_id, scope))
    said = for_override(changes, base) if base and own else changes
    if "depends_on" in said:
        said = {**said, "depends_on": [one for one in said["depends_on"] if one in known]}
    if base is None:
        said = {name: value for name, value in said.items() if value not in (None, [])}
    if own and file.current is None:
        head = {
            "overrides": bundle.template_id,
            "partner": own.key,
            "reason": f"As #{task.task_number} was done.",
        }
        text = _text(file.path, "override", {**head, "tasks": [{"ref": ref, **said}]})
    else:
        text = changing.changed_text(file, lambda data: _with(data, ref, said, is_override=own is not None))
    verb = "Change" if base else "Add"
    return Change(
        template=bundle.template_id,
        file=file,
        text=text,
        base_commit=content.commit,
        source=ProposalSource.TASK,
        title=f"{verb} “{said.get('title') or (base.title if base else ref)}” as it was done",
        description=f"Task #{task.task_number}, of a bundle of {template.name}.",
    )


def _with(data: Data, ref: str, said: Data, *, is_override: bool) -> Data:
    """Return a file's data in which a task says this; None takes a field away."""
    tasks = list(data.get("tasks") or [])
    if not any(one["ref"] == ref for one in tasks):
        tasks.append({"ref": ref})
    return {
        **data,
        "tasks": [_changed(one, said, is_override) if one["ref"] == ref else one for one in tasks],
    }


def _changed(task: Data, said: Data, is_override: bool) -> Data:
    found = dict(task)
    for name in ("due", "offset_days"):
        if {"due", "offset_days"} & said.keys():
            found.pop(name, None)
    for name, value in said.items():
        if name in ("steps", "deliverables") and is_override:
            others = {one["ref"]: one for one in found.get(name) or []}
            found[name] = list({**others, **{one["ref"]: one for one in value}}.values())
        elif value is None and not is_override:
            found.pop(name, None)
        else:
            found[name] = value
    return found


# A new file


def _new(tx: Transaction, content: Content, data: Data, source: ProposalSource, why: str) -> Change:
    """Return the change that adds a template."""
    key, name = str(data["key"]), str(data["name"])
    file = changing.drafted(tx, content, key, path_of(key))
    if file.live is not None or key in content.templates:
        raise bad_field("name", f"There is a template {key} already. Give this one another name.")
    text = _text(file.path, "task_template", data)
    if file.draft_id is not None and file.text != text:
        raise ConflictError(
            f"A draft of yours makes a template {key} already. Go on with that, or give another name."
        )
    return Change(
        template=key,
        file=Drafted(file.path, None, file.text, file.draft_id),
        text=text,
        base_commit=content.commit,
        source=source,
        title=f"Add {name}",
        description=why,
    )


def _text(path: str, kind: Literal["task_template", "override"], data: Data) -> str:
    """Return the text of a new file."""
    dumped = yaml.dump(
        data, Dumper=_Indented, sort_keys=False, allow_unicode=True, width=_WIDEST, default_flow_style=None
    )
    return f"{editor_line(path, kind)}\n{dumped}"


class _Indented(yaml.SafeDumper):
    """Writes the entries of a list further in than its name, as the shipped content has them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT
        """Go one level further in."""
        super().increase_indent(flow, False)


def _all_said(value: Any, say: TakenOut, name: str = "") -> Any:
    """Return data with all its texts said for everybody, and no address; names of the format stay."""
    if isinstance(value, dict):
        fields = {key: _all_said(one, say, key) for key, one in value.items()}
        return {key: one for key, one in fields.items() if one != ADDRESS}
    if isinstance(value, list):
        pairs = [(one, _all_said(one, say, name)) for one in value]
        return [
            now for was, now in pairs if not (isinstance(was, dict) and "url" in was and "url" not in now)
        ]
    return say(value) if isinstance(value, str) and name not in _NAMES else value


#: Fields that hold names of the format, which are nobody's.
_NAMES = frozenset(
    {
        "ref", "key", "kind", "type", "task_type", "phase", "depends_on", "calendar", "from", "unit",
        "step_ref", "role", "fills_link", "instruction_doc_id", "instruction_step_id", "source_doc_ids",
    }
)  # fmt: skip


# What is read


def _around(
    tx: Transaction, bundle: Bundle, resolved: ResolvedTemplate, *, with_clients: bool = True
) -> Around:
    partner = tx.find_by_key(Partner, bundle.partner_id) if bundle.partner_id else None
    campaign = tx.find_by_key(Campaign, bundle.campaign_id) if bundle.campaign_id else None
    clients = [*(one.key for one in (partner, campaign) if one), *known_names.clients_in(tx)]
    declared = (resolved.template.parameters or {}).get("properties", {})
    values = {name: value for name, value in bundle.parameters.items() if name in declared}
    people = known_names.people_in(tx)
    say = TakenOut(parameters=values, clients=clients if with_clients else (), people=people)
    refs: dict[str, str] = {}
    closed: dict[str, datetime] = {}
    known = {one.ref for one in resolved.template.tasks}
    for task in _kept(tx, bundle):
        ref = task.template_task_ref
        is_own = ref in known and not task.cloned_from
        refs[task.task_id] = str(ref) if is_own else name_for(say(task.title), {*known, *refs.values()})
        if task.satisfies_dependents and task.closed_at:
            closed[refs[task.task_id]] = task.closed_at
    return Around(
        say=say,
        anchor=bundle.anchor_date,
        started_at=bundle.created_at,
        zone=tx.workspace_zone,
        calendar=resolved.calendar,
        template=resolved.template,
        parameters=bundle.parameters,
        roles=_roles(tx, campaign),
        refs=refs,
        closed=closed,
    )


def _kept(tx: Transaction, bundle: Bundle) -> list[Task]:
    """Return the tasks of a bundle in their order; none that was called off, none that does one again."""
    found = tx.find(Task, bundle_id=bundle.bundle_id)
    return sorted(
        (one for one in found if one.status is not TaskStatus.CANCELLED and one.rework_of is None),
        key=in_order,
    )


def _done(tx: Transaction, tasks: Sequence[Task]) -> list[DoneTask]:
    ids = [task.task_id for task in tasks]
    steps, proofs, deliverables = tx.find_together(
        *((kind, {"task_id": ids}) for kind in (Step, Proof, Deliverable))
    )
    return [
        DoneTask(
            task=task,
            steps=_of(task, sorted(steps, key=lambda one: one.position)),
            proofs=_of(task, sorted(proofs, key=lambda one: one.position)),
            deliverables=_of(task, sorted(deliverables, key=lambda one: one.deliverable_id)),
        )
        for task in tasks
    ]


def _of(task: Task, rows: Iterable[Any]) -> list[Any]:
    return [row for row in rows if row.task_id == task.task_id]


def _base(template: TaskTemplate, task: Task) -> TaskDefinition | None:
    return next((one for one in template.tasks if one.ref == task.template_task_ref), None)


def _roles(tx: Transaction, campaign: Campaign | None) -> dict[str, str]:
    """Return which role each employee does: what the campaign says, else the first of their own."""
    employees = tx.find(Employee)
    found = {one.employee_id: one.roles[0] for one in employees if one.roles}
    found |= {employee: role for role, employee in (campaign.people if campaign else {}).items()}
    return found | {one.key: found[one.employee_id] for one in employees if one.employee_id in found}


def _written(template: TaskTemplate) -> Data:
    dumped: Data = template.model_dump(mode="json", exclude_unset=True)
    return dumped


def _put(tx: Transaction, _request: FromTask | FromBundle, change: Change) -> Any:
    require(tx.actor, Permission.PROPOSE, "change templates")
    return changing.put(tx, change)


COMMANDS: tuple[AnyCommand, ...] = (
    Command(
        name="proposal from-task",
        help="Make a task as it was done one of a template, as a draft.",
        input=FromTask,
        permission=Permission.PROPOSE,
        prepare=prepare_task,
        run=_put,
        message=said,
    ),
    Command(
        name="proposal from-bundle",
        help="Make a template of a bundle as it was done, as a draft.",
        input=FromBundle,
        permission=Permission.PROPOSE,
        prepare=prepare_bundle,
        run=_put,
        message=said,
    ),
)
