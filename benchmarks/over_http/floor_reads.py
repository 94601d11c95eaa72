"""What the floor pages read: the rows that the real pages show, in as few plain statements as they take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.over_http.floor_store import FloorStore, Row

PER_COLUMN, PER_PAGE, PER_SECTION, TIMELINE = 20, 50, 25, 10
#: Key, title, and the lanes of the board's columns; the last holds what was closed in the last seven days.
COLUMNS = (
    ("todo", "To do", ("pending", "queued")),
    ("in_progress", "In progress", ("in_progress",)),
    ("waiting", "Waiting", ("waiting",)),
    ("stuck", "Held up", ("help_needed", "failed", "blocked")),
    ("approval", "Approval", ("pending_approval",)),
    ("deferred", "Deferred", ("deferred",)),
    ("done", "Done this week", ("completed", "skipped")),
)
_CLOSED = ("completed", "skipped")


@dataclass(frozen=True)
class Reader:
    """Whose page it is; without an employee they see everything."""

    workspace_id: str
    user_id: str
    employee_id: str | None
    roles: tuple[str, ...]

    @property
    def sees_everything(self) -> bool:
        """Whether no row is hidden from them."""
        return self.employee_id is None


@dataclass(frozen=True)
class Column:
    """A column of the board."""

    key: str
    title: str
    total: int
    cards: list[Row]


class Reads:
    """The statements, written for one store."""

    def __init__(self, store: FloorStore) -> None:
        self._store = store
        texts = ("title", "priority", "waiting_for", "follow_up_at", "revision", "milestone", "skip_reason")
        self._cards = f"""
            SELECT t.doc_id, t.task_id, t.task_number, t.status, t.due_date, t.deadline, t.closed_at,
              t.updated_at, t.bundle_id, t.assignee_id, t.assignee_role, t.assigned_to_bot, t.blocked_by,
              {self._named("t", texts)}, b.title AS bundle_title,
              {self._named("e", ("name",))},
              (SELECT count(*) FROM task_steps s WHERE s.task_id = t.task_id) AS steps_total,
              (SELECT count(*) FROM task_steps s WHERE s.task_id = t.task_id AND s.is_completed)
                AS steps_done,
              (SELECT count(*) FROM task_proofs p WHERE p.task_id = t.task_id AND p.is_missing) AS missing
            FROM tasks t LEFT JOIN bundles b ON b.bundle_id = t.bundle_id
              LEFT JOIN employees e ON e.employee_id = t.assignee_id"""

    def reader(self, email: str) -> Reader:
        """Return who a page is for; an empty address is the admin's."""
        if not email:
            user = self._store.rows("SELECT workspace_id, user_id FROM users ORDER BY doc_id LIMIT 1")[0]
            return Reader(user["workspace_id"], user["user_id"], None, ())
        user = self._store.rows(
            f"SELECT u.workspace_id, u.user_id, u.employee_id, {self._named('e', ('roles',))} FROM users u "
            "JOIN employees e ON e.employee_id = u.employee_id WHERE u.email = ?",
            email,
        )[0]
        roles = [role.strip(' "') for role in user["roles"].strip("[]").split(",")]
        return Reader(user["workspace_id"], user["user_id"], user["employee_id"], tuple(roles))

    def board(self, who: Reader) -> list[Column]:
        """Return the columns with their totals and first cards."""
        since = _text(datetime.now(UTC) - timedelta(days=7))
        totals, dealt = (self._every_lane if who.sees_everything else self._own_lanes)(who, since)
        shown = {
            key: [doc_id for lane in lanes for doc_id in dealt.get(lane, [])[:PER_COLUMN]][:PER_COLUMN]
            for key, _, lanes in COLUMNS
        }
        cards = self.cards(doc_id for ids in shown.values() for doc_id in ids)
        return [
            Column(key, title, sum(totals.get(lane, 0) for lane in lanes), [cards[one] for one in shown[key]])
            for key, title, lanes in COLUMNS
        ]

    def _every_lane(self, who: Reader, since: str) -> tuple[dict[str, int], dict[str, list[int]]]:
        lanes = [lane for _, _, lanes in COLUMNS for lane in lanes if lane not in _CLOSED]
        place = "SELECT doc_id, lane, due_date, closed_at, task_id FROM tasks WHERE workspace_id = ? AND"
        filled = f"{place} lane = ? AND due_date IS NOT NULL ORDER BY due_date, task_id LIMIT {PER_COLUMN}"
        empty = f"{place} lane = ? AND due_date IS NULL ORDER BY task_id LIMIT {PER_COLUMN}"
        closed = (
            f"{place} status = ? AND closed_at >= ? ORDER BY closed_at DESC, task_id DESC LIMIT {PER_COLUMN}"
        )
        reads, given = [], []
        for lane in lanes:
            reads += [filled, empty]
            given += [who.workspace_id, lane, who.workspace_id, lane]
        for lane in _CLOSED:
            reads.append(closed)
            given += [who.workspace_id, lane, since]
        dealt: dict[str, list[int]] = {}
        for row in self._store.rows(
            " UNION ALL ".join(f"SELECT * FROM ({one}) one" for one in reads), *given
        ):
            dealt.setdefault(row["lane"], []).append(row["doc_id"])
        counted = self._store.rows(
            "SELECT lane, sum(total) AS total FROM store_tally_tasks"
            " WHERE workspace_id = ? AND lane NOT IN (?, ?) GROUP BY lane"
            " UNION ALL SELECT status, count(*) FROM tasks"
            " WHERE workspace_id = ? AND status IN (?, ?) AND closed_at >= ? GROUP BY status",
            *(who.workspace_id, *_CLOSED, who.workspace_id, *_CLOSED, since),
        )
        return {row["lane"]: int(row["total"]) for row in counted}, dealt

    def _own_lanes(self, who: Reader, since: str) -> tuple[dict[str, int], dict[str, list[int]]]:
        inside, given = _inside(who)
        found = self._store.rows(
            f"SELECT doc_id, lane, due_date, closed_at, task_id FROM tasks t WHERE {inside}"
            " AND (is_open = 1 OR closed_at >= ?)",
            *(*given, since),
        )
        dealt: dict[str, list[Row]] = {}
        for row in found:
            dealt.setdefault(row["lane"], []).append(row)
        for lane, rows in dealt.items():
            if lane in _CLOSED:
                rows.sort(key=lambda row: (row["closed_at"], row["task_id"]), reverse=True)
            else:
                rows.sort(key=lambda row: (row["due_date"] is None, row["due_date"] or "", row["task_id"]))
        totals = {lane: len(rows) for lane, rows in dealt.items()}
        return totals, {lane: [row["doc_id"] for row in rows[:PER_COLUMN]] for lane, rows in dealt.items()}

    def cards(self, doc_ids: Iterable[int]) -> dict[int, Row]:
        """Return cards by their rows' ids."""
        ids = list(doc_ids)
        if not ids:
            return {}
        rows = self._store.rows(f"{self._cards} WHERE t.doc_id IN ({_marks(ids)})", *ids)
        return {row["doc_id"]: row for row in rows}

    def page(self, who: Reader, words: str = "") -> tuple[int, list[Row]]:
        """Return the total and the first page of open work, soonest due first; the word finds all of it."""
        inside, given = _inside(who)
        where = f"{inside} AND t.is_open = 1"
        if words:
            match, word = self._store.matching(words.lower())
            where = f"{where} AND (t.task_id IN ({match}) OR t.bundle_id IN ({match}))"
            given = [*given, word, word]
        total = self._store.rows(f"SELECT count(*) AS total FROM tasks t WHERE {where}", *given)[0]["total"]
        found: list[Row] = []
        for order in (
            "t.due_date IS NOT NULL ORDER BY t.due_date, t.task_id",
            "t.due_date IS NULL ORDER BY t.task_id",
        ):
            if len(found) < PER_PAGE:
                text = f"SELECT t.doc_id FROM tasks t WHERE {where} AND {order} LIMIT {PER_PAGE - len(found)}"
                found += self._store.rows(text, *given)
        cards = self.cards(row["doc_id"] for row in found)
        return total, [cards[row["doc_id"]] for row in found]

    def my_work(self, who: Reader) -> list[Row]:
        """Return the reader's open work, theirs first, then what they may claim."""
        if who.employee_id is None:
            return []
        inside, given = _inside(who)
        first = " ORDER BY t.due_date IS NULL, t.due_date, t.task_id LIMIT 100"
        # With a sign SQLite does not look for what is open in the whole workspace.
        own = self._store.rows(
            "SELECT t.doc_id FROM tasks t WHERE t.workspace_id = ?"
            f" AND t.assignee_id = ? AND +t.is_open = 1{first}",
            *(who.workspace_id, who.employee_id),
        )
        unassigned = self._store.rows(
            f"SELECT t.doc_id, t.assignee_role FROM tasks t WHERE {inside} AND t.is_open = 1"
            f" AND t.assignee_id IS NULL AND t.assigned_to_bot = false{first}",
            *given,
        )
        claimable = [row for row in unassigned if row["assignee_role"] in who.roles]
        ids = [row["doc_id"] for row in (*own, *claimable)]
        cards = self.cards(ids)
        return [cards[doc_id] for doc_id in ids]

    def people(self) -> Sequence[Row]:
        """Return whom a task may be given to."""
        return self._store.rows(
            f"SELECT e.employee_id, {self._named('e', ('name',))} FROM employees e ORDER BY doc_id"
        )

    def task(self, who: Reader, task_id: str) -> dict[str, Any]:
        """Return a task with its parts and its latest events."""
        read, field = self._store.rows, self._store.field
        texts = ("description", "tags", "systems", "urgency", "created_at", "validation", "depends_on")
        texts += ("category", "planned_minutes", "execution_type")
        parts = {
            "steps": (
                "task_steps",
                "position",
                ("task_step_id", "ref", "title", "is_completed", "completed_at"),
            ),
            "proofs": ("task_proofs", "position", ("task_proof_id", "label", "kind", "value", "given_at")),
            "deliverables": (
                "deliverables",
                "doc_id",
                ("deliverable_id", "ref", "type", "version_number", "deliverable_url", "frozen_at"),
            ),
        }
        return {
            "task": read(f"{self._cards} WHERE t.task_id = ?", task_id)[0],
            "more": read(
                f"SELECT {self._named('t', texts)}, {self._named('b', ('references',))},"
                f" {self._store.field('c', 'name')} AS campaign_id"
                " FROM tasks t LEFT JOIN bundles b ON b.bundle_id = t.bundle_id"
                " LEFT JOIN campaigns c ON c.campaign_id = t.campaign_id WHERE t.task_id = ?",
                task_id,
            )[0],
            **{
                name: read(
                    f"SELECT {self._named('p', texts)} FROM {table} p WHERE task_id = ? ORDER BY {order}",
                    task_id,
                )
                for name, (table, order, texts) in parts.items()
            },
            "notes": read(
                f"SELECT n.task_note_id, n.created_at, {self._named('n', ('body', 'kind', 'created_by'))},"
                f" {self._named('u', ('name',))}"
                f" FROM task_notes n LEFT JOIN users u ON u.user_id = {field('n', 'created_by')}"
                " WHERE n.task_id = ? ORDER BY n.created_at",
                task_id,
            ),
            "events": self._events("task_id", task_id),
            "people": self.people(),
            "watching": read(
                "SELECT mode FROM watches WHERE workspace_id = ? AND user_id = ? AND watched_task_id = ?",
                *(who.workspace_id, who.user_id, task_id),
            ),
            "reminders": read(
                f"SELECT r.send_at, r.state, {self._named('r', ('text', 'reason'))} FROM reminders r"
                " WHERE r.task_id = ? ORDER BY r.send_at DESC LIMIT 3",
                task_id,
            ),
            "clocks": read("SELECT next_at FROM reminder_clocks WHERE task_id = ?", task_id),
            "away": read(
                "SELECT first_day, last_day FROM absences WHERE removed_at IS NULL AND last_day >= ?"
                " AND employee_id = (SELECT assignee_id FROM tasks WHERE task_id = ?)",
                *(_text(datetime.now(UTC))[:10], task_id),
            ),
        }

    def bundle(self, bundle_id: str) -> dict[str, Any]:
        """Return a bundle with its tasks, its links and its latest events."""
        texts = ("title", "icon", "anchor_date", "stage", "status", "commit", "references", "revision")
        return {
            "bundle": self._store.rows(
                f"SELECT b.bundle_id, b.template_id, {self._named('b', texts)}"
                " FROM bundles b WHERE b.bundle_id = ?",
                bundle_id,
            )[0],
            "tasks": self._store.rows(
                f"{self._cards} WHERE t.bundle_id = ? ORDER BY t.task_number", bundle_id
            ),
            "links": self._store.rows(
                f"SELECT {self._named('l', ('bundle_link_id', 'name', 'state', 'url'))} FROM bundle_links l"
                " WHERE l.bundle_id = ? ORDER BY l.doc_id",
                bundle_id,
            ),
            "events": self._events("bundle_id", bundle_id),
        }

    def waiting(self, who: Reader) -> int:
        """Return a number for beside the inbox: plain counts of what indexes tell by their first columns."""
        since = _text(datetime.now(UTC) - timedelta(days=30))
        counts: dict[str, tuple[object, ...]] = {
            "task_notes WHERE workspace_id = ? AND has_mentions = true AND created_at > ?": (since,),
            "task_approvals WHERE workspace_id = ? AND decided_at > ?": (since,),
        }
        if who.sees_everything:
            counts |= {
                "task_approvals WHERE workspace_id = ? AND is_open = true AND source = 'internal'": (),
                "tasks WHERE workspace_id = ? AND status = 'help_needed'": (),
                "tasks WHERE workspace_id = ? AND awaits_review = true": (),
            }
        else:
            own = (who.employee_id,)
            counts |= {
                "tasks WHERE workspace_id = ? AND assignee_id = ? AND is_open = 1": own,
                "task_qa_reviews WHERE workspace_id = ? AND employee_id = ? AND reviewed_at > ?": (
                    *own,
                    since,
                ),
            }
        total = " + ".join(f"(SELECT count(*) FROM (SELECT 1 FROM {part} LIMIT 100) one)" for part in counts)
        given = [value for further in counts.values() for value in (who.workspace_id, *further)]
        return int(self._store.rows(f"SELECT {total} AS total", *given)[0]["total"])

    def inbox(self, who: Reader) -> dict[str, Sequence[Row]]:
        """Return what waits for the reader, by section: decisions, questions, permissions, mentions.

        Each section has its first rows, and each row how many there are.
        """
        first = f"ORDER BY since LIMIT {PER_SECTION}"
        task = f"t.task_id, {self._named('t', ('title',))}, t.bundle_id, b.title AS bundle_title"
        counted = f"count(*) OVER () AS total, {task}"
        bundle = "LEFT JOIN bundles b ON b.bundle_id = t.bundle_id"
        if not who.sees_everything:
            return {"news": self._news(who, task, bundle), "free": self._free(who, counted, bundle)}
        field = self._store.field
        return {
            "approvals": self._store.rows(
                f"SELECT a.task_approval_id AS item, a.requested_at AS since, {counted}, d.deliverable_id,"
                f" {self._named('d', ('ref', 'version_number', 'deliverable_url'))},"
                f" {self._named('u', ('name',))}"
                " FROM task_approvals a JOIN tasks t ON t.task_id = a.task_id"
                f" JOIN deliverables d ON d.deliverable_id = a.deliverable_id {bundle}"
                f" LEFT JOIN users u ON u.user_id = {field('a', 'requested_by')}"
                " WHERE a.workspace_id = ? AND a.is_open = true AND a.source = 'internal'"
                f" {first}",
                who.workspace_id,
            ),
            "help": self._store.rows(
                f"SELECT t.task_id AS item, t.updated_at AS since, {counted}, NULL AS name"
                f" FROM tasks t {bundle}"
                " WHERE t.workspace_id = ? AND t.status = 'help_needed'"
                f" {first}",
                who.workspace_id,
            ),
            "reviews": self._store.rows(
                f"SELECT t.task_id AS item, t.created_at AS since, {counted}, NULL AS name"
                f" FROM tasks t {bundle}"
                " WHERE t.workspace_id = ? AND t.awaits_review = true AND t.owner_id <> ?"
                f" {first}",
                who.workspace_id,
                who.user_id,
            ),
        }

    def _news(self, who: Reader, task: str, bundle: str) -> Sequence[Row]:
        """Return the last thirty days' remarks and scores for the reader, decisions, and own work to do.

        That is what others gave them or freed, and what is late or due before the day ends.
        """
        now, field = datetime.now(UTC), self._store.field
        since, day = _text(now - timedelta(days=30)), now.replace(hour=0, minute=0, second=0)

        def part(columns: str, table: str, by: str, condition: str, newest: str) -> str:
            return (
                f"SELECT {columns}, {task}, {field('u', 'name')} AS name"
                f" FROM {table} n JOIN tasks t ON t.task_id = n.task_id {bundle}"
                f" LEFT JOIN users u ON u.user_id = {field('n', by)}"
                f" WHERE n.workspace_id = ? AND n.{newest} > ? AND {condition}"
            )

        calls = f"n.has_mentions = true AND {self._store.holds(field('n', 'mentions'))}"
        own = f"({field('n', 'requested_by')} = ? OR t.assignee_id = ?)"
        parts = [
            part(
                "n.task_note_id AS item, n.created_at AS since",
                "task_notes",
                "created_by",
                calls,
                "created_at",
            ),
            part(
                "n.task_qa_review_id AS item, n.reviewed_at AS since",
                *("task_qa_reviews", "reviewer_id", "n.employee_id = ?", "reviewed_at"),
            ),
            part(
                "n.task_approval_id AS item, n.decided_at AS since",
                *("task_approvals", "approver_id", own, "decided_at"),
            ),
        ]
        late = "CASE WHEN t.deadline < ? THEN t.deadline ELSE ? END"
        is_due = (
            f"t.deadline < ? AND {late} > ? AND t.blocked_by IS NULL"
            " AND t.status NOT IN ('pending_approval', 'help_needed', 'failed')"
        )
        parts.append(
            f"SELECT t.task_id AS item, CASE WHEN {is_due} THEN {late} ELSE t.turn_at END AS since, {task},"
            f" NULL AS name FROM tasks t {bundle}"
            " WHERE t.workspace_id = ? AND t.assignee_id = ? AND t.is_open = 1"
            f" AND (t.turn_at > ? AND t.turn_by <> ? OR {is_due})"
        )
        place, moments = (who.workspace_id, since), (_text(now), _text(day))
        due = (_text(day + timedelta(days=1)), *moments, since)
        given = (*place, who.employee_id, *place, who.employee_id, *place, who.user_id, who.employee_id)
        given += (*due, *moments, who.workspace_id, who.employee_id, since, who.user_id, *due)
        found = " UNION ALL ".join(parts)
        return self._store.rows(
            f"SELECT *, count(*) OVER () AS total FROM ({found}) AS found ORDER BY since LIMIT {PER_SECTION}",
            *given,
        )

    def _free(self, who: Reader, counted: str, bundle: str) -> Sequence[Row]:
        """Return what the reader may claim, since others left it to their role or freed it."""
        return self._store.rows(
            f"SELECT t.task_id AS item, t.turn_at AS since, {counted}, NULL AS name FROM tasks t {bundle}"
            f" WHERE t.workspace_id = ? AND t.assignee_id IS NULL AND t.is_open = 1 AND t.turn_at > ?"
            f" AND t.assignee_role IN ({_marks(who.roles)}) AND t.turn_by <> ?"
            # In a function, as next to nothing waits for a permission: SQLite would walk through the rest.
            " AND coalesce(t.awaits_review, false) = false"
            f" ORDER BY since LIMIT {PER_SECTION}",
            *(who.workspace_id, _text(datetime.now(UTC) - timedelta(days=30)), *who.roles, who.user_id),
        )

    def _events(self, column: str, of: str) -> Sequence[Row]:
        return self._store.rows(
            f"SELECT v.occurred_at, {self._named('v', ('summary', 'actor_name', 'reason'))}"
            f" FROM audit_events v WHERE v.{column} = ?"
            " AND v.workspace_id = (SELECT workspace_id FROM workspaces LIMIT 1)"
            f" ORDER BY v.seq DESC LIMIT {TIMELINE}",
            of,
        )

    def _named(self, alias: str, names: Iterable[str]) -> str:
        """Write fields of a document, each under its name."""
        return ", ".join(f'{self._store.field(alias, name)} AS "{name}"' for name in names)


def _inside(who: Reader) -> tuple[str, list[Any]]:
    """Write the condition of what a reader sees."""
    if who.sees_everything:
        return "t.workspace_id = ?", [who.workspace_id]
    own = "SELECT bundle_id FROM tasks WHERE workspace_id = ? AND"
    ways = [f"{own} owner_id = ?", f"{own} assignee_id = ?"]
    given = [who.workspace_id, who.user_id, who.workspace_id, who.employee_id]
    for role in who.roles:
        ways.append(f"{own} assignee_role = ? AND assignee_id IS NULL AND assigned_to_bot = false")
        given += [who.workspace_id, role]
    return f"t.bundle_id IN ({' UNION '.join(ways)})", given


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
