"""Writes the tasks of a feed as iCalendar (RFC 5545); pure: the same tasks are the same bytes.

A to-do is due at a moment, in UTC; an event is a whole day, which has no zone. Zones of the library's own are
never written: two readers take those an hour wrongly. Identities name no host, so that a move of the board
moves nothing in anybody's calendar.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date, timedelta

from icalendar import Calendar, Event, Todo

from engine.clock import to_text
from engine.feeds.reading import Contents
from engine.tasks.models import Priority, TaskStatus
from engine.tasks.read_models import TaskRow

_PRODUCT = "-//Workbench//Feeds//EN"
#: RFC 5545 counts from 1, the highest, to 9.
_PRIORITIES = {Priority.CRITICAL: 1, Priority.HIGH: 3, Priority.MEDIUM: 5, Priority.LOW: 9}
_BEGUN = frozenset({TaskStatus.IN_PROGRESS, TaskStatus.WAITING, TaskStatus.PENDING_APPROVAL})


def tag_of(contents: Contents, *, with_events: bool, site: str) -> str:
    """Return a text that is another one whenever ``written`` is, without writing it."""
    facts = [[str(value) for value in _facts(task)] for task in contents.tasks]
    told = json.dumps([contents.name, with_events, site, facts])
    return hashlib.sha256(told.encode()).hexdigest()


def written(contents: Contents, *, with_events: bool, site: str) -> bytes:
    """Return the calendar; ``site`` is where its links lead, without a slash at the end."""
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", contents.name)
    for task in contents.tasks:
        calendar.add_component(_todo(task, site))
        if with_events and task.due_date is not None:
            calendar.add_component(_event(task, task.due_date, site))
    found: bytes = calendar.to_ical()
    return found


def _facts(task: TaskRow) -> tuple[object, ...]:
    deadline = to_text(task.deadline) if task.deadline else None
    names = task.title, task.bundle_title, task.assignee_name, task.assignee_role
    times = deadline, task.due_date, to_text(task.updated_at)
    return (task.task_id, task.task_number, task.revision, task.status, task.priority, *names, *times)


def _todo(task: TaskRow, site: str) -> Todo:
    todo = Todo()
    _describe(todo, task, site)
    todo.add("uid", f"{task.task_id}@workbench")
    todo.add("due", task.deadline)
    todo.add("priority", _PRIORITIES[task.priority])
    todo.add("status", "IN-PROCESS" if task.status in _BEGUN else "NEEDS-ACTION")
    return todo


def _event(task: TaskRow, day: date, site: str) -> Event:
    event = Event()
    _describe(event, task, site)
    event.add("uid", f"{task.task_id}.due@workbench")
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("transp", "TRANSPARENT")
    return event


def _describe(component: Todo | Event, task: TaskRow, site: str) -> None:
    """Say what both say of a task; its moment is that of its last change: nothing changes by itself."""
    component.add("dtstamp", task.updated_at)
    component.add("last-modified", task.updated_at)
    component.add("sequence", task.revision - 1)
    component.add("summary", task.title)
    role = f"any {task.assignee_role.replace('_', ' ')}" if task.assignee_role else "nobody"
    lines = [f"#{task.task_number}, {task.status.said}", f"Assigned to {task.assignee_name or role}"]
    component.add("description", "\n".join([*lines, *([task.bundle_title] if task.bundle_title else [])]))
    component.add("url", f"{site}/tasks/{task.task_id}")
