"""Nothing is lost, nothing is stored that no event tells of, and what waits for the commit runs after it."""

from __future__ import annotations

import pytest

from engine.errors import ConflictError
from engine.reference.models import Employee, EmployeeKind, Partner
from engine.tasks import lifecycle
from engine.tasks.models import Task
from engine.transaction import Transaction
from tests.engine.transactions.samples import partner, refused
from tests.factories import make_task
from tests.told import added, saved


def test_a_record_that_was_changed_and_not_saved_is_refused_with_its_field(workbench, operator, acme):
    """H1: such a change was lost in silence."""

    def change(tx: Transaction) -> None:
        tx.get(Partner, acme).name = "Acme Ltd"

    refused(workbench, change, RuntimeError, rf"Partner {acme} was changed and not saved: \['name'\]")


@pytest.mark.parametrize("is_new", [True, False])
def test_a_record_that_was_changed_after_it_was_recorded_is_refused_with_its_field(
    workbench, operator, acme, is_new
):
    """H1: a new one was stored with a column that differed from its document."""

    def change(tx: Transaction) -> None:
        found = partner(tx, "globex") if is_new else saved(tx, tx.get(Partner, acme))
        found.key = "other"

    refused(workbench, change, RuntimeError, r"changed after it was recorded and not saved: \['key'\]")


def test_a_new_record_of_which_a_list_was_changed_after_it_was_recorded_is_refused(workbench, operator):
    """Its fields are the same then: only what it would be stored as tells."""

    def change(tx: Transaction) -> None:
        employee = Employee(
            employee_id=tx.new_id(Employee),
            workspace_id=tx.workspace_id,
            key="ana",
            name="Ana",
            email=None,
            kind=EmployeeKind.HUMAN,
            roles=["writer"],
            created_at=tx.now,
            updated_at=tx.now,
        )
        added(tx, employee).roles.append("editor")

    refused(workbench, change, RuntimeError, r"changed after it was recorded and not saved: \['roles'\]")


def test_a_record_that_is_saved_again_after_its_event_is_stored_whole(workbench, operator):
    with workbench.transaction(operator) as tx:
        made = partner(tx, "globex")
        made.key = "other"
        saved(tx, made)
    with workbench.reading(operator) as tx:
        assert tx.find_one(Partner, key="other").key == "other"


def test_a_write_without_any_event_is_refused(workbench, operator, acme):
    def change(tx: Transaction) -> None:
        found = tx.get(Partner, acme)
        found.name = "Acme Ltd"
        tx.save(found)

    refused(workbench, change, RuntimeError, f"no event tells that these were written: partners/{acme}")


def test_what_waits_for_the_commit_runs_after_it(workbench, operator, acme):
    found: list[str] = []

    def look() -> None:
        with workbench.reading(operator) as tx:
            found.append(tx.get(Partner, acme).name)

    with workbench.transaction(operator) as tx:
        record = tx.get(Partner, acme)
        record.name = "Acme Ltd"
        saved(tx, record)
        tx.after_commit(look)
        tx.flush()
        assert found == []
    assert found == ["Acme Ltd"]


def test_an_error_after_the_commit_is_logged_with_the_task_and_reaches_nobody(workbench, operator, caplog):
    """H6: the work is done; whoever did it must not be told that it failed."""
    task, called = make_task(workbench), []

    def fail() -> None:
        raise OSError("the bell is broken")

    with workbench.transaction(operator) as tx:
        lifecycle.start(tx, task.task_id)
        tx.after_commit(fail)
        tx.after_commit(lambda: called.append("the next one"))
    assert called == ["the next one"]
    [logged] = caplog.records
    assert task.task_id in logged.getMessage()
    assert "the bell is broken" in str(logged.exc_info)
    with workbench.reading(operator) as tx:
        assert tx.get(Task, task.task_id).status == "in_progress"


def test_what_waits_for_a_commit_that_fails_at_the_end_never_runs(workbench, operator):
    called = []

    def change(tx: Transaction) -> None:
        tx.after_commit(lambda: called.append("told"))
        partner(tx, "twice")
        partner(tx, "twice")  # refused by the database when it is written, on leaving

    refused(workbench, change, ConflictError)
    assert called == []


def test_there_is_no_transaction_inside_a_transaction(workbench, operator):
    with workbench.transaction(operator) as tx:
        with pytest.raises(RuntimeError, match="open already"), workbench.transaction(operator):
            pass
        partner(tx, "after")
    with workbench.reading(operator) as tx:
        assert tx.count(Partner, key="after") == 1
