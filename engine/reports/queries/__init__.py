"""SQL reads of the reports: facts about many tasks at once, on SQLite and PostgreSQL."""

from engine.reports.queries.indicators import (
    count_created,
    done_by_day,
    moves_made,
    review_times,
    satisfied_at,
    started_dependents,
)
from engine.reports.queries.judged import Judged, Scored, judged, scored
from engine.reports.queries.spoken import Asked, Comment, Said, comments, help_asked, notes
from engine.reports.queries.work import Completed, TaskHead, completed

__all__ = [
    "Asked",
    "Comment",
    "Completed",
    "Judged",
    "Said",
    "Scored",
    "TaskHead",
    "comments",
    "completed",
    "count_created",
    "done_by_day",
    "help_asked",
    "judged",
    "moves_made",
    "notes",
    "review_times",
    "satisfied_at",
    "scored",
    "started_dependents",
]
