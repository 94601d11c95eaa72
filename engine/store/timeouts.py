"""How long a database is waited for: every number in one place (G2, G11; ``web/RUNBOOK.md`` tells them).

Whoever waits longer is answered that the database cannot do it now; nobody hangs.
"""

from __future__ import annotations

#: For a connection: name looked up, TLS and sign-in included, per host that the URL names.
CONNECT_SECONDS = 3
#: For the answer of a connection that was kept, before a request uses it.
PING_SECONDS = 3.0
#: For a lock that another transaction holds, and for a connection of a process whose all are in use.
LOCK_SECONDS = 5.0
#: The same for a lock that another write has just waited for in vain, until a write gets through again.
BRIEF_LOCK_SECONDS = 0.3
#: After the database was silent: how long requests fail at once; then one of them tries again. After a lock
#: was not given: how long all writes wait briefly; then one of them waits in full again.
PAUSE_SECONDS = 3.0

#: While requests are served: for one statement, which the server then gives up, ...
STATEMENT_SECONDS = 8.0
#: ... and without a byte from the server, which is then taken for silent.
SILENCE_SECONDS = 10.0
#: For how long a transaction of a server that stands still may hold what others wait for.
IDLE_SECONDS = 30.0
#: Without a byte where nobody waits for a page: upgrades, exports, the command line.
WORK_SECONDS = 600.0

#: What libpq asks the system for, unless the URL says otherwise: when a wire is dead. It does not notice a
#: server that is only stopped, whose system goes on to acknowledge.
WIRE = {
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": int(SILENCE_SECONDS * 1000),
}
