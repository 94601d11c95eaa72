"""Jobs: work that is done later, by whichever process is free, and what is known of it (decision 9).

*The ledger decides, an engine delivers.* The ledger (``claims``) is a table of the store: it says whose a job
is, until when, which attempt this is, and whether its effect on the outside was begun. An engine (``port``)
only carries the news that there is something to do; ``embedded`` does so by looking, in one process or in
many that share a store, ``distributed`` by Procrastinate, whose ``tickets`` wake workers of many machines
that share a PostgreSQL. Both may work on one ledger at once. What is done with a job is in ``doing``.

The life of a job::

    ready ──begin──> running ──finish──> done
      ^                 │ ├──retry────> ready again, with a later not_before; failed after the last attempt
      │                 │ ├──cancel───> cancelled (a ready job at once, a running one when it next renews)
      └─────reap────────┘ └──reap─────> unknown, where its effect was begun and nobody knows how it ended

What is promised: a job that was put in a transaction exists if, and only if, that committed. One worker at a
time has begun it. A worker whose lease ran out can write nothing more about it: its token is old. An effect
that was begun is never begun again without somebody's word, unless the other side takes its key and repeats
nothing.

*Lanes* (``lanes``) say how much of one thing is done at a time; a lane that is full or held back delays no
other, however much waits in it (``choosing``). *Workers* (``workers``) are the processes that do jobs; each
shows itself, under a name that is its own, and can be told to begin nothing more.

Leases go by the database's clock, which all workers share; what is due goes by Workbench's, as all dates do.
"""
