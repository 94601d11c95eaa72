"""The engine: knows the work, and nothing of HTTP, HTML or the command line.

A template from Git (``catalog``) plus an anchor date becomes a bundle of dated tasks (``bundles``), which
people work (``tasks``) with proof and steps; what they hand over is judged version by version
(``deliverables``). ``app.py`` builds one running engine, ``entities.py`` lists the records. Two ways through
it, stop by stop:

One write: Ana presses "Complete" on a task's page.

- ``web/views/tasks.py``: ``act`` takes ``POST /tasks/<id>/complete``; its command is ``task complete``.
- ``web/sent.py``: reads the form into the command's input model; a field that cannot be right ends it here.
- ``commands.py``: the registry; ``execute`` asks for the permission and opens the transaction.
- ``tasks/commands.py``: what ``task complete`` takes, which permission, what it runs, what is said after it.
- ``tasks/lifecycle.py``: ``complete`` gets the task, if Ana may work it, and walks it by way of in progress.
- ``tasks/moves.py``: one move: is it in the table (``tasks/states.py``), are the guards met, those of
  ``tasks/guards.py`` and those that other areas add? Then it is saved, and ``record`` of ``transaction.py``
  appends its event and keeps its fact (``tasks/moved.py``).
- ``transaction.py``: ``settle`` hands each fact to the areas in the order of ``areas.py``, each
  which says in its ``wiring.py`` what it follows up. After a completion the versions meant for the partner
  are delivered and dependents released; the bundle's link is filled, its stage moves, dates that count from
  the task are set (``bundles/reactions.py``); and QA chooses it or not (``qa/selection.py``).
- ``transaction.py``: ``tell`` writes the records, then their events, numbered and chained
  (``audit/chain.py``), and raises the topics that these concern (``audit/topics.py``).
- ``store/document_store.py``: keeps a record as JSON beside its promoted columns. ``app.py`` commits all.

One read: the board that Ben has open asks again.

- ``web/views/board.py``: ``show`` opens a snapshot with ``reading``.
- ``web/live.py``: ``mark`` gives the last event that concerns the page; if Ben has seen that, 304 ends it.
- ``web/pages/task_filters.py``: the address becomes a search, and that a ``TaskFilter`` (``tasks/search``).
- ``web/pages/board.py``: asks for the lanes, and for what Ben may do with all their cards at once.
- ``tasks/queries/board.py``: the SQL: the first cards of each lane, of what Ben may see.
- ``web/rendering.py``: renders ``web/templates/board/show.html`` after the snapshot has ended; a template
  that asks the store is refused.
"""
