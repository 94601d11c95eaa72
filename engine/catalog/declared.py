"""What a change of a field does to work that runs, as the field declares it (D1, D4).

A field of the format says it once, in its annotation::

    title: Annotated[Title, WORDS]
    proof: Annotated[list[ProofRequirement], PROOF] = []

Diff, impact, preview, migration and scenarios read it from there: a field that joins the format joins them.
What each effect means for a task, state by state, is the table of ``engine/migration/MIGRATION.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from pydantic import BaseModel


class Effect(StrEnum):
    """What of running work a field governs."""

    IDENTITY = "identity"  #: tells one item of a list from the others; a change of it is another item
    START = "start"  #: what is started later, and nothing that runs
    WORDS = "words"  #: what people read
    DUE = "due"  #: when it is due
    ASSIGNEE = "assignee"  #: who does it
    TYPE = "type"  #: what kind of work it is, and what carries it out
    DUTY = "duty"  #: what is owed before completion: steps, deliverables, links
    PROOF = "proof"  #: the evidence that is owed before completion
    APPROVAL = "approval"  #: whose decision is owed before completion
    ORDER = "order"  #: what it comes after
    CONDITION = "condition"  #: whether the task is made at all
    SETTINGS = "settings"  #: how it is done: tools, settings, reminders, what is offered
    TASKS = "tasks"  #: the tasks themselves


@dataclass(frozen=True)
class Declared:
    """The declaration of one field."""

    effect: Effect
    #: What ``on_change`` calls it, where that is not the field's own name.
    policy_name: str | None = None


IDENTITY = Declared(Effect.IDENTITY)
START = Declared(Effect.START)
WORDS = Declared(Effect.WORDS)
DUE = Declared(Effect.DUE)
#: ``offset_days`` and ``due`` are two ways to write one thing, which a task keeps as ``due_date``.
DUE_DATE = Declared(Effect.DUE, "due_date")
ASSIGNEE = Declared(Effect.ASSIGNEE)
DEFAULT_ASSIGNEE = Declared(Effect.ASSIGNEE, "assignee")
TYPE = Declared(Effect.TYPE)
DUTY = Declared(Effect.DUTY)
PROOF = Declared(Effect.PROOF)
APPROVAL = Declared(Effect.APPROVAL)
ORDER = Declared(Effect.ORDER)
CONDITION = Declared(Effect.CONDITION)
SETTINGS = Declared(Effect.SETTINGS)
TASKS = Declared(Effect.TASKS)


@cache
def declarations(model: type[BaseModel]) -> dict[str, Declared]:
    """Return the declaration of every field of a model, in the order of the fields.

    Raises:
        TypeError: a field declares nothing; whoever adds one says what a change of it does.
    """
    found = {}
    for name, field in model.model_fields.items():
        said = [one for one in field.metadata if isinstance(one, Declared)]
        if len(said) != 1:
            raise TypeError(f"{model.__name__}.{name} does not say what a change of it does: see {__name__}")
        found[name] = said[0]
    return found


@cache
def identity_of(model: type[BaseModel]) -> str | None:
    """Return the field that tells one item of a list of these from the others; None where none does."""
    declared = declarations(model).items()
    return next((name for name, one in declared if one.effect is Effect.IDENTITY), None)


@cache
def is_declared(model: type[BaseModel]) -> bool:
    """Whether the fields of a model declare themselves: if not, its values are compared as a whole."""
    return any(isinstance(one, Declared) for field in model.model_fields.values() for one in field.metadata)


def policy_names(model: type[BaseModel]) -> dict[str, Effect]:
    """Return what ``on_change`` may name for items of a model, with what it governs."""
    return {
        one.policy_name or name: one.effect
        for name, one in declarations(model).items()
        if one.effect not in (Effect.IDENTITY, Effect.START, Effect.TASKS)
    }
