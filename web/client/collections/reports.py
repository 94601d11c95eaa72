"""The calls of reports; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from .. import models
from ..answers import Listing
from ..collection import Collection
from ..given import in_path
from .ids import Name


class Reports(Collection):
    """The calls of reports."""

    def list(self, *, limit: int | None = None) -> Listing[models.ListedReport]:
        """List: What was said, decided and scored, over many tasks: which reports you may read, and one of
           them.

        Args:
            limit: How many are given at most, else all.
        """
        return self._list(models.ListedReport, "reports", "/api/reports", {}, limit)

    def get(
        self,
        name: Name,
        *,
        employee: str | None = None,
        task_type: str | None = None,
        template: str | None = None,
        partner: str | None = None,
        task: str | None = None,
        deliverable: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        by: str | None = None,
        last: str | None = None,
    ) -> models.Report:
        """Get one: What was said, decided and scored, over many tasks: which reports you may read, and one of
           them.

        Args:
            name: Its name.
            employee: A key or id of an employee, or me.
            task_type: The key of a task type.
            template: The key of a template.
            partner: A key or id of a partner.
            task: An id or number of a task.
            deliverable: The id of a deliverable; all its versions count.
            from_: A day, yyyy-mm-dd.
            to: A day, yyyy-mm-dd, included.
            by: What the rows stand for.
            last: How many of the newest tasks count, 20 by default.
        """
        return self._get(
            models.Report,
            f"/api/reports/{in_path(name, 'name')}",
            {
                "employee": employee,
                "task_type": task_type,
                "template": template,
                "partner": partner,
                "task": task,
                "deliverable": deliverable,
                "from": from_,
                "to": to,
                "by": by,
                "last": last,
            },
        )
