"""What names a record: its id in any of its forms, or the record; generated."""

from typing import TypeAlias

from .. import models

AbsenceId: TypeAlias = str | int | models.Absence
ActId: TypeAlias = str | int
ApiTokenId: TypeAlias = str | int | models.ApiToken
ArtifactId: TypeAlias = str | int | models.Artifact | models.Output
AttachmentId: TypeAlias = str | int | models.CampaignAttachment
BundleId: TypeAlias = (
    str | int | models.Bundle | models.ListedBundle | models.Migrated | models.MigratedAllBundle
)
BundleLinkId: TypeAlias = str | int | models.BundleLink
CampaignId: TypeAlias = str | int | models.Campaign
DeliverableCommentId: TypeAlias = str | int | models.DeliverableComment
DeliverableId: TypeAlias = str | int | models.Deliverable
EmployeeId: TypeAlias = str | int | models.Employee
ExecutionId: TypeAlias = str | int | models.TrackExecution
ExportId: TypeAlias = str | int | models.AskedExport | models.Export
FeedId: TypeAlias = str | int | models.Feed
JobId: TypeAlias = str | int | models.Job | models.JobStatus
Key: TypeAlias = str | int
Name: TypeAlias = str | int
PartnerId: TypeAlias = str | int | models.Partner
ProposalId: TypeAlias = str | int | models.CaughtUp | models.Proposal
ProposedFileId: TypeAlias = str | int | models.ProposedFile
Recipe: TypeAlias = str | int
ReminderId: TypeAlias = str | int | models.Reminder | models.ReminderName
ScheduleId: TypeAlias = str | int | models.Schedule
ScheduledStartId: TypeAlias = str | int | models.ScheduledStart
SessionId: TypeAlias = str | int | models.Session
TaskApprovalId: TypeAlias = str | int | models.Approval | models.TaskApproval
TaskId: TypeAlias = (
    str
    | int
    | models.BulkTask
    | models.Guidance
    | models.GuidanceComesAfter
    | models.HandedOverTask
    | models.QueueQueue
    | models.ReanchoredChange
    | models.ReanchoredKept
    | models.Task
    | models.Ticket
    | models.Track
)
TaskNoteId: TypeAlias = str | int | models.Note
TaskProofId: TypeAlias = str | int | models.Proof
TaskQaReviewId: TypeAlias = str | int | models.QaReview
TaskStepId: TypeAlias = str | int | models.Step
UserId: TypeAlias = str | int | models.MessageSettings | models.User
WebhookDeliveryId: TypeAlias = str | int | models.WebhookDelivery
WebhookId: TypeAlias = str | int | models.Redelivered | models.Webhook
WorklogId: TypeAlias = str | int | models.WorkLog
