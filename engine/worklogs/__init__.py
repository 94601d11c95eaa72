"""Worklogs: what a client may read about a week of a campaign, told as prose from events (WLG-01 to WLG-06).

*One place decides what is told.* ``criteria`` is pure over what ``selection`` has read; which events of which
kind of work count stands in the content (``worklog`` of a task type), and a kind of work that says nothing is
not told of. ``prose`` makes sentences of what is told, and of nothing else: whoever renders the entries of a
worklog again gets the same bytes, whatever became of the tasks.

The life of a worklog::

    make ──> draft ──edit──> draft ──send──> sent: the partner's people read it, and it never changes again
      └────> empty: nothing can be told; kept so that somebody sees that it was looked (OPQ-23)

A draft, or an empty one, that nobody edited may be made again; one that somebody edited only by whoever says
that their words are to go.
"""
