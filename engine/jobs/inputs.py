"""What the commands of jobs are told."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from engine.inputs import FilledText, Input, lines

LONGEST_WORDS = 500


class Ending(StrEnum):
    """What somebody found out about a job of which nobody knew how it ended."""

    DONE = "done"  #: it was done
    AGAIN = "again"  #: nothing was done: it is to be tried once more


class OnJob(Input):
    """Which job is meant."""

    #: Its id, as `job list` shows it.
    job_id: str = Field(title="Job", min_length=1)


class Resolve(OnJob):
    """How a job ended of which nobody knew."""

    #: `done`, or `again` where nothing was done.
    ending: Ending = Field(title="How did it end?")
    #: How you know; it is kept with the job.
    comment: Annotated[
        FilledText, Field(title="How do you know?", max_length=LONGEST_WORDS, json_schema_extra=lines(2))
    ]
