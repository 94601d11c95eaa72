"""``workbench content test`` and ``content record``: scenarios of templates, played and written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.access import Permission, require
from engine.catalog.catalog import content_of
from engine.catalog.content import Content
from engine.catalog.problems import Problem
from engine.errors import BadRequestError, ConflictError, NotFoundError
from engine.plurals import plural
from web.cli.context import Session, check_style
from web.cli.refusals import Naming

if TYPE_CHECKING:
    from engine.scenarios.coverage import Covered
    from engine.scenarios.files import Script
    from engine.scenarios.recording import Recorded
    from engine.scenarios.running import Played


def problems_of(content: Content) -> list[Problem]:
    """Return what is wrong with the scenario files beside the content."""
    from engine.scenarios import files  # noqa: PLC0415 - other commands on content begin without the registry

    return files.problems_of(content)


@click.command("test", cls=Naming)
@click.argument("keys", metavar="KEY", nargs=-1)
@click.option(
    "--format", "style", default="text", metavar="text|github|json", help="How failures are printed."
)
@click.option("--coverage", "with_coverage", is_flag=True, help="Name the moves that no scenario makes.")
@click.pass_obj
def test(session: Session, keys: tuple[str, ...], style: str, with_coverage: bool) -> int:
    """Play the scenarios beside the templates, all or those of KEY; exit 1 where something else happens.

    Each is played in a store of its own, which is made for it and removed.
    """
    from engine.scenarios import files, running  # noqa: PLC0415 - as above
    from web.cli.content_problems import line_of  # noqa: PLC0415 - that module asks this one

    check_style(style, ("text", "github", "json"))
    session.as_json = session.as_json or style == "json"
    content = content_of(session.settings)
    scripts = _chosen(files.read_all(content), content, keys)
    played = list(running.play_all(scripts, content, session.settings))
    problems = [found for script in scripts for found in script.problems]
    failures = sorted({*problems, *(found for one in played for found in one.failures)})
    errors = sum(found.is_error for found in failures)
    found = _covered(content, keys, played) if with_coverage else []
    session.answer(
        _as_json(failures, played, found, with_coverage=with_coverage),
        "\n".join([*map(line_of(style), failures), *_coverage_lines(found), _summary(played, errors)]),
    )
    return 1 if errors else 0


@click.command("record", cls=Naming)
@click.argument("bundle_id", metavar="BUNDLE")
@click.option("--output", metavar="FILE", help="Write it to a new file, and play it there and then.")
@click.pass_obj
def record(session: Session, bundle_id: str, output: str | None) -> None:
    """Write a scenario of what happened in a bundle, without names, texts and addresses.

    It is played first with the content that the bundle pins, and written only where it passes.
    """
    from engine.scenarios import recording, running  # noqa: PLC0415 - as above

    require(session.actor, Permission.SEE_ALL_WORK, "record scenarios")
    with session.reading() as tx:
        recorded = recording.record(tx, bundle_id)
    content = _content_at(session, recorded)
    script = recording.script_of(recorded, content)
    failures = [
        one for played in running.play_all([script], content, session.settings) for one in played.failures
    ]
    if not script.is_playable or failures:
        faults = [*script.problems, *failures]
        raise ConflictError(
            f"What happened in {bundle_id} cannot be played again: {faults[0].message} Nothing was written. "
            "Write the scenario by hand; content/README.md shows how.",
            details=[found.as_detail() for found in faults],
        )
    for words in recorded.left_out:
        click.echo(f"workbench: {words}", err=True)
    if output is not None:
        _write(Path(output), recorded.text)
    session.answer(
        {"template": recorded.key, "scenario": recorded.text, "left_out": list(recorded.left_out)},
        f"Written to {output}." if output else recorded.text.rstrip("\n"),
    )


def _content_at(session: Session, recorded: Recorded) -> Content:
    """Return the content that the bundle pins, which must be in the repository still."""
    if recorded.commit is None:
        raise ConflictError(
            "The bundle comes from content that no commit holds, so nobody can play it again. Start one from "
            f"committed content, or write {recorded.key}.scenario.yaml by hand."
        )
    return content_of(session.settings, ref=recorded.commit)


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise ConflictError(f"{path} is there already. Name a new file.") from error
    except OSError as error:
        raise BadRequestError(f"{path} cannot be written: {error.strerror}. Choose another file.") from error


def _chosen(scripts: Sequence[Script], content: Content, keys: Sequence[str]) -> list[Script]:
    """Return the scripts that are asked for.

    Raises:
        NotFoundError: one of the keys is of no template and no scenario.
    """
    known = {*content.templates, *(script.key for script in scripts)}
    if unknown := [key for key in keys if key not in known]:
        raise NotFoundError(f"There is no template {unknown[0]}. Check the key: workbench content check.")
    return [script for script in scripts if not keys or script.key in keys]


def _covered(content: Content, keys: Sequence[str], played: Sequence[Played]) -> list[Covered]:
    from engine.scenarios import coverage  # noqa: PLC0415 - as above

    return [
        coverage.covered(key, content, played)
        for key in sorted(content.templates)
        if (not keys or key in keys) and content.templates[key].status != "retired"
    ]


def _coverage_lines(found: Sequence[Covered]) -> list[str]:
    return [line for one in found for line in (one.said, *(f"  {never.said}" for never in one.never))]


def _summary(played: Sequence[Played], errors: int) -> str:
    failed = sum(bool(one.failures) for one in played)
    return f"{plural(len(played), 'scenario')} played, {failed} failed, {plural(errors, 'error')}"


def as_data(played: Sequence[Played]) -> list[dict[str, Any]]:
    """Return which scenarios were played, and whether each passed."""
    return [
        {"file": one.path, "template": one.key, "name": one.name, "passed": not one.failures}
        for one in played
    ]


def _as_json(
    failures: Sequence[Problem], played: Sequence[Played], found: Sequence[Covered], *, with_coverage: bool
) -> dict[str, Any]:
    data: dict[str, Any] = {
        "problems": [one.as_detail() for one in failures],
        "scenarios": as_data(played),
    }
    if with_coverage:
        data["coverage"] = [
            {"template": one.key, "moves": len(one.possible), "never": [never.said for never in one.never]}
            for one in found
        ]
    return data
