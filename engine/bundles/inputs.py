"""What the commands of a bundle are told."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from engine.inputs import Day, FilledText, Input, Revision, SpokenName, lines
from engine.tasks.inputs import OnTask
from engine.tasks.quick import LONGEST_LINE, Besides
from engine.urls import LONGEST as LONGEST_URL

LONGEST_TITLE = 500
LONGEST_STAGE = 100
LONGEST_REASON = 2000


class OnBundle(Input):
    """Which bundle is meant, and as it was when it was read."""

    #: Its id.
    bundle_id: str = Field(title="Bundle", min_length=1)
    #: As you have read it; refused where somebody changed it since.
    revision: Revision = None


class FillLink(OnBundle):
    """An address for one of the bundle's links."""

    #: The link's name.
    name: str = Field(title="Link", min_length=1)
    #: With http://, https:// or mailto:
    url: Annotated[FilledText, Field(title="Address", max_length=LONGEST_URL)]
    #: The link's, as you have read it; refused where somebody changed it since.
    revision: Revision = None


class FillTaskLink(OnTask):
    """An address for a link that a task needs."""

    #: The link's name.
    name: str = Field(title="Link", min_length=1)
    #: With http://, https:// or mailto:
    url: Annotated[FilledText, Field(title="Address", max_length=LONGEST_URL)]


class UpdateBundle(OnBundle):
    """What a run is called; its days are moved by ``bundle reanchor``."""

    #: What the run is called, on every page that names it.
    title: Annotated[FilledText, Field(max_length=LONGEST_TITLE, json_schema_extra={"clearable": True})]


class SetStage(OnBundle):
    """The stage that a bundle moves to."""

    #: A word of your own, or one of the template's.
    stage: Annotated[SpokenName, Field(max_length=LONGEST_STAGE)]


class Cancel(OnBundle):
    """Calling a run off."""

    #: Why; it is kept with the bundle and its tasks.
    reason: Annotated[str | None, Field(max_length=LONGEST_REASON, json_schema_extra=lines(2))] = None


class Reanchor(OnBundle):
    """The days that a run counts from."""

    #: The new day, as YYYY-MM-DD.
    anchor_date: Day
    #: The new days among the parameters that due dates count from, by name; an empty one is its default.
    parameters: dict[str, Any] = {}
    #: Only find out what would move, and change nothing.
    dry_run: bool = False


class AddTask(OnBundle, Besides):
    """One more task of a run: free, in a line, or another of the template."""

    #: The title, and in any order a day with its time, !high, #tag, @name.
    line: Annotated[str | None, Field(title="What is to be done?", max_length=LONGEST_LINE)] = None
    #: The key of the phase that it belongs to.
    phase: Annotated[str | None, Field(max_length=LONGEST_STAGE)] = None
    #: In place of a line: the name in the template of the task that there shall be another of.
    ref: Annotated[str | None, Field(title="Task of the template", max_length=200)] = None
    #: Of a task of the template: another title.
    title: Annotated[str | None, Field(max_length=500)] = None
    #: Of a task of the template: values that are others for this one, by name.
    parameters: dict[str, Any] = {}
    #: Only say what would be made, and make nothing.
    dry_run: bool = False
    #: The same key and the same request give the first task again.
    idempotency_key: Annotated[str | None, Field(max_length=200)] = None
