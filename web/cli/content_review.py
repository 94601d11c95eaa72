"""``workbench content review``: one check for a pull request, with one report and one exit code (CNT-07, D1).

It says nothing of its own: check, diff, preview, impact, scenarios and copies say it, each as by its own
command, under the questions that the pull request asks its author.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.catalog.content import Content
from engine.catalog.diff import copies, report
from engine.catalog.diff.contents import ContentDiff
from engine.catalog.diff.contents import diff as compare_contents
from engine.catalog.diff.history import Written, commits_between
from engine.catalog.diff.sides import sides, told_what_is_lacking
from engine.catalog.diff.wording import Style
from engine.catalog.problems import Problem, errors_of
from engine.errors import BadRequestError, UnavailableError
from engine.migration import report as impact_report
from engine.migration.impact import Impact
from engine.plurals import plural
from engine.reminders import schedule_diff
from engine.reminders.schedule_diff import ScopeSchedule
from web.cli import review_formats, scenarios
from web.cli.content_diff import here, partners_of_campaigns
from web.cli.content_impact import content_at, of_index, of_store
from web.cli.content_problems import line_of, problems_of
from web.cli.context import Session, check_style, to_json

if TYPE_CHECKING:
    from engine.scenarios.running import Played

_FORMATS = ("text", "markdown", "github", "gitlab", "sarif", "json")
_UNKNOWN = (
    "Not known here: there is no store, and no bundle index was given. `workbench content index` writes one "
    "where the store is, and `--index` reads it."
)


@dataclass(frozen=True, kw_only=True)
class Review:
    """What there is to say about a change of the content."""

    named: str
    #: All that is wrong, each once, in the order of the files.
    problems: Sequence[Problem]
    changes: ContentDiff
    #: The commits that make the change, oldest first.
    commits: Sequence[Written]
    schedules: Sequence[ScopeSchedule]
    #: None where neither a store nor an index tells which bundles run.
    impact: Impact | None
    played: Sequence[Played]
    #: What overrides repeat that the change touches.
    copies: copies.Copies

    @property
    def errors(self) -> int:
        """How much stands in the way of a merge."""
        return len(errors_of(self.problems))


@click.command("review")
@click.argument("revisions", metavar="BASE..HEAD")
@click.option("--format", "style", default="text", metavar="|".join(_FORMATS), help="How it is printed.")
@click.option("--index", "file", metavar="FILE", help="Read a bundle index instead of the store.")
@click.option("--write", "written", multiple=True, metavar="FORMAT=FILE", help="Write it to FILE as well.")
@click.pass_obj
def review(session: Session, revisions: str, style: str, file: str | None, written: tuple[str, ...]) -> int:
    """Check a change of the content as a whole: one report for its pull request, and one exit code.

    It has what check, diff, preview on hard days, impact, test and copies say of it. BASE...HEAD begins
    where HEAD parted from BASE, BASE alone goes to HEAD; with --worktree it goes to the files on disk. It
    exits with 1 where the content has an error, a scenario fails or a date cannot be kept; running bundles
    that need a decision stand in the report, and in nobody's way. --write may be given several times.
    """
    check_style(style, _FORMATS)
    files = [_file_of(one) for one in written]
    found = _review(session, revisions, file)
    for another, target in files:
        _write(target, _printed(found, another))
    session.answer(_as_json(found), _printed(found, style))
    return 1 if found.errors else 0


def _file_of(written: str) -> tuple[str, Path]:
    """Read ``FORMAT=FILE``.

    Raises:
        BadRequestError: it is not that.
    """
    style, found, file = written.partition("=")
    if not (found and file):
        raise BadRequestError(f"--write takes FORMAT=FILE, such as markdown=review.md, and not {written!r}.")
    check_style(style, _FORMATS)
    return style, Path(file)


def _write(file: Path, words: str) -> None:
    try:
        file.write_text(f"{words}\n", encoding="utf-8")
    except OSError as error:
        raise UnavailableError(f"{file} cannot be written: {error.strerror}. Name another file.") from error


def _printed(found: Review, style: str) -> str:
    """Return the report in one of its formats."""
    if style == "sarif":
        return to_json(review_formats.as_sarif(found.problems))
    if style == "gitlab":
        return to_json(review_formats.as_code_quality(found.problems))
    if style == "github":
        return "\n".join(map(line_of("github"), found.problems))
    return to_json(_as_json(found)) if style == "json" else _as_text(found, Style(style))


def _review(session: Session, revisions: str, file: str | None) -> Review:
    """Return the review. Raises as the commands that it is made of."""
    from engine.scenarios import files, running  # noqa: PLC0415 - as ``content test`` does

    folder, _ = session.settings.content_place
    with told_what_is_lacking(folder):
        two = sides(folder, revisions, worktree=session.settings.worktree)
        base, head = (content_at(folder, side) for side in two)
        changes = compare_contents(*two, partner_of=partners_of_campaigns(session))
        schedules = schedule_diff.compare_schedules(changes, *here(session))
        commits = commits_between(folder, *(str(side.revision.commit) for side in two))
    scripts = files.read_all(head)
    played = list(running.play_all(scripts, head, session.settings))
    failures = [fault for one in played for fault in one.failures]
    faults = [fault for one in schedules for fault in one.faults]
    return Review(
        named=revisions,
        problems=sorted({*problems_of(session, head), *failures, *faults}),
        changes=changes,
        commits=commits,
        schedules=schedules,
        impact=_impact(session, base, head, file),
        played=played,
        copies=_touched(copies.find_copies(head), {change.path for change in changes.files}),
    )


def _impact(session: Session, base: Content, head: Content, file: str | None) -> Impact | None:
    if file is not None:
        return of_index(file, base, head)
    return of_store(session, base, head) if session.has_store else None


def _touched(found: copies.Copies, paths: set[str]) -> copies.Copies:
    """Return what is repeated in files of the change."""
    return copies.Copies(
        copies=[one for one in found.copies if one.file in paths],
        twins=[one for one in found.twins if paths & {*one.files}],
        common=[one for one in found.common if paths & {*one.files}],
    )


def _as_text(found: Review, style: Style) -> str:
    """Return the report; as Markdown its headings are the questions of a pull request."""
    parts = [
        ("What changes for the people who do the work?", _changes(found, style)),
        ("Why?", _why(found, style)),
        ("Which running work does it touch, and how?", _running(found, style)),
        ("How was it tried?", _tried(found)),
        ("What is to be mended?", [f"- {style.plain(str(one))}" for one in found.problems]),
        ("What is said twice?", _said_twice(found, style)),
    ]
    lines = [_heading(f"Review of {found.named}", 2, style), "", _verdict(found), ""]
    for heading, words in parts:
        if words:
            lines += [_heading(heading, 3, style), "", *words, ""]
    return "\n".join(lines[:-1])


def _heading(words: str, level: int, style: Style) -> str:
    return f"{'#' * level} {style.plain(words)}" if style is Style.MARKDOWN else words


def _verdict(found: Review) -> str:
    warnings = len(found.problems) - found.errors
    told = f"{plural(found.errors, 'error')}, {plural(warnings, 'warning')}."
    return f"{'Something' if found.errors else 'Nothing'} stands in the way: {told}"


def _changes(found: Review, style: Style) -> list[str]:
    words = report.as_text(found.changes, style)
    if found.schedules:
        words = f"{words}\n\n{schedule_diff.as_text(found.schedules, style)}"
    return _deeper(words, style)


def _why(found: Review, style: Style) -> list[str]:
    """Say why as the commits say it, which is all that a program knows of it."""
    return [
        f"- {style.strong(one.summary)} ({style.code(one.commit[:12])}, {style.plain(one.author)})"
        + (f": {style.plain(one.reason)}" if one.reason else "")
        for one in found.commits
    ]


def _running(found: Review, style: Style) -> list[str]:
    if found.impact is None:
        return [_UNKNOWN]
    write = impact_report.as_markdown if style is Style.MARKDOWN else impact_report.as_text
    return _deeper(write(found.impact), style)


def _deeper(words: str, style: Style) -> list[str]:
    """Return the lines of a report with its headings a level lower, so that they stand below a question."""
    lines = words.split("\n")
    if style is not Style.MARKDOWN:
        return lines
    return [f"##{line}" if line.startswith("#") else line for line in lines]


def _tried(found: Review) -> list[str]:
    failed = sum(bool(one.failures) for one in found.played)
    planned = len({one.key for one in found.schedules})
    return [
        f"- {plural(len(found.played), 'scenario')} played, {failed} failed",
        f"- {plural(planned, 'template')} dated on days that are hard",
        "- All content checked, what a store knows of people and clients included where there is one",
    ]


def _said_twice(found: Review, style: Style) -> list[str]:
    if not (found.copies.copies or found.copies.twins or found.copies.common):
        return []
    lines = copies.as_text(found.copies).split("\n")
    return [style.plain(line) if line.startswith("  ") else f"- {style.plain(line)}" for line in lines]


def _as_json(found: Review) -> dict[str, Any]:
    return {
        "errors": found.errors,
        "problems": [one.as_detail() for one in found.problems],
        "commits": [asdict(one) for one in found.commits],
        "diff": report.as_json(found.changes),
        "schedules": schedule_diff.as_json(found.schedules),
        "impact": None if found.impact is None else found.impact.as_json(),
        "scenarios": scenarios.as_data(found.played),
        "copies": copies.as_json(found.copies),
    }
