"""What would break whoever reads an export is named, by table and field, between any two exports (D7)."""

from __future__ import annotations

import copy as copying
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.errors import BadRequestError
from exports import contract, datapackage
from exports.forms import CSV
from exports.reading import FileFacts
from exports.records import tables
from tests.exports.conftest import Copy

Package = dict[str, Any]


@pytest.fixture(scope="module")
def package() -> Package:
    """What this release promises."""
    return datapackage.build("Ours", {table.name: FileFacts() for table in tables()})


def fields(package: Package, table: str) -> dict[str, Any]:
    return next(one["schema"] for one in package["resources"] if one["name"] == table)


def field(package: Package, table: str, name: str) -> dict[str, Any]:
    return next(one for one in fields(package, table)["fields"] if one["name"] == name)


def _drop(package: Package, table: str, name: str) -> None:
    schema = fields(package, table)
    schema["fields"] = [one for one in schema["fields"] if one["name"] != name]
    schema["foreignKeys"] = [one for one in schema.get("foreignKeys", []) if one["fields"] != name]


def _drop_table(package: Package, table: str) -> None:
    package["resources"] = [one for one in package["resources"] if one["name"] != table]


def _rename_table(package: Package) -> None:
    next(one for one in package["resources"] if one["name"] == "watches")["name"] = "followings"


BREAKING: list[tuple[Callable[[Package], object], list[str]]] = [
    (
        lambda new: _drop(new, "tasks", "due_date"),
        ["tasks.due_date is gone: there is no such field any more"],
    ),
    (
        lambda new: _drop(new, "tasks", "completed_by"),
        ["tasks.completed_by is gone: there is no such field any more"],
    ),
    (
        lambda new: field(new, "tasks", "due_date").update(name="due_day"),
        ["tasks.due_date is gone; tasks.due_day looks like its new name"],
    ),
    (
        lambda new: field(new, "tasks", "due_date").update(type="string"),
        ["tasks.due_date has another type: date became string"],
    ),
    (
        lambda new: field(new, "tasks", "description").update(constraints={"required": True}),
        ["tasks.description is required now: what has no value for it does not fit any more"],
    ),
    (
        lambda new: field(new, "tasks", "title").update(constraints={}),
        ["tasks.title may be null now, which it never was"],
    ),
    (
        lambda new: field(new, "tasks", "status")["constraints"].pop("enum"),
        ["tasks.status is not one of certain words any more"],
    ),
    (
        lambda new: fields(new, "watches").update(primaryKey=["workspace_id", "watch_id"]),
        ["watches has another key: watch_id became workspace_id, watch_id"],
    ),
    (
        lambda new: fields(new, "tasks")["foreignKeys"].remove(
            next(one for one in fields(new, "tasks")["foreignKeys"] if one["fields"] == "bundle_id")
        ),
        ["tasks.bundle_id is not promised to lead to bundles any more"],
    ),
    (lambda new: _drop_table(new, "watches"), ["watches is gone: there is no such table any more"]),
    (_rename_table, ["watches is gone; followings looks like its new name"]),
]


@pytest.mark.parametrize(("change", "told"), BREAKING, ids=[told[0] for _, told in BREAKING])
def test_what_breaks_readers_is_named(package: Package, change: Callable[[Package], object], told: list[str]):
    new = copying.deepcopy(package)
    change(new)
    assert [str(one) for one in contract.breaking(contract.compare(package, new))] == told


def _new_field(new: Package) -> None:
    made = {
        "name": "mood",
        "type": "string",
        "description": "How it feels.",
        "constraints": {"required": True},
    }
    fields(new, "tasks")["fields"].insert(3, made)


NOTED: list[tuple[Callable[[Package], object], list[str]]] = [
    (lambda _: None, []),
    (_new_field, ["tasks.mood is a new field"]),
    (lambda new: fields(new, "tasks")["fields"].reverse(), []),
    (lambda new: field(new, "tasks", "title").update(description="Other words."), []),
    (
        lambda new: new["resources"].append({**copying.deepcopy(new["resources"][0]), "name": "moods"}),
        ["moods is a new table"],
    ),
    (
        lambda new: field(new, "tasks", "priority")["constraints"]["enum"].append("none"),
        ["tasks.priority may say none now"],
    ),
    (
        lambda new: field(new, "tasks", "priority")["constraints"]["enum"].remove("low"),
        ["tasks.priority never says low any more"],
    ),
]


@pytest.mark.parametrize(("change", "told"), NOTED, ids=[" ".join(told) or "nothing" for _, told in NOTED])
def test_what_breaks_nobody_is_noted_at_most(
    package: Package, change: Callable[[Package], object], told: list[str]
):
    new = copying.deepcopy(package)
    change(new)
    changes = contract.compare(package, new)
    assert ([str(one) for one in changes], contract.breaking(changes)) == (told, [])


@pytest.mark.wide  # leaves out one field after the other
def test_every_field_and_every_table_is_missed_where_it_goes(package: Package):
    for table in tables():
        gone = copying.deepcopy(package)
        _drop_table(gone, table.name)
        assert table.name in {one.name for one in contract.breaking(contract.compare(package, gone))}
        for name in table.field_names:
            gone = copying.deepcopy(package)
            _drop(gone, table.name, name)
            found = {one.name for one in contract.breaking(contract.compare(package, gone))}
            assert f"{table.name}.{name}" in found


@pytest.mark.parametrize("text", ["[]", "{}", '{"resources": [{}]}', '{"resources": [1]}', "not JSON"])
def test_a_file_that_is_no_data_package_is_refused_in_words(copy: Copy, text: str):
    copy.path("datapackage.json").write_text(text)
    with pytest.raises(BadRequestError, match=r"datapackage\.json is (no data package|not in the form)"):
        contract.read_package(copy.folder)


def test_a_folder_without_a_data_package_is_no_export(tmp_path: Path):
    with pytest.raises(BadRequestError, match=r"has no datapackage\.json\. Name the folder of an export"):
        contract.read_package(tmp_path)


def test_the_command_ends_with_1_where_readers_would_break(lived_export: Path, copy: Copy, cli: Any):
    same = cli("export", "compare", str(lived_export), str(copy.folder))
    assert (same.code, same.out) == (0, f"Readers of {lived_export} can read {copy.folder}.\n")
    described = json.loads(copy.path("datapackage.json").read_text())
    _drop(described, "tasks", "due_date")
    copy.path("datapackage.json").write_text(json.dumps(described))
    other = cli("export", "compare", str(lived_export), str(copy.folder))
    assert other.code == 1
    assert other.out == (
        "Breaks: tasks.due_date is gone: there is no such field any more.\n"
        f"Readers of {lived_export} cannot rely on {copy.folder}.\n"
    )
    back = cli("export", "compare", str(copy.folder), str(lived_export), "--json")
    assert (back.code, back.json["compatible"]) == (0, True)
    assert back.json["changes"] == [{"name": "tasks.due_date", "message": "is a new field", "breaks": False}]


def test_a_form_whose_readers_take_an_empty_text_for_none_breaks_no_promise(package: Package):
    """Of CSV, a text is not said to be required; anything else that may be null now is still named."""
    tables_as_csv = datapackage.build("Ours", {table.name: FileFacts() for table in tables()}, CSV)
    assert "constraints" not in field(tables_as_csv, "tasks", "title")
    assert contract.compare(package, tables_as_csv) == contract.compare(tables_as_csv, package) == []
    del field(tables_as_csv, "tasks", "revision")["constraints"]
    assert [str(one) for one in contract.compare(package, tables_as_csv)] == [
        "tasks.revision may be null now, which it never was"
    ]
