"""Turns the bytes of one content file into a typed item, or into problems; quarantines what does not load."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from threading import Lock

from pydantic import ValidationError

from engine.budgets import BYTES_OF_CONTENT_FILE, FILES_OF_CONTENT, VERSIONS_OF_CONTENT
from engine.catalog.check_file import file_findings
from engine.catalog.findings import Finding, check_failed, first
from engine.catalog.layout import Place, editor_line, kind_of
from engine.catalog.parts import ContentModel
from engine.catalog.problems import Problem, ProblemCode, errors_of, problem
from engine.catalog.process_docs import read_process_doc
from engine.catalog.schemas import MODELS, fitting, show_path, violations
from engine.catalog.source import Blob, Revision, Source
from engine.catalog.yaml_reader import Path, YamlDocument, decode, read_yaml

#: All files of a revision, and of those that do not load an older version each.
_CACHE_SIZE = 2 * FILES_OF_CONTENT


@dataclass(frozen=True)
class LoadedFile:
    """One content file of a revision, as far as it could be understood."""

    path: str
    place: Place
    sha256: str
    document: YamlDocument
    #: None where the file has an error.
    item: ContentModel | None
    problems: tuple[Problem, ...]
    #: The commit this version was taken from, where it is not the revision's own.
    quarantine_commit: str | None = None
    #: The blob of that version.
    quarantine_blob: str | None = None


class FileCache:
    """Remembers loaded files by path and blob id; safe between threads."""

    def __init__(self) -> None:
        self._files: OrderedDict[tuple[str, str], LoadedFile] = OrderedDict()
        self._lock = Lock()

    def get(self, blob: Blob) -> LoadedFile | None:
        """Return the file if this very version was loaded before."""
        with self._lock:
            if (found := self._files.get((blob.path, blob.blob_id))) is not None:
                self._files.move_to_end((blob.path, blob.blob_id))
            return found

    def put(self, blob: Blob, loaded: LoadedFile) -> None:
        """Remember the file, forgetting the one unused longest where there are too many."""
        with self._lock:
            self._files[blob.path, blob.blob_id] = loaded
            while len(self._files) > _CACHE_SIZE:
                self._files.popitem(last=False)


def load_revision(source: Source, revision: Revision, cache: FileCache) -> dict[str, LoadedFile]:
    """Return every content file of the revision, broken ones replaced by their last good version.

    A replaced file keeps the problems of the version that does not load, so that somebody fixes it.
    """
    files = load_blobs(source, list(revision.files.values()), cache)
    broken = {p: file for p, file in files.items() if file.item is None and file.place.kind != "misplaced"}
    good = _last_good(source, revision, broken, cache) if broken else {}
    return {path: good.get(path, loaded) for path, loaded in sorted(files.items())}


def load_blobs(source: Source, blobs: list[Blob], cache: FileCache) -> dict[str, LoadedFile]:
    """Return the files by path; only those that are not known yet are read."""
    unknown = [blob for blob in blobs if cache.get(blob) is None]
    readable = [blob for blob in unknown if blob.is_regular and blob.size <= BYTES_OF_CONTENT_FILE]
    contents = source.read(readable)
    for blob in unknown:
        cache.put(blob, _load_blob(blob, contents.get(blob.blob_id)))
    return {blob.path: cache.get(blob) or _load_blob(blob, contents.get(blob.blob_id)) for blob in blobs}


def _load_blob(blob: Blob, raw: bytes | None) -> LoadedFile:
    if raw is not None and blob.is_regular:
        return load_file(blob.path, raw)
    if blob.is_regular:
        message = f"The file has {blob.size} bytes; {BYTES_OF_CONTENT_FILE} are allowed."
        found = problem(ProblemCode.FILE_TOO_LARGE, blob.path, message=message)
    else:
        message = "This is not a plain file (links are not followed); put the file itself here."
        found = problem(ProblemCode.UNREADABLE_FILE, blob.path, message=message)
    return _broken(blob.path, YamlDocument(blob.path, problems=[found]), b"")


def load_file(path: str, raw: bytes) -> LoadedFile:
    """Return the item in ``raw``, or what is wrong with it; never raises for bad content."""
    place = kind_of(path)
    if place is None or place.kind == "misplaced":
        hint = "Files end in .yaml and lie where content/README.md says."
        found = problem(ProblemCode.MISPLACED_FILE, path, message="No content is read from here.", hint=hint)
        return _broken(path, YamlDocument(path, problems=[found]), raw)
    try:
        document, item = (
            read_process_doc(raw, path) if place.kind == "process_doc" else _read_item(path, place, raw)
        )
    except Exception as error:  # one file must not take all others out of use
        document = YamlDocument(path)
        document.problems = [check_failed(error).placed_in(document)]
        return _broken(path, document, raw)
    if item is None:
        return _broken(path, document, raw)
    problems = [finding.placed_in(document) for finding in first(file_findings(place, item, document))]
    if place.kind != "process_doc":
        problems += _editor_line_problems(path, place, raw)
    usable = None if errors_of(problems) else item
    return LoadedFile(path, place, _sha256(raw), document, usable, tuple(problems))


def _read_item(path: str, place: Place, raw: bytes) -> tuple[YamlDocument, ContentModel | None]:
    """Return the document, with its problems, and the item where there are none."""
    document = read_yaml(raw, path)
    if document.problems:
        return document, None
    if (item := fitting(place.kind, document.data)) is not None:
        return document, item
    if findings := violations(place.kind, document.data):
        document.problems = [finding.placed_in(document) for finding in findings]
        return document, None
    try:
        return document, MODELS[place.kind].model_validate(document.data)
    except ValidationError as error:
        document.problems = [finding.placed_in(document) for finding in first(model_findings(error))]
    return document, None


def model_findings(error: ValidationError, shown: Callable[[Path], str] = show_path) -> list[Finding]:
    """List what pydantic finds wrong in data that fits its schema: the rules between fields.

    ``shown`` gives a path as the author of the data would say it.
    """
    findings = []
    for fault in error.errors(include_url=False):
        path: Path = tuple(step for step in fault["loc"] if step != "function-after")
        message = fault["msg"].removeprefix("Value error, ")
        code = ProblemCode.MISSING_FIELD if fault["type"] == "missing" else ProblemCode.INVALID_VALUE
        if fault["type"] == "missing":
            message = "it is missing"
        findings.append(Finding(code, path, f"{shown(path)}: {message}."))
    return findings


def _broken(path: str, document: YamlDocument, raw: bytes) -> LoadedFile:
    place = kind_of(path) or Place("misplaced", path)
    return LoadedFile(path, place, _sha256(raw), document, None, tuple(document.problems))


def _sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _editor_line_problems(path: str, place: Place, raw: bytes) -> list[Problem]:
    text = decode(raw, path)
    expected = editor_line(path, place.kind)
    if isinstance(text, Problem) or text.split("\n", 1)[0].rstrip() == expected:
        return []
    hint = f"Begin the file with `{expected}`, or run `workbench content check --fix`."
    message = "Editors cannot complete and check this file."
    return [problem(ProblemCode.MISSING_EDITOR_LINE, path, message=message, hint=hint)]


def _last_good(
    source: Source, revision: Revision, broken: Mapping[str, LoadedFile], cache: FileCache
) -> dict[str, LoadedFile]:
    """Return the newest first-parent version of each file that loads, with the problems of the broken one.

    One version of every file is looked at, then the next of those that do not load either, until so many
    were looked at in all: a commit that breaks thousands of files costs what their number costs (S21).
    """
    versions, found = source.versions(revision, broken.keys()), dict[str, LoadedFile]()
    left, place = int(VERSIONS_OF_CONTENT), 0
    while left > 0:
        named = [path for path in broken if path not in found and place < len(versions.get(path, ()))][:left]
        if not named:
            break
        older = load_blobs(source, [versions[path][place][1] for path in named], cache)
        for path, file in older.items():
            if file.item is not None:
                found[path] = in_use(file, broken[path], *versions[path][place])
        left, place = left - len(named), place + 1
    return found


def in_use(older: LoadedFile, broken: LoadedFile, commit: str, blob: Blob) -> LoadedFile:
    """Return an older version of a file, with the problems of the broken one and that it stays in use."""
    message = f"The version of commit {commit[:12]} stays in use until this file is fixed."
    notice = problem(ProblemCode.QUARANTINED, broken.path, message=message)
    return replace(
        older,
        problems=(*broken.problems, notice),
        quarantine_commit=commit,
        quarantine_blob=blob.blob_id,
    )
