"""The three real workflows as tables: what their templates must contain, figure by figure.

``test_real_workflows.py`` compares the shipped templates with these tables and ``check_data.py``
compares the tables with the data file they were taken from, so neither can drift unseen.
Refs, phases and stages are written in our grammar (``after-event`` there is ``after_event`` here).
"""

from __future__ import annotations

from typing import NamedTuple

#: Proof kinds of a task, each with whether it is required.
Proof = tuple[tuple[str, bool], ...]

URL: Proof = (("url", True),)
FILE: Proof = (("file", True),)
URL_AND_FILE: Proof = (("url", True), ("file", True))
COMMENT: Proof = (("comment", True),)
COMMENT_OPTIONAL: Proof = (("comment", False),)
STATUS: Proof = (("external_status", True),)

#: The reasons a task may be skipped for, each with the links that waives (``ALL_LINKS``: all of them).
Skip = tuple[tuple[str, tuple[str, ...]], ...]

ALL_LINKS = ("*",)
NOT_SPONSORED: Skip = (("not sponsored this week", ()),)
NO_SOCIAL_STATS: Skip = (
    ("not sponsored this week", ("LinkedIn", "X")),
    ("no social stats available", ("LinkedIn", "X")),
)
NOT_SPONSORED_AT_ALL: Skip = (("not sponsored this week", ALL_LINKS),)
SAME_SPREADSHEET: Skip = (("fixed monthly spreadsheet reused", ("Monthly report/spreadsheet",)),)


class ExpectedTask(NamedTuple):
    """One task definition; ``role`` is the effective assignee role, the template's default included."""

    ref: str
    offset_days: int
    phase: str
    proof: Proof
    fills_link: str | None = None
    role: str = "operator"
    milestone: bool = False
    stage_on_complete: str | None = None
    #: Days until the follow-up that moving the task to waiting offers; None where no waiting is defined.
    follow_up_days: int | None = None
    skip: Skip = ()


class ExpectedWorkflow(NamedTuple):
    """One template: phases in order as (key, stage), names of its links, and its tasks in order."""

    key: str
    phases: tuple[tuple[str, str], ...]
    links: tuple[str, ...]
    #: How it starts: mode, cron line, days between start and anchor date.
    trigger: tuple[str, str | None, int | None]
    tasks: tuple[ExpectedTask, ...]


NEWSLETTER = ExpectedWorkflow(
    key="newsletter",
    phases=(
        ("sponsor_intake", "preparation"),
        ("draft_assembly", "preparation"),
        ("send_prep", "preparation"),
        ("publication", "announced"),
        ("promotion", "after_event"),
        ("performance", "after_event"),
    ),
    links=(
        "Sponsorship document",
        "Mailchimp newsletter",
        "LinkedIn",
        "X",
    ),
    trigger=("schedule", "0 9 * * 1", 14),
    tasks=(
        ExpectedTask(
            "create_sponsorship_document",
            -14,
            "sponsor_intake",
            URL,
            fills_link="Sponsorship document",
            skip=NOT_SPONSORED,
        ),
        ExpectedTask(
            "email_sponsor",
            -14,
            "sponsor_intake",
            COMMENT,
            milestone=True,
            follow_up_days=2,
            skip=NOT_SPONSORED,
        ),
        ExpectedTask(
            "create_mailchimp_campaign", -13, "draft_assembly", URL, fills_link="Mailchimp newsletter"
        ),
        ExpectedTask(
            "fill_sponsored_block", -12, "draft_assembly", STATUS, follow_up_days=2, skip=NOT_SPONSORED
        ),
        ExpectedTask(
            "fill_book_of_the_week_block",
            -11,
            "draft_assembly",
            COMMENT,
            role="producer",
            skip=(("no book this week", ()),),
        ),
        ExpectedTask(
            "fill_event_block",
            -10,
            "draft_assembly",
            COMMENT,
            role="producer",
            skip=(("no event block this week", ()),),
        ),
        ExpectedTask(
            "fill_podcast_block",
            -9,
            "draft_assembly",
            COMMENT,
            role="producer",
            skip=(("no podcast this week", ()),),
        ),
        ExpectedTask(
            "fill_article_block",
            -8,
            "draft_assembly",
            COMMENT,
            role="producer",
            skip=(("no article block this week", ()),),
        ),
        ExpectedTask("schedule_email_newsletter", -1, "send_prep", STATUS, stage_on_complete="announced"),
        ExpectedTask("create_invoice", 0, "publication", FILE, skip=NOT_SPONSORED),
        ExpectedTask(
            "send_email_sponsor_publication_live",
            1,
            "publication",
            COMMENT,
            follow_up_days=1,
            skip=NOT_SPONSORED,
        ),
        ExpectedTask(
            "schedule_sponsorship_linkedin", 2, "promotion", URL, fills_link="LinkedIn", skip=NOT_SPONSORED
        ),
        ExpectedTask("schedule_sponsorship_twitter", 3, "promotion", URL, fills_link="X", skip=NOT_SPONSORED),
        ExpectedTask(
            "add_newsletter_performance", 7, "performance", STATUS, milestone=True, skip=NO_SOCIAL_STATS
        ),
        ExpectedTask(
            "send_performance_to_sponsor",
            7,
            "performance",
            COMMENT,
            milestone=True,
            stage_on_complete="done",
            follow_up_days=1,
            skip=NOT_SPONSORED_AT_ALL,
        ),
    ),
)

PODCAST_EPISODE = ExpectedWorkflow(
    key="podcast_episode",
    phases=(
        ("guest_intake", "preparation"),
        ("prep_document", "preparation"),
        ("event_setup", "preparation"),
        ("pre_event_reminders", "announced"),
        ("live_stream", "announced"),
        ("post_production", "after_event"),
        ("publication", "after_event"),
        ("follow_up_archive", "after_event"),
    ),
    links=(
        "Guest email",
        "Podcast document",
        "Luma",
        "Meetup",
        "YouTube stream/video",
        "Transcription",
        "Spotify for Podcasters",
        "Public Spotify episode",
        "Apple Podcasts episode",
        "DTC webpage podcast link",
        "Dropbox recording folder",
        "Podcast banner or cover",
    ),
    trigger=("manual", None, None),
    tasks=(
        ExpectedTask(
            "obtain_speaker_email", -28, "guest_intake", URL, fills_link="Guest email", follow_up_days=2
        ),
        ExpectedTask("create_proposed_calendar_invite", -27, "guest_intake", COMMENT_OPTIONAL),
        ExpectedTask("agree_on_a_date", -26, "guest_intake", COMMENT_OPTIONAL, follow_up_days=2),
        ExpectedTask("create_podcast_document", -25, "prep_document", URL, fills_link="Podcast document"),
        ExpectedTask(
            "include_assistant_producer_ask_guest_bio",
            -24,
            "prep_document",
            COMMENT_OPTIONAL,
            follow_up_days=2,
        ),
        ExpectedTask("add_guest_as_editor", -23, "prep_document", COMMENT_OPTIONAL),
        ExpectedTask("share_podcast_document_slack", -22, "prep_document", COMMENT_OPTIONAL),
        ExpectedTask("create_calendar_invite", -21, "prep_document", COMMENT_OPTIONAL),
        ExpectedTask("add_guest_bio_to_document", -20, "prep_document", COMMENT_OPTIONAL, follow_up_days=2),
        ExpectedTask("fill_people_form_airtable", -19, "prep_document", COMMENT_OPTIONAL),
        ExpectedTask("create_banner_figma", -18, "prep_document", FILE),
        ExpectedTask("create_event_luma", -17, "event_setup", URL, fills_link="Luma", follow_up_days=2),
        ExpectedTask("create_event_meetup", -16, "event_setup", URL, fills_link="Meetup", follow_up_days=2),
        ExpectedTask("check_meetup_location", -16, "event_setup", COMMENT_OPTIONAL),
        ExpectedTask("create_event_calendar", -15, "event_setup", COMMENT_OPTIONAL),
        ExpectedTask("announce_event_slack", -14, "event_setup", COMMENT, stage_on_complete="announced"),
        ExpectedTask("fill_event_form_airtable", -13, "event_setup", COMMENT_OPTIONAL),
        ExpectedTask("add_event_to_webpage", -12, "event_setup", COMMENT_OPTIONAL),
        ExpectedTask("schedule_posts_linkedin_twitter", -11, "event_setup", COMMENT_OPTIONAL),
        ExpectedTask("remind_guest_7d", -7, "pre_event_reminders", COMMENT, milestone=True),
        ExpectedTask("remind_guest_1d", -1, "pre_event_reminders", COMMENT, milestone=True),
        ExpectedTask(
            "actual_stream",
            0,
            "live_stream",
            URL,
            fills_link="YouTube stream/video",
            milestone=True,
            stage_on_complete="after_event",
        ),
        ExpectedTask(
            "upload_recording_dropbox",
            1,
            "post_production",
            URL,
            fills_link="Dropbox recording folder",
            role="host",
        ),
        ExpectedTask("update_youtube_cover", 1, "post_production", URL, fills_link="Podcast banner or cover"),
        ExpectedTask("remove_beginning_recording", 1, "post_production", COMMENT_OPTIONAL),
        ExpectedTask("recheck_video_edit", 2, "post_production", STATUS),
        ExpectedTask(
            "create_transcript_document",
            2,
            "post_production",
            URL,
            fills_link="Transcription",
            follow_up_days=1,
        ),
        ExpectedTask("add_to_playlists", 2, "post_production", COMMENT_OPTIONAL),
        ExpectedTask("add_youtube_link_to_website", 3, "post_production", COMMENT_OPTIONAL),
        ExpectedTask("edit_video_description", 3, "post_production", COMMENT_OPTIONAL),
        ExpectedTask("include_timecodes", 3, "post_production", COMMENT_OPTIONAL),
        ExpectedTask("ask_guest_for_links", 1, "post_production", COMMENT_OPTIONAL, follow_up_days=1),
        ExpectedTask(
            "schedule_podcast_spotify",
            4,
            "publication",
            URL,
            fills_link="Spotify for Podcasters",
            follow_up_days=1,
        ),
        ExpectedTask("moving_podcast_audio_dropbox", 4, "publication", COMMENT_OPTIONAL),
        ExpectedTask(
            "add_podcast_episode_airtable", 4, "publication", URL, fills_link="Public Spotify episode"
        ),
        ExpectedTask("create_podcast_page", 5, "publication", URL, fills_link="DTC webpage podcast link"),
        ExpectedTask(
            "ask_guest_share_podcast_page", 5, "follow_up_archive", COMMENT_OPTIONAL, follow_up_days=1
        ),
        ExpectedTask("move_podcast_documents_archive", 5, "follow_up_archive", COMMENT_OPTIONAL),
        ExpectedTask("upload_luma_emails_mailchimp", 5, "follow_up_archive", COMMENT_OPTIONAL),
        ExpectedTask(
            "add_podcast_webpage_newsletter", 6, "follow_up_archive", COMMENT_OPTIONAL, role="producer"
        ),
        ExpectedTask("schedule_posts_overview_after_event", 6, "follow_up_archive", COMMENT_OPTIONAL),
        ExpectedTask(
            "schedule_posts_guest_recommendations",
            7,
            "follow_up_archive",
            COMMENT,
            milestone=True,
            stage_on_complete="done",
        ),
    ),
)

MONTHLY_TAX_REPORT = ExpectedWorkflow(
    key="monthly_tax_report",
    phases=(
        ("report_intake", "preparation"),
        ("reconciliation", "preparation"),
        ("statements", "preparation"),
        ("accountant_handoff", "after_event"),
        ("cleanup", "after_event"),
    ),
    links=(
        "Monthly report/spreadsheet",
        "Accountant upload/share link",
        "Accountant email thread",
    ),
    trigger=("schedule", "0 9 1 * *", 0),
    tasks=(
        ExpectedTask(
            "open_bookkeeping_report",
            0,
            "report_intake",
            URL,
            fills_link="Monthly report/spreadsheet",
            follow_up_days=1,
            skip=SAME_SPREADSHEET,
        ),
        ExpectedTask("review_update_todos", 1, "reconciliation", STATUS, follow_up_days=1),
        ExpectedTask("convert_currencies", 2, "reconciliation", COMMENT, follow_up_days=1),
        ExpectedTask("create_bank_statements_finom", 3, "statements", FILE, follow_up_days=1),
        ExpectedTask("create_bank_statements_revolut", 3, "statements", FILE, follow_up_days=1),
        ExpectedTask("cross_check_revolut_finom", 4, "reconciliation", STATUS, follow_up_days=1),
        ExpectedTask(
            "prepare_zip_send_accounting",
            5,
            "accountant_handoff",
            URL_AND_FILE,
            fills_link="Accountant upload/share link",
            follow_up_days=1,
        ),
        ExpectedTask(
            "notify_accountants",
            6,
            "accountant_handoff",
            URL,
            fills_link="Accountant email thread",
            follow_up_days=2,
        ),
        ExpectedTask(
            "organize_invoices_folders", 7, "cleanup", STATUS, stage_on_complete="done", follow_up_days=1
        ),
    ),
)

WORKFLOWS = (NEWSLETTER, PODCAST_EPISODE, MONTHLY_TAX_REPORT)
