"""The format of a partner's or campaign's override: a template of which every part is optional."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, create_model

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

_DISABLED = (bool, Field(default=False, description="True drops this item from the template."))


def _partial(
    model: type[ContentModel],
    name: str,
    *,
    identity: str,
    replaced: Mapping[str, Any] | None = None,
    without: Iterable[str] = (),
) -> type[ContentModel]:
    """Return ``model`` with every field optional and nullable, but for the one that identifies an item."""
    fields: dict[str, Any] = {}
    for field_name, declared in model.model_fields.items():
        if field_name in without:
            continue
        if replaced and field_name in replaced:
            fields[field_name] = (replaced[field_name], Field(default=[], description=declared.description))
            continue
        kind: Any = declared.annotation
        if declared.metadata:
            kind = Annotated[kind, *declared.metadata]
        if field_name == identity:
            fields[field_name] = (kind, Field(description=declared.description))
        else:
            details = Field(default=None, alias=declared.alias, description=declared.description)
            fields[field_name] = (kind | None, details)
    if identity:
        fields["disabled"] = _DISABLED
    made: type[ContentModel] = create_model(
        name,
        __base__=ContentModel,
        __doc__=f"What to change of one {model.__name__}.",
        # The descriptions are given; looking for them in the source takes most of the time of an import.
        __cls_kwargs__={"use_attribute_docstrings": False},
        **fields,
    )
    return made


StepChange = _partial(StepDefinition, "StepChange", identity="ref")
DeliverableChange = _partial(DeliverableDefinition, "DeliverableChange", identity="ref")
LinkChange = _partial(LinkDefinition, "LinkChange", identity="name")
PhaseChange = _partial(Phase, "PhaseChange", identity="key")
ToolChange = _partial(ToolUse, "ToolChange", identity="tool")
_ToolMap = dict[Name, bool | dict[str, Any] | None]
ToolChanges = list[ToolChange] | _ToolMap  # type: ignore[valid-type]
TaskChange = _partial(
    TaskDefinition,
    "TaskChange",
    identity="ref",
    replaced={
        "steps": list[StepChange],  # type: ignore[valid-type]
        "deliverables": list[DeliverableChange],  # type: ignore[valid-type]
        "tools": ToolChanges,
    },
)
TemplateChange = _partial(
    TaskTemplate,
    "TemplateChange",
    identity="",
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

    overrides: Name
    """The key of the template that is changed."""
    partner: Text | None = None
    """The partner it is changed for."""
    campaign: Text | None = None
    """The campaign it is changed for."""
    reason: str = ""
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
