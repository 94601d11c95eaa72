"""The texts of reports whose settings have none, by what they are about."""

from __future__ import annotations

from collections.abc import Mapping

_BUNDLE = """# [[ title ]]

[[ bundle.title ]], for [[ bundle.anchor_date ]][% if bundle.partner %], for [[ bundle.partner ]][% endif %].

[% set done = tasks | selectattr("status", "equalto", "completed") | list %]
[% set open = tasks | rejectattr("status", "in", ("completed", "skipped", "cancelled", "failed")) | list %]
## Done

[% if done %]
| Task | Who | Done on |
| --- | --- | --- |
[% for one in done %]
| [[ one.title ]] | [[ one.assignee ]] | [[ one.closed_on ]] |
[% endfor %]
[% else %]
Nothing yet.
[% endif %]

## Still to do

[% if open %]
| Task | Who | Due on |
| --- | --- | --- |
[% for one in open %]
| [[ one.title ]] | [[ one.assignee ]] | [[ one.due_date ]] |
[% endfor %]
[% else %]
Nothing.
[% endif %]

[% if deliverables %]
## Handed over

| What | Version | Where |
| --- | --- | --- |
[% for one in deliverables %]
| [[ one.name ]] | [[ one.version_number ]] | [[ one.address or "a file" ]] |
[% endfor %]
[% endif %]
"""
_WORKLOG = """# [[ title ]]

[[ worklog.title ]]

[[ worklog.body | markdown ]]
"""
_ROWS = """# [[ title ]]

[[ rows | table ]]
"""
TEXTS: Mapping[str, str] = {"bundle": _BUNDLE, "worklog": _WORKLOG, "rows": _ROWS}
