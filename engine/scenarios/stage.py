"""Where a scenario is played: a store of its own, with its actors, its content, and a clock to be moved."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from engine import commands, inputs
from engine.access import Actor, Role
from engine.app import Workbench
from engine.catalog.catalog import Catalog
from engine.catalog.content import Content
from engine.catalog.resolved import ResolvedTemplate
from engine.catalog.scenarios import Player, Scenario, read_moment
from engine.clock import FixedClock
from engine.command import Done
from engine.config import Settings
from engine.tasks.models import Task
from engine.transaction import Transaction

#: When the stores were made that scenarios begin with: before any of them plays.
_BEFORE = datetime(1970, 1, 2, tzinfo=UTC)
_LEADS = (Role.MANAGER, Role.ADMIN)


class _OneRevision(Catalog):
    """A catalog of one revision, which nothing changes meanwhile."""

    def __init__(self, content: Content) -> None:
        super().__init__(Path())
        self._content = content

    def content(self) -> Content:
        return self._content

    def token(self) -> str:
        return "one revision"


def highest_side(sides: int) -> int:
    """Return the highest side of a die: QA chooses nothing by chance where scenarios are played."""
    return sides


@dataclass
class Stage:
    """One scenario while it is played."""

    workbench: Workbench
    clock: FixedClock
    scenario: Scenario
    resolved: ResolvedTemplate
    content: Content
    #: The keys of whom it is for; None for the house, and for no campaign.
    partner: str | None = None
    campaign: str | None = None
    #: Who acts, by the names that the scenario gives them.
    actors: dict[str, Actor] = field(default_factory=dict)
    #: The id of the bundle; None until it is started, and where that was refused.
    bundle_id: str | None = None
    #: Ids by the refs of the template, and by the names that steps have given.
    tasks: dict[str, str] = field(default_factory=dict)
    #: The id of the last act of each actor that can be undone.
    acts: dict[str, str] = field(default_factory=dict)
    #: The reminders that a step has named already, by their ids.
    told: set[str] = field(default_factory=set)
    #: How often was looked for what happens by itself.
    looks: int = 0

    @property
    def zone(self) -> str:
        """Where the workspace is."""
        return self.workbench.workspace.timezone

    @property
    def anchor(self) -> date:
        """The day that days of the scenario are counted from, wherever the bundle's is moved to."""
        return date.fromisoformat(self.scenario.anchor_date)

    @property
    def manager(self) -> str:
        """The first actor who manages, else the first of all."""
        players = self.scenario.actors.items()
        return next((name for name, one in players if one.role in _LEADS), next(iter(self.scenario.actors)))

    @contextmanager
    def looking(self) -> Iterator[Transaction]:
        """Open a snapshot of everything."""
        with self.workbench.reading(self.workbench.system_actor()) as tx:
            yield tx

    def execute(self, who: str, name: str, given: dict[str, Any]) -> Done[Any]:
        """Execute a command for an actor, as any edge does.

        Raises:
            WorkbenchError: it is refused; nothing was changed.
        """
        return self.execute_as(self.refreshed(who), name, given, who)

    def execute_as(self, actor: Actor, name: str, given: dict[str, Any], who: str = "") -> Done[Any]:
        """Execute a command for anybody, the operator among them; as ``execute``."""
        command = commands.get(name)
        done = commands.execute(self.workbench, actor, command, inputs.read(command.input, given))
        if done.act_id is not None:
            self.acts[who] = done.act_id
        return done

    def refreshed(self, who: str) -> Actor:
        """Return an actor as they are now: steps may change what somebody is."""
        self.actors[who] = self.workbench.actor_for(self.actors[who].user_id)
        return self.actors[who]

    def name_tasks(self) -> None:
        """Learn the ids of the tasks that the start has made."""
        with self.looking() as tx:
            found = tx.find(Task, bundle_id=self.bundle_id)
        self.tasks = {task.template_task_ref: task.task_id for task in found if task.template_task_ref}


class Stages:
    """Prepares stages: the store that each begins with is made once for each time zone, and copied."""

    def __init__(self, content: Content, settings: Settings) -> None:
        """Play with a revision of the content, under the rules that the settings make (not their store)."""
        self._content, self._settings = content, settings
        self._exit = ExitStack()
        self._folder = Path(self._exit.enter_context(tempfile.TemporaryDirectory(prefix="workbench-")))
        self._made: dict[str, Path] = {}

    def __enter__(self) -> Stages:
        return self

    def __exit__(self, *_: object) -> None:
        self._exit.close()

    @contextmanager
    def set_for(
        self, scenario: Scenario, key: str, partner: str | None, campaign: str | None
    ) -> Iterator[Stage]:
        """Give the stage of a scenario at its beginning; nothing of it is left afterwards.

        Raises:
            WorkbenchError: the actors or the template cannot be had so.
        """
        content = _startable(self._content, key)
        resolved = content.resolve(key, partner=partner, campaign=campaign)
        zone = scenario.timezone or (resolved.calendar.timezone if resolved.calendar else "UTC")
        clock = FixedClock(read_moment(scenario.now, date.fromisoformat(scenario.anchor_date), zone))
        folder = self._folder / secrets.token_hex(8)
        folder.mkdir()
        shutil.copyfile(self._prepared(zone), folder / "store.db")
        workbench = Workbench(
            self._settings_for(folder, zone), clock=clock, catalog=_OneRevision(content), dice=highest_side
        )
        try:
            stage = Stage(workbench, clock, scenario, resolved, content, partner, campaign)
            _let_in(stage)
            yield stage
        finally:
            workbench.close()
            shutil.rmtree(folder, ignore_errors=True)

    def _prepared(self, zone: str) -> Path:
        if zone not in self._made:
            folder = self._folder / f"made-{len(self._made)}"
            folder.mkdir()
            settings, clock = self._settings_for(folder, zone), FixedClock(_BEFORE)
            Workbench(settings, clock=clock, catalog=_OneRevision(self._content)).close()
            self._made[zone] = folder / "store.db"
        return self._made[zone]

    def _settings_for(self, folder: Path, zone: str) -> Settings:
        """Return settings of which only the team's own rules are the user's: nothing leaves the machine."""
        rules = ("own_approval", "escalate_after_days", "missing_template", "max_upload_mb")
        return Settings(
            database=f"sqlite:///{folder}/store.db",
            timezone=zone,
            reminders=True,
            copy_links=False,
            **{name: getattr(self._settings, name) for name in rules},
        ).with_options()


def _startable(content: Content, key: str) -> Content:
    """Return content in which a template is active: its author plays it before anybody may start it."""
    if key not in content.templates or content.templates[key].status != "draft":
        return content
    files = {
        path: replace(file, document=replace(file.document, data={**file.document.data, "status": "active"}))
        if file.place.kind == "task_template" and file.place.name == key
        else file
        for path, file in content.files.items()
    }
    active = content.templates[key].model_copy(update={"status": "active"})
    return replace(content, files=files, templates={**content.templates, key: active}, _resolved={})


def _let_in(stage: Stage) -> None:
    """Bring the actors, and whom the work is for, into the store."""
    actors, campaign = stage.scenario.actors, stage.campaign
    team = {name: player for name, player in actors.items() if player.role is not Role.PARTNER}
    partner_key = stage.partner or "the_partner"
    document = {
        "employees": [
            {"key": name, "name": name, "email": _address(name), "roles": player.does}
            | {"training": player.training, "kind": "agent" if player.role is Role.AGENT else "human"}
            for name, player in team.items()
        ],
        "partners": [{"key": partner_key, "name": partner_key}],
        "campaigns": [
            {
                "key": campaign,
                "partner": partner_key,
                "name": campaign,
                "people": _people(stage.scenario, team),
            }
        ]
        if campaign
        else [],
    }
    operator = stage.workbench.operator()
    stage.execute_as(operator, "reference load", {"document": document})
    for name, player in actors.items():
        given: dict[str, Any] = {"email": _address(name), "name": name, "role": [player.role.value]}
        given |= {"partner": partner_key} if player.role is Role.PARTNER else {"employee": name}
        stage.execute_as(operator, "user add", given)
        stage.actors[name] = stage.workbench.actor_by_email(_address(name))


def _people(scenario: Scenario, team: dict[str, Player]) -> dict[str, str]:
    if scenario.people is not None:
        return dict(scenario.people)
    found: dict[str, str] = {}
    for name, player in team.items():
        for role in player.does:
            found.setdefault(role, name)
    return found


def _address(name: str) -> str:
    return f"{name}@example.com"
