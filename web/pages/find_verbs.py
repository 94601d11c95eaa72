"""What can be done, by its name: with the task that is open, and anywhere (issue 11, part 4).

Which verbs there are is told by the task's page (``deliverables.actions``) and the registry of commands, as
the access rules allow them to whoever asks. Choosing one leads to its form, or to its button. Only what has
its Undo and needs nothing typed is done at once: to assign the task, and to give it a priority.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from engine import commands
from engine.access import may
from engine.asked import fields_of
from engine.audit.models import Event
from engine.corrections import correct
from engine.deliverables import actions
from engine.reference.models import Employee
from engine.tasks import visibility
from engine.tasks.models import Priority, Task
from engine.transaction import Transaction
from web import addresses, navigation
from web.pages import task_edit
from web.pages.find_hits import MOST, Here, Hit, begins, best

#: As many of a task's events as its page reads.
_NEWEST = 10
#: What adds something to a task -> its words, and where its form is on the page.
_ADDING = {
    "task note": ("Write a note", "note-body"),
    "task file": ("Add a file", "add-file"),
    "task add-link": ("Add a link", "add-link"),
    "task add-step": ("Add a step", "add-step"),
    "task add-deliverable": ("Add a deliverable", "add-deliverable"),
}
#: Those of them that take whoever works on it, and that take work that goes on.
_WORKING, _ONGOING = frozenset(_ADDING) - {"task note"}, frozenset({"task add-step", "task add-deliverable"})
#: What adds something to the workspace -> its words, and where its form is.
_ANYWHERE = {
    "employee add": ("Add somebody who does the work", "people.index", "add-employee"),
    "user add": ("Let somebody sign in", "people.index", "add-user"),
    "partner add": ("Add a partner", "partners.index", "add-partner"),
    "campaign add": ("Add a campaign", "partners.index", "add-campaign"),
}
#: What somebody begins with who wants a task; the rest is its line.
_NEW = ("new task", "add a task", "add task", "task")
#: So much of a name tells that it is meant.
_TELLING = 3


def with_task(tx: Transaction, here: Here) -> list[Hit]:
    """Return what can be done with the open task; without a text the first of it, as its page has it."""
    return best([*_of_task(tx, here), *_at_once(tx, here)] if here.text else _of_task(tx, here), here.text)


def anywhere(tx: Transaction, here: Here) -> list[Hit]:
    """Return what can be begun: a task of what was typed comes last, unless it was typed as one."""
    hits = best(_anywhere(tx, here), here.text)
    if not may(tx.actor, commands.get("task quick").permission):
        return hits
    line = next((here.text[len(new) :].strip() for new in _NEW if _begins(here.text, new)), None)
    if line is not None:
        return [_new_task(line), *hits[: MOST - 1]]
    return [*hits[: MOST - 1], _new_task(here.text)]


def are_meant(hits: list[Hit], text: str) -> bool:
    """Whether a text names something to begin, rather than something that is there."""
    is_named = any(begins(hit, text) for hit in hits)
    return any(_begins(text, new) for new in _NEW) or (len(text) >= _TELLING and is_named)


def _begins(text: str, words: str) -> bool:
    return f"{text.lower()} ".startswith(f"{words} ")


def _new_task(line: str) -> Hit:
    """Lead to the form of a task that is whose who asks, unless they say whose, as from My work."""
    given = {"mine": "true", "line": line} if line else {"mine": "true"}
    label = f"New task: {line}" if line else "New task"
    return Hit(label=label, address=f"{navigation.fixed_address('task_making.ask')}?{urlencode(given)}")


# -- with the task that is open ----------------------------------------------------------------


def _of_task(tx: Transaction, here: Here) -> Iterator[Hit]:
    """Yield what can be done with the open task, in the order of its page: verbs, fields, what is added."""
    if here.task is None:
        return
    page = addresses.task(here.task.task_id)
    for action in actions.allowed(tx, here.task):
        if action.name == "clone":
            yield from _of_closed(tx, here.task, page)
            yield Hit(label=action.label, address=f"{page}/clone")
        else:
            if action.name == "assign" and tx.actor.sees_everything:
                address = f"/people/for/{here.task.task_id}?{urlencode({'back': page})}"
                yield Hit(label="Find somebody", address=address, also="assign")
            yield Hit(
                label=action.label, address=f"{page}?do={action.name}#do-{action.name}", also=action.name
            )
    for name in _editable(tx, here, here.task):
        label = fields_of(commands.get("task update").input)[name].label.lower()
        yield Hit(label=f"Change: {label}", address=f"{page}?edit={name}#field-{name}", also=name)
    for name, (label, place) in _ADDING.items():
        if _may_add(tx, here.task, name):
            yield Hit(label=label, address=f"{page}#{place}", also=commands.get(name).help)


def _of_closed(tx: Transaction, task: Task, page: str) -> Iterator[Hit]:
    """Yield what is done with closed work alone: its rework, and its correction where the page offers it."""
    if not task.is_terminal:
        return
    yield Hit(label="Rework", address=f"{page}#do-rework")
    events = tx.find(Event, task_id=task.task_id, order_by=("-seq",), limit=_NEWEST)
    if correct.is_offered(tx, task, events):
        yield Hit(label="Correct", address=f"{page}/correct")


def _editable(tx: Transaction, here: Here, task: Task) -> list[str]:
    """Return the fields that the actor may change, in the order of the page."""
    open_to_them = task_edit.editable(tx, here.content, task, may_work=True)
    return [name for name in task_edit.FIELDS if name in open_to_them]


def _may_add(tx: Transaction, task: Task, name: str) -> bool:
    if name in _WORKING and (task.is_terminal or not visibility.works(tx, task)):
        return False
    is_open = task.is_active or name not in _ONGOING
    return is_open and may(tx.actor, commands.get(name).permission)


def _at_once(tx: Transaction, here: Here) -> Iterator[Hit]:
    """Yield what has its Undo and is whole as it is chosen."""
    if here.task is None or here.task.is_terminal or not visibility.works(tx, here.task):
        return
    task, page = here.task, addresses.task(here.task.task_id)
    revision = ("revision", str(task.revision))
    for person in here.named:
        if person.kind is Employee and person.record_id != task.assignee_id:
            me = " (me)" if person.record_id == tx.actor.employee_id else ""
            sends = (("assignee", person.record_id), revision)
            label = f"Assign to {person.name}{me}"
            yield Hit(label=label, address=f"{page}/assign", also=person.key, sends=sends)
    for priority in Priority:
        if priority is not task.priority:
            sends = (("priority", priority.value), revision)
            yield Hit(label=f"Set the priority: {priority}", address=f"{page}/update", sends=sends)


# -- anywhere ----------------------------------------------------------------------------------


def _anywhere(tx: Transaction, here: Here) -> Iterator[Hit]:
    actor = tx.actor
    if may(actor, commands.get("bundle create").permission):
        for key, template in here.content.templates.items():
            if template.recipe is not None and template.is_active:
                address = navigation.fixed_address("start.form", key=key)
                yield Hit(label=f"Start: {template.name}", address=address, also=key)
    for name, (label, endpoint, place) in _ANYWHERE.items():
        if actor.sees_everything and may(actor, commands.get(name).permission):
            yield Hit(label=label, address=f"{navigation.fixed_address(endpoint)}#{place}", also=name)
