"""CodeMirror is served as one file that is built from locked versions, its licences beside it."""

from __future__ import annotations

import json
from pathlib import Path

from web import assets

WEB = Path(assets.__file__).parent
LOCK = json.loads((WEB / "editor" / "package-lock.json").read_text())
BUILT = (WEB / "static" / "codemirror.min.js").read_text()


def locked() -> dict[str, str]:
    """Every package that is built in, with its version."""
    return {
        place.removeprefix("node_modules/"): facts["version"]
        for place, facts in LOCK["packages"].items()
        if place and not facts.get("dev")
    }


def test_the_built_file_says_what_it_was_built_from():
    said = BUILT.partition(" from ")[2].partition("; licences:")[0]
    assert dict(one.rsplit(" ", 1) for one in said.split(", ")) == locked()


def test_every_package_of_it_has_its_licence_beside_it():
    licences = (WEB / "static" / "codemirror.LICENSE.txt").read_text()
    named = {name for line in licences.splitlines() for name in line.split(", ")}
    assert locked().keys() <= named
    assert licences.count("Permission is hereby granted, free of charge") >= 1


def test_the_lock_says_no_address_to_download_from():
    assert not any("resolved" in facts for facts in LOCK["packages"].values())
    assert all(facts["integrity"] for place, facts in LOCK["packages"].items() if place)


def test_the_editor_stays_smaller_than_a_picture():
    """It is loaded on the page of the editor alone; a browser keeps it."""
    assert len(BUILT) < 450_000
