"""The one list of record types: what the store keeps, the export writes and MODEL.md describes."""

from __future__ import annotations

import types
import typing
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any

from engine.accounts.models import Identity, Session, SignInLink, User, Workspace
from engine.artifacts.models import Artifact, ArtifactLink
from engine.audit.models import Event
from engine.bundles.models import Bundle, BundleLink, PinnedTaskType, PinnedTemplate
from engine.deliverables.models import Approval, Deliverable, DeliverableComment
from engine.executions.models import Execution, ExecutionProgress
from engine.feeds.models import Feed
from engine.idempotency import IdempotencyKey, KeptAnswer
from engine.notifications.models import MessageSettings, Notification
from engine.proposals.models import Proposal, ProposedFile
from engine.qa.models import QaReview
from engine.record import Record
from engine.reference.models import Absence, Campaign, CampaignAttachment, Employee, Partner
from engine.reminders.models import Reminder, ReminderClock, ReminderCursor
from engine.schedules.models import Schedule, ScheduledStart
from engine.second_factor.models import FactorSetup, RecoveryCode, SecondFactor, SignInStep
from engine.secrets.models import Secret
from engine.store import ColumnType, TableSpec
from engine.tasks.models import Note, Proof, Step, Task
from engine.tokens.models import ApiToken
from engine.watching.models import Watch
from engine.webhooks.models import Webhook, WebhookDelivery, WebhookProgress
from engine.worklogs.models import WorkLog

#: In an order in which every record stands after what it points at, as far as that is possible.
RECORD_TYPES: tuple[type[Record], ...] = (
    Workspace,
    Employee,
    Absence,
    Partner,
    User,
    Campaign,
    CampaignAttachment,
    PinnedTaskType,
    PinnedTemplate,
    Bundle,
    Task,
    BundleLink,
    Step,
    Note,
    Artifact,
    Proof,
    Deliverable,
    Approval,
    DeliverableComment,
    QaReview,
    Execution,
    ExecutionProgress,
    ArtifactLink,
    Watch,
    Schedule,
    ScheduledStart,
    Reminder,
    ReminderClock,
    ReminderCursor,
    WorkLog,
    Proposal,
    ProposedFile,
    MessageSettings,
    Notification,
    Event,
    Session,
    Identity,
    SignInLink,
    SecondFactor,
    RecoveryCode,
    SignInStep,
    FactorSetup,
    Feed,
    ApiToken,
    Secret,
    Webhook,
    WebhookProgress,
    WebhookDelivery,
    IdempotencyKey,
    KeptAnswer,
)

#: Records of the specification that no release has built yet; the manifest names them (EXP-04).
NOT_IMPLEMENTED: tuple[str, ...] = (
    "plan_items",
    "inbound_messages",
    "webhooks",
    "sync_messages",
    "documents",
    "blocks",
    "extraction_schemas",
    "runs",
    "block_overlays",
)


@cache
def table_specs() -> tuple[TableSpec, ...]:
    """Return how the store keeps each record type, derived from the classes."""
    return tuple(_table_spec(record_type) for record_type in RECORD_TYPES)


def _table_spec(record_type: type[Record]) -> TableSpec:
    spec = record_type.spec
    columns = {name: _column_type(record_type, name) for name in (*spec.key, *spec.promoted)}
    return TableSpec(
        name=spec.table,
        key=spec.key,
        columns=columns,
        indexes=spec.indexes,
        unique=spec.unique,
        append_only=spec.append_only,
        tallied=spec.tallied,
        listed=spec.listed,
    )


def _column_type(record_type: type[Record], name: str) -> ColumnType:
    """Return the column type of a field, or of a property by its return annotation."""
    if name in record_type.model_fields:
        annotation: Any = record_type.model_fields[name].annotation
    else:
        getter = getattr(record_type, name).fget
        annotation = typing.get_type_hints(getter)["return"]
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        annotation = next(item for item in typing.get_args(annotation) if item is not type(None))
    if typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    if annotation is bool:
        return "boolean"
    if annotation is int:
        return "integer"
    if annotation is float:
        return "real"
    if isinstance(annotation, type) and issubclass(annotation, (str, date, datetime, Enum)):
        return "text"
    raise TypeError(f"{record_type.__name__}.{name} cannot be promoted to a column: {annotation!r}")
