"""Lets people into a store, and picks the records that are asked for: run as a program of any tree.

``python people.py`` reads ``WORKBENCH_*`` as every command does, and prints one JSON document. It uses
nothing but the engine that it finds, so that an older one can be prepared by its own code.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from engine.accounts import service as accounts
from engine.accounts.models import User
from engine.app import Workbench
from engine.bundles.models import Bundle
from engine.config import Settings
from engine.reference.models import Employee
from engine.tasks.models import Note, Proof, Step, Task
from engine.transaction import Transaction

#: So many of the employees sign in; the first is the member whose pages are measured.
_MEMBERS = 40
MEMBER = "person0@example.com"
#: An admin besides, whose session writes: a person has one link that signs in, and one session reads by it.
_WRITER = "writes@example.com"
#: So many bundles of the member's are looked through, and so many other tasks are named.
_BUNDLES, _OTHERS = 20, 40


def prepare(workbench: Workbench) -> dict[str, Any]:
    """Return fresh sign-in tokens by e-mail, and the records whose pages are asked for."""
    operator = workbench.operator()
    with workbench.transaction(operator) as tx:
        known = {user.email for user in tx.find(User)}
        people = tx.find(Employee, order_by=("key",))[:_MEMBERS]
        for person in people:
            if person.email and person.email not in known:
                accounts.add_user(tx, person.email, person.name, ["member"])
        if _WRITER not in known:
            accounts.add_user(tx, _WRITER, "Writer", ["admin"])
        users = tx.find(User)
        tokens = {user.email: accounts.make_sign_in_link(tx, user) for user in users}
        admin = next(user.email for user in users if user.user_id == operator.user_id)
    with workbench.reading(operator) as tx:
        task, others = _tasks(tx)
        return {
            "tokens": tokens,
            "admin": admin,
            "member": MEMBER,
            "writer": tokens[_WRITER],
            "task": task.task_id,
            "bundle": task.bundle_id,
            "people": [person.employee_id for person in people[1:]],
            "emails": [person.email for person in people[1:]],
            "tasks": [other.task_id for other in others],
        }


def _tasks(tx: Transaction) -> tuple[Task, list[Task]]:
    """Return an open task with much on its page, in a bundle that the member sees; and other open tasks.

    That one is given to others all the time, so the member has another task in its bundle.
    """
    member = tx.find_one(Employee, email=MEMBER)
    own = tx.find(Task, assignee_id=member.employee_id if member else None)
    shared = sorted({task.bundle_id for task in own if task.bundle_id})[:_BUNDLES]
    found = [task for bundle_id in shared for task in tx.find(Task, bundle_id=bundle_id) if task.is_active]
    theirs = {task.task_id for task in own}
    active = sorted(bundle.bundle_id for bundle in tx.find(Bundle, status="active"))[:_BUNDLES]
    others = [task for bundle_id in active for task in tx.find(Task, bundle_id=bundle_id) if task.is_active]
    # In a tiny store the member may have nothing open; then only the admin's pages can be asked for.
    best = max(
        [task for task in found if task.task_id not in theirs] or others,
        key=lambda task: (_parts(tx, task.task_id), task.task_id),
    )
    return best, [task for task in others if task.task_id != best.task_id][:_OTHERS]


def _parts(tx: Transaction, task_id: str) -> int:
    return sum(tx.count(kind, task_id=task_id) for kind in (Step, Proof, Note))


def main() -> None:
    """Print what ``prepare`` returns."""
    workbench = Workbench(Settings.read(os.environ), migrate=True)
    try:
        json.dump(prepare(workbench), sys.stdout)
    finally:
        workbench.close()


if __name__ == "__main__":
    main()
