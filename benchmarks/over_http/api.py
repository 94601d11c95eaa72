"""The API: tasks made over HTTP beside the engine's own rate, and the times that NFR-001 to NFR-006 name.

NFR-004 is that of the queue of automated work, which is not built.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from benchmarks import measure, stand
from benchmarks.measure import Figure, Samples
from benchmarks.over_http import serving
from benchmarks.over_http.driving import Client, Outcome, Target, client
from benchmarks.over_http.serving import Served, Store
from benchmarks.stand import Stand
from engine.tasks.create import NewTask, create
from engine.tokens import service as tokens
from engine.tokens.inputs import MakeToken

_ROUNDS, _CLIENTS = 5, 4
#: Of the engine's rate, and of all answers.
_OF_ENGINE, _SUCCESS = 0.4, 0.999
#: What NFR-006 asks.
_PER_SECOND = 100
_NEW = {"title": "Write the article about local search", "task_type": "untyped", "priority": "high"}
#: What a requirement names, how many milliseconds it may take, and the requests, in turns.
_Asked = tuple[str, int, list[Target]]


def creates(store: Store, tasks: int, *, each: int, database: str = "") -> list[Figure]:
    """Return how many tasks come by the API beside the engine alone, in turns on one store, and the times.

    ``each`` is how many a side makes in a round. The engine makes them one after another, each in a
    transaction of its own; four clients send theirs at once.
    """
    topic = f"The API, {tasks:,} tasks{database}"
    with ExitStack() as opened:
        engine = opened.enter_context(stand.stand(store.repository.parent, store.database))
        secret = _secret(engine)
        board = opened.enter_context(serving.workbench(store))
        asking = opened.enter_context(client())
        headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        new = Target(path="/api/tasks", headers=headers, method="POST", body=json.dumps(_NEW))
        asking.load(board.address, [new], requests=2 * _CLIENTS, clients=_CLIENTS)
        alone, sent = Samples(), list[Outcome]()
        for _ in range(_ROUNDS):
            alone.take(lambda: _create(engine, each))
            sent.append(asking.load(board.address, [new], requests=each, clients=_CLIENTS))
        return [
            *_of_creates(topic, alone, sent, each),
            *_times(topic, board, asking, _asked(engine, headers), each),
        ]


def _secret(engine: Stand) -> str:
    with engine.workbench.transaction(engine.workbench.operator()) as tx:
        secret = tokens.make(tx, MakeToken(name="Benchmark")).secret
    if secret is None:
        raise SystemExit("An own token comes with its secret; mend the benchmark.")
    return secret


def _create(engine: Stand, times: int) -> None:
    for _ in range(times):
        with engine.workbench.transaction(engine.admin) as tx:
            create(tx, engine.content, NewTask.parse(_NEW))


def _of_creates(topic: str, alone: Samples, sent: list[Outcome], each: int) -> list[Figure]:
    ours = statistics.median(one.per_second for one in sent)
    theirs = each / alone.median
    answered, failed = sum(one.answered for one in sent), sum(one.failed for one in sent)
    ratio, share = ours / theirs, answered / (answered + failed)
    busy = sum(one.busy for one in sent) / sum(one.seconds for one in sent)
    return [
        Figure(
            topic=topic,
            what=f"creates by {_CLIENTS} clients : by the engine, one after another",
            value=f"{ratio:.2f}x ({ours:,.0f}/s against {theirs:,.0f}/s; client {busy:.0%} busy)",
            target=f"at least {_OF_ENGINE:g}x",
            met=ratio >= _OF_ENGINE,
        ),
        Figure(
            topic=topic,
            what=f"creates that were answered as they should be, of {answered + failed:,}",
            value=f"{share:.2%}",
            target=f"at least {_SUCCESS:.1%}",
            met=share >= _SUCCESS,
        ),
        Figure(
            topic=topic,
            what="NFR-006, creates per second",
            value=f"{ours:,.0f}/s",
            target=f"at least {_PER_SECOND}/s",
            met=ours >= _PER_SECOND,
        ),
    ]


def _times(topic: str, board: Served, asking: Client, asked: Sequence[_Asked], each: int) -> list[Figure]:
    """Return how long requests take that come one after another."""
    found = []
    for what, limit, targets in asked:
        outcome = asking.load(board.address, targets, requests=each)
        if outcome.failed:
            raise SystemExit(f"{what}: not all were answered: {outcome.statuses}")
        p95 = outcome.quantile(0.95)
        found.append(
            Figure(
                topic=topic,
                what=f"{what}, 95th percentile",
                value=f"{measure.ms(p95)} (median {measure.ms(outcome.quantile(0.5))})",
                target=f"under {limit} ms",
                met=p95 * 1000 < limit,
            )
        )
    return found


def _asked(engine: Stand, headers: Mapping[str, str]) -> list[_Asked]:
    """Return what is asked for which requirement, with how long it may take."""
    with engine.workbench.transaction(engine.admin) as tx:
        task_id = create(tx, engine.content, NewTask.parse(_NEW)).task_id

    def target(method: str, path: str, body: dict[str, Any] | None = None) -> Target:
        text = "" if body is None else json.dumps(body)
        return Target(path=f"/api/tasks{path}", headers=headers, method=method, body=text)

    updates = [target("PATCH", f"/{task_id}", {"priority": to}) for to in ("low", "high")]
    return [
        ("NFR-001, create", 200, [target("POST", "", _NEW)]),
        ("NFR-002, a list of 50", 300, [target("GET", "?limit=50")]),
        ("NFR-003, statistics", 500, [target("GET", "/stats")]),
        ("NFR-005, update", 200, updates),
    ]
