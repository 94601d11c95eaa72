"""A workspace in which people have worked: every kind of record, and texts that are hard to carry."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from engine.access import Actor
from engine.accounts.models import User
from engine.app import Workbench
from engine.bundles import service as bundles
from engine.bundles.models import Bundle
from engine.catalog.calendars import DAY_NAMES, Calendar
from engine.catalog.reminder_rules import WorkspaceReminders
from engine.deliverables import approvals, comments, decisions, versions
from engine.deliverables.models import Deliverable
from engine.executions.running import running
from engine.executions.service import last_of
from engine.jobs.embedded import EmbeddedEngine
from engine.jobs.port import Kinds
from engine.notifications import choices
from engine.notifications.models import About, NotificationKind
from engine.notifications.service import notify
from engine.proposals import drafting
from engine.proposals.overlay import text_of
from engine.qa import service as qa
from engine.reminders.tick import tick
from engine.secrets import service as secrets
from engine.tasks import lifecycle, notes, proof, steps
from engine.tasks.models import Task
from engine.watching import service as watching
from engine.watching.models import WatchMode
from engine.webhooks import service as webhooks
from engine.webhooks.inputs import MakeWebhook
from engine.worklogs import service as worklogs
from tests.factories import do, make_bundle, make_people, make_task, set_up_factor
from tests.golden.worker import Worker

#: What CSV, SQL and shells stumble over.
HARD_TEXT = (
    'He said: "it\'s \\\\. done",\n\ttab, \\N, \\x41, 50 % — Ünïcödé, 漢字, 😀, \u2028 \u0085, $$, {}, NULL'
)


def live(workbench: Workbench, *others: str) -> Bundle:
    """Work through most of a monthly tax report, beside ``others`` that only started; return its bundle."""
    make_people(workbench)
    for key in others:
        make_bundle(workbench, key, campaign="acme_spring", title=f"{key} {HARD_TEXT}"[:200])
    bundle = make_bundle(workbench, "monthly_tax_report", idempotency_key="once")
    blob = workbench.blobs.put(io.BytesIO(b"%PDF statement \x00\xff"), 1000)
    with workbench.transaction(workbench.operator()) as tx:
        by_ref: dict[Any, str] = {
            task.template_task_ref: task.task_id for task in tx.find(Task, bundle_id=bundle.bundle_id)
        }
        skipped = by_ref["open_bookkeeping_report"]
        lifecycle.skip(tx, skipped, "fixed monthly spreadsheet reused", "the link of last month stands")
        finom = by_ref["create_bank_statements_finom"]
        label = "Finom statement of the month"
        proof.give_file(tx, finom, label, blob, file_name="finom.pdf", content_type="application/pdf")
        lifecycle.start(tx, by_ref["convert_currencies"])
        notes.add(tx, by_ref["convert_currencies"], HARD_TEXT)
    with workbench.transaction(workbench.operator()) as tx:
        _complete(tx, by_ref["review_update_todos"])
        _complete(tx, finom)
        lifecycle.wait(tx, by_ref["convert_currencies"], "the bank", comment=HARD_TEXT)
        bundles.fill_link(tx, bundle.bundle_id, "Accountant email thread", "mailto:tax@example.com")
    with workbench.transaction(workbench.operator()) as tx:
        secrets.keep(tx, "smtp_password", "what the key file would have sealed")
    _stand_alone(workbench)
    judge(workbench)
    content = workbench.content()
    with workbench.transaction(workbench.actor_by_email("mara@example.com")) as tx:
        watching.set_mode(tx, tx.get(Bundle, bundle.bundle_id), WatchMode.WATCHING)
        watching.set_mode(tx, tx.get(Task, finom), WatchMode.MUTED)
        worklog = worklogs.make(tx, content, "acme_spring")
        worklogs.edit(tx, worklog.worklog_id, HARD_TEXT)
        ana = tx.find_one(User, email="ana@example.com")
        assert ana is not None
        choices.change(tx, ana, {"quiet_from": 20, "quiet_until": 7})
        told = {"kind": NotificationKind.REMINDER, "title": HARD_TEXT, "lines": [HARD_TEXT], "key": "due"}
        notify(tx, user_ids=[ana.user_id], **told, about=About(task_ids=(finom,), bundle_id=bundle.bundle_id))
    mara = workbench.actor_by_email("mara@example.com")
    scheduled = do(workbench, mara, "schedule start", template="newsletter").schedule
    do(workbench, mara, "feed make", kind="person")
    made = do(workbench, workbench.operator(), "token make", name="Export", user_id=mara.user_id)
    do(workbench, mara, "token rotate", api_token_id=made.token.api_token_id)
    do(workbench, mara, "token revoke", api_token_id=made.token.api_token_id)
    set_up_factor(workbench, mara)
    new = MakeWebhook(name="Export", url="https://export.example/hook", query="tag:paid")
    with workbench.transaction(workbench.operator()) as tx:
        webhook = webhooks.make(tx, new, "whsec_", "sealed").webhook
        webhooks.remove(tx, webhook.webhook_id)
    days = {"first_day": "2026-12-01", "last_day": "2026-12-03", "note": "The knee"}
    do(workbench, mara, "employee away", employee_id="ana", **days)
    do(workbench, mara, "schedule skip", schedule_id=scheduled.schedule_id, reason=HARD_TEXT)
    _propose(workbench, mara)
    _execute(workbench, mara)
    _remind(workbench)
    return bundle


def _execute(workbench: Workbench, mara: Actor) -> None:
    """Run an automated task, which may call nobody, and call another attempt off."""
    config = {"executor": "api_call", "url": "https://api.example.com/cards", "body": HARD_TEXT}
    given = {"execution_type": "manual_trigger", "execution_config": config}
    task = make_task(workbench, title="Publish the card", actor=mara, **given)
    do(workbench, mara, "task execute", task_id=task.task_id)
    kinds = Kinds([running(workbench)])
    assert EmbeddedEngine(workbench.database, kinds, workbench.clock, workbench.ids).do_one("worker")
    do(workbench, mara, "task execute", task_id=task.task_id)
    with workbench.reading(mara) as tx:
        last = last_of(tx, tx.get(Task, task.task_id))
    assert last is not None
    do(workbench, mara, "execution cancel", execution_id=last.execution_id)


def _propose(workbench: Workbench, mara: Actor) -> None:
    """Write a change of a template, which nobody but its author has seen."""
    content, path = workbench.content(), "content/task_templates/newsletter.yaml"
    live = text_of(content, path)
    given = {"before": live, "text": f"{live}# {HARD_TEXT!r}\n", "base_commit": content.commit}
    with workbench.transaction(mara) as tx:
        drafting.begin(tx, template="newsletter", path=path, **given, title="Say why", description=HARD_TEXT)


def _remind(workbench: Workbench) -> None:
    """Remind the managers of an automated task that has failed, on whatever day it is."""
    every_day = Calendar(key="always", name="Always", timezone="UTC", working_days=list(DAY_NAMES))
    said = WorkspaceReminders.model_validate({"key": "workspace", "calendar": "always", "quiet": None})
    content = replace(workbench.content(), calendars={"always": every_day}, reminders=said)
    before, workbench.settings = workbench.settings, replace(workbench.settings, reminders=True)
    tick(partial(workbench.transaction, workbench.system_actor()), content)
    failed = make_task(workbench, title="Has failed")
    with workbench.transaction(workbench.operator()) as tx:
        lifecycle.start(tx, failed.task_id)
        lifecycle.change_status(tx, failed.task_id, "failed", reason="no answer")
    tick(partial(workbench.transaction, workbench.system_actor()), content)
    workbench.settings = before


def judge(workbench: Workbench) -> str:
    """Have an article judged in every way, until it is completed and scored; return its task.

    Its first version is rejected after a request that was taken back; the team approves the second, the
    partner wants one thing changed, and the third has it. Another task waits for its approver.
    """
    people = {name: workbench.actor_by_email(f"{name}@example.com") for name in ("mara", "pat")}
    worker = Worker(workbench)
    bundle = make_bundle(workbench, "blog_post", campaign="acme_spring", parameters={"topic": "Socks"})
    with workbench.reading(workbench.operator()) as tx:
        tasks = sorted(tx.find(Task, bundle_id=bundle.bundle_id), key=lambda task: task.position)
    draft = next(task.task_id for task in tasks if task.template_task_ref == "draft")
    for task in tasks[: [task.task_id for task in tasks].index(draft)]:
        worker.complete(task.task_id)
    worker.prepare(draft)
    with workbench.transaction(workbench.operator()) as tx:
        approvals.request(tx, draft)
        approvals.withdraw(tx, draft, "a figure is wrong")
        approvals.request(tx, draft)
        comments.add(tx, _newest(tx, draft).deliverable_id, f"@ana {HARD_TEXT}", visible_in_portal=True)
    _decide(workbench, people["mara"], draft, "rejected", HARD_TEXT)
    _hand_over_again(workbench, draft)
    with workbench.transaction(workbench.operator()) as tx:
        approvals.request(tx, draft)
    _decide(workbench, people["mara"], draft, "approved")
    _decide(workbench, people["pat"], draft, "approved_pending_changes", "name the mountain")
    _hand_over_again(workbench, draft)
    with workbench.transaction(workbench.operator()) as tx:
        lifecycle.complete(tx, draft)
    with workbench.transaction(people["mara"]) as tx:
        qa.flag(tx, draft, "complaint", "the client misses a source")
        qa.review(tx, draft, passed=True, score=4, feedback=HARD_TEXT)
    waits = make_task(workbench, title="Waits for its approver")
    with workbench.transaction(workbench.operator()) as tx:
        row = versions.add(tx, waits.task_id, "letter", type="text", required=True)
        versions.edit(tx, row.deliverable_id, url="https://example.com/letter")
        approvals.request(tx, waits.task_id)
    return draft


def _newest(tx: Any, task_id: str) -> Deliverable:
    return max(tx.find(Deliverable, task_id=task_id), key=lambda row: row.version_number)


def _decide(
    workbench: Workbench, actor: Actor, task_id: str, outcome: str, feedback: str | None = None
) -> None:
    with workbench.reading(workbench.operator()) as tx:
        (approval,) = (item for item in approvals.of_task(tx, task_id) if item.is_open)
        seen = tx.get(Deliverable, approval.deliverable_id).content_hash
    with workbench.transaction(actor) as tx:
        decisions.decide(tx, approval.task_approval_id, outcome, feedback, seen=seen)


def _hand_over_again(workbench: Workbench, task_id: str) -> None:
    with workbench.transaction(workbench.operator()) as tx:
        row = _newest(tx, task_id)
        url = f"https://example.com/draft/{row.version_number + 1}"
        versions.new_version(tx, row.deliverable_id, url=url, meta=row.meta)


def _stand_alone(workbench: Workbench) -> None:
    first = make_task(
        workbench, title="A" + HARD_TEXT, description="", tags=["ein Tag"], metadata={"x": [1.5, None]}
    )
    second = make_task(workbench, depends_on=[first.task_id], due_date=date(2026, 12, 24))
    with workbench.transaction(workbench.operator()) as tx:
        steps.add_step(tx, first.task_id, "Sharpen the pencil", required=True)
        row = versions.add(tx, first.task_id, "draft", type="text")
        versions.edit(tx, row.deliverable_id, url="https://example.com/draft", meta={"words": 7})
        lifecycle.cancel(tx, second.task_id, "not this year")


def _complete(tx: Any, task_id: str) -> None:
    for step in tx.find(steps.Step, task_id=task_id):
        if step.required and not step.is_completed:
            steps.complete_step(tx, task_id, step.ref)
    for asked in tx.find(proof.Proof, task_id=task_id):
        if not asked.is_given:
            facts = {"system": "bank", "reference": "7", "status": "settled"}
            proof.give(tx, task_id, asked.label, facts)
    lifecycle.complete(tx, task_id)
