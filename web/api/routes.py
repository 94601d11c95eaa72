"""Where each command stands under ``/api``: derived from the registry, and nothing else.

``create``, ``add`` and ``make`` are a POST to the collection, ``update`` and ``change`` a PATCH of the item.
Every other verb is a POST to its own name: below the item where the command is told which record it is about,
below the collection otherwise. The few that stand elsewhere are named in ``_ELSEWHERE``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.asked import Shape, fields_of
from engine.command import AnyCommand
from engine.commands import COMMANDS

#: Area -> its collection, and the field of an input that names one of it.
AREAS: Mapping[str, tuple[str, str]] = {
    "act": ("acts", "act_id"),
    "bundle": ("bundles", "bundle_id"),
    "campaign": ("campaigns", "campaign_id"),
    "deliverable": ("deliverables", "deliverable_id"),
    "employee": ("employees", "employee_id"),
    "execution": ("executions", "execution_id"),
    "export": ("exports", "export_id"),
    "feed": ("feeds", "feed_id"),
    "inbox": ("inbox", ""),
    "job": ("jobs", "job_id"),
    "message": ("messages", ""),
    "partner": ("partners", "partner_id"),
    "proposal": ("proposals", "proposal_id"),
    "qa": ("qa", "task_id"),
    "queue": ("queue", ""),
    "recipe": ("recipes", "recipe"),
    "reference": ("reference", ""),
    "reminders": ("reminders", "reminder_id"),
    "schedule": ("schedules", "schedule_id"),
    "secrets": ("secrets", "name"),
    "session": ("sessions", "session_id"),
    "task": ("tasks", "task_id"),
    "token": ("tokens", "api_token_id"),
    "user": ("users", "user_id"),
    "webhook": ("webhooks", "webhook_id"),
    "worklog": ("worklogs", "worklog_id"),
}
_MAKING = frozenset({"create", "add", "make"})
_CHANGING = frozenset({"update", "change"})
#: Headers that fill a field of an input, which is therefore none of the body.
OF_HEADERS: Mapping[str, str] = {"revision": "If-Match", "idempotency_key": "Idempotency-Key"}


@dataclass(frozen=True, kw_only=True)
class Route:
    """One operation of the API that executes a command."""

    command: AnyCommand
    method: str
    #: As Flask has it: ``/tasks/<task_id>/start``.
    path: str
    #: The field that stands in the path; None where there is none.
    item: str | None
    #: Fields whose value the address says.
    fixed: Mapping[str, Any] = field(default_factory=dict)
    #: Whether a record comes of it: 201, with its address.
    makes: bool = False
    #: The verb of the address, where it is not the command's own.
    verb: str = ""

    @property
    def name(self) -> str:
        """The name of the operation, unique among all: ``task_start``."""
        return f"{self.command.area}_{self.verb or self.command.verb}".replace("-", "_")

    @property
    def collection(self) -> str:
        """The first word of the path."""
        return self.path.split("/")[1]

    @property
    def template(self) -> str:
        """The path as OpenAPI has it: ``/tasks/{task_id}/start``."""
        return self.path.replace("<", "{").replace(">", "}")

    @property
    def takes_files(self) -> bool:
        """Whether a file may be sent with it."""
        return any(one.shape is Shape.FILE for one in fields_of(self.command.input).values())

    @property
    def needs_file(self) -> bool:
        """Whether nothing is done without one, so that it is sent as a form and never as JSON."""
        return self.command.name in _NEEDING_A_FILE

    @property
    def takes_secrets(self) -> bool:
        """Whether a password or another secret is sent with it, of which not even a hash is kept."""
        extras = (one.json_schema_extra for one in self.command.input.model_fields.values())
        return any(isinstance(extra, dict) and extra.get("secret") for extra in extras)

    @property
    def takes_revision(self) -> bool:
        """Whether ``If-Match`` says what was read."""
        return "revision" in self.command.input.model_fields

    @property
    def has_own_key(self) -> bool:
        """Whether the command itself does a request once per ``Idempotency-Key``."""
        return "idempotency_key" in self.command.input.model_fields

    @property
    def left_out(self) -> frozenset[str]:
        """The fields of the input that the body does not have."""
        return frozenset({*([self.item] if self.item else []), *self.fixed, *OF_HEADERS})


#: Commands that add a file, which their input leaves open for the board to ask for it.
_NEEDING_A_FILE = frozenset({"task file"})
#: Command -> method, path and the field in it, where the rule would put it beside what it is about.
_ELSEWHERE: Mapping[str, tuple[str, str, str]] = {
    "task decide": ("POST", "/approvals/<task_approval_id>/decide", "task_approval_id"),
    "task delete": ("DELETE", "/tasks/<task_id>", "task_id"),
    "task resubmit": ("POST", "/deliverables/<deliverable_id>/resubmit", "deliverable_id"),
}
#: Verb of an address of a task -> the command, and what the address says of it (API-02).
_ALIASES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "approve": ("task review", {"verdict": "approve"}),
    "reject": ("task review", {"verdict": "reject"}),
}


def route_of(command: AnyCommand) -> Route:
    """Return where a command stands.

    Raises:
        LookupError: nothing says what the collection of its area is called.
    """
    if command.name in _ELSEWHERE:
        method, path, item = _ELSEWHERE[command.name]
        return Route(command=command, method=method, path=path, item=item)
    collection, own = AREAS[command.area]
    fields = command.input.model_fields
    if command.verb in _MAKING:
        return Route(command=command, method="POST", path=f"/{collection}", item=None, makes=True)
    if own not in fields or not fields[own].is_required():
        return Route(command=command, method="POST", path=f"/{collection}/{command.verb}", item=None)
    item = f"/{collection}/<{own}>"
    if command.verb in _CHANGING:
        return Route(command=command, method="PATCH", path=item, item=own)
    return Route(command=command, method="POST", path=f"{item}/{command.verb}", item=own)


def routes_of(commands: Iterable[AnyCommand]) -> tuple[Route, ...]:
    """Return the routes of commands, one for each, and the further ones that a task has.

    Raises:
        RuntimeError: two of them stand at the same place.
    """
    by_name = {command.name: command for command in commands}
    found = [route_of(command) for command in by_name.values()]
    for verb, (name, fixed) in _ALIASES.items():
        if name in by_name:
            path = f"/tasks/<task_id>/{verb}"
            found.append(
                Route(command=by_name[name], method="POST", path=path, item="task_id", fixed=fixed, verb=verb)
            )
    places = [(route.method, route.template) for route in found]
    if len({*places}) < len(places):
        raise RuntimeError("two commands stand at the same address of the API")
    return tuple(found)


#: Every operation that executes a command.
ROUTES: tuple[Route, ...] = routes_of(COMMANDS.values())
