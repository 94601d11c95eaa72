"""Every search means the same on the page, on the command line and read naively, on both databases (D16)."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, event, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from engine.access import Actor
from engine.app import Workbench
from engine.artifacts.models import Artifact, ArtifactLink
from engine.bundles.models import Bundle
from engine.deliverables.models import Approval, DeliverableComment
from engine.reference.models import Campaign, Employee, Partner
from engine.tasks import queries
from engine.tasks.models import Note, Priority, Proof, Step, Task, TaskStatus
from engine.tasks.search.fields import FIELDS
from engine.tasks.search.reading import from_options
from engine.tasks.states import TERMINAL
from tests.conftest import NOW
from tests.factories import make_people
from tests.statements import counted
from tests.web.searched import make_records
from web.pages import task_filters


@dataclass(frozen=True)
class Looked:
    """A task as somebody sees it who reads everything."""

    task: Task
    has: frozenset[str]
    #: Days from today to its deadline, and to its run, in the workspace's zone.
    due: int | None
    run: int | None
    #: What it is found by, each text for itself: its own, its bundle's, its parts', its files'.
    texts: tuple[str, ...]
    #: The employee of who looks.
    own: str | None
    keys: dict[str, str]

    def key(self, record_id: str | None) -> str | None:
        """Return the key of whom or what a field of the task names."""
        return None if record_id is None else self.keys[record_id]


Meaning = Callable[[Looked], bool]
Query = tuple[str, Meaning]


# -- what may be asked, and what it means ---------------------------------------------------


def plain(text: str) -> str:
    """Say what a reader takes for the same: letters without case, marks or ways to write them."""
    marks = {"\u0308": "e"}
    letters = unicodedata.normalize("NFD", text.lower().replace("ß", "ss"))
    kept = (marks.get(one, "") if unicodedata.combining(one) else one for one in letters)
    return "".join(one if one.isalnum() else " " for one in kept)


def bare(text: str) -> str:
    """Say the same where ä is taken for a, and ö for o."""
    letters = unicodedata.normalize("NFD", text.lower().replace("ß", "ss"))
    return "".join(one if one.isalnum() else " " for one in letters if not unicodedata.combining(one))


def word(text: str) -> Query:
    is_quoted, wanted = text.startswith('"'), plain(text.strip('"')).split()

    def holds(one: Looked) -> bool:
        said = [read(told).split() for told in one.texts for read in (plain, bare)]
        return any(is_in(words[at:]) for words in said for at in range(len(words)))

    def is_in(words: list[str]) -> bool:
        *whole, last = wanted
        if words[: len(whole)] != whole or len(words) <= len(whole):
            return False
        return words[len(whole)] == last if is_quoted else words[len(whole)].startswith(last)

    return text, holds


def same(name: str, value: str, holds: Meaning) -> Query:
    return f"{name}:{value}", holds


def is_late(one: Looked) -> bool:
    late = one.task.deadline is not None and one.task.deadline < NOW
    return late and one.task.status not in (*TERMINAL, TaskStatus.FAILED)


def is_open(one: Looked) -> bool:
    return one.task.status not in TERMINAL


def is_free(one: Looked) -> bool:
    return one.task.status in ("pending", "queued") and one.task.blocked_by is None


def is_stuck(one: Looked) -> bool:
    waits = one.task.status in ("pending", "queued") and one.task.blocked_by is not None
    return waits or one.task.status in ("blocked", "help_needed", "failed")


def by_day(name: str, day: Callable[[Looked], int | None]) -> list[Query]:
    """Return searches for a day; 21 November 2026 is today."""

    def when(value: str, holds: Callable[[int], bool]) -> Query:
        return same(name, value, lambda one: (found := day(one)) is not None and holds(found))

    return [
        when("today", lambda days: days == 0),
        when("tomorrow", lambda days: days == 1),
        when("<today", lambda days: days < 0),
        when(">tomorrow", lambda days: days > 1),
        when("<3d", lambda days: days <= 3),
        when("3d", lambda days: days <= 3),
        when(">3d", lambda days: days > 3),
        when("2026-11-23", lambda days: days == 2),
        when("<2026-11-23", lambda days: days < 2),
        when(">2026-11-23,<today", lambda days: days > 2 or days < 0),
        same(name, "none", lambda one: day(one) is None),
    ]


def among(name: str, of: Callable[[Looked], object], *values: str) -> list[Query]:
    """Return searches for each value, and for all but the first; ``none`` is for what has none."""

    def holds(wanted: tuple[str, ...]) -> Meaning:
        return lambda one: ("none" if of(one) is None else of(one)) in wanted

    chosen = [(value,) for value in values] + ([values[1:]] if len(values) > 2 else [])
    return [same(name, ",".join(one), holds(one)) for one in chosen]


def tagged(*tags: str) -> Meaning:
    return lambda one: any(tag in one.task.tags for tag in tags)


TERMS: dict[str, list[Query]] = {
    "": [
        *(
            word(text)
            for text in ("tent", "RED", '"red tent"', '"tent red"', "größe", "CAFÉ", "cafe\u0301", "groesse")
        ),
        *(word(text) for text in ('"call: ana"', "12:30", "g", '"g"', "nowhere", "grosse", "cafes")),
        *(
            word(text)
            for text in ("spring", "ordn", "ben@example", '"example com"', "re-do", "draft", "call")
        ),
        *(word(text) for text in ("under_score", "100", '"redo"', "briefing.md")),
        *(
            word(text)
            for text in ("lantern", "pitch", "launch", "page", "ours", "please", '"not a tent"', "fehlt")
        ),
        ("#7", lambda one: one.task.task_number == 7),
        word('"#7"'),
    ],
    "text": [same("text", '"red tent"', word("red tent")[1]), same("text", "call", word("call")[1])],
    "assignee": [
        same("assignee", "me", lambda one: one.own is not None and one.task.assignee_id == one.own),
        same("assignee", "nobody", lambda one: one.task.assignee_id is None and not one.task.assigned_to_bot),
        *among("assignee", lambda one: one.key(one.task.assignee_id), "ana", "ben"),
        same("assignee", "ana,ben", lambda one: one.key(one.task.assignee_id) in ("ana", "ben")),
    ],
    "status": [
        *among("status", lambda one: str(one.task.status), *TaskStatus),
        same("status", "open", is_open),
        same("status", "open,completed", lambda one: is_open(one) or one.task.status == "completed"),
        same("status", "all", lambda _: True),
        same("status", "waiting,all", lambda _: True),
        same("status", "todo", lambda one: one.task.status == "pending"),
    ],
    "priority": among("priority", lambda one: str(one.task.priority), *Priority),
    "due": [
        *by_day("due", lambda one: one.due),
        same("due", "late", is_late),
        same("due", "overdue,today", lambda one: is_late(one) or one.due == 0),
    ],
    "scheduled": by_day("scheduled", lambda one: one.run),
    "is": [
        same("is", "late", is_late),
        same("is", "open", is_open),
        same("is", "mine", lambda one: one.own is not None and one.task.assignee_id == one.own),
        same("is", "waiting", lambda one: one.task.status == "waiting"),
        same("is", "free", is_free),
        same("is", "stuck", is_stuck),
        same("is", "free,late", lambda one: is_free(one) or is_late(one)),
    ],
    "has": [
        *(same("has", part, lambda one, part=part: part in one.has) for part in ("proof", "note", "file")),
        same("has", "proof,note", lambda one: bool(one.has & {"proof", "note"})),
    ],
    "tag": [
        same("tag", "blue", tagged("blue")),
        same("tag", '"A b"', tagged("a b")),
        same("tag", 'old,"a b"', tagged("old", "a b")),
        same("tag", "b", lambda _: False),
    ],
    "partner": among("partner", lambda one: one.key(one.task.partner_id), "acme", "none"),
    "campaign": among("campaign", lambda one: one.key(one.task.campaign_id), "acme_spring", "none"),
    "bundle": among("bundle", lambda one: one.task.bundle_id, "bnd_1", "bnd_2", "none"),
    "template": among("template", lambda one: one.task.template_id, "podcast", "none"),
    "type": among("type", lambda one: one.task.task_type, "untyped", "article"),
    "category": among("category", lambda one: one.task.category, "general", "content"),
    "qa": [
        same("qa", "flagged", lambda one: one.task.qa_flagged),
        same("qa", "open", lambda one: one.task.qa_flagged and one.task.qa_reviewed_at is None),
        same("qa", "reviewed", lambda one: one.task.qa_reviewed_at is not None),
    ],
    "bot": [
        same("bot", "yes", lambda one: one.task.assigned_to_bot),
        same("bot", "no", lambda one: not one.task.assigned_to_bot),
    ],
    "review": [same("review", "yes", lambda one: one.task.requires_human_review)],
}
EVERY_TERM = [query for asked in TERMS.values() for query in asked]


def test_every_field_is_tried():
    assert {"", *FIELDS} - {"sort"} == set(TERMS)


def both(queries_: list[Query]) -> Query:
    parts = [f"({text})" if " or " in text else text for text, _ in queries_]
    return " ".join(parts), lambda one: all(holds(one) for _, holds in queries_)


def either(queries_: list[Query]) -> Query:
    return " or ".join(text for text, _ in queries_), lambda one: any(holds(one) for _, holds in queries_)


def negated(query: Query) -> Query:
    text, holds = query
    is_one = text in {term for term, _ in EVERY_TERM}
    return f"-{text}" if is_one else f"-({text})", lambda one: not holds(one)


ONE = st.sampled_from(sorted(TERMS)).flatmap(lambda name: st.sampled_from(TERMS[name]))
SEARCHES = st.recursive(
    ONE | ONE.map(negated),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(either),
        st.lists(inner, min_size=2, max_size=2).map(both),
        inner.map(negated),
    ),
    max_leaves=5,
)


# -- the agreement -------------------------------------------------------------------------


@dataclass(frozen=True)
class Filled:
    workbench: Workbench
    people: dict[str, Actor]
    #: Per person, all tasks that they see.
    looked: dict[str, list[Looked]]


@pytest.fixture(scope="module")
def filled(shared_workbench: Workbench) -> Filled:
    people = make_people(shared_workbench)
    with shared_workbench.transaction(people["mara"]) as tx:
        make_records(tx)
    shown = {"mara": people["mara"], "ana": people["ana"]}
    return Filled(shared_workbench, shown, {name: look(shared_workbench, shown[name]) for name in shown})


def look(workbench: Workbench, actor: Actor) -> list[Looked]:
    with workbench.reading(actor) as tx:
        kinds = ((Employee, "employee_id"), (Partner, "partner_id"), (Campaign, "campaign_id"))
        keys = {getattr(record, name): record.key for kind, name in kinds for record in tx.find(kind)}
        has: dict[str, set[str]] = {}
        for kind, part in ((Proof, "proof"), (Note, "note"), (ArtifactLink, "file")):
            for record in tx.find(kind):
                if part != "proof" or record.is_given:
                    has.setdefault(record.task_id, set()).add(part)
        said: dict[str | None, list[str]] = {}
        for note in tx.find(Note):
            said.setdefault(note.task_id, []).append(note.body)
        for step in tx.find(Step):
            if not step.is_dropped:
                said.setdefault(step.task_id, []).append(f"{step.title}\n{step.left_out_reason or ''}")
        for proof in tx.find(Proof):
            said.setdefault(proof.task_id, []).append(f"{proof.label}\n{proof.value or ''}")
        for remark in tx.find(DeliverableComment):
            quote = (remark.anchor or {}).get("quote", "")
            said.setdefault(remark.task_id, []).append(f"{remark.body}\n{quote}")
        for approval in tx.find(Approval):
            said.setdefault(approval.task_id, []).append(approval.feedback or "")
        for bundle in tx.find(Bundle):
            said.setdefault(bundle.bundle_id, []).append(bundle.title)
        files = {file.artifact_id: file for file in tx.find(Artifact)}
        for tie in tx.find(ArtifactLink):
            said.setdefault(tie.task_id, []).append(
                f"{files[tie.artifact_id].label}\n{files[tie.artifact_id].url}"
            )
        said[None] = []
        zone, today = ZoneInfo(tx.timezone), tx.today

        def days(moment: datetime | None) -> int | None:
            return None if moment is None else (moment.astimezone(zone).date() - today).days

        seen = {row.task_id for row in queries.list_tasks(tx, from_options(tx, {"limit": "100"})).items}
        assert tx.wall_clock == NOW.astimezone(UTC)
        return [
            Looked(
                task,
                frozenset(has.get(task.task_id, ())),
                days(task.deadline),
                days(task.scheduled_for),
                (*own_texts(task), *said.get(task.task_id, ()), *said[task.bundle_id]),
                actor.employee_id,
                keys,
            )
            for task in tx.find(Task)
            if task.task_id in seen
        ]


def own_texts(task: Task) -> tuple[str, ...]:
    """Return what the task itself says, and why it stands where it does; who cancelled it is no reason."""
    why = None if task.status is TaskStatus.CANCELLED else task.status_reason
    reasons = "\n".join(one for one in (why, task.skip_reason, task.cancel_reason) if one)
    return task.title, task.description or "", task.waiting_for or "", reasons


def agree(filled: Filled, name: str, query: Query) -> int:
    """Hold the page, the board and the command line against a naive reading; return how many match."""
    text, holds = query
    expected = {one.task.task_id for one in filled.looked[name] if holds(one)}
    still_open = {one.task.task_id for one in filled.looked[name] if is_open(one)}
    with filled.workbench.reading(filled.people[name]) as tx:

        def listed(wanted: queries.TaskFilter, counted: int | None = None) -> set[str]:
            page = queries.list_tasks(tx, wanted, counted=counted)
            assert page.total == len(page.items), text
            return {row.task_id for row in page.items}

        assert listed(from_options(tx, {"text": text, "limit": "100"})) == expected, text
        asked = task_filters.read(tx, {"q": text, "limit": "100"}, is_list=True)
        assert asked.search.mistakes == (), text
        is_told = any(f"{field}:" in text for field in ("status", "qa"))
        assert listed(asked.wanted, 500) == (expected if is_told else expected & still_open), text
        every = task_filters.read(tx, {"q": text, "status": "all", "limit": "100"}, is_list=True)
        assert listed(every.wanted, 500) == expected, text
        board = task_filters.read(tx, {"q": text}).wanted
        cards = {row.task_id for column in queries.board(tx, board, 100, counted=99) for row in column.cards}
        assert cards & still_open == expected & still_open, text
    return len(expected)


@pytest.mark.wide  # every term, one after the other
@pytest.mark.parametrize("name", ["ana", "mara"])
def test_each_term_alone_and_its_opposite_agree_with_a_naive_reading(filled: Filled, name: str):
    some = 0
    for query in EVERY_TERM:
        found = agree(filled, name, query)
        assert agree(filled, name, negated(query)) == len(filled.looked[name]) - found
        some += 0 < found < len(filled.looked[name])
    assert some > 0.8 * len(EVERY_TERM)


@pytest.mark.few(6)
@pytest.mark.parametrize(
    "text",
    [
        "tag:" + ",".join(chr(0x4E00 + number) for number in range(498)),
        "assignee:" + ",".join(chr(0x4E00 + number) for number in range(495)),
        " or ".join(f"has:proof,note,file -tag:{number}" for number in range(40)),
        "-(" * 4 + "red or -(is:late,free due:<7d,>30d)" + ")" * 4,
        "-(tent " * 300,
        "scheduled:>9999-12-31 due:<0001-01-01 due:9999-12-31 #999999999999999999",
        "\0 tag:\0 bundle:\0 template:'; type:\" category:%",
        "due:9999999999999d sort:-- sort:title -sort:title is:late,nothing",
    ],
    ids=lambda text: text[:12],
)
def test_whatever_is_asked_is_answered_in_few_statements(filled: Filled, text: str):
    for name in filled.people:
        with filled.workbench.reading(filled.people[name]) as tx, counted() as statements:
            asked = task_filters.read(tx, {"q": text}, is_list=True)
            queries.list_tasks(tx, asked.wanted, counted=500)
            queries.board(tx, task_filters.read(tx, {"q": text}).wanted, 20, counted=99)
        assert len(statements) <= 12, statements


@pytest.mark.few(1)
@pytest.mark.parametrize("examples", [20, 100, pytest.param(400, marks=pytest.mark.long)])
def test_every_search_agrees_with_a_naive_reading(filled: Filled, examples: int):
    shares: list[bool] = []

    @hypothesis_settings(
        max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
    )
    @given(query=SEARCHES, name=st.sampled_from(["mara", "mara", "ana"]))
    def hold(query: Query, name: str) -> None:
        found = agree(filled, name, query)
        shares.append(0 < found < len(filled.looked[name]))
        event("some match" if shares[-1] else "none or all match")

    hold()
    assert sum(shares) > len(shares) / 2
