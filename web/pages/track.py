"""The page on which an automated task is followed: what it does, what was said, what can be done about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.access import is_agent
from engine.bundles.models import Bundle
from engine.catalog.catalog import Content
from engine.executions import policy, queue, service, tracking
from engine.executions.models import Execution, ExecutionStatus, Trigger
from engine.executions.outputs import Output, outputs_of
from engine.executions.tracking import Line, Place, StepState, Tracked, TrackedStep
from engine.reference.models import Campaign
from engine.tasks import lookup, visibility
from engine.tasks.models import Task
from engine.transaction import Transaction
from web import addresses
from web.pages import names, tickets
from web.pages.names import NamingPage
from web.pages.task_executions import Executions
from web.pages.task_settings import Setting, plain_settings

#: How often the page of what waits or runs asks for news, in milliseconds; others ask as all pages do.
LIVE_EVERY = 2000


@dataclass(frozen=True, kw_only=True)
class TrackPage(NamingPage):
    """How an automated task comes along, as the signed-in user may see and change it; plain data."""

    tracked: Tracked
    #: The attempts, with what the user may do about each.
    executions: Executions
    #: What its attempts have made, the newest first.
    outputs: Sequence[Output]
    bundle: Bundle | None
    #: The name of the template that its bundle was started from; None where there is none any more.
    recipe: str | None
    #: What the bundle was started with.
    parameters: Sequence[Setting]
    #: For whom it is done; None where that is nobody in particular.
    campaign: str | None
    #: Where its recipe's form has the same answers; empty while it goes on, and where nobody can start it.
    again: str
    #: Whether the task is the user's own to do by hand.
    is_own: bool
    #: The verb by which the user takes it over, and whom it names; None where they cannot, or have it.
    take_over: tuple[str, str] | None

    @property
    def address(self) -> str:
        """Where this page is: what is done on it leads back here."""
        return addresses.track(self.tracked.task.task_id)

    @property
    def live_every(self) -> int:
        """How often it asks for news while an attempt waits or runs, in milliseconds."""
        return LIVE_EVERY

    @property
    def executor(self) -> str:
        """What runs it."""
        last = self.tracked.last
        return last.executor if last is not None else service.executor_of(self.tracked.task)

    @property
    def format(self) -> str | None:
        """The form in which its settings ask for what comes out; None where they do not."""
        found = self.tracked.task.execution_config.get("format")
        return found if isinstance(found, str) else None

    @property
    def said(self) -> str:
        """How it stands, in a sentence: it is read out when it changes, and ends the title."""
        last = self.tracked.last
        if last is None:
            return "It has not been run yet."
        if last.is_live and last.cancel_asked_at is not None:
            return f"Attempt {last.attempt_number} is being called off."
        if last.status is ExecutionStatus.RUNNING:
            now = next((one.name for one in self.tracked.steps if one.state is StepState.BEGUN), None)
            return f"Attempt {last.attempt_number} is running{f': {now}' if now else ''}."
        if last.is_live:
            return f"Attempt {last.attempt_number} is queued."
        return f"Attempt {last.attempt_number} ended: {last.said}."

    @property
    def steps_said(self) -> str:
        """How many of the steps were done; empty before there are any."""
        last = self.tracked.last
        done = sum(one.state is StepState.DONE for one in self.tracked.steps)
        total = max(len(self.tracked.steps), last.steps_total if last is not None else 0)
        return f"{done} of {total} done" if total else ""

    @property
    def may_do_anew(self) -> bool:
        """Whether the user can have the same done by another task, as this one is closed (OUT-10)."""
        return self.tracked.task.is_terminal and self.executions.may_work

    def output_of(self, one: Execution) -> list[Setting]:
        """Return what came out of an attempt, by name."""
        return self.executions.output_of(one)

    @property
    def lines(self) -> list[Line]:
        """What the newest attempt said, as far as it is asked for."""
        last = self.tracked.last
        return [one for one in self.tracked.lines if last and one.place.attempt == last.attempt_number]

    @property
    def troubled(self) -> Execution | None:
        """The attempt whose error is shown above all else: the newest, or the one that it repeats."""
        last = self.tracked.last
        if last is None or last.status is ExecutionStatus.COMPLETED:
            return None
        if not last.is_live:
            return last if last.error and last.settlement is None else None
        before = self.tracked.attempts[1] if len(self.tracked.attempts) > 1 else None
        return before if last.triggered_by is Trigger.RETRY and before and before.error else None

    @property
    def kind_of_retry(self) -> str:
        """How the button looks that tries it again: not as the next step where that mends nothing."""
        last, is_persons = self.tracked.last, self.tracked.task.assignee_id is not None
        return "" if is_persons or (last is not None and last.error_code in policy.FOR_GOOD) else "primary"

    @property
    def advice(self) -> str:
        """What to do next where it met an error, in a sentence (TRK-10)."""
        last, can_do = self.tracked.last, self.tracked.can_do
        if last is not None and last.is_live and last.cancel_asked_at is not None:
            return (
                "Nothing more is begun. It may have happened already: within a minute this page says what "
                "somebody has to look at."
            )
        if last is None or last.is_live:
            return "It is tried again by itself." if last is not None and self.troubled is not None else ""
        if last.is_in_doubt:
            return "Until somebody says so, nothing is run again."
        if self.is_own:
            return "It is yours. Put it back to do on its page, then start it."
        if "execution retry" in can_do and last.error_code in policy.FOR_GOOD:
            return (
                "Trying again alone will not mend this: change its settings or what it calls, then try again."
            )
        if "execution retry" in can_do:
            return "Try it again, or take it over and do it by hand."
        return self.tracked.refusal or ""

    def state_of(self, step: TrackedStep) -> tuple[str, str]:
        """Return how far a step has come: the words, and the mark before its name."""
        last = self.tracked.last
        if step.state is StepState.DONE:
            return ("done by an attempt before" if step.is_from_before else "done"), "✓"
        if step.state is StepState.UNDONE:
            return "not done", "×"
        if step.state is StepState.TO_DO:
            return "to do", "○"
        if last is not None and last.status is ExecutionStatus.RUNNING and not step.is_from_before:
            return "being done", "▶"
        return ("not finished", "×") if step.effect.value == "none" else ("begun, its end is not known", "?")


def load(tx: Transaction, content: Content, text: str, after: Place | None = None) -> TrackPage:
    """Return the page of the task that an id, a number or a UUID names; its log begins after a line.

    Raises:
        NotFoundError: there is none, or the actor may not see it.
    """
    task = lookup.find(tx, text)
    tracked = tracking.read(tx, task, after)
    bundle = tx.find_by_key(Bundle, task.bundle_id) if task.bundle_id else None
    campaign_id = task.campaign_id or (bundle.campaign_id if bundle else None)
    campaign = tx.find_by_key(Campaign, campaign_id) if campaign_id else None
    template = content.templates.get(bundle.template_id) if bundle else None
    return TrackPage(
        tracked=tracked,
        executions=Executions(
            attempts=tracked.attempts,
            waits=queue.why_waiting(tx, tracked.attempts[0]) if tracked.attempts else None,
            may_work=visibility.works(tx, task),
            is_person=not is_agent(tx.actor),
            refusal=tracked.refusal,
            would_do=tracking.would_do(task),
        ),
        outputs=outputs_of(tx, task),
        bundle=bundle,
        recipe=template.name if template is not None else None,
        parameters=plain_settings(bundle.parameters) if bundle else (),
        campaign=campaign.name if campaign is not None else None,
        again=tickets.again(tx, content, task, bundle),
        is_own=task.assignee_id is not None and task.assignee_id == tx.actor.employee_id,
        take_over=_take_over(tx, task),
        names=names.read(tx, _users_of(tracked.attempts)),
    )


def _take_over(tx: Transaction, task: Task) -> tuple[str, str] | None:
    """Return how the user takes the task over, as whoever may work it assigns it to themselves."""
    own = tx.actor.employee_id
    if own is None or task.is_terminal or task.assignee_id == own:
        return None
    if visibility.works(tx, task):
        return "assign", own
    return ("claim", own) if visibility.is_claimable(tx, task) else None


def _users_of(attempts: Sequence[Execution]) -> Iterator[str | None]:
    for one in attempts:
        yield from (one.triggered_by_user_id, one.cancel_asked_by, one.settled_by)
