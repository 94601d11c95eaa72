"""A recipe that runs by itself: the shipped one, asking a program on this machine."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.catalog.content import Content
from tests.engine.executions.conftest import (  # noqa: F401 - fixtures
    Office,
    automation_python,
    office,
    program,
)

VALUES = {"day": "2026-11-20", "from_currency": "USD", "to_currency": "EUR"}


def asking_here(content: Content, port: int, **execution: object) -> Content:
    """Return the content with the shipped recipe asking a program on this machine."""
    resolved = content.resolve("exchange_rate")
    task = resolved.template.tasks[0]
    assert task.execution is not None
    config = {**task.execution.config, "url": f"http://127.0.0.1:{port}/{{{{ day }}}}"}
    policy = task.execution.model_copy(update={"config": config, **execution})
    template = resolved.template.model_copy(update={"tasks": [task.model_copy(update={"execution": policy})]})
    known = {("exchange_rate", None, None): replace(resolved, template=template)}
    return replace(content, templates={**content.templates, "exchange_rate": template}, _resolved=known)


@pytest.fixture
def desk(office: Office) -> Office:  # noqa: F811 - the fixture
    """People, the recipe, what it asks, and the worker."""
    here = asking_here(office.workbench.content(), office.program.port)
    office.workbench.content = lambda: here  # type: ignore[method-assign]
    return office
