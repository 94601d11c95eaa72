"""The engine: knows the work, and nothing of HTTP, HTML or the command line.

A template from Git (``catalog``) plus an anchor date becomes a bundle of dated tasks
(``bundles``), which people work (``tasks``) with proof and steps; what they hand over is
judged version by version (``deliverables``). Every change is one transaction and one chained
event (``transaction``, ``audit``) in a store of documents on SQLite or PostgreSQL (``store``).

Read first: ``app.py`` (what one running engine is), ``transaction.py`` (the unit of work),
``tasks/commands.py`` (what is offered of a task, and who may), ``tasks/lifecycle.py`` (the verbs
behind it), ``entities.py`` (the one list of records).
"""
