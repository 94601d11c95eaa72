"""Answers every GET of a resource: found, listed and described in one snapshot, or unchanged.

An item's ETag begins with its revision, which `If-Match` of a change is held against
(``bodies.revision_in``); what follows the dot tells apart what belongs to it. A list's tells how far all has
come that it follows from, as that of a page does: whoever holds it already is answered without reading it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from flask import Blueprint, Response, make_response, request
from pydantic_core import to_json

from engine import inputs
from engine.access import ActorKind, Permission, may, require
from engine.audit import history, topics
from engine.errors import NotFoundError, bad_field
from engine.inputs import Input
from engine.transaction import Transaction
from web import live, safe_files
from web.api import casing, paging
from web.api.paging import Asked, Page
from web.api.resources import RESOURCES
from web.api.resources import queue as queue_resource
from web.api.resources import tasks as task_resources
from web.api.resources.base import Resource
from web.context import current_actor, current_workbench

#: Finds a record by its id, the id of what it belongs to, and what else is asked of it.
Find = Callable[[Transaction, str, str | None, Mapping[str, Any]], Any]
#: A parameter of every address, which says in which form names are answered (CNF-16).
_CASE = "case"


def register(bp: Blueprint) -> None:
    """Give each resource its addresses."""
    bp.add_url_rule("/tasks/stats", "tasks_stats", _statistics, methods=["GET"])
    bp.add_url_rule("/tasks/queue", "tasks_queue", _queue, methods=["GET"])
    for resource in RESOURCES.values():
        for address, view, answer in _addresses(resource):
            name = f"{view}_{resource.path}".replace("/", "_").replace("-", "_")
            bp.add_url_rule(address, name, answer, methods=["GET"])


def _addresses(resource: Resource) -> Iterator[tuple[str, str, Callable[..., Response]]]:
    """Yield where a resource is read, with the name and the view of each address."""
    begin = f"/{resource.parent}/<parent_id>" if resource.parent else ""
    address = f"{begin}/{resource.name}"
    if resource.list is not None:
        yield address, "list", partial(_list, resource, resource.list)
    if resource.is_sole:
        yield address, "get", partial(_sole, resource, _finder(resource))
    if resource.has_items:
        yield f"{address}/<record_id>", "get", partial(_item, resource, _finder(resource))
    if resource.has_items and resource.file_of is not None:
        content = partial(_content, resource, _finder(resource), resource.file_of)
        yield f"{address}/<record_id>/content", "content_of", content


# -- views ---------------------------------------------------------------------------------


def _list(
    resource: Resource, listed: Callable[[Transaction, Asked], Page], parent_id: str | None = None
) -> Response:
    _keep_out(resource, names_record=parent_id is not None)
    given, wanted = _given(resource.filters)
    limit, offset, cursor = (wanted.pop(name, None) for name in ("limit", "offset", "cursor"))
    paging.check_page(offset, request.args.get("cursor"))
    with current_workbench().reading(current_actor()) as tx:
        parent = _parent(tx, resource, parent_id)
        of = repr((resource.path, parent_id, sorted(given.items()), tx.workspace_id, tx.actor.user_id))
        after = paging.unseal(cursor, of) if cursor else None
        tag = _tag(tx, resource.list_topics, parent)
        if tag is not None and _is_held(tag):
            return _unchanged(tag)
        asked = Asked(filters=wanted, limit=limit, offset=offset, after=after, parent=parent)
        page = listed(tx, asked)
        described = (resource.describe_listed or resource.describe)(tx, page.items)
        rows = [{**row, **page.beside.get(str(row.get(resource.key)), {})} for row in described]
        following = paging.seal(page.last, of) if page.last is not None else None
    answer = {resource.rows: rows, "total": page.total, "next": following}
    return _answer(answer, resource.list_schema, tag)


def _item(resource: Resource, find: Find, record_id: str, parent_id: str | None = None) -> Response:
    _keep_out(resource, names_record=True)
    _, wanted = _given(resource.item_filters)
    with current_workbench().reading(current_actor()) as tx:
        found = find(tx, record_id, parent_id, wanted)
        tag = _tag(tx, resource.item_topics, found)
        if tag is not None:
            revision = getattr(found, "revision", None)
            tag = tag if revision is None else f"{revision}.{tag}"
            if _is_held(tag):
                return _unchanged(tag)
        [told] = resource.describe(tx, [found])
    return _answer(told, resource.schema, tag)


def _sole(resource: Resource, find: Find, parent_id: str) -> Response:
    """Answer with what a record has one of, found by the id of that record."""
    return _item(resource, find, parent_id)


def _content(
    resource: Resource,
    find: Find,
    file_of: Callable[[Transaction, Any], Any],
    record_id: str,
    parent_id: str | None = None,
) -> Response:
    """Hand the file of a record out, always as a download."""
    _keep_out(resource, names_record=True)
    _given(Input)
    workbench = current_workbench()
    with workbench.reading(current_actor()) as tx:
        kept = file_of(tx, find(tx, record_id, parent_id, {}))
    if resource.serve is not None:
        return resource.serve(kept)
    return safe_files.serve(workbench.blobs, kept.sha256, kept.file_name, download=True)


def _statistics() -> Response:
    _keep_out(RESOURCES["tasks"], names_record=False)
    _given(Input)
    with current_workbench().reading(current_actor()) as tx:
        tag = _tag(tx, lambda _: (topics.BOARD,), None)
        if tag is not None and _is_held(tag):
            return _unchanged(tag)
        found = task_resources.statistics(tx)
    return _answer(found, task_resources.STATISTICS, tag)


def _queue() -> Response:
    _keep_out(RESOURCES["tasks"], names_record=False)
    _, page = _given(queue_resource.QueueAsked)
    with current_workbench().reading(current_actor()) as tx:
        tag = _tag(tx, lambda _: (topics.BOARD, topics.QUEUE), None, live.of_queue())
        if tag is not None and _is_held(tag):
            return _unchanged(tag)
        found = queue_resource.read(tx, page)
    return _answer(found, queue_resource.SCHEMA, tag)


def _keep_out(resource: Resource, *, names_record: bool) -> None:
    """Refuse what is the team's to everybody else, who must not even learn which records exist.

    Raises:
        NotFoundError: the address names a record, and a partner's user asks.
        ForbiddenError: the actor is not of the team.
    """
    actor = current_actor()
    if resource.for_partners or may(actor, Permission.SEE_OWN_WORK):
        return
    if names_record and actor.kind is ActorKind.PARTNER_USER:
        raise NotFoundError("There is nothing here that you may see. What waits for you is in your inbox.")
    require(actor, Permission.SEE_OWN_WORK, "see the team's work")


# -- finding -------------------------------------------------------------------------------


def _parent(tx: Transaction, resource: Resource, parent_id: str | None) -> Any:
    """Return the record to which a list or an item belongs, as far as the actor sees it."""
    find = RESOURCES[resource.parent].find if resource.parent else None
    return None if find is None or parent_id is None else find(tx, parent_id)


def _finder(resource: Resource) -> Find:
    """Make what returns a record that the actor sees, and that belongs to where it is asked for."""

    def found(tx: Transaction, record_id: str, parent_id: str | None, wanted: Mapping[str, Any]) -> Any:
        parent = _parent(tx, resource, parent_id)
        if resource.find_with is not None:
            return resource.find_with(tx, record_id, wanted)
        if resource.find_in is not None:
            return resource.find_in(tx, parent, record_id)
        if resource.find is None:
            raise RuntimeError(f"{resource.path} has no items")
        record = resource.find(tx, record_id)
        if parent is not None and not resource.belongs(tx, parent, record):
            raise NotFoundError(f"{parent_id} has no {resource.name} {record_id}. Check both ids.")
        return record

    return found


def _given(model: type[Input]) -> tuple[Mapping[str, str], dict[str, Any]]:
    """Read the query: the parameters as they were sent, without the page's, and as the model has them.

    Raises:
        UnknownFieldError: there is no such parameter.
        BadRequestError: one cannot be read, or is given twice.
    """
    sent = request.args.to_dict(flat=False)
    sent.pop(_CASE, None)
    for name, values in sent.items():
        if len(values) > 1:
            raise bad_field(name, "is given twice; where several may match, put commas between them")
    schema = model.model_json_schema(by_alias=True)
    given = casing.asked({name: values[0] for name, values in sent.items()}, schema)
    read = inputs.read(model, given)
    wanted = read.model_dump(by_alias=True, exclude_none=True)
    asked = {name: text for name, text in given.items() if name not in paging.PAGE}
    page = {name: value for name, value in wanted.items() if name in paging.PAGE or name in asked}
    return asked, page


# -- answering -----------------------------------------------------------------------------


def _tag(
    tx: Transaction, topics_of: Callable[[Any], Sequence[str]] | None, record: Any, beside: object = None
) -> str | None:
    """Return what identifies an answer by all that it follows from; None where no event tells of that.

    That is its topics, and what it follows from ``beside`` them.
    """
    if topics_of is None:
        return None
    names = topics.followed(topics_of(record))
    positions = history.positions(tx, (*names, topics.PAST))
    come = tuple(positions.get(name, 0) for name in names)  # not all of them are moved by events
    minute = current_workbench().clock.now().strftime("%Y%m%d%H%M")
    return live.tag(tx.workspace_id, come, positions.get(topics.PAST, 0), minute, beside)


def _is_held(tag: str) -> bool:
    """Whether the caller holds this very answer."""
    held = request.if_none_match
    return not held.star_tag and held.contains_weak(tag)


def _unchanged(tag: str) -> Response:
    return _tagged(make_response("", 304), tag)


def _tagged(response: Response, tag: str | None) -> Response:
    if tag is None:
        response.headers["Cache-Control"] = "no-store"
        return response
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _answer(data: Mapping[str, Any], schema: Mapping[str, Any], tag: str | None) -> Response:
    is_camel = request.args.get(_CASE) == "camel"
    told = casing.answer(data, schema) if is_camel else data
    return _tagged(Response(to_json(told), mimetype="application/json"), tag)
