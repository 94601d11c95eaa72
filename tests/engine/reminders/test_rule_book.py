"""Which rules hold for which tasks, and what they share."""

from __future__ import annotations

from engine.app import Workbench
from engine.catalog.reminder_rules import ReminderRules
from engine.reminders.rules import RuleBook
from engine.tasks.models import Task
from tests.factories import make_bundle, make_task
from tests.statements import counted


def test_tasks_under_the_same_rules_share_what_was_worked_out_and_others_do_not(workbench: Workbench):
    bundle, alone = make_bundle(workbench, "monthly_tax_report"), make_task(workbench)
    with workbench.reading(workbench.operator()) as tx:
        tasks = tx.find(Task, bundle_id=bundle.bundle_id, order_by=("task_number",))
        book = RuleBook(workbench.content(), "UTC")
        found = [book.of_task(tx, task) for task in (*tasks, tx.get(Task, alone.task_id))]
    told = {(one.rules.model_dump_json(), one.rhythm) for one in found}
    assert len({id(one) for one in found}) == len(told) < len(tasks)


def test_what_holds_for_a_template_is_read_once_however_many_bundles_were_started_from_it(
    workbench: Workbench,
):
    first, second = (make_bundle(workbench, "monthly_tax_report") for _ in range(2))
    book = RuleBook(workbench.content(), "UTC")
    asked: list[list[str]] = []
    for bundle in (first, second):
        with workbench.reading(workbench.operator()) as tx:
            tasks = tx.find(Task, bundle_id=bundle.bundle_id, order_by=("task_number",))
            with counted() as sent:
                book.read_ahead(tx, tasks)
            with counted() as more:
                found = [book.of_task(tx, task) for task in tasks]
        asked += [sent, more]
        assert len(found) == len(tasks)
    reading, after_it, again, after_that = asked
    assert reading
    assert (after_it, again, after_that) == ([], [], [])


def test_the_next_book_knows_what_was_worked_out_by_the_same_rules_at_the_same_times_alone(
    workbench: Workbench,
):
    content = workbench.content()
    earlier = RuleBook(content, "Europe/Oslo").of_workspace()
    earlier.memo[("a date",)] = []
    later = RuleBook(content, "Europe/Oslo")
    assert later.of_workspace().memo == {("a date",): []}
    assert later.governing(None, ReminderRules(overdue=[])).memo == {}
    assert RuleBook(content, "Europe/Lisbon").of_workspace().memo == {}
