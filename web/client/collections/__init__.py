"""All collections; generated, see ``tests/agreement/client_code``."""

from ..sending import Sender
from .absences import Absences
from .acts import Acts
from .approvals import Approvals
from .artifacts import Artifacts
from .bundles import Bundles
from .campaigns import Campaigns
from .deliverables import Deliverables
from .employees import Employees
from .executions import Executions
from .exports import Exports
from .feeds import Feeds
from .guidance import Guidance
from .inbox import Inbox
from .jobs import Jobs
from .message_settings import MessageSettings
from .messages import Messages
from .partners import Partners
from .previews import Previews
from .proposals import Proposals
from .qa import Qa
from .queue import Queue
from .recipes import Recipes
from .reference import Reference
from .reminders import Reminders
from .reports import Reports
from .reviews import Reviews
from .schedules import Schedules
from .secrets import Secrets
from .sessions import Sessions
from .task_types import TaskTypes
from .tasks import Tasks
from .templates import Templates
from .tickets import Tickets
from .tokens import Tokens
from .users import Users
from .webhooks import Webhooks
from .worklogs import Worklogs


class Collections:
    """A collection for each kind of record."""

    def __init__(self, sender: Sender) -> None:
        self.absences = Absences(sender)
        self.acts = Acts(sender)
        self.approvals = Approvals(sender)
        self.artifacts = Artifacts(sender)
        self.bundles = Bundles(sender)
        self.campaigns = Campaigns(sender)
        self.deliverables = Deliverables(sender)
        self.employees = Employees(sender)
        self.executions = Executions(sender)
        self.exports = Exports(sender)
        self.feeds = Feeds(sender)
        self.guidance = Guidance(sender)
        self.inbox = Inbox(sender)
        self.jobs = Jobs(sender)
        self.message_settings = MessageSettings(sender)
        self.messages = Messages(sender)
        self.partners = Partners(sender)
        self.previews = Previews(sender)
        self.proposals = Proposals(sender)
        self.qa = Qa(sender)
        self.queue = Queue(sender)
        self.recipes = Recipes(sender)
        self.reference = Reference(sender)
        self.reminders = Reminders(sender)
        self.reports = Reports(sender)
        self.reviews = Reviews(sender)
        self.schedules = Schedules(sender)
        self.secrets = Secrets(sender)
        self.sessions = Sessions(sender)
        self.task_types = TaskTypes(sender)
        self.tasks = Tasks(sender)
        self.templates = Templates(sender)
        self.tickets = Tickets(sender)
        self.tokens = Tokens(sender)
        self.users = Users(sender)
        self.webhooks = Webhooks(sender)
        self.worklogs = Worklogs(sender)
