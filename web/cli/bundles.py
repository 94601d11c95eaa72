"""``workbench bundle ...``: start work from a template, and everything done to a bundle as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from engine.bundles import describe, queries
from engine.bundles.filters import BundleFilter
from engine.bundles.models import Bundle
from engine.clock import to_text
from web.cli import tasks
from web.cli.context import Session, table
from web.cli.groups import Makers, Registered
from web.cli.refusals import Naming

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.bundles.add_task import Added
    from engine.bundles.blame import Part
    from engine.bundles.commands import Reanchored
    from engine.bundles.instantiate import Started
    from engine.command import Done
    from engine.migration.commands import Migrated, MigratedAll
    from engine.migration.preview import Item


def _registered() -> Makers:
    from web.cli.commands import makers  # noqa: PLC0415 - bundles are listed without the registry

    shown: dict[str, Any] = {
        "bundle create": _started,
        "bundle reanchor": _reanchored,
        "bundle add-task": _added,
        "bundle migrate": _migrated,
        "bundle migrate-all": _migrated_all,
    }
    typed = {"bundle create": typed_parameters, "bundle add-task": _typed_for_another}
    return makers("bundle", shown, _changed, typed)


@click.group("bundle", cls=Registered, registered=_registered)
def bundle() -> None:
    """Runs of a template: start, list, links, stage, dates, closing."""


def commands() -> list[click.Command]:
    """Give the commands of this module."""
    return [bundle]


@bundle.command("show")
@click.argument("bundle_id", metavar="ID")
@click.pass_obj
def show(session: Session, bundle_id: str) -> None:
    """Print a bundle with its links and tasks."""
    with session.reading() as tx:
        data = describe.describe(tx, tx.get(Bundle, bundle_id))
    _show(session, data)


@bundle.command("list")
@click.option("--status", metavar="S")
@click.option("--template", metavar="KEY")
@click.option("--campaign", metavar="C")
@click.option("--partner", metavar="P")
@click.option("--text", metavar="WORDS")
@click.option("--sort", metavar="FIELD")
@click.option("--limit", metavar="N")
@click.option("--offset", metavar="N")
@click.pass_obj
def list_bundles(session: Session, /, **filters: str | None) -> None:
    """List the bundles you may see."""
    wanted = BundleFilter.parse({name: value for name, value in filters.items() if value is not None})
    with session.reading() as tx:
        page = queries.list_bundles(tx, wanted)
    rows = [
        {
            **row.bundle.model_dump(mode="json"),
            "tasks_total": row.total,
            "tasks_done": row.done,
            "tasks_open": row.open,
            "tasks_late": row.late,
            "changed_at": to_text(row.changed_at),
        }
        for row in page.items
    ]
    lines = [
        [
            row["bundle_id"],
            row["anchor_date"],
            row["status"],
            f"{row['tasks_done']}/{row['tasks_total']}",
            row["title"],
        ]
        for row in rows
    ]
    session.answer(
        {"bundles": rows, "total": page.total},
        lambda: table(lines, ["id", "anchor", "status", "done", "title"]) + f"\n{len(rows)} of {page.total}",
    )


@bundle.command("blame", cls=Naming)
@click.argument("bundle_id", metavar="ID")
@click.argument("task", metavar="TASK", required=False)
@click.argument("field", metavar="FIELD", required=False)
@click.pass_obj
def blame(session: Session, bundle_id: str, task: str | None, field: str | None) -> None:
    """Say who set each part of a bundle, of one TASK or of one FIELD of it: commit, day, reviewers.

    TASK is its ref in the template, or its number or id; FIELD is as it is listed, such as steps or due. What
    is said comes from the bundle itself: the repository is not looked at.
    """
    from engine.bundles import blame as origins  # noqa: PLC0415 - bundles are listed without it

    with session.reading() as tx:
        resolved, parts = origins.blame(tx, bundle_id, task, field)
    data = {
        "bundle_id": bundle_id,
        "template_id": resolved.key,
        "commit": resolved.commit,
        "parts": [part.as_json() for part in parts],
    }
    session.answer(data, lambda: _blamed(parts))


def _blamed(parts: Sequence[Part]) -> str:
    rows = [[part.task, part.field, *_setting(part), _place(part)] for part in parts]
    reasons = dict.fromkeys(part.unknown for part in parts if part.unknown)
    lines = table(rows, ["task", "field", "set by", "on", "commit", "reviewed by", "where"])
    return "\n".join([lines, *(f"! {reason}" for reason in reasons)])


def _setting(part: Part) -> list[str]:
    if part.set_by is None:
        return ["not known", "", "", ""]
    found = part.set_by
    day = f"{found.authored_on or ''}{' or before' if found.is_oldest_known else ''}"
    return [found.author, day, found.commit[:7], ", ".join(found.reviewers)]


def _place(part: Part) -> str:
    return f"{part.file}:{part.line}" if part.line else part.file


def typed_parameters(session: Session, given: dict[str, Any]) -> dict[str, Any]:
    """Read the parameters of a template's start as its schema has them: JSON unless it says string."""
    from engine.bundles import instantiate  # noqa: PLC0415 - as above
    from engine.catalog import parameters as parameter_values  # noqa: PLC0415

    if not given.get("parameters"):
        return given
    content = session.workbench.content()
    subject = {name: given.get(name) for name in ("partner", "campaign")}
    with session.reading() as tx:
        schema = instantiate.asked_parameters(tx, content, given["template"], **subject)
    return {**given, "parameters": parameter_values.parse_texts(schema, given["parameters"])}


def _typed_for_another(session: Session, given: dict[str, Any]) -> dict[str, Any]:
    """Read parameters as the bundle's pinned template has them."""
    from engine.bundles import pins  # noqa: PLC0415 - as above
    from engine.catalog import parameters as parameter_values  # noqa: PLC0415

    if not given.get("parameters"):
        return given
    with session.reading() as tx:
        schema = pins.resolved_of(tx, tx.get(Bundle, given["bundle_id"])).template.parameters
    return {**given, "parameters": parameter_values.parse_texts(schema, given["parameters"])}


def _added(session: Session, _request: Any, done: Done[Added], data: dict[str, Any]) -> None:
    """Print the task that was added, or what would be."""
    session.answer(
        data, lambda: f"{tasks.page(session, data)}\n{done.message}" if done.result.task else done.message
    )


def _changed(session: Session, _request: Any, _done: Done[Any], data: dict[str, Any]) -> None:
    """Print the bundle that a command has changed."""
    _show(session, data)


def _started(session: Session, _request: Any, done: Done[Started], data: dict[str, Any]) -> None:
    """Print the bundle that was started, and what to look at among its dates."""
    lines = [f"! {warned}" for warned in done.result.warnings]
    session.answer(data, lambda: "\n".join([_page(data), *lines]))


def _reanchored(session: Session, _request: Any, done: Done[Reanchored], data: dict[str, Any]) -> None:
    """Print a bundle with what moved with its days, what stayed and why, or would."""
    moves, dry_run, changes, kept = done.result.moves, data["dry_run"], data["changes"], data["kept"]
    moved = table([[one["before"], one["after"], one["title"]] for one in changes], ["from", "to", "task"])
    stay = table(
        [[one["due_date"], one["title"], one["why"]] for one in kept], ["due", "task", "why it stays"]
    )
    lines = [
        "Would change:" if dry_run else "Changed:",
        *(parameter.words for parameter in moves.moved_parameters),
        moved,
        *(["", "Stays:" if not dry_run else "Would stay:", stay] if kept else []),
        *(f"! {text}" for text in [*map(str, moves.warnings), *moves.notes]),
    ]
    session.answer(data, lambda: "\n".join(lines))


def _migrated(session: Session, _request: Any, done: Done[Migrated], data: dict[str, Any]) -> None:
    """Print what is other in the newer template, with what became of it, or would."""
    items = done.result.migration.items if done.result.migration else ()
    rows = [
        [item.verdict.words, item.key, item.pinned, item.has, item.newer, _told(item), item.why]
        for item in items
    ]
    heading = ["verdict", "what", "pinned", "has", "newer", "change", "why"]
    session.answer(data, lambda: f"{table(rows, heading)}\n{done.message}" if rows else done.message)


def _told(item: Item) -> str:
    """Return what became of it, and of which part where its key does not say that."""
    found = [(one.kind.value, one.what) for one in item.findings]
    return ", ".join(
        dict.fromkeys(f"{kind} ({what})" if what not in ("", item.name) else kind for kind, what in found)
    )


def _migrated_all(session: Session, _request: Any, done: Done[MigratedAll], data: dict[str, Any]) -> None:
    """Print what became of each bundle, or would."""
    rows = [[one.outcome, one.bundle_id, one.title, one.why] for one in done.result.results]
    session.answer(data, lambda: f"{table(rows, ['outcome', 'id', 'title', 'why'])}\n{done.message}")


def _show(session: Session, data: dict[str, Any]) -> None:
    session.answer(data, lambda: _page(data))


def _page(data: dict[str, Any]) -> str:
    commit = (data["pin"].get("commit") or "")[:7] or "uncommitted content"
    head = [
        f"{data['title']}  ({data['bundle_id']})",
        f"{data['template_id']} at {commit}, anchored on {data['anchor_date']}",
        f"stage {data['stage']}, {data['status']}",
        "",
        table(
            [
                [link["name"], link["state"], link["url"] or ("" if link["required"] else "optional")]
                for link in data["links"]
            ],
            ["link", "state", "url"],
        )
        if data["links"]
        else "No links.",
        "",
    ]
    rows = [
        [
            f"#{task['task_number']}",
            task["status"],
            task["due_date"],
            task["template_task_ref"],
            task["title"],
        ]
        for task in data["tasks"]
    ]
    return "\n".join(head) + table(rows, ["task", "status", "due", "ref", "title"])
