"""The views that every load makes beside the tables: what reporting asks first, each with its meaning (T4).

Months are those of the workspace's zone; what is late is late at the moment of the export (``as_of``), so
that a view says the same all day, whenever it is asked and from wherever.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from exports.ddl import quoted, text


@dataclass(frozen=True)
class View:
    """One view for readers."""

    name: str
    #: What a row of it is, in a sentence.
    description: str
    #: Its columns in their order, and what each means.
    columns: Mapping[str, str]
    #: The columns that tell its rows apart.
    key: tuple[str, ...]
    query: str


_TEMPLATE = "The key of the template. Null for tasks that are in none."

VIEWS: tuple[View, ...] = (
    View(
        name="punctuality",
        description="How much was completed on time, for each template and month of completion.",
        columns={
            "template_id": _TEMPLATE,
            "month": "The first day of the month of completion.",
            "completed": "How many tasks were completed.",
            "with_deadline": "How many of them had a deadline when they were completed.",
            "on_time": "How many of those were completed by it.",
            "on_time_percent": "The share of `on_time` in `with_deadline`. Null where none had a deadline.",
            "with_first_deadline": "How many were ever given a deadline.",
            "on_first_deadline": "How many of those were completed by the first that they had, however "
            "often it was moved.",
            "on_first_deadline_percent": "The share of `on_first_deadline` in `with_first_deadline`. Null "
            "where none ever had one.",
            "moved": "How many have another deadline than their first, or none any more.",
        },
        key=("template_id", "month"),
        query="""
SELECT tasks.template_id,
       date_trunc('month', tasks.completed_at AT TIME ZONE workspaces.timezone)::date AS month,
       count(*) AS completed,
       count(tasks.late_seconds) AS with_deadline,
       count(*) FILTER (WHERE tasks.late_seconds <= 0) AS on_time,
       round(100.0 * count(*) FILTER (WHERE tasks.late_seconds <= 0)
             / nullif(count(tasks.late_seconds), 0), 1) AS on_time_percent,
       count(tasks.first_late_seconds) AS with_first_deadline,
       count(*) FILTER (WHERE tasks.first_late_seconds <= 0) AS on_first_deadline,
       round(100.0 * count(*) FILTER (WHERE tasks.first_late_seconds <= 0)
             / nullif(count(tasks.first_late_seconds), 0), 1) AS on_first_deadline_percent,
       count(*) FILTER (WHERE tasks.first_deadline IS NOT NULL
                          AND tasks.deadline IS DISTINCT FROM tasks.first_deadline) AS moved
FROM tasks JOIN workspaces ON workspaces.workspace_id = tasks.workspace_id
WHERE tasks.completed_at IS NOT NULL
GROUP BY 1, 2""",
    ),
    View(
        name="cycle_time",
        description="How long runs of a template took from start to end, for each month of completion.",
        columns={
            "template_id": "The key of the template.",
            "month": "The first day of the month of completion.",
            "runs": "How many bundles were completed.",
            "median_days": "Half of them took at most so many days of 24 hours.",
            "mean_days": "How many days they took on average.",
            "longest_days": "How many days the longest took.",
        },
        key=("template_id", "month"),
        query="""
SELECT template_id, month, count(*) AS runs,
       round(percentile_cont(0.5) WITHIN GROUP (ORDER BY days)::numeric, 1) AS median_days,
       round(avg(days), 1) AS mean_days,
       round(max(days), 1) AS longest_days
FROM (
  SELECT bundles.template_id,
         date_trunc('month', bundles.completed_at AT TIME ZONE workspaces.timezone)::date AS month,
         extract(epoch FROM bundles.completed_at - bundles.created_at)::numeric / 86400 AS days
  FROM bundles JOIN workspaces ON workspaces.workspace_id = bundles.workspace_id
  WHERE bundles.status = 'completed'
) AS runs
GROUP BY 1, 2""",
    ),
    View(
        name="rejections",
        description="How often work was rejected, for each thing that is handed over, who judged it, and "
        "month of the decision. A request that was withdrawn or still waits is no decision.",
        columns={
            "template_id": _TEMPLATE,
            "deliverable_ref": "The name of the deliverable in the template, the same in every run.",
            "source": "Who judged it: the team (`internal`) or the partner (`portal`).",
            "month": "The first day of the month of the decision.",
            "decisions": "How many decisions were made.",
            "rejected": "How many of them were rejections.",
            "approved_with_changes": "How many approved it and still asked for changes.",
            "rejected_percent": "The share of `rejected` in `decisions`.",
            "most_versions": "The highest number of a version that was decided on.",
        },
        key=("template_id", "deliverable_ref", "source", "month"),
        query="""
SELECT tasks.template_id,
       deliverables.ref AS deliverable_ref,
       task_approvals.source,
       date_trunc('month', task_approvals.decided_at AT TIME ZONE workspaces.timezone)::date AS month,
       count(*) AS decisions,
       count(*) FILTER (WHERE task_approvals.status = 'rejected') AS rejected,
       count(*) FILTER (WHERE task_approvals.status = 'approved_pending_changes') AS approved_with_changes,
       round(100.0 * count(*) FILTER (WHERE task_approvals.status = 'rejected') / count(*), 1)
         AS rejected_percent,
       max(deliverables.version_number) AS most_versions
FROM task_approvals
JOIN workspaces ON workspaces.workspace_id = task_approvals.workspace_id
JOIN deliverables ON deliverables.deliverable_id = task_approvals.deliverable_id
JOIN tasks ON tasks.task_id = task_approvals.task_id
WHERE task_approvals.decided_at IS NOT NULL
GROUP BY 1, 2, 3, 4""",
    ),
    View(
        name="qa_scores",
        description="What second looks at completed work said, for each employee and month of the score.",
        columns={
            "employee_id": "Whose work it was. Null where nobody was assigned.",
            "employee": "Their name.",
            "month": "The first day of the month of the score.",
            "reviews": "How many second looks there were.",
            "scored": "How many of them gave a score from 1 (poor) to 5 (excellent).",
            "mean_score": "The average of those scores. Null where none was given.",
            "passed": "How many said that the work was good enough.",
            "failed": "How many said that it was not.",
        },
        key=("employee_id", "month"),
        query="""
SELECT task_qa_reviews.employee_id,
       employees.name AS employee,
       date_trunc('month', task_qa_reviews.reviewed_at AT TIME ZONE workspaces.timezone)::date AS month,
       count(*) AS reviews,
       count(task_qa_reviews.score) AS scored,
       round(avg(task_qa_reviews.score), 2) AS mean_score,
       count(*) FILTER (WHERE task_qa_reviews.passed) AS passed,
       count(*) FILTER (WHERE NOT task_qa_reviews.passed) AS failed
FROM task_qa_reviews
JOIN workspaces ON workspaces.workspace_id = task_qa_reviews.workspace_id
LEFT JOIN employees ON employees.employee_id = task_qa_reviews.employee_id
GROUP BY 1, 2, 3""",
    ),
    View(
        name="workload",
        description=(
            "Who has how much open work at the moment of the export; a row for each active employee, "
            "and none for what nobody or a program has."
        ),
        columns={
            "employee_id": "The employee.",
            "employee": "Their name.",
            "open": "How many open tasks they have.",
            "in_progress": "How many of these are being worked on.",
            "held_up": "How many wait, are blocked, need help, wait for a decision or were put off.",
            "late": "How many have a deadline before the moment of the export.",
            "due_in_7_days": "How many have a deadline within the 7 days of 24 hours that follow it.",
            "next_deadline": "The first deadline that is still ahead. Null where none is.",
            "planned_minutes": "How many minutes all their open tasks are expected to take, "
            "where somebody said.",
        },
        key=("employee_id",),
        query="""
SELECT employees.employee_id,
       employees.name AS employee,
       count(tasks.task_id) AS open,
       count(*) FILTER (WHERE tasks.status = 'in_progress') AS in_progress,
       count(*) FILTER (WHERE tasks.status IN
         ('waiting', 'blocked', 'help_needed', 'pending_approval', 'deferred')) AS held_up,
       count(*) FILTER (WHERE tasks.deadline < moment.as_of) AS late,
       count(*) FILTER (WHERE tasks.deadline >= moment.as_of
                          AND tasks.deadline < moment.as_of + interval '168 hours') AS due_in_7_days,
       min(tasks.deadline) FILTER (WHERE tasks.deadline >= moment.as_of) AS next_deadline,
       coalesce(sum(tasks.planned_minutes), 0)::bigint AS planned_minutes
FROM employees
CROSS JOIN (SELECT (body ->> 'as_of')::timestamptz AS as_of FROM manifest) AS moment
LEFT JOIN tasks ON tasks.assignee_id = employees.employee_id AND tasks.closed_at IS NULL
WHERE employees.is_active
GROUP BY 1, 2""",
    ),
)


def names() -> list[str]:
    """Return the names of all views."""
    return [view.name for view in VIEWS]


def statements() -> Iterator[str]:
    """Yield the statements that make the views, or make them anew where they are, and say what they mean."""
    for view in VIEWS:
        name = quoted(view.name)
        yield f"CREATE OR REPLACE VIEW {name} AS{view.query};"
        yield f"COMMENT ON VIEW {name} IS {text(view.description)};"
        for column, meaning in view.columns.items():
            yield f"COMMENT ON COLUMN {name}.{quoted(column)} IS {text(meaning)};"
