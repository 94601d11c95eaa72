"""The change feed: what happened, in order, to whoever may see it, from where they read last (issue 14).

*One promise.* Who goes on from the cursor of the answer before is told each event once, in the order of the
events' numbers, and of none that they may not see: no number, no hash, no cursor that moves by itself.

*Judged when it is passed.* An event is told if what it is about is its reader's to see at the moment of
reading, by the rules of the board. Who loses sight of something is not told of it any more. Who gains sight
of it is told of all that happens from then on, and of what brought it about, such as an assignment; whether
events of before come too is left open: read the record, and its history. What was told is never told again.

``feed`` reads, ``visibility`` decides, ``telling`` says it, ``cursors`` keep the place, ``arrivals`` wake who
waits. What chooses among the events, such as a webhook's kinds, stands above ``Feed.after``.
"""
