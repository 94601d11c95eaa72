"""The calls of tasks; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import IO, Any, Literal

from .. import models
from ..answers import Answer, Listing
from ..collection import Collection
from ..given import UNSET, File, Unset, in_path, revision_of
from .ids import (
    ArtifactId,
    DeliverableId,
    ExecutionId,
    TaskApprovalId,
    TaskId,
    TaskNoteId,
    TaskProofId,
    TaskQaReviewId,
    TaskStepId,
)


class Tasks(Collection):
    """The calls of tasks."""

    def list(
        self,
        *,
        q: str | None = None,
        status: str | None = None,
        priority: str | None = None,
        category: str | None = None,
        task_type: str | None = None,
        assignee: str | None = None,
        assigned_to_bot: str | None = None,
        requires_human_review: str | None = None,
        bundle: str | None = None,
        template: str | None = None,
        campaign: str | None = None,
        partner: str | None = None,
        tag: str | None = None,
        qa: str | None = None,
        due_before: str | None = None,
        due_after: str | None = None,
        scheduled_before: str | None = None,
        scheduled_after: str | None = None,
        overdue: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
    ) -> Listing[models.ListedTask]:
        """List: Tasks with all that belongs to them, as far as you see them.

        Args:
            q: A search: words, fields, `-`, `or`: `assignee:me is:late "guest bio" -tag:paid`. Its fields:
                `assignee` (me, nobody); `status` (open, all, pending, queued, deferred, in_progress, waiting,
                blocked, help_needed, pending_approval, completed, skipped, failed, cancelled); `priority`
                (low, medium, high, critical); `due` (late, today, tomorrow, <7d, <30d, >7d, none); `is`
                (open, late, mine, waiting, free, stuck); `has` (proof, note, file); `tag`; `partner` (none);
                `campaign` (none); `bundle` (none); `template` (none); `type`; `category`; `qa` (flagged,
                open, reviewed); `bot` (yes, no); `review` (yes, no); `scheduled` (today, tomorrow, <7d, >7d,
                none); `text`; `sort` (due_date, -due_date, deadline, -deadline, scheduled_for,
                -scheduled_for, created_at, -created_at, updated_at, -updated_at, priority, -priority, title,
                -title).
            status: A status, several with commas, or `open`.
            priority: low, medium, high or critical; several with commas.
            category: A category; several with commas.
            task_type: The key of a task type; several with commas.
            assignee: A key or id of an employee, `me` or `nobody`.
            assigned_to_bot: `yes`: what a program does; `no`.
            requires_human_review: `yes`: what must be permitted first; `no`.
            bundle: The id of a bundle, or `none`.
            template: The key of a template, or `none`.
            campaign: A key or id of a campaign, or `none`.
            partner: A key or id of a partner, or `none`.
            tag: A tag; capitals do not matter.
            qa: `flagged`, `open` (to be scored) or `reviewed` (scored).
            due_before: A day, YYYY-MM-DD.
            due_after: A day, YYYY-MM-DD.
            scheduled_before: A moment in ISO 8601; without an offset one of your time zone.
            scheduled_after: A moment in ISO 8601; without an offset one of your time zone.
            overdue: `yes`: active and past the deadline.
            sort: due_date, deadline, scheduled_for, created_at, updated_at, priority or title; with - in
                front the other way round. Without it what fits the words best, else what is due first.
            limit: How many are given at most, else all.
        """
        return self._list(
            models.ListedTask,
            "tasks",
            "/api/tasks",
            {
                "q": q,
                "status": status,
                "priority": priority,
                "category": category,
                "task_type": task_type,
                "assignee": assignee,
                "assigned_to_bot": assigned_to_bot,
                "requires_human_review": requires_human_review,
                "bundle": bundle,
                "template": template,
                "campaign": campaign,
                "partner": partner,
                "tag": tag,
                "qa": qa,
                "due_before": due_before,
                "due_after": due_after,
                "scheduled_before": scheduled_before,
                "scheduled_after": scheduled_after,
                "overdue": overdue,
                "sort": sort,
            },
            limit,
        )

    def create(
        self,
        *,
        task_type: str,
        title: str,
        assigned_to_bot: bool | Unset = UNSET,
        assignee: str | Unset | None = UNSET,
        campaign: str | Unset | None = UNSET,
        category: str | Unset = UNSET,
        config: Mapping[str, Any] | Unset = UNSET,
        deadline: datetime | str | Unset | None = UNSET,
        depends_on: Sequence[str] | Unset = UNSET,
        description: str | Unset | None = UNSET,
        due_date: date | str | Unset | None = UNSET,
        execution_config: Mapping[str, Any] | Unset = UNSET,
        execution_type: Literal["automatic", "manual_trigger", "scheduled"] | Unset | None = UNSET,
        max_retries: int | Unset = UNSET,
        metadata: Mapping[str, Any] | Unset = UNSET,
        planned_minutes: int | Unset | None = UNSET,
        priority: Literal["low", "medium", "high", "critical"] | Unset = UNSET,
        requires_human_review: bool | Unset = UNSET,
        scheduled_for: datetime | str | Unset | None = UNSET,
        tags: Sequence[str] | Unset = UNSET,
        urgency: Literal["normal", "soon", "urgent", "immediate"] | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> Answer[models.Task]:
        """Make a task that stands alone.

        Args:
            task_type: The key of an active task type.
            title: What is to be done.
            assigned_to_bot: A task is the bot's or a person's, never both.
            assignee: The key or id of an employee.
            campaign: The key or id of a campaign; implies its partner.
            category: A word to sort tasks by.
            config: Settings, checked against the type's `config_schema`.
            deadline: The moment it is due, in ISO 8601; follows from the day.
            depends_on: Ids, numbers or UUIDs of tasks.
            description: More about it; Markdown works.
            due_date: The day it is due, as YYYY-MM-DD.
            execution_config: How the bot runs it. Without `executor` what runs it is that of its type.
            execution_type: `automatic` for a bot's task where nothing is said.
            max_retries: How often the bot tries it again by itself after an attempt that failed.
            metadata: Facts of other systems, by name.
            planned_minutes: How long it is expected to take.
            priority: How much it matters.
            requires_human_review: A manager must permit it before it runs.
            scheduled_for: ISO 8601; without an offset it is read in your time zone.
            tags: Words to find it by.
            urgency: How soon it must happen.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            "/api/tasks",
            {
                "assigned_to_bot": assigned_to_bot,
                "assignee": assignee,
                "campaign": campaign,
                "category": category,
                "config": config,
                "deadline": deadline,
                "depends_on": depends_on,
                "description": description,
                "due_date": due_date,
                "execution_config": execution_config,
                "execution_type": execution_type,
                "max_retries": max_retries,
                "metadata": metadata,
                "planned_minutes": planned_minutes,
                "priority": priority,
                "requires_human_review": requires_human_review,
                "scheduled_for": scheduled_for,
                "tags": tags,
                "task_type": task_type,
                "title": title,
                "urgency": urgency,
            },
            key=idempotency_key,
        )

    def bulk(
        self,
        *,
        tasks: Sequence[int | str],
        assignee_id: str | Unset | None = UNSET,
        comment: str | Unset | None = UNSET,
        days: int | Unset | None = UNSET,
        deferred_days: int | Unset | None = UNSET,
        deferred_until: date | str | Unset | None = UNSET,
        dry_run: bool | Unset = UNSET,
        due_date: date | str | Unset | None = UNSET,
        follow_up_at: date | datetime | str | Unset | None = UNSET,
        priority: Literal["low", "medium", "high", "critical"] | Unset | None = UNSET,
        reason: str | Unset | None = UNSET,
        revisions: Mapping[str, int] | Unset = UNSET,
        status: str | Unset | None = UNSET,
        tag: Sequence[str] | Unset = UNSET,
        untag: Sequence[str] | Unset = UNSET,
        waiting_for: str | Unset | None = UNSET,
        working_days: int | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Answer[models.Bulk]:
        """Change up to 100 tasks at once; each is done, or left out with the reason.

        Args:
            tasks: Ids, numbers (12) or UUIDs, at most 100.
            assignee_id: The key or id of an employee; empty gives them to nobody.
            comment: Goes with a status: what others should know; it becomes a note.
            days: As many days later as this says, below zero earlier; the time of the day stays.
            deferred_days: Goes with the status deferred instead of a day: as many days from today.
            deferred_until: Goes with the status deferred: the day that they are put off to.
            dry_run: Only say what would be done, and change nothing.
            due_date: The day they are due; the deadline follows from it.
            follow_up_at: Goes with the status waiting: a day or a moment.
            priority: How much they matter.
            reason: Why, for the record; of a skip one of the reasons that the definition allows.
            revisions: The revisions that were looked at, by the ids of the tasks; what has changed since is
                left out.
            status: Another status makes one move of each, where the task allows it.
            tag: A word to add to those that they are found by.
            untag: A word to take out of them.
            waiting_for: Goes with the status waiting: the person or thing outside that has to come first.
            working_days: The same in working days: of the calendar of the bundle, else Monday to Friday.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Bulk,
            "POST",
            "/api/tasks/bulk",
            {
                "assignee_id": assignee_id,
                "comment": comment,
                "days": days,
                "deferred_days": deferred_days,
                "deferred_until": deferred_until,
                "dry_run": dry_run,
                "due_date": due_date,
                "follow_up_at": follow_up_at,
                "priority": priority,
                "reason": reason,
                "revisions": revisions,
                "status": status,
                "tag": tag,
                "tasks": tasks,
                "untag": untag,
                "waiting_for": waiting_for,
                "working_days": working_days,
            },
            key=idempotency_key,
        )

    def bulk_watch(
        self,
        *,
        mode: Literal["watching", "muted", "normal"],
        tasks: Sequence[int | str],
        dry_run: bool | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> Answer[models.Bulk]:
        """Watch or mute up to 100 tasks at once, or neither any more.

        Args:
            mode: How much you hear of them.
            tasks: Ids, numbers (12) or UUIDs, at most 100.
            dry_run: Only say what would be done, and change nothing.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Bulk,
            "POST",
            "/api/tasks/bulk-watch",
            {"dry_run": dry_run, "mode": mode, "tasks": tasks},
            key=idempotency_key,
        )

    def escalate(self, *, idempotency_key: str | None = None) -> Answer[models.Escalated]:
        """Show admins what waits too long for a decision; nothing is approved by that.

        Args:
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(models.Escalated, "POST", "/api/tasks/escalate", {}, key=idempotency_key)

    def queue(
        self,
        *,
        filter: Literal["all", "running", "pending", "scheduled"] | None = None,
        order: Literal["written", "dispatch"] | None = None,
        limit: int | None = None,
        offset: int | None = None,
    ) -> models.Queue:
        """Tell which tasks run, wait and are planned.

        Args:
            filter: `all`, `running`, `pending` or `scheduled`.
            order: `written`: your tasks, people's too, what matters more first, then what was made later.
                `dispatch`: automated tasks alone, in the order in which workers begin them; counts end at
                1,001.
            limit: How many tasks, 1 to 100.
            offset: How many tasks are passed over first.
        """
        return self._get(
            models.Queue,
            "/api/tasks/queue",
            {"filter": filter, "order": order, "limit": limit, "offset": offset},
        )

    def quick(
        self,
        *,
        line: str,
        assignee: str | Unset | None = UNSET,
        campaign: str | Unset | None = UNSET,
        deadline: datetime | str | Unset | None = UNSET,
        depends_on: Sequence[str] | Unset = UNSET,
        description: str | Unset | None = UNSET,
        dry_run: bool | Unset = UNSET,
        due_date: date | str | Unset | None = UNSET,
        mine: bool | Unset = UNSET,
        priority: Literal["low", "medium", "high", "critical"] | Unset | None = UNSET,
        tags: Sequence[str] | Unset = UNSET,
        task_type: str | Unset | None = UNSET,
        urgency: Literal["normal", "soon", "urgent", "immediate"] | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Answer[models.QuickTask]:
        """Make a task from one line, such as: call Ana tomorrow 15:00 !high #tax @ben.

        Args:
            line: The title, and in any order a day with its time, !high, #tag, @name.
            assignee: The key or id of an employee.
            campaign: The key of a campaign; implies its partner.
            deadline: The moment it is due, in ISO 8601; follows from the day.
            depends_on: Numbers of the tasks that come first, with commas between them.
            description: More about it; Markdown works.
            dry_run: Only say what is understood, and make nothing.
            due_date: The day it is due, as YYYY-MM-DD.
            mine: Whether it is for whoever makes it where nobody else is named: who makes a task from their
                own work means to do it, and what belongs to nobody is on nobody's list.
            priority: How much it matters.
            tags: Words to find it by, with commas between them; they join those of the line.
            task_type: The key of an active task type; by default the simplest.
            urgency: How soon it must happen.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.QuickTask,
            "POST",
            "/api/tasks/quick",
            {
                "assignee": assignee,
                "campaign": campaign,
                "deadline": deadline,
                "depends_on": depends_on,
                "description": description,
                "dry_run": dry_run,
                "due_date": due_date,
                "line": line,
                "mine": mine,
                "priority": priority,
                "tags": tags,
                "task_type": task_type,
                "urgency": urgency,
            },
            key=idempotency_key,
        )

    def stats(self) -> models.Statistics:
        """Count the tasks that you may see."""
        return self._get(models.Statistics, "/api/tasks/stats", {})

    def delete(
        self,
        task_id: TaskId,
        *,
        reason: str | Unset | None = UNSET,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Task]:
        """Call off a task that is not in progress; nothing is removed.

        Args:
            task_id: Its id, its number (12) or its UUID.
            reason: Why; it is kept in the timeline.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "DELETE",
            f"/api/tasks/{in_path(task_id, 'task_id')}",
            {"reason": reason},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def get(self, task_id: TaskId) -> models.Task:
        """Get one: Tasks with all that belongs to them, as far as you see them.

        Args:
            task_id: Its id, in any of its forms.
        """
        return self._get(models.Task, f"/api/tasks/{in_path(task_id, 'task_id')}", {})

    def update(
        self,
        task_id: TaskId,
        *,
        assigned_to_bot: bool | Unset = UNSET,
        assignee_id: str | Unset | None = UNSET,
        campaign_id: str | Unset | None = UNSET,
        category: str | Unset = UNSET,
        comment: str | Unset | None = UNSET,
        config: Mapping[str, Any] | Unset = UNSET,
        deadline: datetime | str | Unset | None = UNSET,
        deferred_until: date | str | Unset | None = UNSET,
        depends_on: Sequence[int | str] | Unset = UNSET,
        description: str | Unset | None = UNSET,
        due_date: date | str | Unset | None = UNSET,
        execution_config: Mapping[str, Any] | Unset = UNSET,
        execution_type: Literal["automatic", "manual_trigger", "scheduled"] | Unset | None = UNSET,
        follow_up_at: date | datetime | str | Unset | None = UNSET,
        max_retries: int | Unset = UNSET,
        metadata: Mapping[str, Any] | Unset = UNSET,
        planned_minutes: int | Unset | None = UNSET,
        priority: Literal["low", "medium", "high", "critical"] | Unset = UNSET,
        reason: str | Unset | None = UNSET,
        requires_human_review: bool | Unset = UNSET,
        scheduled_for: datetime | str | Unset | None = UNSET,
        status: str | Unset = UNSET,
        status_reason: str | Unset | None = UNSET,
        tag: Sequence[str] | Unset = UNSET,
        tags: Sequence[str] | Unset = UNSET,
        task_type: str | Unset = UNSET,
        title: str | Unset = UNSET,
        untag: Sequence[str] | Unset = UNSET,
        urgency: Literal["normal", "soon", "urgent", "immediate"] | Unset = UNSET,
        waiting_for: str | Unset | None = UNSET,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Task]:
        """Change fields of a task; what is not named stays as it is.

        Args:
            task_id: Its id, its number (12) or its UUID.
            assigned_to_bot: The bot does it, and no person.
            assignee_id: The key or id of an employee; empty gives it to nobody.
            campaign_id: The key or id of a campaign, which brings its partner; empty for none. Of a task that
                stands alone.
            category: A word to sort tasks by.
            comment: Goes with a status: what others should know; it becomes a note.
            config: Settings, checked against the type's `config_schema`; of a task that stands alone.
            deadline: The moment it is due, in ISO 8601; the due date follows from it. Empty for none.
            deferred_until: Goes with the status deferred: the day that it is put off to.
            depends_on: All tasks that come before it, by number, id or UUID; one empty text for none.
            description: More about it; Markdown works. Empty for none.
            due_date: The day it is due, as YYYY-MM-DD; the deadline follows from it. Empty for none.
            execution_config: How the bot runs it. Without `executor` what runs it is that of its type.
            execution_type: How the bot takes it up; empty for a task that nobody runs.
            follow_up_at: Goes with the status waiting: a day or a moment.
            max_retries: How often the bot tries it again by itself after an attempt that failed; counts from
                the next run on.
            metadata: Facts of other systems, by name.
            planned_minutes: How long it is expected to take, in minutes. Empty for no plan.
            priority: How much it matters.
            reason: Why, for the record; needed to let a task of a bundle wait no longer for another.
            requires_human_review: A manager must permit it before it runs; only a manager takes that back.
            scheduled_for: When a scheduled task runs, in ISO 8601; without an offset it is read in your time
                zone.
            status: Another status makes one move, as the verb would.
            status_reason: Why it stands as it does; goes with the status, too.
            tag: A word to add to those that it is found by.
            tags: All words to find it by; one empty text for none.
            task_type: The key of an active task type; of a task that stands alone and has not begun.
            title: What is to be done.
            untag: A word to take out of them.
            urgency: How soon it must happen.
            waiting_for: Goes with the status waiting: the person or thing outside that has to come first.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "PATCH",
            f"/api/tasks/{in_path(task_id, 'task_id')}",
            {
                "assigned_to_bot": assigned_to_bot,
                "assignee_id": assignee_id,
                "campaign_id": campaign_id,
                "category": category,
                "comment": comment,
                "config": config,
                "deadline": deadline,
                "deferred_until": deferred_until,
                "depends_on": depends_on,
                "description": description,
                "due_date": due_date,
                "execution_config": execution_config,
                "execution_type": execution_type,
                "follow_up_at": follow_up_at,
                "max_retries": max_retries,
                "metadata": metadata,
                "planned_minutes": planned_minutes,
                "priority": priority,
                "reason": reason,
                "requires_human_review": requires_human_review,
                "scheduled_for": scheduled_for,
                "status": status,
                "status_reason": status_reason,
                "tag": tag,
                "tags": tags,
                "task_type": task_type,
                "title": title,
                "untag": untag,
                "urgency": urgency,
                "waiting_for": waiting_for,
            },
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def add_deliverable(
        self,
        task_id: TaskId,
        *,
        ref: str,
        type: str,
        description: str | Unset | None = UNSET,
        visible_in_portal: bool | Unset = UNSET,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Task]:
        """Add a deliverable that the template does not have.

        Args:
            task_id: Its id, its number (12) or its UUID.
            ref: A word or two, for example: cover image.
            type: For example image, report, text.
            description: More about it, where its name is not enough.
            visible_in_portal: The partner sees it once it is delivered.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/add-deliverable",
            {"description": description, "ref": ref, "type": type, "visible_in_portal": visible_in_portal},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def add_link(
        self,
        task_id: TaskId,
        *,
        label: str,
        url: str,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Task]:
        """Add an address as material; another of the same label is its next version.

        Args:
            task_id: Its id, its number (12) or its UUID.
            label: The same words again make the next version of it.
            url: Only the address is kept, not what it serves.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/add-link",
            {"label": label, "url": url},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def add_step(
        self,
        task_id: TaskId,
        *,
        title: str,
        description: str | Unset | None = UNSET,
        required: bool | Unset = UNSET,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Task]:
        """Add a step of your own.

        Args:
            task_id: Its id, its number (12) or its UUID.
            title: What is to be done.
            description: More about it, where the title is not enough.
            required: The task can be completed only once it is done.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/add-step",
            {"description": description, "required": required, "title": title},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def answer(
        self, task_id: TaskId, *, body: str, revision: int | None = None, idempotency_key: str | None = None
    ) -> Answer[models.Task]:
        """Answer a request for help; whoever asked resumes the task.

        Args:
            task_id: Its id, its number (12) or its UUID.
            body: Markdown works. Whoever asked is told, and goes on.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/answer",
            {"body": body},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def list_approvals(self, task_id: TaskId, *, limit: int | None = None) -> Listing[models.Approval]:
        """List: The decisions that were asked for on what a task hands over, oldest first.

        Args:
            task_id: Its id, in any of its forms.
            limit: How many are given at most, else all.
        """
        return self._list(
            models.Approval, "approvals", f"/api/tasks/{in_path(task_id, 'task_id')}/approvals", {}, limit
        )

    def get_approval(self, task_id: TaskId, task_approval_id: TaskApprovalId) -> models.Approval:
        """Get one: The decisions that were asked for on what a task hands over, oldest first.

        Args:
            task_id: Its id, in any of its forms.
            task_approval_id: Its id, in any of its forms.
        """
        return self._get(
            models.Approval,
            f"/api/tasks/{in_path(task_id, 'task_id')}/approvals/{in_path(task_approval_id, 'task_approval_id')}",
            {},
        )

    def approve(
        self,
        task_id: TaskId,
        *,
        notes: str | Unset | None = UNSET,
        reason: str | Unset | None = UNSET,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Task]:
        """Permit a task to run, or refuse it.

        Args:
            task_id: Its id, its number (12) or its UUID.
            notes: A remark along with the permission.
            reason: Why it is refused; the task is cancelled for good.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/approve",
            {"notes": notes, "reason": reason},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def approve_file(
        self,
        task_id: TaskId,
        *,
        artifact_id: str,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Task]:
        """Approve a file, so that it may serve as proof.

        Args:
            task_id: Its id, its number (12) or its UUID.
            artifact_id: The file's id.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/approve-file",
            {"artifact_id": artifact_id},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def assign(
        self,
        task_id: TaskId,
        *,
        assignee: str | Unset | None = UNSET,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Task]:
        """Give a task to an employee.

        Args:
            task_id: Its id, its number (12) or its UUID.
            assignee: The key or id of an employee; empty gives it to nobody.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/assign",
            {"assignee": assignee},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def block(
        self, task_id: TaskId, *, reason: str, revision: int | None = None, idempotency_key: str | None = None
    ) -> Answer[models.Task]:
        """Say that an obstacle holds the task up.

        Args:
            task_id: Its id, its number (12) or its UUID.
            reason: Say what the team must clear.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/block",
            {"reason": reason},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def cancel(
        self,
        task_id: TaskId,
        *,
        reason: str | Unset | None = UNSET,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Task]:
        """Cancel a task.

        Args:
            task_id: Its id, its number (12) or its UUID.
            reason: Why; it is kept in the timeline.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/cancel",
            {"reason": reason},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def claim(
        self, task_id: TaskId, *, revision: int | None = None, idempotency_key: str | None = None
    ) -> Answer[models.Task]:
        """Take a task that waits for one of your roles.

        Args:
            task_id: Its id, its number (12) or its UUID.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/claim",
            {},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def clone(
        self,
        task_id: TaskId,
        *,
        assignee_id: str | Unset | None = UNSET,
        changes: Mapping[str, Any] | Unset = UNSET,
        description: str | Unset | None = UNSET,
        due_date: str | Unset | None = UNSET,
        priority: Literal["low", "medium", "high", "critical"] | Unset | None = UNSET,
        title: str | Unset | None = UNSET,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Task]:
        """Make a pending task of the same configuration, and print it.

        Args:
            task_id: Its id, its number (12) or its UUID.
            assignee_id: The key or id of an employee; empty gives it to nobody.
            changes: Another value of a field that an update may set; JSON where it is a list, an object or a
                constant.
            description: Another description; empty for none.
            due_date: A day, as YYYY-MM-DD; empty for none.
            priority: How much it matters.
            title: Another title for the clone.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/clone",
            {
                "assignee_id": assignee_id,
                "changes": changes,
                "description": description,
                "due_date": due_date,
                "priority": priority,
                "title": title,
            },
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def complete(
        self, task_id: TaskId, *, revision: int | None = None, idempotency_key: str | None = None
    ) -> Answer[models.Task]:
        """Complete a task, or show everything that still stands in the way.

        Args:
            task_id: Its id, its number (12) or its UUID.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/complete",
            {},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def correct(
        self, task_id: TaskId, *, reason: str, revision: int | None = None, idempotency_key: str | None = None
    ) -> Answer[models.Task]:
        """Open a task again that was closed by mistake, and take back what that had set in motion.

        Args:
            task_id: Its id, its number (12) or its UUID.
            reason: What the mistake was; it is kept in the timeline.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/correct",
            {"reason": reason},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def defer(
        self,
        task_id: TaskId,
        *,
        until: date | str,
        reason: str | Unset | None = UNSET,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Task]:
        """Put a task off to a later day.

        Args:
            task_id: Its id, its number (12) or its UUID.
            until: Today or a later day, as YYYY-MM-DD.
            reason: Why; it is kept in the timeline.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/defer",
            {"reason": reason, "until": until},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def deliverable(
        self,
        task_id: TaskId,
        *,
        ref: str,
        artifact_id: str | Unset | None = UNSET,
        file: File | Unset = UNSET,
        meta: Mapping[str, Any] | Unset = UNSET,
        url: str | Unset | None = UNSET,
        visible_in_portal: bool | Unset | None = UNSET,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Task]:
        """Hand over a deliverable that nobody has judged: an address or a file, and the facts about it.

        Args:
            task_id: Its id, its number (12) or its UUID.
            ref: The deliverable's ref or id.
            artifact_id: The id of a file that the task has already.
            file: The finished work itself: a file to upload.
            meta: Facts about it by name; a text is read as the type of its fact, an empty one takes the fact
                away.
            url: Where the finished work is, with https:// in front; empty takes the address away.
            visible_in_portal: Whether the partner sees it; only where the template does not say so.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/deliverable",
            {
                "artifact_id": artifact_id,
                "meta": meta,
                "ref": ref,
                "url": url,
                "visible_in_portal": visible_in_portal,
            },
            files={"file": file},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def list_deliverables(self, task_id: TaskId, *, limit: int | None = None) -> Listing[models.Deliverable]:
        """List: What a task hands over, version by version.

        Args:
            task_id: Its id, in any of its forms.
            limit: How many are given at most, else all.
        """
        return self._list(
            models.Deliverable,
            "deliverables",
            f"/api/tasks/{in_path(task_id, 'task_id')}/deliverables",
            {},
            limit,
        )

    def get_deliverable(self, task_id: TaskId, deliverable_id: DeliverableId) -> models.Deliverable:
        """Get one: What a task hands over, version by version.

        Args:
            task_id: Its id, in any of its forms.
            deliverable_id: Its id, in any of its forms.
        """
        return self._get(
            models.Deliverable,
            f"/api/tasks/{in_path(task_id, 'task_id')}/deliverables/{in_path(deliverable_id, 'deliverable_id')}",
            {},
        )

    def drop_dependency(
        self,
        task_id: TaskId,
        *,
        other_id: str,
        reason: str | Unset | None = UNSET,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Task]:
        """Take another task out of what this one comes after.

        Args:
            task_id: Its id, its number (12) or its UUID.
            other_id: The task that is taken out of what comes before.
            reason: Why; needed where the other task of a bundle can still be done, which only a manager may
                take out.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/drop-dependency",
            {"other_id": other_id, "reason": reason},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def drop_step(
        self, task_id: TaskId, *, ref: str, revision: int | None = None, idempotency_key: str | None = None
    ) -> Answer[models.Task]:
        """Take back a step that was added to a task.

        Args:
            task_id: Its id, its number (12) or its UUID.
            ref: The step's ref or id.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/drop-step",
            {"ref": ref},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def edit_note(
        self,
        task_id: TaskId,
        *,
        body: str,
        task_note_id: str,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Task]:
        """Give a note of your own another text; the earlier one stays readable.

        Args:
            task_id: Its id, its number (12) or its UUID.
            body: The earlier text stays readable. Whom the new one calls first is told.
            task_note_id: The note.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/edit-note",
            {"body": body, "task_note_id": task_note_id},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def execute(
        self, task_id: TaskId, *, revision: int | None = None, idempotency_key: str | None = None
    ) -> Answer[models.Task]:
        """Run an automated task: it is queued, and a worker does it.

        Args:
            task_id: Its id, its number (12) or its UUID.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/execute",
            {},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def list_executions(self, task_id: TaskId, *, limit: int | None = None) -> Listing[models.Execution]:
        """List: The attempts at an automated task, the newest first, with what became of each.

        Args:
            task_id: Its id, in any of its forms.
            limit: How many are given at most, else all.
        """
        return self._list(
            models.Execution, "executions", f"/api/tasks/{in_path(task_id, 'task_id')}/executions", {}, limit
        )

    def get_execution(self, task_id: TaskId, execution_id: ExecutionId) -> models.Execution:
        """Get one: The attempts at an automated task, the newest first, with what became of each.

        Args:
            task_id: Its id, in any of its forms.
            execution_id: Its id, in any of its forms.
        """
        return self._get(
            models.Execution,
            f"/api/tasks/{in_path(task_id, 'task_id')}/executions/{in_path(execution_id, 'execution_id')}",
            {},
        )

    def file(
        self,
        task_id: TaskId,
        *,
        file: File,
        label: str,
        type: str,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Task]:
        """Add a file; one of the same type and label is its next version.

        Args:
            task_id: Its id, its number (12) or its UUID.
            file: The file to upload; without one nothing is added.
            label: The same words again make the next version of it.
            type: For example screenshot, report.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/file",
            {"label": label, "type": type},
            files={"file": file},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def list_files(self, task_id: TaskId, *, limit: int | None = None) -> Listing[models.Artifact]:
        """List: The files and links of a task, oldest first.

        Args:
            task_id: Its id, in any of its forms.
            limit: How many are given at most, else all.
        """
        return self._list(
            models.Artifact, "files", f"/api/tasks/{in_path(task_id, 'task_id')}/files", {}, limit
        )

    def get_file(self, task_id: TaskId, artifact_id: ArtifactId) -> models.Artifact:
        """Get one: The files and links of a task, oldest first.

        Args:
            task_id: Its id, in any of its forms.
            artifact_id: Its id, in any of its forms.
        """
        return self._get(
            models.Artifact,
            f"/api/tasks/{in_path(task_id, 'task_id')}/files/{in_path(artifact_id, 'artifact_id')}",
            {},
        )

    def content_of_file(self, task_id: TaskId, artifact_id: ArtifactId) -> IO[bytes]:
        """Get the file: The files and links of a task, oldest first.

        The file is open for reading; close it.

        Args:
            task_id: Its id, in any of its forms.
            artifact_id: Its id, in any of its forms.
        """
        return self._file(
            f"/api/tasks/{in_path(task_id, 'task_id')}/files/{in_path(artifact_id, 'artifact_id')}/content"
        )

    def help(
        self,
        task_id: TaskId,
        *,
        question: str,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Task]:
        """Ask a manager for help with a task.

        Args:
            task_id: Its id, its number (12) or its UUID.
            question: A manager reads it and answers here.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/help",
            {"question": question},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def list_history(self, task_id: TaskId, *, limit: int | None = None) -> Listing[models.HistoryEntry]:
        """List: All that happened, oldest first: who did what, and what changed by it.

        Args:
            task_id: Its id, in any of its forms.
            limit: How many are given at most, else all.
        """
        return self._list(
            models.HistoryEntry, "history", f"/api/tasks/{in_path(task_id, 'task_id')}/history", {}, limit
        )

    def link(
        self,
        task_id: TaskId,
        *,
        name: str,
        url: str,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.LinkedTask]:
        """Fill a link of the bundle that this task needs.

        Args:
            task_id: Its id, its number (12) or its UUID.
            name: The link's name.
            url: With http://, https:// or mailto:
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.LinkedTask,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/link",
            {"name": name, "url": url},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def mute(
        self, task_id: TaskId, *, revision: int | None = None, idempotency_key: str | None = None
    ) -> Answer[models.Task]:
        """Hear nothing of a task but what is addressed to you.

        Args:
            task_id: Its id, its number (12) or its UUID.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/mute",
            {},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def note(
        self, task_id: TaskId, *, body: str, revision: int | None = None, idempotency_key: str | None = None
    ) -> Answer[models.Task]:
        """Leave a dated remark.

        Args:
            task_id: Its id, its number (12) or its UUID.
            body: Markdown works, and @name calls somebody.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/note",
            {"body": body},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def list_notes(self, task_id: TaskId, *, limit: int | None = None) -> Listing[models.Note]:
        """List: The dated remarks on a task, oldest first.

        Args:
            task_id: Its id, in any of its forms.
            limit: How many are given at most, else all.
        """
        return self._list(models.Note, "notes", f"/api/tasks/{in_path(task_id, 'task_id')}/notes", {}, limit)

    def get_note(self, task_id: TaskId, task_note_id: TaskNoteId) -> models.Note:
        """Get one: The dated remarks on a task, oldest first.

        Args:
            task_id: Its id, in any of its forms.
            task_note_id: Its id, in any of its forms.
        """
        return self._get(
            models.Note,
            f"/api/tasks/{in_path(task_id, 'task_id')}/notes/{in_path(task_note_id, 'task_note_id')}",
            {},
        )

    def list_outputs(self, task_id: TaskId, *, limit: int | None = None) -> Listing[models.Output]:
        """List: What attempts at an automated task have made, the newest first; its bytes are under
           `content`.

        Args:
            task_id: Its id, in any of its forms.
            limit: How many are given at most, else all.
        """
        return self._list(
            models.Output, "outputs", f"/api/tasks/{in_path(task_id, 'task_id')}/outputs", {}, limit
        )

    def get_output(self, task_id: TaskId, artifact_id: ArtifactId) -> models.Output:
        """Get one: What attempts at an automated task have made, the newest first; its bytes are under
           `content`.

        Args:
            task_id: Its id, in any of its forms.
            artifact_id: Its id, in any of its forms.
        """
        return self._get(
            models.Output,
            f"/api/tasks/{in_path(task_id, 'task_id')}/outputs/{in_path(artifact_id, 'artifact_id')}",
            {},
        )

    def content_of_output(self, task_id: TaskId, artifact_id: ArtifactId) -> IO[bytes]:
        """Get the file: What attempts at an automated task have made, the newest first; its bytes are under
           `content`.

        The file is open for reading; close it.

        Args:
            task_id: Its id, in any of its forms.
            artifact_id: Its id, in any of its forms.
        """
        return self._file(
            f"/api/tasks/{in_path(task_id, 'task_id')}/outputs/{in_path(artifact_id, 'artifact_id')}/content"
        )

    def proof(
        self,
        task_id: TaskId,
        *,
        label: str,
        checked_at: str | Unset | None = UNSET,
        file: File | Unset = UNSET,
        reference: str | Unset | None = UNSET,
        status: str | Unset | None = UNSET,
        system: str | Unset | None = UNSET,
        value: Mapping[str, Any] | str | Unset | None = UNSET,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Task]:
        """Give evidence: a value or a file.

        Args:
            task_id: Its id, its number (12) or its UUID.
            label: Which proof, by its label or its id.
            checked_at: Of an external status: when that was looked at, in ISO 8601; by default now.
            file: A file to upload.
            reference: Of an external status: the record's name there.
            status: Of an external status: what the record says of itself.
            system: Of an external status: the system that holds the record.
            value: A URL, a sentence, an artifact id, or JSON for a file or an external status.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/proof",
            {
                "checked_at": checked_at,
                "label": label,
                "reference": reference,
                "status": status,
                "system": system,
                "value": value,
            },
            files={"file": file},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def list_proofs(self, task_id: TaskId, *, limit: int | None = None) -> Listing[models.Proof]:
        """List: The evidence that a task needs, and what was given.

        Args:
            task_id: Its id, in any of its forms.
            limit: How many are given at most, else all.
        """
        return self._list(
            models.Proof, "proofs", f"/api/tasks/{in_path(task_id, 'task_id')}/proofs", {}, limit
        )

    def get_proof(self, task_id: TaskId, task_proof_id: TaskProofId) -> models.Proof:
        """Get one: The evidence that a task needs, and what was given.

        Args:
            task_id: Its id, in any of its forms.
            task_proof_id: Its id, in any of its forms.
        """
        return self._get(
            models.Proof,
            f"/api/tasks/{in_path(task_id, 'task_id')}/proofs/{in_path(task_proof_id, 'task_proof_id')}",
            {},
        )

    def put_back(
        self,
        task_id: TaskId,
        *,
        reason: str | Unset | None = UNSET,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Task]:
        """Put a task back to do.

        Args:
            task_id: Its id, its number (12) or its UUID.
            reason: Why; it is kept in the timeline.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/put-back",
            {"reason": reason},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def reject(
        self,
        task_id: TaskId,
        *,
        notes: str | Unset | None = UNSET,
        reason: str | Unset | None = UNSET,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Task]:
        """Permit a task to run, or refuse it.

        Args:
            task_id: Its id, its number (12) or its UUID.
            notes: A remark along with the permission.
            reason: Why it is refused; the task is cancelled for good.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/reject",
            {"notes": notes, "reason": reason},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def list_reminders(self, task_id: TaskId, *, limit: int | None = None) -> Listing[models.ReminderOfTask]:
        """List: Why each reminder of a task was, was not, or will be sent: first what was, then what comes.

        Args:
            task_id: Its id, in any of its forms.
            limit: How many are given at most, else all.
        """
        return self._list(
            models.ReminderOfTask,
            "reminders",
            f"/api/tasks/{in_path(task_id, 'task_id')}/reminders",
            {},
            limit,
        )

    def resume(
        self, task_id: TaskId, *, revision: int | None = None, idempotency_key: str | None = None
    ) -> Answer[models.Task]:
        """Go on with a task that was waiting, blocked, put off, or asking for help.

        Args:
            task_id: Its id, its number (12) or its UUID.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/resume",
            {},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def review(
        self,
        task_id: TaskId,
        *,
        verdict: Literal["approve", "reject"],
        notes: str | Unset | None = UNSET,
        reason: str | Unset | None = UNSET,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Task]:
        """Permit a task to run, or refuse it.

        Args:
            task_id: Its id, its number (12) or its UUID.
            verdict: It may run and is queued, or it must not and is cancelled for good.
            notes: A remark along with the permission.
            reason: Why it is refused; the task is cancelled for good.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/review",
            {"notes": notes, "reason": reason, "verdict": verdict},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def list_reviews(self, task_id: TaskId, *, limit: int | None = None) -> Listing[models.QaReview]:
        """List: The scores that a task got after its completion, as far as you may read them, oldest first.

        Args:
            task_id: Its id, in any of its forms.
            limit: How many are given at most, else all.
        """
        return self._list(
            models.QaReview, "reviews", f"/api/tasks/{in_path(task_id, 'task_id')}/reviews", {}, limit
        )

    def get_review(self, task_id: TaskId, task_qa_review_id: TaskQaReviewId) -> models.QaReview:
        """Get one: The scores that a task got after its completion, as far as you may read them, oldest
           first.

        Args:
            task_id: Its id, in any of its forms.
            task_qa_review_id: Its id, in any of its forms.
        """
        return self._get(
            models.QaReview,
            f"/api/tasks/{in_path(task_id, 'task_id')}/reviews/{in_path(task_qa_review_id, 'task_qa_review_id')}",
            {},
        )

    def rework(
        self,
        task_id: TaskId,
        *,
        reason: str,
        due_date: date | str | Unset | None = UNSET,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Task]:
        """Do the work of a closed task again, in a new task that is linked to it.

        Args:
            task_id: Its id, its number (12) or its UUID.
            reason: The first note of the new task.
            due_date: As YYYY-MM-DD, empty for none. Left out: the day of the closed task, in a week where
                that is past.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/rework",
            {"due_date": due_date, "reason": reason},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def skip(
        self,
        task_id: TaskId,
        *,
        reason: str,
        comment: str | Unset | None = UNSET,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Task]:
        """Close a task as not needed this time.

        Args:
            task_id: Its id, its number (12) or its UUID.
            reason: One of the reasons that the definition allows.
            comment: What others should know; it becomes a note.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/skip",
            {"comment": comment, "reason": reason},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def start(
        self, task_id: TaskId, *, revision: int | None = None, idempotency_key: str | None = None
    ) -> Answer[models.Task]:
        """Begin to work on a task.

        Args:
            task_id: Its id, its number (12) or its UUID.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/start",
            {},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def step(
        self,
        task_id: TaskId,
        *,
        ref: str,
        not_applicable: str | Unset | None = UNSET,
        undo: bool | Unset = UNSET,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Task]:
        """Tick a step, or say why it does not apply here.

        Args:
            task_id: Its id, its number (12) or its UUID.
            ref: The step's ref or id.
            not_applicable: The step stays, struck out, and keeps nothing from completion.
            undo: Open the step again.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/step",
            {"not_applicable": not_applicable, "ref": ref, "undo": undo},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def list_steps(self, task_id: TaskId, *, limit: int | None = None) -> Listing[models.Step]:
        """List: The checklist of a task.

        Args:
            task_id: Its id, in any of its forms.
            limit: How many are given at most, else all.
        """
        return self._list(models.Step, "steps", f"/api/tasks/{in_path(task_id, 'task_id')}/steps", {}, limit)

    def get_step(self, task_id: TaskId, task_step_id: TaskStepId) -> models.Step:
        """Get one: The checklist of a task.

        Args:
            task_id: Its id, in any of its forms.
            task_step_id: Its id, in any of its forms.
        """
        return self._get(
            models.Step,
            f"/api/tasks/{in_path(task_id, 'task_id')}/steps/{in_path(task_step_id, 'task_step_id')}",
            {},
        )

    def submit(
        self, task_id: TaskId, *, revision: int | None = None, idempotency_key: str | None = None
    ) -> Answer[models.Task]:
        """Hand over what is ready and request the next approval.

        Args:
            task_id: Its id, its number (12) or its UUID.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/submit",
            {},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def get_track(self, task_id: TaskId, *, after: str | None = None) -> models.Track:
        """Get one: How an automated task comes along: its newest attempt step by step, and what was said.

        Args:
            task_id: Its id, in any of its forms.
            after: `next` of the answer before: only lines that were said since are told. Without it all of
                the newest attempt are.
        """
        return self._get(models.Track, f"/api/tasks/{in_path(task_id, 'task_id')}/track", {"after": after})

    def unwatch(
        self, task_id: TaskId, *, revision: int | None = None, idempotency_key: str | None = None
    ) -> Answer[models.Task]:
        """Neither watch nor mute a task any more.

        Args:
            task_id: Its id, its number (12) or its UUID.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/unwatch",
            {},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def wait(
        self,
        task_id: TaskId,
        *,
        waiting_for: str,
        comment: str | Unset | None = UNSET,
        follow_up_at: date | datetime | str | Unset | None = UNSET,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Task]:
        """Wait for somebody outside, and follow up later.

        Args:
            task_id: Its id, its number (12) or its UUID.
            waiting_for: The person or thing outside that has to come first.
            comment: What others should know; it becomes a note.
            follow_up_at: A day or a moment; the default is the task's own.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/wait",
            {"comment": comment, "follow_up_at": follow_up_at, "waiting_for": waiting_for},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def watch(
        self, task_id: TaskId, *, revision: int | None = None, idempotency_key: str | None = None
    ) -> Answer[models.Task]:
        """Be told in your inbox what others change about a task.

        Args:
            task_id: Its id, its number (12) or its UUID.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/watch",
            {},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def withdraw(
        self,
        task_id: TaskId,
        *,
        reason: str | Unset | None = UNSET,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Task]:
        """Take a request for approval back; work goes on with the same version.

        Args:
            task_id: Its id, its number (12) or its UUID.
            reason: Why; it is kept in the timeline.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/tasks/{in_path(task_id, 'task_id')}/withdraw",
            {"reason": reason},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )
