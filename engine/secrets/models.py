"""The Secret record: something that the product needs to know, sealed."""

from __future__ import annotations

from typing import ClassVar

from engine.record import Moment, RecordSpec, Revised


class Secret(Revised):
    """A password or an address that the product needs, sealed; one row per name, kept when it is removed."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="secrets",
        key=("secret_id",),
        prefix="sec",
        promoted=("workspace_id", "name"),
        unique=(("workspace_id", "name"),),
        references={"workspace_id": "workspaces"},
        exported=False,
        secret=frozenset({"sealed"}),
        forgotten=True,  # a store that was restored has none
    )

    #: The id of the row: `sec_`, then 26 digits and capitals that sort by the time of making.
    secret_id: str
    workspace_id: str
    #: What it is called by whatever needs it.
    name: str
    #: The value as the key file seals it. Null once it was removed. Never in events.
    sealed: str | None
    created_at: Moment
    updated_at: Moment
    revision: int = 1
