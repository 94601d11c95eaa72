"""The process doc as it is loaded: a titled Markdown text with parts that tasks can point at (DOC-01)."""

from __future__ import annotations

from engine.catalog.parts import ContentModel, DocId, Text


class ProcessDocStep(ContentModel):
    """A part of a process doc that a task can open at: a heading ending in ``{#step_id}``."""

    id: str
    """The text between ``{#`` and ``}``."""
    title: str
    """The heading without its id."""
    body: str
    """The Markdown below the heading, up to the next heading of the same or a higher level."""


class ProcessDoc(ContentModel):
    """One document of the registry: how something is done (DOC-01)."""

    id: DocId
    """The document's id, equal to the file's name."""
    title: Text
    """What it is called."""
    body: str = ""
    """The whole Markdown below the front matter."""
    steps: list[ProcessDocStep] = []
    """The parts that tasks can point at, in order."""

    def step(self, step_id: str) -> ProcessDocStep | None:
        """Return the step with ``step_id``, or None."""
        return next((step for step in self.steps if step.id == step_id), None)
