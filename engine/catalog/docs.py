"""The process doc as it is loaded: a titled Markdown text with parts that tasks can point at (DOC-01)."""

from __future__ import annotations

from typing import Annotated

from engine.catalog.declared import IDENTITY, WORDS
from engine.catalog.parts import ContentModel, DocId, Text


class ProcessDocStep(ContentModel):
    """A part of a process doc that a task can open at: a heading ending in ``{#step_id}``."""

    id: Annotated[str, IDENTITY]
    """The text between ``{#`` and ``}``."""
    title: Annotated[str, WORDS]
    """The heading without its id."""
    body: Annotated[str, WORDS]
    """The Markdown below the heading, up to the next heading of the same or a higher level."""


class ProcessDoc(ContentModel):
    """One document of the registry: how something is done (DOC-01)."""

    id: Annotated[DocId, IDENTITY]
    """The document's id, equal to the file's name."""
    title: Annotated[Text, WORDS]
    """What it is called."""
    body: Annotated[str, WORDS] = ""
    """The whole Markdown below the front matter."""
    steps: Annotated[list[ProcessDocStep], WORDS] = []
    """The parts that tasks can point at, in order."""

    def step(self, step_id: str) -> ProcessDocStep | None:
        """Return the step with ``step_id``, or None."""
        return next((step for step in self.steps if step.id == step_id), None)
