"""Search indexes: which rows of a table may hold a text, without reading all of them.

SQLite's FTS5 knows of every part of three characters the rows whose text it is in. What is found by it are
candidates: whoever asks compares each with the text itself, so that entries of rows that have changed or are
gone do no harm, and none is ever taken out. Triggers keep it. New rows cost nothing but a comparison: they
are entered together, once there are ``_TOGETHER``, which costs a tenth of entering each. Until then they are
candidates themselves, and so are rows whose text has changed.

PostgreSQL has no such index here: it would need an extension, which only its administrator can make.
"""

# ruff: noqa: S608 - table and column names are checked when they are declared; values are always bound
from __future__ import annotations

from collections.abc import Iterable

from engine.store.schema import TableSpec

#: So many rows are entered at once.
_TOGETHER = 256
#: It keeps no text, and of each part only the rows.
_AS = "content='', detail=none, columnsize=0, tokenize='trigram case_sensitive 1'"
_PART = 3
#: Of longer ones no more parts are looked up.
_MOST_PARTS = 16
_TRIGGERS = ("new", "changed", "due")


def ddl(spec: TableSpec) -> list[str]:
    """Give SQLite's statements that make the search index of a table, with the rows there are."""
    index, table, text = _name(spec.name), f'"{spec.name}"', f'"{spec.searched}"'
    done = f"(SELECT doc_id FROM {index}_done)"
    enter = f"INSERT INTO {index} (rowid, part) SELECT doc_id, {text} FROM {table}"
    is_due = f"INSERT OR IGNORE INTO {index}_due"
    is_behind, is_full = f"NEW.doc_id <= {done}", f"NEW.doc_id >= {done} + {_TOGETHER}"
    bodies = (
        (
            f"INSERT ON {table} WHEN {is_behind} OR {is_full}",
            # What is behind has an id that is given by hand, or anew after the row that had it was deleted.
            (
                f"{is_due} SELECT NEW.doc_id WHERE {is_behind}; {enter} WHERE doc_id > {done} AND {is_full}; "
                f"UPDATE {index}_done SET doc_id = NEW.doc_id WHERE {is_full}"
            ),
        ),
        (
            f"UPDATE OF {text} ON {table} WHEN OLD.{text} IS NOT NEW.{text} AND {is_behind}",
            f"{is_due} VALUES (NEW.doc_id)",
        ),
        (
            f"INSERT ON {index}_due WHEN (SELECT count(*) FROM {index}_due) >= {_TOGETHER}",
            f"{enter} WHERE doc_id IN (SELECT doc_id FROM {index}_due); DELETE FROM {index}_due",
        ),
    )
    return [
        f"CREATE VIRTUAL TABLE {index} USING fts5 (part, {_AS})",
        # Which rows are in it: all up to ``done`` but those ``due``.
        f"CREATE TABLE {index}_done (doc_id INTEGER NOT NULL)",
        f"CREATE TABLE {index}_due (doc_id INTEGER PRIMARY KEY)",
        f"{enter} ORDER BY doc_id",
        f"INSERT INTO {index}_done SELECT coalesce(max(doc_id), 0) FROM {table}",
        *(
            f'CREATE TRIGGER "{spec.name}_search_{name}" AFTER {event} BEGIN {body}; END'
            for name, (event, body) in zip(_TRIGGERS, bodies, strict=True)
        ),
    ]


def drop_ddl(spec: TableSpec) -> list[str]:
    """Give SQLite's statements that take the search index of a table away."""
    index = _name(spec.name)
    triggers = [f'DROP TRIGGER IF EXISTS "{spec.name}_search_{name}"' for name in _TRIGGERS]
    return triggers + [f"DROP TABLE IF EXISTS {name}" for name in (index, f"{index}_done", f"{index}_due")]


def candidates(table: str) -> str:
    """Give SQLite's statement that finds the ids of rows: it takes what ``parts_of`` gives, and how many."""
    index = _name(table)
    return (
        f"SELECT rowid FROM {index} WHERE {index} MATCH ? UNION ALL SELECT doc_id FROM {index}_due UNION ALL "
        f'SELECT doc_id FROM "{table}" WHERE doc_id > (SELECT doc_id FROM {index}_done) LIMIT ?'
    )


def parts_of(words: Iterable[str]) -> str | None:
    """Give what words are looked up by, all of them; None where each is too short, or none can be held."""
    found: dict[str, None] = {}
    for word in words:
        if len(word) >= _PART and "\0" not in word:
            # One after the other, and the last: together they are the whole.
            starts = [*range(0, len(word) - _PART, _PART), len(word) - _PART][-_MOST_PARTS:]
            found |= dict.fromkeys(word[start : start + _PART].replace('"', '""') for start in starts)
    return " AND ".join(f'"{part}"' for part in [*found][:_MOST_PARTS]) or None


def _name(table: str) -> str:
    return f"store_search_{table}"
