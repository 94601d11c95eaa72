"""SQL reads over tasks, visibility included: lists, the board, statistics, what changed since."""

from __future__ import annotations

from engine.tasks.filters import TaskFilter
from engine.tasks.queries.beyond import beyond_bundle
from engine.tasks.queries.board import board
from engine.tasks.queries.conditions import involvements, involves
from engine.tasks.queries.lists import (
    changed_since,
    count_mine,
    involved_in,
    is_involved,
    is_involved_as,
    is_seen,
    list_documents,
    list_tasks,
    mine,
    statistics,
    visible,
)
from engine.tasks.queries.reading import rows_of
from engine.tasks.read_models import Column, DocumentRow, Documents, Page, Statistics, TaskRow

__all__ = [
    "Column",
    "DocumentRow",
    "Documents",
    "Page",
    "Statistics",
    "TaskFilter",
    "TaskRow",
    "beyond_bundle",
    "board",
    "changed_since",
    "count_mine",
    "involved_in",
    "involvements",
    "involves",
    "is_involved",
    "is_involved_as",
    "is_seen",
    "list_documents",
    "list_tasks",
    "mine",
    "rows_of",
    "statistics",
    "visible",
]
