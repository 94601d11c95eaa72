"""``content check``, ``content show`` and ``bundle create`` say what the engine does, over random content.

The engine's own check, preview and start are held against each other in
``tests/engine/test_check_and_start_agree.py``; here the command line is held against them (Done when 2).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from engine.bundles.request import NewBundle
from engine.errors import WorkbenchError
from tests.engine.test_check_and_start_agree import (
    SUBJECTS,
    as_previewed,
    as_started,
    errors_by_file,
    hold,
    loaded,
    managed,
    planned,
)
from tests.random_content import parameters, written
from web.cli import hoist, run

ANCHOR = date(2026, 12, 18)


@pytest.fixture(scope="module")
def manager(tmp_path_factory, new_store: Path, shipped_repository: Path, shipped_catalog) -> Iterator[Any]:
    """An engine on a store that commands use as well, and a manager."""
    folder = tmp_path_factory.mktemp("commands_agree")
    with managed(folder, new_store, shipped_repository, shipped_catalog) as made:
        yield made


@pytest.fixture
def typed(manager, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch):
    """Run a command on that store and the content of ``tmp_path``; give its exit code and its JSON."""
    from tests.conftest import NOW

    monkeypatch.setenv("WORKBENCH_CONTENT", str(tmp_path))
    monkeypatch.setenv("WORKBENCH_DATABASE", manager[0].settings.database)
    monkeypatch.setattr("engine.clock.SystemClock.now", lambda _: NOW)

    def call(*words: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = run(hoist([*words, "--json"]), as_json=True)
        return code, json.loads(capsys.readouterr().out)

    return call


def of(partner: str | None, campaign: str | None) -> list[str]:
    """Give the options that say for whom."""
    named = {"--partner": partner, "--campaign": campaign}
    return [word for option, key in named.items() if key for word in (option, key)]


def spelled(given: dict[str, Any]) -> list[str]:
    """Give parameters as they are typed: texts as they are, all else as JSON."""
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in given.items()}
    return [word for name, text in texts.items() for word in ("--param", f"{name}={text}")]


def commands_against_engine(manager, typed, content, draw: st.DataObject) -> None:
    found = errors_by_file(content)
    code, checked = typed("content", "check")
    said = {
        (one["file"], one["line"], one["code"]) for one in checked["problems"] if one["severity"] == "error"
    }
    assert said == {(one.file, one.line, one.code) for known in found.values() for one in known}
    assert (code == 0) is (found == {})
    for partner, campaign in SUBJECTS:
        key = "acme" if campaign else partner
        try:
            schema = content.resolve("post", partner=key, campaign=campaign).template.parameters
        except WorkbenchError:
            schema = None
        new = NewBundle(
            template="post",
            anchor_date=ANCHOR,
            partner=partner,
            campaign=campaign,
            parameters=draw.draw(parameters(schema)),
        )
        plan = planned(*manager, content, new)
        start = ["bundle", "create", "post", "--anchor-date", str(ANCHOR), *of(partner, campaign)]
        code, made = typed(*start, *spelled(new.parameters))
        if isinstance(plan, WorkbenchError):
            assert (code != 0, made["error"]["message"]) == (True, plan.message)
            event("refused by both")
            continue
        assert code == 0, made
        assert as_started(made) == as_previewed(content, plan, partner, campaign)
        shown_code, shown = typed("content", "show", "post", *of(partner, campaign))
        assert shown_code == 0
        refs = [task["ref"] for task in shown["template"]["tasks"]]
        assert [task["template_task_ref"] for task in made["tasks"]] == [
            ref for ref in refs if ref not in plan.left_out
        ]
        event("started by both")


@pytest.mark.wide
@hold(4)
@given(made=written(), draw=st.data())
def test_commands_say_what_the_engine_does(manager, typed, tmp_path, made, draw):
    with loaded(made, tmp_path) as content:
        commands_against_engine(manager, typed, content, draw)


@pytest.mark.wide
@hold(200)
@given(made=written(), draw=st.data())
def test_the_same_for_many_more(manager, typed, tmp_path, made, draw):
    with loaded(made, tmp_path) as content:
        commands_against_engine(manager, typed, content, draw)
