"""How much is read at most of what people and programs send: the one place that says these numbers.

Where one more would be, reading ends with a refusal in words, or with less than all and a word that says so;
nothing is ever read to its end to find out that it was too much. web/RUNBOOK.md shows the same table.
"""

from __future__ import annotations


class Budget(int):
    """The most of one thing; a plain number to whoever counts."""

    #: What is counted: ``bytes of an HTML or SVG file``.
    of: str
    #: What becomes of more.
    beyond: str

    def __new__(cls, most: int, of: str, beyond: str) -> Budget:
        """Say how many of what, and what becomes of more."""
        budget = super().__new__(cls, most)
        budget.of, budget.beyond = of, beyond
        return budget


_REFUSED = "refused"
_BROKEN = "the file is an error of the content check; its last good version stays in use"

# --- requests ------------------------------------------------------------------------------------

FIELDS_OF_A_FORM = Budget(1_000, "fields of a form, of JSON, or of an address", _REFUSED)
BYTES_OF_FIELDS = Budget(512 * 1024, "bytes of a form without its files", "413")
CHARACTERS_OF_AN_ADDRESS = Budget(2_000, "characters of a web address", _REFUSED)
DIGITS_OF_A_NUMBER = Budget(18, "digits of a number in an address or a filter", "no number")
LEVELS_OF_A_DOCUMENT = Budget(100, "levels of JSON", _REFUSED)
TASKS_AT_ONCE = Budget(100, "tasks that are changed at once", _REFUSED)
EVENTS_PASSED = Budget(10_000, "events that one question to the change feed looks at", "the next one goes on")
PLACES_TO_WAIT = Budget(64, "requests that wait for events in one process", "answered without waiting")
PLACES_OF_ONE = Budget(8, "of these, those of one user", "answered without waiting")

# --- webhooks ------------------------------------------------------------------------------------

BYTES_OF_A_WEBHOOK = Budget(
    64 * 1024, "bytes of a message of a webhook", "sent without words and changes, and `is_cut` says so"
)
SECONDS_OF_A_WEBHOOK = Budget(10, "seconds for a receiver to take a message and answer", "tried again later")
BYTES_OF_A_RECEIPT = Budget(16 * 1024, "bytes of a receiver's answer", "the rest is not read")
CHARACTERS_KEPT_OF_A_RECEIPT = Budget(1_000, "characters of a receiver's answer", "not kept")
MESSAGES_WAITING = Budget(500, "messages of one webhook that wait", "made once there is room")

# --- files ---------------------------------------------------------------------------------------

CHARACTERS_OF_A_FILE_NAME = Budget(255, "characters of a file's name", _REFUSED)
BYTES_OF_MARKUP = Budget(5 * 1024 * 1024, "bytes of an HTML or SVG file", _REFUSED)
ELEMENTS_OF_DOUBTFUL_MARKUP = Budget(1_000, "elements of an HTML file with a word that may be code", _REFUSED)
WORDS_OF_DOUBTFUL_MARKUP = Budget(
    20_000, "words in the markup of an HTML file with a word that may be code", _REFUSED
)
REFERENCES_OF_MARKUP = Budget(200_000, "ampersands in an HTML file", _REFUSED)
MARKS_OF_SVG = Budget(200_000, "signs “<” and “=” in an SVG file", _REFUSED)
BYTES_OF_A_ZIP_DIRECTORY = Budget(1_000_000, "bytes of a zip's list of its entries", "it is just a zip")
ENTRIES_OF_A_ZIP = Budget(20_000, "names of a zip that say what it is", "the rest is not looked at")
REDIRECTS_OF_A_COPY = Budget(5, "redirects of an address that is copied", "no copy is kept")

# --- searches ------------------------------------------------------------------------------------

CHARACTERS_OF_A_SEARCHED_TEXT = Budget(200_000, "characters of a text that is searched", "is not found")
BYTES_OF_A_SEARCHED_FILE = Budget(400_000, "bytes of a text file that is searched", "is not found")
BYTES_OF_A_SEARCHED_PDF = Budget(20 * 1024 * 1024, "bytes of a PDF that is searched", "is not found")
PAGES_OF_A_SEARCHED_PDF = Budget(200, "pages of a PDF that are searched", "is not found")
SECONDS_OF_A_PDFS_READER = Budget(
    4, "seconds of the processor's time to read a PDF for searches", "is not found"
)
BYTES_OF_A_PDFS_READER = Budget(
    512 * 1024 * 1024, "bytes of memory to read a PDF for searches", "is not found"
)

# --- what automated tasks are given and make -----------------------------------------------------

CHARACTERS_OF_AN_ANSWER_SCHEMA = Budget(20_000, "characters of `answer_schema`, written as JSON", _REFUSED)
OUTPUTS_OF_AN_ATTEMPT = Budget(20, "files that one attempt at an automated task makes", "the attempt fails")
ROWS_OF_A_REPORT = Budget(1_000, "rows that the settings of a report hold", _REFUSED)
CHARACTERS_OF_A_REPORT = Budget(1_000_000, "characters of a report's text", "the attempt fails")
SECONDS_OF_A_REPORT = Budget(
    60, "seconds, and of the processor's time, to make a report", "the attempt fails"
)
BYTES_OF_A_REPORTS_PROGRAM = Budget(
    1024 * 1024 * 1024, "bytes of memory to make a report", "the attempt fails"
)

# --- exports -------------------------------------------------------------------------------------

BYTES_OF_AN_EXPORTED_LINE = Budget(
    32 * 1024 * 1024, "bytes of a line of an export, and of its manifest", "a fault of that line"
)

# --- pages ---------------------------------------------------------------------------------------

PARTS_OF_MARKDOWN = Budget(
    2, "parts that Markdown may have for each of its characters, and 100", "shown as it was typed"
)
HTML_OF_MARKDOWN = Budget(
    5, "characters that each character of Markdown may become, and 1,000", "shown as it was typed"
)
STEPS_OF_A_COMPARISON = Budget(5_000_000, "steps of comparing two texts", "lines are marked as a whole")
BYTES_OF_A_SHOWN_FILE = Budget(400_000, "bytes of a file that is shown or compared", "a link to the file")
LINES_OF_A_SHOWN_FILE = Budget(4_000, "lines of a file that is shown or compared", "a link to the file")
BYTES_OF_EDITED_TEXT = Budget(
    150 * 1024, "bytes of a content file that is changed on the board", "it is changed in Git"
)
TASKS_ON_HARD_DAYS = Budget(
    300, "tasks of a draft whose dates are shown for days that are hard", "a word that says so"
)
PROBLEMS_SHOWN = Budget(100, "problems of the content on a page", "the rest is counted")

# --- content -------------------------------------------------------------------------------------

FILES_OF_CONTENT = Budget(5_000, "files of one revision of the content", "the last good one stays in use")
BYTES_OF_CONTENT_FILE = Budget(1_000_000, "bytes of a content file", _BROKEN)
VALUES_OF_CONTENT_FILE = Budget(20_000, "values of a content file, aliases counted in full", _BROKEN)
LEVELS_OF_CONTENT_FILE = Budget(60, "levels of a content file", _BROKEN)
ANCHORS_OF_CONTENT_FILE = Budget(100, "anchors of a content file", _BROKEN)
STEPS_OF_A_DOCUMENT = Budget(500, "steps of a process doc", _BROKEN)
STEPS_OF_A_SCHEMA = Budget(
    1_000_000, "steps of holding a value against a schema of the content", "it does not fit"
)
FAULTS_OF_CONTENT_FILE = Budget(
    50, "errors listed for a content file, and warnings", "“there are more problems”"
)
FAULTS_OF_CONTENT = Budget(
    1_000, "faults listed between the files of a revision", "“there are more problems”"
)
PARTNERS_OF_A_CHECK = Budget(
    500, "partners' overrides that campaigns' overrides are judged over, their partners unknown", "one fits"
)
VERSIONS_OF_CONTENT_FILE = Budget(
    200, "versions of a content file looked at for a good one", "none is in use"
)
VERSIONS_OF_CONTENT = Budget(
    5_000, "older versions looked at for all files that do not load", "none is in use of the rest"
)
COMMITS_OF_BLAME = Budget(
    50_000, "commits read back for the merges that brought what a bundle pins", "no merge is named"
)
SECONDS_OF_BLAME = Budget(
    3,
    "seconds to find out who set the values that a bundle pins",
    "“Git took too long to read the history of the file.”",
)
SECONDS_OF_A_FETCH = Budget(120, "seconds to fetch the content", "the fetch fails; the content stays")
BYTES_OF_A_FETCH = Budget(
    500 * 1024 * 1024, "bytes that a fetch of the content may add", "the fetch fails; the content stays"
)

BUNDLES_OF_A_PROPOSAL = Budget(
    2_000, "running bundles held against a proposal on its page", "“`workbench content impact` tells it”"
)


def everything() -> dict[str, Budget]:
    """Return every budget by its name, in their order."""
    return {name: value for name, value in globals().items() if isinstance(value, Budget)}
