"""Checking and comparing the content of a thousand templates, beside parsing the same YAML."""

from __future__ import annotations

import gc
import shutil
import subprocess
from pathlib import Path

import yaml

from benchmarks import measure
from benchmarks.measure import Figure
from engine.catalog import catalog
from engine.catalog.diff import report
from engine.catalog.diff.contents import diff
from engine.catalog.diff.sides import sides
from engine.catalog.loader import FileCache

_TOPIC = "Content"
_ROOT = Path(__file__).parents[1]
#: How many of the templates a pull request changes.
_CHANGED = 50
_TEMPLATES = Path("content/task_templates")
#: The shipped template that all are copies of, by another key.
_COPIED = "blog_post"
_SERVICE_ITEM = "svc_blog_post"
_BEFORE, _AFTER = "planned_minutes: ", "planned_minutes: 1"


def repository(place: Path, templates: int, changed: int) -> Path:
    """Make a repository with so many templates, of which the last commit changed some; return its folder."""
    folder = place / "content-of-many"
    shutil.copytree(_ROOT / "content", folder / "content")
    text = (folder / _TEMPLATES / f"{_COPIED}.yaml").read_text()
    files = [folder / _TEMPLATES / f"copy_{number}.yaml" for number in range(templates)]
    for number, file in enumerate(files):
        own = text.replace(f"key: {_COPIED}", f"key: {file.stem}")
        own = own.replace(_SERVICE_ITEM, f"svc_{number}")
        file.write_text(own)
    _git(folder, "init", "-q", "-b", "main")
    _commit(folder)
    for file in files[:changed]:
        file.write_text(file.read_text().replace(_BEFORE, _AFTER))
    _commit(folder)
    return folder


def figures(place: Path, templates: int, rounds: int) -> list[Figure]:
    """Compare, in turns, with what libyaml takes to read the same text into plain data."""
    changed = min(_CHANGED, templates)
    folder = repository(place, templates, changed)
    everything = [path.read_text() for path in sorted((folder / "content").rglob("*.yaml"))]
    paths = [f"{_TEMPLATES}/copy_{number}.yaml" for number in range(changed)]
    of_changed = [_git(folder, "show", f"{side}:{path}") for side in ("HEAD~1", "HEAD") for path in paths]
    gc.freeze()  # the texts are nobody's to collect, and a command collects rarely
    found = measure.interleave(
        {
            "diff": lambda: _diff(folder, changed),
            "changed": lambda: _parse(of_changed),
            "check": lambda: _check(folder),
            "everything": lambda: _parse(everything),
        },
        rounds=rounds,
    )
    gc.unfreeze()
    return [
        _figure(
            f"diff of {changed} changed of {templates:,} templates : parsing both versions of these",
            found["diff"],
            found["changed"],
            2,
        ),
        _figure(f"check {templates:,} templates : parsing them", found["check"], found["everything"], 3),
    ]


def _figure(what: str, ours: measure.Samples, theirs: measure.Samples, target: float) -> Figure:
    return measure.at_most(_TOPIC, what, measure.ratio(ours, theirs), target, measure.pair(ours, theirs))


def _diff(folder: Path, changed: int) -> None:
    found = diff(*sides(folder, "HEAD~1..HEAD"), cache=FileCache())
    report.as_text(found)
    if len(found.templates) != changed:
        raise SystemExit(f"{len(found.templates)} templates are told to have changed, and {changed} did.")


def _check(folder: Path) -> None:
    catalog._CACHE = FileCache()
    faults = [found for found in catalog.check(folder) if found.is_error]
    catalog._CACHE = FileCache()  # a command begins with nothing that the garbage collector has to look at
    if faults:
        raise SystemExit(f"The content of the benchmark is not right: {faults[0]}")


def _parse(texts: list[str]) -> None:
    for text in texts:
        yaml.load(text, Loader=yaml.CSafeLoader)


def _commit(folder: Path) -> None:
    _git(folder, "add", "-A")
    _git(folder, "-c", "user.name=Ana", "-c", "user.email=ana@example.com", "commit", "-q", "-m", "change")


def _git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True).stdout
