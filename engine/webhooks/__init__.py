"""Webhooks: what happens is sent to programs elsewhere, signed, in its order (Standard Webhooks).

*What.* A webhook tells what the change feed tells its user, one message per event, of the kinds and of the
tasks that it is for. Nothing that concerns one person alone is sent: their inbox, their drafts.

*From the feed.* ``following`` goes on from the event up to which each webhook was followed, and keeps the
messages and the new place in one transaction: none is skipped, and none is made twice. A message keeps its id
and its bytes through all attempts, so that a receiver knows again what it has.

*In order.* ``sending`` sends the first message that waits, and the next once that one was taken or given up:
one job at a time per webhook, in a lane of its own. What fails waits longer each time; after the last attempt
it is given up, and the admins are told. A webhook of which nothing was taken for days is paused; what happens
meanwhile is made up for when it goes on.
"""
