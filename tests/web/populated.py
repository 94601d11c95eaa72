"""A workspace with as many of each kind as one asks for, and the records that its pages are opened for."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

from engine.access import Actor
from engine.accounts import service as accounts
from engine.accounts.models import BegunWith, SecondFactorKind, User
from engine.app import Workbench
from engine.artifacts import service as artifacts
from engine.artifacts.models import ArtifactRole, GenerationMethod
from engine.bundles.models import Bundle
from engine.errors import BadRequestError
from engine.executions.models import Execution, ExecutionProgress
from engine.feeds import service as feeds
from engine.notifications import choices
from engine.notifications.models import About, NotificationKind
from engine.notifications.service import notify
from engine.openid import people as openid
from engine.openid.provider import Person
from engine.proposals import beginning, drafting
from engine.proposals.models import ProposalState
from engine.proposals.overlay import text_of
from engine.qa import service as qa
from engine.reference import absences
from engine.reference import service as reference
from engine.reference.inputs import EnterAbsence
from engine.reference.models import Campaign, Employee
from engine.reminders.models import Reminder, ReminderClock, ReminderCursor
from engine.second_factor import service as second_factors
from engine.second_factor import steps as sign_in_steps
from engine.secrets import service as secrets
from engine.tasks import help, lifecycle, notes, steps  # noqa: A004
from engine.tasks.models import Task, TaskStatus
from engine.tokens import service as tokens
from engine.watching import service as watching
from engine.watching.models import WatchMode
from engine.webhooks import service as webhooks
from engine.webhooks.inputs import MakeWebhook
from engine.webhooks.models import Attempt, DeliveryStatus, WebhookDelivery
from engine.worklogs import service as worklogs
from engine.worklogs import weeks
from tests.factories import do, make_bundle, make_task, set_up_factor
from tests.told import added, saved
from tests.web.full_task import make_full_task
from tests.web.maker import INTERNAL, PORTAL, Maker


@dataclass(frozen=True, kw_only=True)
class Subjects:
    """What the pages and verbs are about."""

    #: A task of a bundle, of Ana's, in progress, with everything that a task can have.
    task: str
    bundle: str
    #: A schedule that has started something.
    schedule: str
    #: The newest version of what that task hands over.
    version: str
    #: A completed task that waits for a score.
    to_score: str
    #: A task with an approval that the team decides, and one that the partner does, with its version.
    judged: str
    shown_task: str
    shown: str
    #: Tasks of Ana's that were not begun: one that nothing holds up, one whose blocker is lost.
    pending: str
    lost: str
    #: A task whose worker asks for help, one that may be skipped, one that waits for somebody outside.
    help: str
    skippable: str
    waiting: str
    #: A task that any writer may claim, and two that run only once a manager permits it.
    claimable: str
    permitted: str
    refused: str
    #: Somebody with work, a partner, and a campaign of it.
    person: str
    partner: str
    campaign: str
    #: A worklog of that campaign that is not sent yet, and one that its partner's people read.
    worklog: str
    sent_worklog: str
    #: A draft of Mara's that changes a template.
    draft: str
    #: A change of a template that Mara offers.
    proposal: str
    #: A webhook with messages that were taken, given up and wait.
    webhook: str
    #: An automated task of Ana's that has made something twice, and the newer version of it.
    automated: str
    output: str


@dataclass(frozen=True, kw_only=True)
class PopulatedStore:
    """A workspace with two of each kind on SQLite, which nobody has open; tests copy it."""

    #: It holds the store and its files.
    folder: Path
    people: dict[str, Actor]
    subjects: Subjects
    #: When the last of it was made.
    moment: datetime


def populate(workbench: Workbench, people: dict[str, Actor], n: int) -> Subjects:
    """Fill a workspace whose people ``make_people`` made, and return what its pages are about."""
    maker = Maker(workbench, people, n)
    workbench.dice = lambda _sides: 1  # every completed task is chosen for QA
    _people(maker)
    bundle = _bundles(maker)
    _identities(maker)
    automated = _executions(maker)
    schedule = _schedules(maker)
    done = [_one_of_each_status(maker, place) for place in range(n)]
    task, version = make_full_task(maker, bundle)
    for place, made in enumerate(done[:-1]):
        if place % 2 == 0:
            maker.act("mara", qa.review, made["completed"], passed=True, feedback="Well done.")
    last = done[-1]
    return Subjects(
        task=task,
        bundle=bundle,
        schedule=schedule,
        version=version,
        to_score=last["completed"],
        judged=last["internal"],
        shown_task=last["portal"],
        shown=maker.approval(last["portal"]).deliverable_id,
        pending=last["pending"],
        lost=last["lost"],
        help=last["help"],
        skippable=last["blocked"],
        waiting=last["waiting"],
        claimable=last["nobody"],
        permitted=last["review"],
        refused=done[0]["review"],
        **_reference(maker),
        **_worklogs(maker),
        proposal=_proposals(maker),
        draft=_drafts(maker),
        webhook=_webhooks(maker),
        **automated,
    )


def _executions(maker: Maker) -> dict[str, str]:
    """Queue automated tasks, nothing calls anybody; return the first, and what it has made in an attempt."""
    config, made = {"executor": "api_call", "url": "https://api.example.com/cards"}, list[dict[str, str]]()
    for place in range(maker.n):
        task = make_task(
            maker.workbench,
            actor=maker.people["ana"],
            title=f"Publish card {place}",
            execution_type="manual_trigger",
            execution_config=config,
        )
        do(maker.workbench, maker.people["ana"], "task execute", task_id=task.task_id)
        with maker.workbench.transaction(maker.workbench.system_actor()) as tx:
            [attempt] = tx.find(Execution, task_id=task.task_id)
            tx.add(ExecutionProgress(execution_id=attempt.execution_id, workspace_id=tx.workspace_id))
        for text in (b"Three cards", b"Four cards"):
            blob = maker.workbench.blobs.put(BytesIO(text), 100)
            with maker.workbench.transaction(maker.workbench.system_actor()) as tx:
                output = artifacts.add(
                    tx,
                    task_id=task.task_id,
                    bundle_id=None,
                    blob=blob,
                    type="report",
                    label="Cards",
                    file_name="cards.txt",
                    content_type="text/plain",
                    role=ArtifactRole.OUTPUT,
                    execution_id=attempt.execution_id,
                    generation_method=GenerationMethod.TEXT,
                    created_by=task.owner_id,
                )
        made.append({"automated": task.task_id, "output": output.artifact_id})
    return made[0]


def _webhooks(maker: Maker) -> str:
    """Make webhooks with messages of each status, and return the first; nothing is sent."""
    made = []
    for place in range(maker.n):
        new = MakeWebhook(name=f"Program {place}", url="https://program.example/hook", kinds=["task_created"])
        with maker.workbench.transaction(maker.workbench.operator()) as tx:
            made.append(webhooks.make(tx, new, "whsec_", "what the key file would have sealed").webhook)
            attempt = Attempt(at=tx.now, status=500, answer="No", failure="It answered.", milliseconds=7)
            for number, status in enumerate(DeliveryStatus):
                delivery = WebhookDelivery(
                    webhook_delivery_id=tx.new_id(WebhookDelivery),
                    workspace_id=tx.workspace_id,
                    webhook_id=made[-1].webhook_id,
                    event_seq=number + 1,
                    kind="task_created",
                    body="{}",
                    status=status,
                    attempts=[attempt.model_dump(mode="json")],
                    created_at=tx.now,
                    updated_at=tx.now,
                )
                tx.add(delivery)
    return made[0].webhook_id


def _drafts(maker: Maker) -> str:
    """Begin to change templates, and return the first draft."""
    content, made = maker.workbench.content(), []
    for key in sorted(content.templates)[: maker.n]:
        begun = beginning.for_everybody(content, key)
        with maker.workbench.transaction(maker.people["mara"]) as tx:
            draft = drafting.begin(
                tx,
                template=begun.template,
                path=begun.path,
                before=begun.before,
                text=begun.text,
                base_commit=content.commit,
                title=begun.title,
            )
            made.append(draft.proposal_id)
    return made[0]


def _proposals(maker: Maker) -> str:
    """Offer changes of one template, as if each had its branch, and return the first."""
    content, made = maker.workbench.content(), []
    path = "content/task_templates/blog_post.yaml"
    live = str(text_of(content, path))
    given = {"template": "blog_post", "path": path, "before": live, "base_commit": content.commit}
    for place in range(maker.n):
        text = re.sub(r"offset_days: -?\d+", f"offset_days: -{place % 3 + 1}", live, count=1)
        with maker.workbench.transaction(maker.people["mara"]) as tx:
            one = drafting.begin(tx, **given, text=text, title=f"Later {place}", description="It was early.")
            one.state, one.proposed_at = ProposalState.PROPOSED, tx.now
            one.branch = f"proposal/{place}-blog-post"
            made.append(saved(tx, one).proposal_id)
    return made[0]


def _reference(maker: Maker) -> dict[str, str]:
    """Find Ana, and the campaign in which she has a role."""
    with maker.workbench.reading(maker.workbench.operator()) as tx:
        campaign = tx.find_one(Campaign, key="acme_spring")
        ana = tx.find_one(Employee, key="ana")
        assert campaign is not None
        assert ana is not None
        return {"person": ana.employee_id, "partner": campaign.partner_id, "campaign": campaign.campaign_id}


def _worklogs(maker: Maker) -> dict[str, str]:
    """Write worklogs of the last weeks, and send every other one."""
    content, made = maker.workbench.content(), []
    with maker.workbench.transaction(maker.people["mara"]) as tx:
        for place in range(maker.n):
            week = weeks.last_week(tx.workspace_today) - place * weeks.WEEK
            worklog = worklogs.make(tx, content, "acme_spring", week)
            worklogs.edit(tx, worklog.worklog_id, f"We finished post {place}.")
            if place % 2:
                worklogs.send(tx, content, worklog.worklog_id)
            made.append(worklog.worklog_id)
    return {"worklog": made[0], "sent_worklog": made[1]}


def _people(maker: Maker) -> None:
    names = [f"w{place}" for place in range(maker.n)]
    employees = [
        {
            "key": name,
            "name": name.title(),
            "email": f"{name}@example.com",
            "roles": ["writer"],
            "training": place % 2 == 0,
        }
        for place, name in enumerate(names)
    ]
    partners = [{"key": f"p{place}", "name": f"Partner {place}"} for place in range(maker.n)]
    campaigns = [
        {"key": f"c{place}", "name": f"Campaign {place}", "partner": f"p{place}"} for place in range(maker.n)
    ]
    campaigns.append(
        {
            "key": "acme_spring",
            "partner": "acme",
            "name": "Acme spring",
            "primary_url": "https://acme.example",
            "people": {"writer": "ana"},
            "attachments": [
                {"label": f"Guide {place}", "url": f"https://acme.example/{place}", "type": "guidelines"}
                for place in range(maker.n)
            ],
        }
    )
    with maker.workbench.transaction(maker.workbench.operator()) as tx:
        reference.load(tx, {"employees": employees, "partners": partners, "campaigns": campaigns})
        for place, name in enumerate(names):
            role = ("member", "manager")[place % 2]
            day = tx.today + timedelta(days=place % 2)
            away = EnterAbsence(
                employee_id=name,
                first_day=day,
                last_day=day + timedelta(days=2),
                substitute="ana",
                note="Away",
            )
            absences.enter(tx, away)
            accounts.add_user(tx, f"{name}@example.com", name.title(), [role])
    for name in names:
        maker.people[name] = maker.workbench.actor_by_email(f"{name}@example.com")


def _schedules(maker: Maker) -> str:
    """Switch on what begins by itself, for as many partners, and start it once ahead of its time."""
    given = [{"template": "newsletter", "partner": f"p{place}"} for place in range(maker.n)]
    made = [do(maker.workbench, maker.people["mara"], "schedule start", **one).schedule for one in given]
    schedule: str = made[0].schedule_id
    for _ in range(min(maker.n, feeds.MOST)):
        do(maker.workbench, maker.people["mara"], "feed make", kind="workspace")
    for place in range(min(maker.n, tokens.MOST)):
        given = {"name": f"Program {place}", "user_id": "mara@example.com", "scopes": ["read"]}
        do(maker.workbench, maker.workbench.operator(), "token make", **given)
    for place in range(min(maker.n, second_factors.MOST)):
        set_up_factor(maker.workbench, maker.people["mara"], f"Phone {place}")
    _under_way(maker)
    do(maker.workbench, maker.people["mara"], "schedule skip", schedule_id=schedule, reason="Holidays")
    return schedule


def _under_way(maker: Maker) -> None:
    """Let somebody be about to set a second factor up, and people be about to prove theirs."""
    with maker.workbench.transaction(maker.people["ana"]) as tx:
        second_factors.begin_setup(tx, SecondFactorKind.APP, "Phone", sealed="what the key file sealed")
    with maker.workbench.transaction(maker.workbench.system_actor()) as tx:
        for user in sorted(tx.find(User), key=lambda one: one.email)[: maker.n]:
            sign_in_steps.begin(tx, user, BegunWith.OPENID)


def _identities(maker: Maker) -> None:
    """Join people to those of an OpenID provider."""
    with maker.workbench.transaction(maker.workbench.system_actor()) as tx:
        for user in sorted(tx.find(User), key=lambda one: one.email)[: maker.n]:
            told = {"issuer": "https://id.example.com", "subject": user.email, "name": user.name}
            openid.join(tx, user, Person(email=user.email, groups=None, **told))


def _bundles(maker: Maker) -> str:
    made: list[Bundle] = []
    for place in range(maker.n):
        maker.workbench.clock.advance(minutes=1)
        fields = {"campaign": "acme_spring"} if place == 0 else {"partner": f"p{place}"}
        made.append(
            make_bundle(
                maker.workbench,
                "blog_post",
                actor=maker.people["mara"],
                title=f"Post {place}",
                parameters={"topic": "Tents"},
                **fields,
            )
        )
    return made[0].bundle_id


def _one_of_each_status(maker: Maker, place: int) -> dict[str, str]:
    """Make a task of every sort that lists, inboxes and reasons tell apart."""
    maker.workbench.clock.advance(minutes=1)
    who = f"w{place}"
    made = {
        "ready": maker.hand_over("To request", INTERNAL, ask=False, who=who),
        "internal": maker.hand_over("To decide", INTERNAL),
        "portal": maker.hand_over("For the partner", PORTAL),
        "rejected": maker.hand_over("To do again", INTERNAL),
        "pending": maker.make("To begin"),
    }
    for name in ("waiting", "blocked", "deferred", "help", "failed", "completed", "lost", "review"):
        made[name] = maker.make(f"{name.title()} work", who if name == "completed" else "ana")
    made["nobody"] = make_task(
        maker.workbench, actor=maker.people["mara"], title="Anybody's", due_date="2026-11-23"
    ).task_id
    maker.set(made["nobody"], assignee_role="writer")
    maker.decide(made["rejected"], "rejected", "The figures are missing.")
    maker.set(made["failed"], status=TaskStatus.FAILED, last_error="Timed out")
    maker.set(made["lost"], depends_on=[made["failed"]], blocked_by=made["failed"])
    ana = maker.people["ana"].user_id  # who makes it does not permit it (S18)
    maker.set(made["review"], requires_human_review=True, owner_id=ana)
    maker.set(made["blocked"], skip={"reasons": [{"text": "not needed"}], "comment_required": False})
    with maker.workbench.transaction(maker.people["mara"]) as tx:
        choices.change(tx, tx.get(User, ana), {"quiet_from": 20, "quiet_until": 7})
        lifecycle.start(tx, made["waiting"])
        lifecycle.wait(tx, made["waiting"], "the editor")
        lifecycle.block(tx, made["blocked"], "No access")
        lifecycle.defer(tx, made["deferred"], tx.today)
        lifecycle.complete(tx, made["completed"])
        steps.add_step(tx, made["pending"], "Do it")
        notes.add(tx, made["pending"], "See here @ana and @mara")
        watching.set_mode(tx, tx.get(Task, made["deferred"]), WatchMode.MUTED)
        notify(
            tx,
            user_ids=[ana],
            kind=NotificationKind.JOB_FAILED,
            title="Export failed",
            lines=["There is no room."],
            about=About(task_ids=(made["pending"],)),
            key=f"due:{made['pending']}",
        )
    with maker.workbench.transaction(maker.workbench.operator()) as tx:
        secrets.keep(tx, "smtp_password", "what the key file would have sealed")
    with suppress(BadRequestError):  # with PostgreSQL nothing says where it is
        maker.workbench.settings.key_file.touch(mode=0o600)  # takes a key once something is sealed
    maker.act("ana", help.ask, made["help"], "Which feed?")
    _remind(maker, made["blocked"])
    return made


def _remind(maker: Maker, task_id: str) -> None:
    """Have a reminder of a task that Ana has dismissed; its clock and the cursor are there with it."""
    with maker.workbench.transaction(maker.people["ana"]) as tx:
        given = {
            "type": "overdue",
            "step": "at once",
            "state": "dismissed",
            "text": "It is late.",
            "reason": "Done.",
        }
        moments = dict.fromkeys(("due_at", "send_at", "sent_at", "created_at", "updated_at"), tx.now)
        whose = {"workspace_id": tx.workspace_id, "task_id": task_id, "user_id": tx.actor.user_id}
        reminder_id = tx.new_id(Reminder)
        added(tx, Reminder(reminder_id=reminder_id, key=reminder_id, **whose, **given, **moments))
        tx.add(ReminderClock(task_id=task_id, workspace_id=tx.workspace_id, seen_until=tx.now))
        if tx.find_by_key(ReminderCursor, tx.workspace_id) is None:
            until = {"changes_until": tx.now, "events_until": 0}
            tx.add(ReminderCursor(workspace_id=tx.workspace_id, **until))
