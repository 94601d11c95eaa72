"""The first words of the command line, and where each is made; only what is asked for is imported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from importlib import import_module
from typing import Any, TypeAlias

import click

from web.cli import examples
from web.cli.refusals import Naming

#: Verb -> what makes its command.
Makers: TypeAlias = Mapping[str, Callable[[], click.Command]]

#: First word -> the module whose ``commands()`` makes it, and its line on the help page.
PLACES: dict[str, tuple[str, str]] = {
    "act": ("people", "What you have just done: undo."),
    "audit": ("audit", "The hash-chained record of everything that happened."),
    "backup": ("transfer", "Write the database and the uploaded files into the new FILE, while people work."),
    "bundle": ("bundles", "Runs of a template: start, list, links, stage, dates, closing."),
    "campaign": ("people", "What is done for a partner over a time: add, change, material."),
    "content": ("content", "Templates, task types, process docs and calendars."),
    "deliverable": ("people", "What is handed over, version by version."),
    "doctor": ("server", "Examine database, records, content, Git, blobs, clock and disk."),
    "employee": ("people", "Who does the work: add, change, deactivate, hand over, who is away."),
    "execution": ("executions", "Attempts at automated tasks: list, cancel, try again, say how one ended."),
    "export": ("transfer", "Write the workspace to a new folder; check, load, compare exports."),
    "feed": ("feeds", "What calendar programs read: list, make, revoke."),
    "inbox": ("people", "What is new to you."),
    "init": ("init", "Make a workspace in DIR: starter content in Git, settings and a store."),
    "job": ("worker", "What was done by itself: list, cancel, try again, say how one ended."),
    "mcp": ("agents", "Give an agent its tools, by the Model Context Protocol."),
    "message": ("messages", "E-mails and chat messages: what you get, whether they work, hold all back."),
    "partner": ("people", "For whom work is done: add, change, deactivate."),
    "proposal": ("proposals", "Changes of templates: list, show, offer, withdraw, revert, as a patch."),
    "qa": ("qa", "Completed tasks that are looked at again: list, flag, score."),
    "queue": ("queue", "What programs run, what waits and why: show, pause, limit, move up, drain."),
    "recipe": ("recipes", "What is started by filling in a form: list, start."),
    "reference": ("people", "Employees, partners, campaigns and their attachments."),
    "reminders": ("reminders", "Of what people are reminded: explain, list, dismiss, put off."),
    "reindex": ("server", "Make the index of words anew, from the records and the files."),
    "report": ("reports", "What was said, decided and scored, over many tasks."),
    "restore": (
        "transfer",
        "Bring a backup, FILE, back to where no store is, or an export, DIR, into a store without records.",
    ),
    "schedule": ("schedules", "What begins by itself: list, switch on, pause, single days."),
    "scheduler": ("worker", "Put what is due and look for what people are to be told, and do nothing of it."),
    "secrets": ("secrets", "Passwords and addresses that the product needs, sealed: set, list, remove."),
    "serve": ("server", "Run the board; prints its address, and in a terminal a sign-in link."),
    "session": ("people", "Where people are signed in: list, end."),
    "task": ("tasks", "Tasks: make, list, work."),
    "token": ("tokens", "What programs act with for people and agents: list, make, rotate, revoke."),
    "upgrade": ("server", "Bring an older store to this version."),
    "user": ("people", "People who sign in."),
    "webhook": (
        "webhooks",
        "Where what happens is sent: list, make, try out, pause, messages and sending them again.",
    ),
    "worker": (
        "worker",
        "Do what is put, and put what is due: start bundles, remind, send messages, export.",
    ),
    "worklog": ("worklogs", "What a client may read about a week of a campaign."),
}


class Groups(click.Group):
    """The whole command line: a group whose commands are made when one of them is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own signature
        """List the first words."""
        return sorted(PLACES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Make the command that a first word names; None where there is none."""
        if cmd_name not in self.commands and cmd_name in PLACES:
            for made in import_module(f"web.cli.{PLACES[cmd_name][0]}").commands():
                self.add_command(_with_examples(made))
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the first words with their lines, without making any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, PLACES[name][1]) for name in self.list_commands(ctx)])


def _with_examples(made: click.Command) -> click.Command:
    """Give a command, or a group with all of its own, the examples of their help (N9)."""
    made.epilog = examples.help_of(str(made.name))
    for verb, command in made.commands.items() if isinstance(made, click.Group) else ():
        command.epilog = examples.help_of(f"{made.name} {verb}")
    return made


class Registered(click.Group):
    """A group with commands of its own beside those of the registry, each made when it is asked for."""

    command_class = Naming

    def __init__(self, *words: Any, registered: Callable[[], Makers], **named: Any) -> None:
        """Take what gives the registry's commands; it is called when none of the own is meant."""
        super().__init__(*words, **named)
        self._registered = registered

    @cached_property
    def _makers(self) -> Makers:
        return self._registered()

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the verbs."""
        return sorted({*super().list_commands(ctx), *self._makers})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Find or make the command of a verb; None where there is none."""
        if cmd_name not in self.commands and cmd_name in self._makers:
            made = self._makers[cmd_name]()
            made.epilog = examples.help_of(f"{self.name} {cmd_name}")
            self.add_command(made)
        return super().get_command(ctx, cmd_name)
