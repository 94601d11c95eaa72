"""Runs an automation that an operator has installed, in a process of its own (TYP-07, EXE-30).

An automation is a function of another package, which that names as an entry point of the group
``workbench.executors``. What it changes outside, the settings say: each of its steps by name and effect. It
asks for a step and is given its key, so that the journal is as true of it as of any executor
(``base``, 1 to 5). It is loaded, limited and ended by ``automation_program``.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from engine.executions.executors.automation_process import Process, ended_for
from engine.executions.executors.base import (
    BYTES_KEPT,
    Call,
    Effect,
    Executor,
    ExecutorError,
    Json,
    Result,
    Run,
    Step,
    StepError,
)

#: What it may take where the settings say nothing else.
MEMORY_MB, FILE_MB, CPU_SECONDS, PROCESSES = 512, 100, 300, 8
_OPEN_FILES = 128
#: So many characters of what it prints are kept.
_PRINTED_KEPT = 4000
#: What is told to stop has so long for what it is doing, before it is killed.
GRACE_SECONDS = 2.0
_SAID = {
    Effect.NONE: "changes nothing outside",
    Effect.KEYED: "changes something outside, once, however often it is done",
    Effect.UNKEYED: "changes something outside each time that it is done",
}
_CODE = re.compile("[A-Z][A-Z0-9_]{0,99}")
#: So many proofs, links and deliverables may it give, each of which is written by itself.
_MOST_GIVEN = 50
#: How an automation says what came out: the field, and whether all of it has to be text.
_FIELDS = {"outputs": False, "proof": True, "links": True, "deliverables": True}


class Custom(Executor):
    """An automation that is installed under a name."""

    key: ClassVar[str] = "custom"

    def plan(self, config: Mapping[str, Any]) -> Sequence[Step]:
        """Name the steps that the settings let it do; what each is done with is its own to say."""
        return [_step(one, None) for one in config.get("steps", ())]

    def dry_run(self, config: Mapping[str, Any]) -> list[str]:
        """Say what would be run, and what that may change."""
        given = json.dumps(config.get("input", {}), ensure_ascii=False)
        told = [f"The automation {config['automation']} would be run, with {given}."]
        told += [f"“{step.name}” {_SAID[step.effect]}." for step in self.plan(config)]
        if not config.get("steps"):
            told.append("It does no step that changes anything outside.")
        told += [f"It is given the secret {name}, for {host}." for name, host in _secrets(config).items()]
        return told

    def run(self, run: Run) -> Result:
        """Run it, and do its steps as it asks for them.

        Raises:
            ExecutorError: ``AUTOMATION_MISSING``, ``AUTOMATION_BROKE``, ``STEP_UNPLANNED``,
                ``STEP_TIMED_OUT``, ``MEMORY_LIMIT``, ``PROCESS_LIMIT``, ``FILE_LIMIT``, ``CPU_LIMIT``,
                ``OUTPUT_TOO_LARGE``, ``ANSWER_TOO_LARGE``, or a code of its own.
            StoppedError: the attempt is over, and so is the automation.
        """
        if sys.platform != "linux":
            raise ExecutorError("AUTOMATION_MISSING", "Automations are run on Linux alone.")
        secrets = {name: run.secret(name, host) for name, host in _secrets(run.config).items()}
        run.check()
        python = run.settings.automation_python or sys.executable
        process = Process(python, _begun(run, secrets), check=run.check, grace=GRACE_SECONDS)
        result, code = None, None
        try:
            while result is None and (said := process.listen()) is not None:
                result = _answered(run, process, said)
        finally:
            code = process.close()
            run.log_printed(process.printed, _PRINTED_KEPT)
        if result is None:
            run.check()  # what was told to stop may have ended by that
            raise ended_for(code)
        return result


def _begun(run: Run, secrets: Mapping[str, str]) -> dict[str, Any]:
    config, megabyte = run.config, 1024 * 1024
    return {
        "automation": config["automation"],
        "input": config.get("input", {}),
        "secrets": secrets,
        "task": {"task_id": run.facts.task_id, "task_uuid": run.facts.task_uuid},
        "limits": {
            # An integer in JSON may be written as 10.0, which the kernel does not take.
            "memory_bytes": int(config.get("memory_mb", MEMORY_MB)) * megabyte,
            "file_bytes": int(config.get("file_mb", FILE_MB)) * megabyte,
            "processes": int(config.get("processes", PROCESSES)),
            "open_files": _OPEN_FILES,
            "cpu_seconds": int(config.get("cpu_seconds", CPU_SECONDS)),
        },
    }


def _answered(run: Run, process: Process, said: Mapping[str, Any]) -> Result | None:
    """Do what it asks for; return what came out once it says so.

    Raises:
        ExecutorError: it says that it failed, or it cannot go on.
    """
    if said["type"] == "log":
        run.log(str(said.get("text", "")))
    elif said["type"] == "step":
        _do_step(run, process, said)
    elif said["type"] == "result":
        return _result(said.get("value"))
    elif said["type"] == "error":
        raise ExecutorError(_code(said), str(said.get("message", "")))
    else:
        raise ExecutorError("AUTOMATION_BROKE", f"It asked for what is nothing: “{said['type']}”.")
    return None


def _do_step(run: Run, process: Process, said: Mapping[str, Any]) -> None:
    """Let it do a step that the settings name, and tell it what is kept of that.

    Raises:
        ExecutorError: the settings do not name it, or it failed.
    """
    name = said.get("name")
    planned = next((one for one in run.config.get("steps", ()) if one["name"] == name), None)
    if planned is None:
        # The whole of what it says: a part of a secret is not known as one.
        raise ExecutorError(
            "STEP_UNPLANNED", f"Its settings do not name the step that it asked for: “{name}”."
        )
    try:
        came = run.step(_step(planned, said.get("request")), lambda call: _doing(run, process, call))
    except StepError as error:
        if not error.is_undone:
            raise
        process.say({"type": "noted"})  # nothing happened: it may go on, or give up
        return
    if came is None:
        raise ExecutorError("ANSWER_TOO_LARGE", f"What came of “{name}” is too large to keep.")
    process.say({"type": "value", "value": came["value"]})


def _doing(run: Run, process: Process, call: Call) -> Json:
    """Let it do a step, and return what it says came of it, which may be nothing.

    Raises:
        StepError: it failed; whether it is known that nothing happened, it says itself.
    """
    process.say({"type": "go", "key": call.key, "seconds": call.seconds})
    until = time.monotonic() + call.seconds
    while (said := process.listen(until)) is not None:
        if said["type"] == "log":
            run.log(str(said.get("text", "")))
        elif said["type"] == "ended" and "undone" in said:
            code, message = said["undone"]
            raise StepError(_code({"code": code}), str(message), is_undone=True)
        elif said["type"] == "ended":
            return {"value": said.get("value")}
        else:
            raise StepError(_code(said), str(said.get("message", "It broke off.")), is_undone=False)
    raise StepError("AUTOMATION_BROKE", "It ended in the middle of a step.", is_undone=False)


def _step(planned: Mapping[str, str], request: Json) -> Step:
    return Step(name=planned["name"], effect=Effect(planned["effect"]), request=request)


def _secrets(config: Mapping[str, Any]) -> Mapping[str, str]:
    secrets: Mapping[str, str] = config.get("secrets", {})
    return secrets


def _code(said: Mapping[str, Any]) -> str:
    """Return the code that it gives; that it broke where it gives none."""
    code = str(said.get("code", ""))
    return code if _CODE.fullmatch(code) else "AUTOMATION_BROKE"


def _result(value: Json) -> Result:
    """Read what came out.

    Raises:
        ExecutorError: ``AUTOMATION_BROKE``, it is none of what a result has; ``ANSWER_TOO_LARGE``, it is more
            than is kept. A summary is cut rather (``running``).
    """
    known = isinstance(value, dict) and value.keys() <= {"summary", *_FIELDS}
    fields = {name: value.get(name, {}) for name in _FIELDS} if known else {}
    is_fit = known and all(
        isinstance(field, dict) and (not _FIELDS[name] or all(isinstance(one, str) for one in field.values()))
        for name, field in fields.items()
    )
    if not is_fit:
        names = ", ".join(_FIELDS)
        said = f"It returned something else than summary, {names}: objects, and text in all but the outputs."
        raise ExecutorError("AUTOMATION_BROKE", said)
    most = max(len(fields[name]) for name, is_given in _FIELDS.items() if is_given)
    if (
        most > _MOST_GIVEN
        or len(json.dumps(fields, ensure_ascii=False).encode(errors="replace")) > BYTES_KEPT
    ):
        said = f"It returned more than {BYTES_KEPT} bytes, or more than {_MOST_GIVEN} of a kind."
        raise ExecutorError("ANSWER_TOO_LARGE", said)
    return Result(summary=str(value.get("summary") or "It came to its end."), **fields)
