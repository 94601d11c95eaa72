"""What can run tasks: one file for each executor, and this list of them.

An executor is added by its file here, its line in ``EXECUTORS`` and its settings in
``engine.catalog.executors``; ``tests/engine/executions/test_contract.py`` then holds it to ``base``.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.executions.executors.api_call import ApiCall
from engine.executions.executors.base import Executor
from engine.executions.executors.custom import Custom
from engine.executions.executors.notification import Notification
from engine.executions.executors.reminder import Reminder
from engine.executions.executors.report_generation import ReportGeneration

#: Every executor by what ``execution_config`` calls it.
EXECUTORS: Mapping[str, Executor] = {
    one.key: one for one in (ApiCall(), Custom(), Notification(), Reminder(), ReportGeneration())
}
