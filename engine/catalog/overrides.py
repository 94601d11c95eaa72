"""The format of a partner's or campaign's override: a template of which every part is optional."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, create_model

from engine.catalog.declared import (
    DUTY,
    IDENTITY,
    SETTINGS,
    START,
    TASKS,
    WORDS,
    Declared,
    declarations,
    identity_of,
)
from engine.catalog.models import (
    DeliverableDefinition,
    LinkDefinition,
    Phase,
    StepDefinition,
    TaskDefinition,
    TaskTemplate,
)
from engine.catalog.parts import ContentModel, Name, Text, ToolUse

OverrideLevel = Literal["partner", "campaign"]

_DISABLED = Field(default=False, description="True drops this item from the template.")


def _partial(
    model: type[ContentModel],
    name: str,
    *,
    dropping: Declared | None,
    replaced: Mapping[str, Any] | None = None,
    without: Iterable[str] = (),
) -> type[ContentModel]:
    """Return ``model`` with every field optional and nullable, but for the one that identifies an item.

    ``dropping`` says what it does that an item is dropped; None where there is nothing to drop it from.
    """
    identity = identity_of(model) if dropping else None
    said = declarations(model)
    fields: dict[str, Any] = {}
    kind: Any
    for field_name, declared in model.model_fields.items():
        if field_name in without:
            continue
        if replaced and field_name in replaced:
            kind = Annotated[replaced[field_name], said[field_name]]
            fields[field_name] = (kind, Field(default=[], description=declared.description))
            continue
        kind = declared.annotation
        if rules := [one for one in declared.metadata if not isinstance(one, Declared)]:
            kind = Annotated[kind, *rules]
        if field_name == identity:
            details = Field(description=declared.description)
        else:
            kind = kind | None
            details = Field(default=None, alias=declared.alias, description=declared.description)
        fields[field_name] = (Annotated[kind, said[field_name]], details)
    if dropping:
        fields["disabled"] = (Annotated[bool, dropping], _DISABLED)
    made: type[ContentModel] = create_model(
        name,
        __base__=ContentModel,
        __doc__=f"What to change of one {model.__name__}.",
        # The descriptions are given; looking for them in the source takes most of the time of an import.
        __cls_kwargs__={"use_attribute_docstrings": False},
        **fields,
    )
    return made


StepChange = _partial(StepDefinition, "StepChange", dropping=DUTY)
DeliverableChange = _partial(DeliverableDefinition, "DeliverableChange", dropping=DUTY)
LinkChange = _partial(LinkDefinition, "LinkChange", dropping=DUTY)
PhaseChange = _partial(Phase, "PhaseChange", dropping=WORDS)
ToolChange = _partial(ToolUse, "ToolChange", dropping=SETTINGS)
_ToolMap = dict[Name, bool | dict[str, Any] | None]
ToolChanges = list[ToolChange] | _ToolMap  # type: ignore[valid-type]
TaskChange = _partial(
    TaskDefinition,
    "TaskChange",
    dropping=TASKS,
    replaced={
        "steps": list[StepChange],  # type: ignore[valid-type]
        "deliverables": list[DeliverableChange],  # type: ignore[valid-type]
        "tools": ToolChanges,
    },
)
TemplateChange = _partial(
    TaskTemplate,
    "TemplateChange",
    dropping=None,
    without=("key",),
    replaced={
        "tasks": list[TaskChange],  # type: ignore[valid-type]
        "links": list[LinkChange],  # type: ignore[valid-type]
        "phases": list[PhaseChange],  # type: ignore[valid-type]
        "tools": ToolChanges,
    },
)


class OverrideHeader(ContentModel):
    """Which template is changed, for whom, and why."""

    overrides: Annotated[Name, IDENTITY]
    """The key of the template that is changed."""
    partner: Annotated[Text | None, START] = None
    """The partner it is changed for."""
    campaign: Annotated[Text | None, START] = None
    """The campaign it is changed for."""
    reason: Annotated[str, START] = ""
    """Why this partner or campaign differs."""


class Override(OverrideHeader, TemplateChange):  # type: ignore[misc,valid-type]
    """A partner's or campaign's changes to one template (TPL-03)."""

    @property
    def level(self) -> OverrideLevel:
        """Whose override it is."""
        return "campaign" if self.campaign is not None else "partner"

    @property
    def scope_key(self) -> str:
        """The key of the partner or campaign."""
        return str(self.campaign if self.campaign is not None else self.partner)


#: Fields of the file that say what it is, and change nothing.
HEADER_FIELDS = frozenset(OverrideHeader.model_fields)
