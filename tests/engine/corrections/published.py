"""An article up to its publication: the task that fills a link, moves the stage and sets a due date."""

from __future__ import annotations

from engine.access import Actor
from engine.app import Workbench
from engine.bundles.models import Bundle, BundleLink
from engine.tasks import lifecycle
from engine.tasks.models import Task
from tests.engine.test_every_verb import settle
from tests.factories import make_bundle
from tests.told import saved


class Article:
    """A bundle whose tasks up to ``publish`` are done, and what belongs to it by name."""

    def __init__(self, workbench: Workbench, people: dict[str, Actor], **fields: object) -> None:
        """Start it, and do what comes before its publication."""
        self.workbench, self.people = workbench, people
        given = {"parameters": {"topic": "Tents"}, "partner": "acme", **fields}
        self.bundle_id = make_bundle(workbench, "blog_post", actor=people["mara"], **given).bundle_id
        with workbench.transaction(people["mara"]) as tx:
            for task in tx.find(Task, bundle_id=self.bundle_id, order_by=("position",)):
                task.approval = {}
                saved(tx, task)
        for ref in self.refs_before("publish"):
            self.complete(ref)
        self.settle("publish")

    def refs_before(self, ref: str) -> list[str]:
        """Name the tasks that come before one."""
        with self.workbench.reading(self.people["mara"]) as tx:
            found = tx.find(Task, bundle_id=self.bundle_id, order_by=("position",))
        refs = [str(task.template_task_ref) for task in found]
        return refs[: refs.index(ref)]

    def task(self, ref: str) -> Task:
        with self.workbench.reading(self.people["mara"]) as tx:
            found = tx.find(Task, bundle_id=self.bundle_id)
        return next(task for task in found if task.template_task_ref == ref)

    def settle(self, ref: str) -> None:
        with self.workbench.transaction(self.people["mara"]) as tx:
            settle(tx, tx.get(Task, self.task(ref).task_id), 0)

    def complete(self, ref: str, who: str = "mara") -> Task:
        self.settle(ref)
        with self.workbench.transaction(self.people[who]) as tx:
            return lifecycle.complete(tx, self.task(ref).task_id)

    def link(self, name: str = "Published article") -> BundleLink:
        with self.workbench.reading(self.people["mara"]) as tx:
            return next(one for one in tx.find(BundleLink, bundle_id=self.bundle_id) if one.name == name)

    def bundle(self) -> Bundle:
        with self.workbench.reading(self.people["mara"]) as tx:
            return tx.get(Bundle, self.bundle_id)
