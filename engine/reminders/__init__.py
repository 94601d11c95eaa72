"""Reminders: what somebody is told of in time, and a ledger that says why (RMD-01 to RMD-10, D6).

One reminder, from the YAML to the inbox and back:

1. ``catalog.reminder_rules`` reads ``reminders:``; ``rules`` says what holds for one task: its own, its
   template's as the bundle pinned it, its type's, the workspace's, and what Workbench ships.
2. ``planner`` gives the moments that follow from the rules and the facts of a task, by the working time of
   ``rhythm``. It is pure, and the tick, the month ahead and the explanation all ask it, so that they cannot
   disagree.
3. A ``ReminderClock`` keeps for each open task when its next moment is, and up to when it was looked at
   (``models``). A tick reads by index the clocks that are over and the tasks that changed since the last one:
   never all tasks, and of each no more than reminders follow from (``glances``). A clock that stood still is
   caught up task by task.
4. ``tick`` writes a ``Reminder`` for each moment and person into the ledger, with its reason: *sent*, *late*
   where nothing ran in time, *coalesced* where another one says it, *suppressed* where it has become
   pointless, *planned* where it happened in quiet hours. Its key names subject, kind, step, base moment and
   person: no second one can be written, whoever ticks, and whoever was killed (RMD-05).
5. A reminder that was sent is an item of its person's inbox, until it is over, or they dismiss it or put
   it off (``service``). It is over once its task is closed, or what it tells is not so any more
   (``judging.why_over``): its decision is made, its answer is there, its date was moved.
6. ``explain`` reads the ledger and asks the planner: why it was, was not, or will be sent.
"""
