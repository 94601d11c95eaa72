"""The journal of a running attempt: each step, before it is begun and once it has ended.

With each write the task's position of progress rises, so that whoever looks on knows without reading it
whether there is anything new (decision 11).
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from engine.accounts import actors
from engine.audit import topics
from engine.clock import to_text
from engine.command import Services
from engine.errors import BadRequestError, WorkbenchError
from engine.executions.executors.base import (
    BYTES_KEPT,
    Call,
    Effect,
    ExecutorError,
    Facts,
    Json,
    Message,
    Step,
    StepError,
    StoppedError,
)
from engine.executions.models import ExecutionProgress
from engine.jobs.claims import LostError
from engine.jobs.context import CancelledError, Context
from engine.record import UNSTORABLE, canonical
from engine.transaction import Transaction

_log = logging.getLogger(__name__)

#: So much is kept of what an executor says on its way.
_MOST_LINES, _LONGEST_LINE = 200, 1000
#: How programs colour what they write on a terminal, and move about there.
_COLOURS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")

#: Of what was done and cannot be kept.
UNFIT = (
    "What came of it cannot be kept: it holds a control character or half a character, or is nested too "
    "deeply. Look at the other side, then do the task by hand."
)


def hash_of(step: Step) -> str:
    """Return what makes a step the same one in another attempt."""
    said = {"name": step.name, "effect": step.effect.value, "request": step.request}
    return hashlib.sha256(canonical(said)).hexdigest()


def key_of(task_uuid: str, step: Step) -> str:
    """Return the key that belongs to a task, a step and what is sent: the same in all attempts."""
    return str(uuid5(NAMESPACE_URL, f"{task_uuid}:{hash_of(step)}"))


def _is_storable(came: Json) -> bool:
    """Whether the store takes what came of a step."""
    try:
        ExecutionProgress(execution_id="", workspace_id="", steps=[{"kept": came}]).to_json()
    except BadRequestError:
        return False
    return True


class Journal:
    """What an attempt does, for its executor (``executors.base.Run``); whoever supervises it ends it."""

    def __init__(
        self,
        services: Services,
        context: Context,
        execution_id: str,
        task_id: str,
        *,
        config: Mapping[str, Any],
        facts: Facts,
        kept: Mapping[str, dict[str, Any]],
        step_seconds: float,
        ends_at: float,
        open_secret: Callable[[str, str], str],
        records: Callable[[str, Mapping[str, str]], Json],
    ) -> None:
        """Begin; ``kept`` has the entries of steps that were done before, by what makes them the same."""
        self.config, self.settings, self.facts = config, services.settings, facts
        self._services, self._context = services, context
        self._execution_id, self._task_id = execution_id, task_id
        self._kept, self._open_secret, self._records = kept, open_secret, records
        #: As an answer, or an error, may say them; by what is said instead.
        self._opened: dict[str, str] = {}
        self._step_seconds, self._ends_at = step_seconds, ends_at
        self._lock = threading.Lock()
        self._stopped, self._closed = threading.Event(), False
        self.steps: list[dict[str, Any]] = []
        self.logs: list[dict[str, Any]] = []
        #: How many of the lines the store has.
        self._lines_kept = 0

    # -- for the executor ----------------------------------------------------------------

    def step(self, step: Step, do: Callable[[Call], Json]) -> Json:
        """Do a step, or return what was kept of it (``Run.step``)."""
        self.check()
        name = hash_of(step)
        before = self._kept.get(name)
        if before is not None and step.effect is not Effect.NONE:
            with self._lock:
                self._must_be_open()
                self.steps.append(before)
            self.log(f"{step.name} was done by an earlier attempt, and is not repeated.")
            return before["kept"]
        key = key_of(self.facts.task_uuid, step)
        entry = {
            "name": step.name,
            "effect": step.effect.value,
            "request_hash": name,
            "key": key if step.effect is Effect.KEYED else None,
            "state": "begun",
            "began_at": self._moment(),
            "ended_at": None,
            "kept": None,
        }
        try:
            self._write(lambda: self.steps.append(entry))
            if step.effect is not Effect.NONE:
                self._context.effect(step.name, is_repeatable=step.effect is Effect.KEYED)
        except CancelledError:
            self._write(lambda: entry.update(state="undone", ended_at=self._moment()))
            self.stop()
            raise StoppedError from None
        except Exception:  # nothing was sent; the store, which may be away, hears of it with the end
            with self._lock:
                entry.update(state="undone", ended_at=self._moment())
            raise
        seconds = max(0.001, min(self._step_seconds, self._ends_at - time.monotonic()))
        try:
            came_of_it = do(Call(key=key, seconds=seconds))
            is_fit = _is_storable(came_of_it)
            if is_fit:  # else it may be deeper than anything can look
                came_of_it = self.redacted(came_of_it)
            is_kept = step.effect is not Effect.NONE
            if not is_fit or (is_kept and len(canonical({"kept": came_of_it})) > BYTES_KEPT):
                came_of_it = None
        except StepError as error:
            if error.is_undone:
                self._write(lambda: entry.update(state="undone", ended_at=self._moment()))
            raise
        kept = came_of_it if is_kept else None  # what changes nothing is done anew, whatever came of it
        self._write(lambda: entry.update(state="done", ended_at=self._moment(), kept=kept))
        if not is_fit:
            raise ExecutorError("ANSWER_UNFIT", f"{step.name} was done. {UNFIT}")
        return came_of_it

    def check(self) -> None:
        """Go on only if the attempt does (``Run.check``)."""
        if self._stopped.is_set():
            raise StoppedError

    def log(self, text: str) -> None:
        """Keep a line (``Run.log``); the first ones, where there are too many."""
        with self._lock:
            if not self._closed and len(self.logs) < _MOST_LINES:
                self.logs.append({"at": self._moment(), "text": self.readable(text)[:_LONGEST_LINE]})

    def log_printed(self, text: str, most: int) -> None:
        """Keep the lines of what was printed, up to there (``Run.log_printed``)."""
        for found in self._secrets().finditer(text) if self._opened else ():
            if found.start() < most < found.end():
                most = found.end()
        for line in self.redacted(text[:most]).splitlines():
            self.log(line)

    def records(self, about: str, asked: Mapping[str, str]) -> Json:
        """Return the records that the task is about (``Run.records``)."""
        return self._records(about, asked)

    def secret(self, name: str, host: str) -> str:
        """Return a secret (``Run.secret``)."""
        value = self._open_secret(name, host)
        for said in (value, json.dumps(value)[1:-1], quote(value, safe="")):
            self._opened[said] = f"[secret {name}]"
        return value

    # -- for whoever supervises it -------------------------------------------------------

    def stop(self) -> None:
        """Let nothing more be begun."""
        self._stopped.set()

    def keep_lines(self) -> None:
        """Write down what was said since the last step, for whoever looks on while a step takes long.

        What the store does not take now is written later, at the latest with the end.

        Raises:
            LostError: the attempt is somebody else's by now.
        """
        if len(self.logs) == self._lines_kept:
            return
        try:
            self._write(lambda: None)
        except LostError:
            raise
        except WorkbenchError as error:
            _log.warning("lines of %s are not kept yet: %s", self._execution_id, error)

    def close(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Take nothing more from the executor, however it goes on; return the steps and the lines."""
        self._stopped.set()
        with self._lock:
            self._closed = True
            return [dict(one) for one in self.steps], list(self.logs)

    def redacted(self, value: Json) -> Json:
        """Return JSON data, or messages, with the names of opened secrets in place of what they are."""
        if not self._opened:
            return value
        if isinstance(value, str):
            return self._secrets().sub(lambda found: self._opened[found[0]], value)
        if isinstance(value, Message):
            return Message(**self.redacted(vars(value)))
        if isinstance(value, Mapping):
            return {self.redacted(name): self.redacted(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self.redacted(item) for item in value]
        if isinstance(value, (int, float)) and json.dumps(value) in self._opened:
            return self._opened[json.dumps(value)]
        return value

    def readable(self, text: str) -> str:
        """Return words of an executor for people: redacted, uncoloured, and as the store takes them."""
        plain = _COLOURS.sub("", self.redacted(text))
        shown: str = self.redacted(UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", plain))
        return shown

    def holds_secret(self, part: bytes) -> bool:
        """Whether bytes hold a secret that was opened, as it is or as an answer would say it."""
        return any(said.encode() in part for said in self._opened)

    # -- inside --------------------------------------------------------------------------

    def _secrets(self) -> re.Pattern[str]:
        """Return what finds the secrets that were opened, of which there is one."""
        longest_first = sorted(self._opened, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, longest_first)))

    def _must_be_open(self) -> None:
        if self._closed:
            raise StoppedError

    def _write(self, change: Callable[[], Any]) -> None:
        """Change the journal and keep it; a worker that lost the attempt writes nothing."""
        with self._lock:
            self._must_be_open()
            change()
            with self._services.transaction(actors.system(self._services.workspace.workspace_id)) as tx:
                self._hold()
                progress = tx.get(ExecutionProgress, self._execution_id)
                progress.steps, progress.logs = [dict(one) for one in self.steps], list(self.logs)
                tx.save(progress)
                self._tell(tx)
            self._lines_kept = len(self.logs)

    def _tell(self, tx: Transaction) -> None:
        """Say that there is something new to read, as soon as what is written can be read."""
        place = f"{tx.workspace_id}/{topics.progress(self._task_id)}"
        tx.database.positions.move_to({place: 1})

    def _hold(self) -> None:
        try:
            self._context.renew()
        except CancelledError:
            self._stopped.set()  # what was begun is still written down

    def _moment(self) -> str:
        moment: datetime = self._services.clock.now()
        return to_text(moment)


__all__ = ["ExecutorError", "Journal", "hash_of", "key_of"]
