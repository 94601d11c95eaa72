"""Words in the place of words: what a recorded scenario says instead of names, texts and addresses."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from engine.access import Role
from engine.accounts.models import User
from engine.catalog.json_schemas import validator
from engine.catalog.parameters import with_defaults
from engine.catalog.resolved import ResolvedTemplate
from engine.catalog.scenarios import say_day
from engine.errors import ConflictError
from engine.reference.models import Employee, EmployeeKind
from engine.transaction import Transaction

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
#: The role that is named where somebody has several.
_RANK = (Role.ADMIN, Role.MANAGER, Role.STRATEGIST, Role.AGENT, Role.MEMBER, Role.PARTNER)


@dataclass
class Cast:
    """Who acts in a recorded scenario, each by what they do and a number: ``writer_1``."""

    tx: Transaction
    #: Keys of employees that the template names, which are theirs in the scenario as well.
    kept: frozenset[str]
    #: What the file says of each, by their names there.
    actors: dict[str, dict[str, Any]] = field(default_factory=dict)
    _by_user: dict[str, str] = field(default_factory=dict)
    _by_employee: dict[str, str] = field(default_factory=dict)
    _numbers: Counter[str] = field(default_factory=Counter)

    def user(self, user_id: str) -> str:
        """Return the name of a user."""
        if user_id not in self._by_user:
            user = self.tx.get(User, user_id)
            employee = self.tx.find_by_key(Employee, user.employee_id) if user.employee_id else None
            if employee is None:
                employee = self.tx.find_one(Employee, email=user.email)
            if employee is not None and employee.employee_id in self._by_employee:
                self._by_user[user_id] = self._by_employee[employee.employee_id]
            else:
                self._by_user[user_id] = self._enter(_role_of(user), employee)
        return self._by_user[user_id]

    def employee(self, employee_id: str) -> str:
        """Return the name of an employee."""
        if employee_id not in self._by_employee:
            employee = self.tx.get(Employee, employee_id)
            user = self.tx.find_one(User, employee_id=employee_id)
            if user is None and employee.email:
                user = self.tx.find_one(User, email=employee.email)
            role = Role.AGENT if employee.kind is EmployeeKind.AGENT else Role.MEMBER
            name = self._enter(_role_of(user) if user else role, employee)
            if user is not None:
                self._by_user[user.user_id] = name
        return self._by_employee[employee_id]

    def _enter(self, role: Role, employee: Employee | None) -> str:
        does = list(employee.roles) if employee else []
        kind = does[0] if does else role.value
        self._numbers[kind] += 1
        name = f"{kind}_{self._numbers[kind]}"
        if employee is not None:
            name = employee.key if employee.key in self.kept else name
            self._by_employee[employee.employee_id] = name
        self.actors[name] = {"role": role.value} | ({"does": does} if does else {})
        if employee is not None and employee.training:
            self.actors[name]["training"] = True
        return name


def _role_of(user: User) -> Role:
    return next(role for role in _RANK if role in user.roles)


@dataclass
class Words:
    """What stands for texts, addresses and files, and how days are written."""

    anchor: date
    zone: str
    _addresses: dict[str, str] = field(default_factory=dict)
    _files: dict[str, str] = field(default_factory=dict)

    def address(self, real: str) -> str:
        """Return what stands for an address, for one always the same."""
        return self._addresses.setdefault(real, f"https://example.com/{len(self._addresses) + 1}")

    def file(self, sha256: str) -> str:
        """Return the name of a file that stands for the one with these bytes."""
        return self._files.setdefault(sha256, f"file_{len(self._files) + 1}.txt")

    def day(self, text: str) -> str:
        """Return a stored day, counted from the anchor date."""
        return say_day(date.fromisoformat(text), self.anchor)

    def moment(self, at: datetime | str) -> str:
        """Return a moment, as it is or as it is stored, to the minute; its day counted from the anchor."""
        local = (datetime.fromisoformat(at) if isinstance(at, str) else at).astimezone(ZoneInfo(self.zone))
        return f"{say_day(local.date(), self.anchor)} {local:%H:%M}"

    def fact(self, value: Any) -> Any:
        """Return what stands for a fact about a deliverable."""
        if not isinstance(value, str) or _DAY.fullmatch(value):
            return value
        return self.address(value) if "://" in value else "text"


def parameters_of(resolved: ResolvedTemplate, real: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """Return what stands for the parameters of a bundle: what the template itself names stays, and days.

    Raises:
        ConflictError: a text has a form that nothing made up has.
    """
    schema = resolved.template.parameters or {}
    properties: Mapping[str, Any] = schema.get("properties", {})
    named = set(_texts(schema)) | {text for task in resolved.template.tasks for text in _texts(task.when)}
    usual = with_defaults(schema, {})
    found: dict[str, Any] = {}
    for name, value in real.items():
        if value == usual.get(name) and name not in schema.get("required", []):
            continue
        spec = properties.get(name, {})
        if not isinstance(value, str) or value in named:
            found[name] = value if not isinstance(value, list | dict) else _made_up(name, spec, value)
        elif spec.get("format") == "date" or _DAY.fullmatch(value):
            found[name] = {"day": words.day(value)}
        else:
            found[name] = _made_up(name, spec, value)
    return found


def _made_up(name: str, spec: Any, value: Any) -> Any:
    """Return a value of the same kind that says nothing."""
    if isinstance(value, list):
        return [_made_up(name, spec.get("items", {}), one) for one in value]
    if isinstance(value, dict):
        return {key: _made_up(f"{name}.{key}", {}, one) for key, one in value.items()}
    if not isinstance(value, str):
        return value
    least, most = spec.get("minLength", 0), spec.get("maxLength", 500)
    plain = name.replace("_", " ").ljust(least, "x")[:most]
    tried = (plain, f"https://example.com/{name}", f"{name}@example.com", *spec.get("examples", ()))
    check = validator(spec)
    if (fitting := next((one for one in tried if check.is_valid(one)), None)) is None:
        raise ConflictError(
            f"The parameter {name} takes only texts of a form that cannot be made up, so the real one would "
            "stand in the scenario. Give it examples in the template, or write the scenario by hand."
        )
    return fitting


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping):
        for key in ("const", "enum", "default", "examples"):
            value = data.get(key)
            yield from (
                one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)
            )
        for inner in data.values():
            yield from _texts(inner) if isinstance(inner, Mapping | list) else ()
    elif isinstance(data, list):
        for inner in data:
            yield from _texts(inner) if isinstance(inner, Mapping | list) else ()
