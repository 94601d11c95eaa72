"""``workbench content ...``: check the content, show a resolved template and where each value comes from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from engine.bundles.subjects import find_subject
from engine.catalog import catalog
from engine.catalog.check import fix_editor_lines
from engine.catalog.content import Content
from engine.plurals import plural
from web.cli import content_diff, content_impact, content_review, evidence, scenarios
from web.cli.content_problems import line_of, problems_among_those_there, problems_of
from web.cli.context import Session, check_style
from web.cli.refusals import Naming


@click.group("content")
def content() -> None:
    """Templates, task types, process docs and calendars."""


def commands() -> list[click.Command]:
    """Return the commands of this module."""
    impact = (content_impact.show_impact, content_impact.write_index)
    scenario = (scenarios.test, scenarios.record)
    for command in (*content_diff.COMMANDS, *impact, *scenario, evidence.evidence, content_review.review):
        content.add_command(command)
    return [content]


@content.command("check")
@click.option("--format", "style", default="text", metavar="text|github", help="How problems are printed.")
@click.option("--fix", is_flag=True, help="Add missing editor lines to the files first.")
@click.pass_obj
def check(session: Session, style: str, fix: bool) -> int:
    """Validate everything; exit 1 on errors."""
    check_style(style, ("text", "github"))
    folder = Path(session.settings.content)
    if fix and (fixed := fix_editor_lines(folder)):
        words = "These files begin with their editor line now:"
        click.echo("\n  - ".join([f"workbench: {words}", *fixed]), err=True)
    live = _live(session, worktree=fix)
    problems = problems_of(session, live)
    errors = sum(problem.severity == "error" for problem in problems)
    warnings = len(problems) - errors
    summary = f"{plural(errors, 'error')}, {plural(warnings, 'warning')}"
    session.answer(
        {"problems": [problem.as_detail() for problem in problems], "errors": errors, "warnings": warnings},
        "\n".join([*map(line_of(style), problems), summary]),
    )
    return 1 if errors else 0


def _live(session: Session, *, worktree: bool = False) -> Content:
    """Return the content, which can be looked at where there is no store, such as in a strategist's clone."""
    settings = session.settings
    return catalog.content_of(replace(settings, worktree=settings.worktree or worktree))


@content.command("fetch")
@click.pass_obj
def fetch(session: Session) -> None:
    """Fetch the content from `content_remote` now; a worker does so by itself every five minutes."""
    from engine.live_content import jobs  # noqa: PLC0415 - content is checked without a store

    found = jobs.fetch(session.workbench, session.actor)
    data = {"before": found.before, "after": found.after, "is_rewritten": found.is_rewritten}
    session.answer(data, jobs.said_of(found))


@content.command("show", cls=Naming)
@click.argument("key")
@click.option("--partner", metavar="P")
@click.option("--campaign", metavar="C")
@click.pass_obj
def show(session: Session, key: str, partner: str | None, campaign: str | None) -> None:
    """Print the resolved template KEY and the origin of every value; a campaign implies its partner.

    What the check refuses in its files is printed on standard error: it is in use all the same.
    """
    if (partner or campaign) and session.has_store:
        with session.reading() as tx:
            subject = find_subject(tx, partner, campaign)
        partner, campaign = subject.partner_key, subject.campaign_key
    live = _live(session)
    resolved = live.resolve(key, partner=partner, campaign=campaign)
    data = resolved.as_json()
    session.answer(data, lambda: _origins(data))
    files = {file.path for file in resolved.closure}
    found = catalog.judged(live, problems_among_those_there(session, live))
    if refused := [problem for problem in found if problem.is_error and problem.file in files]:
        words = "The check refuses files that this is made of. What is in use meanwhile is shown."
        click.echo("\n  - ".join([f"workbench: {words}", *map(str, refused)]), err=True)


def _origins(data: dict[str, Any]) -> str:
    lines = []
    for pointer, value in _leaves(data["template"]):
        origin = data["origins"].get(pointer)
        where = f"{origin['level']} {origin['file']}:{origin['line']}" if origin else "default"
        lines.append(f"{pointer} = {value!r}    [{where}]")
    return "\n".join(lines)


def _leaves(value: object, pointer: str = "") -> list[tuple[str, Any]]:
    """Return every scalar with its JSON pointer."""
    items: list[tuple[str, Any]]
    if isinstance(value, dict):
        items = [(str(key).replace("~", "~0").replace("/", "~1"), item) for key, item in value.items()]
    elif isinstance(value, list):
        items = [(str(index), item) for index, item in enumerate(value)]
    else:
        return [(pointer, value)]
    return [leaf for key, item in items for leaf in _leaves(item, f"{pointer}/{key}")]
