"""The calls of bundles; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal

from .. import models
from ..answers import Answer, Listing
from ..collection import Collection
from ..given import UNSET, Unset, in_path, revision_of
from .ids import BundleId, BundleLinkId, TaskId


class Bundles(Collection):
    """The calls of bundles."""

    def list(
        self,
        *,
        status: str | None = None,
        template: str | None = None,
        partner: str | None = None,
        campaign: str | None = None,
        text: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
    ) -> Listing[models.ListedBundle]:
        """List: Runs of a template, as far as you see them; one of them with its links and tasks.

        Args:
            status: active, completed or cancelled; several with commas.
            template: The key of a template.
            partner: A key, a name or an id.
            campaign: A key, a name or an id.
            text: A part of the title, in any case.
            sort: anchor_date, created_at, updated_at or title, with - in front the other way round;
                -anchor_date by default.
            limit: How many are given at most, else all.
        """
        return self._list(
            models.ListedBundle,
            "bundles",
            "/api/bundles",
            {
                "status": status,
                "template": template,
                "partner": partner,
                "campaign": campaign,
                "text": text,
                "sort": sort,
            },
            limit,
        )

    def create(
        self,
        *,
        anchor_date: date | str,
        template: str,
        campaign: str | Unset | None = UNSET,
        parameters: Mapping[str, Any] | Unset = UNSET,
        partner: str | Unset | None = UNSET,
        title: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Answer[models.StartedBundle]:
        """Start a template: its tasks, dated from the anchor date.

        Args:
            anchor_date: The day that offsets count from.
            template: The template's key.
            campaign: The key of a campaign; implies its partner.
            parameters: What the template asks for, by name; JSON unless its schema says string.
            partner: The key of a partner.
            title: Where nothing is said, what the template's bundle_title makes of the parameters, else its
                name.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.StartedBundle,
            "POST",
            "/api/bundles",
            {
                "anchor_date": anchor_date,
                "campaign": campaign,
                "parameters": parameters,
                "partner": partner,
                "template": template,
                "title": title,
            },
            key=idempotency_key,
        )

    def migrate_all(
        self,
        *,
        template: str,
        bundles: Sequence[str] | Unset = UNSET,
        choice: Literal["keep", "take"] | Unset | None = UNSET,
        dry_run: bool | Unset = UNSET,
        limit: int | Unset = UNSET,
        suppress_notifications: bool | Unset = UNSET,
        to: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Answer[models.MigratedAll]:
        """Bring all running bundles of a template to a newer revision, with what became of each.

        Args:
            template: The key of the template.
            bundles: Only these, by their ids; left out: all of them.
            choice: For all that needs a decision: keep what is there, or take the template's. Left out: such
                bundles stay.
            dry_run: Only say what would become of each, and change nothing.
            limit: So many are migrated at once; repeat it for more.
            suppress_notifications: Tell nobody by e-mail or chat of the tasks that they get by it; their
                inbox does.
            to: The commit, branch or tag whose template they shall have; left out: the content that is live.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.MigratedAll,
            "POST",
            "/api/bundles/migrate-all",
            {
                "bundles": bundles,
                "choice": choice,
                "dry_run": dry_run,
                "limit": limit,
                "suppress_notifications": suppress_notifications,
                "template": template,
                "to": to,
            },
            key=idempotency_key,
        )

    def get(self, bundle_id: BundleId) -> models.Bundle:
        """Get one: Runs of a template, as far as you see them; one of them with its links and tasks.

        Args:
            bundle_id: Its id, in any of its forms.
        """
        return self._get(models.Bundle, f"/api/bundles/{in_path(bundle_id, 'bundle_id')}", {})

    def update(
        self,
        bundle_id: BundleId,
        *,
        title: str,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Bundle]:
        """Give a bundle another title.

        Args:
            bundle_id: Its id.
            title: What the run is called, on every page that names it.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Bundle,
            "PATCH",
            f"/api/bundles/{in_path(bundle_id, 'bundle_id')}",
            {"title": title},
            revision=revision_of(bundle_id, revision),
            key=idempotency_key,
        )

    def add_task(
        self,
        bundle_id: BundleId,
        *,
        assignee: str | Unset | None = UNSET,
        deadline: datetime | str | Unset | None = UNSET,
        depends_on: Sequence[str] | Unset = UNSET,
        description: str | Unset | None = UNSET,
        dry_run: bool | Unset = UNSET,
        due_date: date | str | Unset | None = UNSET,
        line: str | Unset | None = UNSET,
        mine: bool | Unset = UNSET,
        parameters: Mapping[str, Any] | Unset = UNSET,
        phase: str | Unset | None = UNSET,
        priority: Literal["low", "medium", "high", "critical"] | Unset | None = UNSET,
        ref: str | Unset | None = UNSET,
        tags: Sequence[str] | Unset = UNSET,
        task_type: str | Unset | None = UNSET,
        title: str | Unset | None = UNSET,
        urgency: Literal["normal", "soon", "urgent", "immediate"] | Unset | None = UNSET,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.AddedTask]:
        """Add a task to a running bundle: from a line, or another of its template.

        Args:
            bundle_id: Its id.
            assignee: The key or id of an employee.
            deadline: The moment it is due, in ISO 8601; follows from the day.
            depends_on: Numbers of the tasks that come first, with commas between them.
            description: More about it; Markdown works.
            dry_run: Only say what would be made, and make nothing.
            due_date: The day it is due, as YYYY-MM-DD.
            line: The title, and in any order a day with its time, !high, #tag, @name.
            mine: Whether it is for whoever makes it where nobody else is named: who makes a task from their
                own work means to do it, and what belongs to nobody is on nobody's list.
            parameters: Of a task of the template: values that are others for this one, by name.
            phase: The key of the phase that it belongs to.
            priority: How much it matters.
            ref: In place of a line: the name in the template of the task that there shall be another of.
            tags: Words to find it by, with commas between them; they join those of the line.
            task_type: The key of an active task type; by default the simplest.
            title: Of a task of the template: another title.
            urgency: How soon it must happen.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.AddedTask,
            "POST",
            f"/api/bundles/{in_path(bundle_id, 'bundle_id')}/add-task",
            {
                "assignee": assignee,
                "deadline": deadline,
                "depends_on": depends_on,
                "description": description,
                "dry_run": dry_run,
                "due_date": due_date,
                "line": line,
                "mine": mine,
                "parameters": parameters,
                "phase": phase,
                "priority": priority,
                "ref": ref,
                "tags": tags,
                "task_type": task_type,
                "title": title,
                "urgency": urgency,
            },
            revision=revision_of(bundle_id, revision),
            key=idempotency_key,
        )

    def cancel(
        self,
        bundle_id: BundleId,
        *,
        reason: str | Unset | None = UNSET,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Bundle]:
        """Cancel a bundle, and its open tasks with it.

        Args:
            bundle_id: Its id.
            reason: Why; it is kept with the bundle and its tasks.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Bundle,
            "POST",
            f"/api/bundles/{in_path(bundle_id, 'bundle_id')}/cancel",
            {"reason": reason},
            revision=revision_of(bundle_id, revision),
            key=idempotency_key,
        )

    def complete(
        self, bundle_id: BundleId, *, revision: int | None = None, idempotency_key: str | None = None
    ) -> Answer[models.Bundle]:
        """Complete a bundle whose tasks are all done and whose required links are filled or waived.

        Args:
            bundle_id: Its id.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Bundle,
            "POST",
            f"/api/bundles/{in_path(bundle_id, 'bundle_id')}/complete",
            {},
            revision=revision_of(bundle_id, revision),
            key=idempotency_key,
        )

    def list_history(self, bundle_id: BundleId, *, limit: int | None = None) -> Listing[models.HistoryEntry]:
        """List: All that happened, oldest first: who did what, and what changed by it.

        Args:
            bundle_id: Its id, in any of its forms.
            limit: How many are given at most, else all.
        """
        return self._list(
            models.HistoryEntry,
            "history",
            f"/api/bundles/{in_path(bundle_id, 'bundle_id')}/history",
            {},
            limit,
        )

    def link(
        self,
        bundle_id: BundleId,
        *,
        name: str,
        url: str,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Bundle]:
        """Fill a link of a bundle, or replace what it holds.

        Args:
            bundle_id: Its id.
            name: The link's name.
            url: With http://, https:// or mailto:
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Bundle,
            "POST",
            f"/api/bundles/{in_path(bundle_id, 'bundle_id')}/link",
            {"name": name, "url": url},
            revision=revision_of(bundle_id, revision),
            key=idempotency_key,
        )

    def list_links(self, bundle_id: BundleId, *, limit: int | None = None) -> Listing[models.BundleLink]:
        """List: The links that a bundle must fill, in the template's order.

        Args:
            bundle_id: Its id, in any of its forms.
            limit: How many are given at most, else all.
        """
        return self._list(
            models.BundleLink, "links", f"/api/bundles/{in_path(bundle_id, 'bundle_id')}/links", {}, limit
        )

    def get_link(self, bundle_id: BundleId, bundle_link_id: BundleLinkId) -> models.BundleLink:
        """Get one: The links that a bundle must fill, in the template's order.

        Args:
            bundle_id: Its id, in any of its forms.
            bundle_link_id: Its id, in any of its forms.
        """
        return self._get(
            models.BundleLink,
            f"/api/bundles/{in_path(bundle_id, 'bundle_id')}/links/{in_path(bundle_link_id, 'bundle_link_id')}",
            {},
        )

    def migrate(
        self,
        bundle_id: BundleId,
        *,
        choices: Mapping[str, Any] | Unset = UNSET,
        dry_run: bool | Unset = UNSET,
        seen: str | Unset | None = UNSET,
        suppress_notifications: bool | Unset = UNSET,
        to: str | Unset | None = UNSET,
        undo: bool | Unset = UNSET,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Migrated]:
        """Bring a running bundle to a newer revision of its template, or say what that would do.

        Args:
            bundle_id: Its id.
            choices: What needs a decision, such as write.steps=keep: keep what is there, or take the
                template's.
            dry_run: Only say what would be done, and change nothing.
            seen: The hash of the template whose changes a page has shown: another is not taken unseen.
            suppress_notifications: Tell nobody by e-mail or chat of the tasks that they get by it; their
                inbox does.
            to: The commit, branch or tag whose template it shall have; left out: the content that is live.
            undo: Take the last migration back instead, as long as nothing was built on it.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Migrated,
            "POST",
            f"/api/bundles/{in_path(bundle_id, 'bundle_id')}/migrate",
            {
                "choices": choices,
                "dry_run": dry_run,
                "seen": seen,
                "suppress_notifications": suppress_notifications,
                "to": to,
                "undo": undo,
            },
            revision=revision_of(bundle_id, revision),
            key=idempotency_key,
        )

    def mute(
        self, bundle_id: BundleId, *, revision: int | None = None, idempotency_key: str | None = None
    ) -> Answer[models.Bundle]:
        """Hear nothing of a bundle but what is addressed to you.

        Args:
            bundle_id: Its id.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Bundle,
            "POST",
            f"/api/bundles/{in_path(bundle_id, 'bundle_id')}/mute",
            {},
            revision=revision_of(bundle_id, revision),
            key=idempotency_key,
        )

    def reanchor(
        self,
        bundle_id: BundleId,
        *,
        anchor_date: date | str,
        dry_run: bool | Unset = UNSET,
        parameters: Mapping[str, Any] | Unset = UNSET,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Reanchored]:
        """Move the anchor date and other days that due dates count from, and open tasks with them.

        Args:
            bundle_id: Its id.
            anchor_date: The new day, as YYYY-MM-DD.
            dry_run: Only find out what would move, and change nothing.
            parameters: The new days among the parameters that due dates count from, by name; an empty one is
                its default.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Reanchored,
            "POST",
            f"/api/bundles/{in_path(bundle_id, 'bundle_id')}/reanchor",
            {"anchor_date": anchor_date, "dry_run": dry_run, "parameters": parameters},
            revision=revision_of(bundle_id, revision),
            key=idempotency_key,
        )

    def stage(
        self,
        bundle_id: BundleId,
        *,
        stage: str,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Bundle]:
        """Move a bundle to another stage.

        Args:
            bundle_id: Its id.
            stage: A word of your own, or one of the template's.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Bundle,
            "POST",
            f"/api/bundles/{in_path(bundle_id, 'bundle_id')}/stage",
            {"stage": stage},
            revision=revision_of(bundle_id, revision),
            key=idempotency_key,
        )

    def list_tasks(
        self,
        bundle_id: BundleId,
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
        """List: The tasks of a bundle, narrowed and sorted like all others.

        Args:
            bundle_id: Its id, in any of its forms.
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
            f"/api/bundles/{in_path(bundle_id, 'bundle_id')}/tasks",
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

    def get_task(self, bundle_id: BundleId, task_id: TaskId) -> models.Task:
        """Get one: The tasks of a bundle, narrowed and sorted like all others.

        Args:
            bundle_id: Its id, in any of its forms.
            task_id: Its id, in any of its forms.
        """
        return self._get(
            models.Task,
            f"/api/bundles/{in_path(bundle_id, 'bundle_id')}/tasks/{in_path(task_id, 'task_id')}",
            {},
        )

    def unwatch(
        self, bundle_id: BundleId, *, revision: int | None = None, idempotency_key: str | None = None
    ) -> Answer[models.Bundle]:
        """Neither watch nor mute a bundle any more.

        Args:
            bundle_id: Its id.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Bundle,
            "POST",
            f"/api/bundles/{in_path(bundle_id, 'bundle_id')}/unwatch",
            {},
            revision=revision_of(bundle_id, revision),
            key=idempotency_key,
        )

    def watch(
        self, bundle_id: BundleId, *, revision: int | None = None, idempotency_key: str | None = None
    ) -> Answer[models.Bundle]:
        """Be told in your inbox what others change about a bundle.

        Args:
            bundle_id: Its id.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Bundle,
            "POST",
            f"/api/bundles/{in_path(bundle_id, 'bundle_id')}/watch",
            {},
            revision=revision_of(bundle_id, revision),
            key=idempotency_key,
        )
