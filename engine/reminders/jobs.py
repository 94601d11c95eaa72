"""The regular work that reminds (RMD-04)."""

from __future__ import annotations

from engine.access import Actor
from engine.command import Services
from engine.jobs.context import Context
from engine.jobs.port import Kind
from engine.jobs.regular import Regular
from engine.reminders.tick import tick

REMIND = Regular(
    name="remind",
    when="*/5 * * * *",
    purpose="reminds people of what is due, late or waits",
)


def reminding(services: Services, system: Actor) -> Kind:
    """Give the job that reminds; its end is written with the last of what it does."""

    def remind(context: Context) -> str:
        return tick(
            lambda: services.transaction(system),
            services.content(),
            goes_on=context.renew,
            finish=context.finish,
        )

    return Kind(name=REMIND.name, handle=remind)
