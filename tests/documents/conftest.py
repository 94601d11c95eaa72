"""A shell and a new machine for whoever follows a document."""

from __future__ import annotations

import pytest

from tests.documents.machines import add_workbench, new_machine


@pytest.fixture(params=["sh", pytest.param("bash", marks=pytest.mark.wide)])
def shell(request: pytest.FixtureRequest) -> str:
    """Each shell that a document must work in; what works in ``sh`` seldom fails in ``bash``."""
    name: str = request.param
    return name


@pytest.fixture
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a new machine has, and ``workbench``, which is this checkout's."""
    programs = tmp_path_factory.mktemp("bin")
    add_workbench(programs)
    return new_machine(programs)
