"""Every field of the format says what a change of it does to work that runs (D1, D4)."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from engine.catalog.declared import declarations, identity_of, is_declared
from engine.catalog.models import TaskTemplate, TaskType
from engine.catalog.parts import ContentModel


def _models_of_lists(model: type[BaseModel]) -> set[type[BaseModel]]:
    """Return the models whose lists a model holds, at any depth, as far as they declare themselves."""
    found = {model}
    for field in model.model_fields.values():
        for argument in getattr(field.annotation, "__args__", ()):
            if isinstance(argument, type) and issubclass(argument, ContentModel) and is_declared(argument):
                found |= _models_of_lists(argument)
    return found


def test_every_field_of_templates_types_and_their_items_declares_itself():
    models = _models_of_lists(TaskTemplate) | _models_of_lists(TaskType)
    assert {model.__name__ for model in models} >= {
        "TaskTemplate", "TaskDefinition", "StepDefinition", "DeliverableDefinition", "ProofRequirement",
        "LinkDefinition", "Phase", "Reference", "Sop", "ToolUse", "TaskType",
    }  # fmt: skip
    for model in models:
        assert declarations(model).keys() == model.model_fields.keys()
        assert identity_of(model) in model.model_fields


def test_a_field_that_declares_nothing_is_refused_by_name():
    class Later(TaskType):
        colour: str = ""

    with pytest.raises(TypeError, match=r"^Later\.colour does not say what a change of it does"):
        declarations(Later)
