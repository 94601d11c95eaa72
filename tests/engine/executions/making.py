"""An executor that makes the files that a test gives it, in place of the one that calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from engine.executions.executors.base import Executor, OutputFile, Result, Run, Step
from tests.engine.executions.conftest import Office


class Making(Executor):
    """Makes files; what it opens first is a secret, where the settings name one."""

    key: ClassVar[str] = "api_call"

    def __init__(self) -> None:
        self.files: Sequence[OutputFile] = ()

    def plan(self, config: Mapping[str, Any]) -> Sequence[Step]:  # noqa: ARG002 - as the port has it
        return []

    def dry_run(self, config: Mapping[str, Any]) -> list[str]:  # noqa: ARG002 - as the port has it
        return ["Files are made."]

    def run(self, run: Run) -> Result:
        for value in run.config.get("headers", {}).values():
            run.secret(value["secret"], "127.0.0.1")
        return Result(summary="Made.", files=self.files)


def let_make(office: Office) -> Making:
    """Let what is run in an office make files."""
    maker = Making()
    office.executors = {"api_call": maker}
    office.engine = office.engine_of(timedelta(minutes=1))
    return maker
