"""``serve``: who listens (``listening``), who answers (``worker``, ``http``), who watches (``supervisor``).

The process that is started makes everything ready once, then forks one worker per core, which all accept from
its one socket; with ``--processes 1`` it is itself the worker.
"""
