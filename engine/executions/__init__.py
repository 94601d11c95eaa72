"""Executions: automated tasks are run by executors, and what became of each attempt is told truly (EXE).

*The way in.* ``service.execute_task`` is the only one, whoever or whatever asks. It refuses with a code of
its own, or queues the task, an Execution and a job in one transaction (CNF-31).

*One attempt*, one Execution::

    queued ──> running ──> completed            the executor did all of it
       │          ├──────> failed | timed_out   what it began is known: tried again, as far as it may be
       │          ├──────> cancelled            called off, and what it began is known
       │          └──────> unknown              begun outside, and nobody knows whether it happened
       └─────────────────> cancelled

*What is known* comes from two places. The ledger of jobs (``engine.jobs``) says whose an attempt is, and
whether its worker was lost after an effect began. The journal (``ExecutionProgress``) says, step by step,
what was begun and what came of it; it is written while the attempt runs, without events, and kept in the
Execution when that ends. A step with an effect that the journal has as done is never done again: a later
attempt is given what was kept. A step whose other side takes a key is done again under the same key, which
belongs to the task, the step and what is sent. A step with any other effect that was begun, and of which the
journal has no end, makes the attempt ``unknown``: a person looks, and settles it. So does one with a key
that no other attempt repeats, and whatever ran when an export was made that is brought in.

*How it ends.* The outcome, what came out, the task's move and the end of the job are one transaction
(``ending``). The executor meets the same guards as a person (EXE-28): what it cannot give, somebody is asked
for. A lost worker's attempt is closed by whoever finds its job without one (``orphans``), never by guess.
What people are told by a task is written there, too, and nowhere else (``telling``). What was called off is
not tried again, and a task that a person took over or moved is left to them.
"""
