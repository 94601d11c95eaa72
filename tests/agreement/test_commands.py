"""The registry of commands agrees with the board, the command line and itself."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import click
import pytest
from flask import Flask

from engine import commands
from engine.access import Permission
from engine.asked import fields_of
from engine.command import AnyCommand
from engine.inputs import Input
from tests.swept import swept
from web import create_app
from web.api.routes import ROUTES
from web.cli import groups, spelling, workbench
from web.views import tasks

ROOT = Path(__file__).resolve().parents[2]
ALL = list(commands.COMMANDS.values())

#: What definitions.md section 6 names and what is built of it.
DEFINED = """
content check, content show, bundle create, bundle show, bundle list, bundle link, bundle stage,
bundle reanchor, bundle complete, bundle cancel, task create, task list, task show, task start, task complete,
task resume, task block, task defer, task note, task claim, task assign, task step, task wait, task skip,
task cancel, task proof, reference load, user add, export check, restore, audit verify, serve, upgrade, doctor
"""
#: Addresses that take a form and execute no command, with the reason.
NO_COMMAND = {
    "accounts.check_password": "signing in: nobody acts yet",
    "accounts.redeem": "signing in with a link: nobody acts yet",
    "invitations.accept": "accepting an invitation: nobody acts yet",
    "accounts.sign_out": "signing out works for strangers too; the session of the browser ends with it",
    "second_factor.give_code": "signing in: nobody acts yet",
    "second_factor.give_passkey": "signing in: nobody acts yet",
    "second_factor.begin_app": "what is set up is shown in one's own browser, and proved there",
    "second_factor.begin_passkey": "what is set up is shown in one's own browser, and proved there",
    "second_factor.confirm": "what is set up is shown in one's own browser, and proved there",
    "second_factor.rename": "what is one's own to sign in with is looked after where one signs in",
    "second_factor.remove": "what is one's own to sign in with is looked after where one signs in",
    "second_factor.make_codes": "recovery codes are shown to nobody but their owner's browser",
    "message_settings.stop": "stopping e-mails from one: nobody signs in for that",
    "hooks.content": "a forge says that content was pushed: nobody signs in for that",
    "tasks.called": "shows whom a note would call; it is sent only because it may be long",
    "task_making.preview": "shows what a line says; it is sent only because it may be long",
    "bundle_tasks.preview": "shows what would be added; it is sent only because it may be long",
    "start.preview": "shows what would be made; it is sent only because it may be long",
    "preview.show": "shows how Markdown will be read; it is sent only because it may be long",
    "yaml_editing.check": "says what is wrong with a text; it is sent only because it may be long",
    "yaml_editing.preview_typed": "shows what a text would make; it is sent only because it may be long",
    "start.whole_form": "shows the form again; it is sent only because it may be long",
}


@swept("command", ALL)
def test_a_command_says_who_may_what_it_asks_for_and_what_it_does(command: AnyCommand):
    assert re.fullmatch(r"[a-z]+ [a-z-]+", command.name)
    assert command.help[0].isupper()
    assert command.help.endswith(".")
    assert isinstance(command.permission, Permission)
    assert issubclass(command.input, Input)
    assert callable(command.message)


@swept("command", ALL)
def test_every_field_of_a_command_has_a_label_and_help(command: AnyCommand):
    for field in fields_of(command.input).values():
        assert field.label, field.name
        assert field.help, f"{command.name}: write a #: comment above {field.name}"


def tree(group: click.Group, path: str = "") -> dict[str, click.Command]:
    found: dict[str, click.Command] = {}
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        here = f"{path} {name}".strip()
        found |= tree(command, here) if isinstance(command, click.Group) else {here: command}
    return found


def test_the_command_line_offers_every_command_but_those_that_are_named():
    offered = tree(workbench)
    missing = {command.name for command in ALL} - set(offered)
    assert missing == set(spelling.BOARD_ONLY)
    for command in ALL:
        if command.name in offered:
            assert offered[command.name].help


def test_the_command_line_has_the_names_that_are_defined():
    defined = {" ".join(name.split()) for name in DEFINED.split(",")}
    assert defined <= set(tree(workbench))


@swept("name", groups.PLACES)
def test_every_first_word_is_made_where_the_command_line_looks_for_it(name: str):
    made = workbench.get_command(click.Context(workbench), name)
    assert made is not None
    assert groups.PLACES[name][1].rstrip(".").split(";")[0].split(",")[0] in (made.help or "")


def test_every_spelling_belongs_to_a_field_of_a_command():
    spelled = [*spelling.OPTIONS, *spelling.FLAGS, *spelling.AS_TYPED]
    spelled += [(name, field) for name, fields in spelling.ARGUMENTS.items() for field in fields]
    for name, field in spelled:
        assert field in fields_of(commands.get(name).input), (name, field)


@pytest.fixture
def app(workbench) -> Flask:
    return create_app(workbench, secret_key="only for tests")


def test_every_address_that_takes_a_form_executes_a_command(app: Flask):
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    without = {
        endpoint
        for endpoint in endpoints
        if not re.search(r"sent\.(do|execute)\(", inspect.getsource(app.view_functions[endpoint]))
    }
    assert without - {f"api.{route.name}" for route in ROUTES} == set(NO_COMMAND)


def test_no_view_and_no_option_writes_but_through_a_command():
    """A one-time link is used up by following it, which is an address of its own and no command.

    A second factor is set up, proved and removed in the browser of whoever signs in with it.
    Nor is coming back from an OpenID provider: nobody is signed in yet.

    Nobody asks for what a worker puts and does: it is due.
    """
    writers = {
        file.relative_to(ROOT).as_posix()
        for folder in ("web/views", "web/pages", "web/cli")
        for file in (ROOT / folder).rglob("*.py")
        if re.search(r"\.(transaction|writing)\(", file.read_text(encoding="utf-8"))
    }
    views = {"accounts", "invitations", "message_settings", "openid", "second_factor"}
    assert writers == {*(f"web/views/{name}.py" for name in views), "web/cli/server.py"}


def test_the_addresses_of_a_task_name_commands(app: Flask):
    for name in tasks.ADDRESSES.values():
        assert "task_id" in commands.get(name).input.model_fields


def test_the_templates_ask_for_what_commands_have():
    asked = [
        (file.name, name, field)
        for file in (ROOT / "web" / "templates").rglob("*.html")
        for name, field in re.findall(r'ask\(\w+, "([a-z -]+)", "(\w+)"', file.read_text(encoding="utf-8"))
    ]
    assert len(asked) > 10
    for file_name, name, field in asked:
        assert field in commands.get(name).input.model_fields, (file_name, name, field)
