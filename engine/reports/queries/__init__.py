"""SQL reads of the reports: facts about many tasks at once, on SQLite and PostgreSQL."""

from engine.reports.queries.indicators import (
    count_created,
    done_by_day,
    moves_made,
    review_times,
    started_dependents,
)
from engine.reports.queries.judged import Judged, Request, Scored, Whose, judged, requests, scored, scores
from engine.reports.queries.open_work import Late, Load, late, load
from engine.reports.queries.places import (
    Place,
    decisions,
    notes_written,
    read,
    remarks,
    scores_given,
)
from engine.reports.queries.spoken import Asked, Comment, Said, comments, help_asked, notes
from engine.reports.queries.work import Completed, TaskHead, completed

__all__ = [
    "Asked",
    "Comment",
    "Completed",
    "Judged",
    "Late",
    "Load",
    "Place",
    "Request",
    "Said",
    "Scored",
    "TaskHead",
    "Whose",
    "comments",
    "completed",
    "count_created",
    "decisions",
    "done_by_day",
    "help_asked",
    "judged",
    "late",
    "load",
    "moves_made",
    "notes",
    "notes_written",
    "read",
    "remarks",
    "requests",
    "review_times",
    "scored",
    "scores",
    "scores_given",
    "started_dependents",
]
