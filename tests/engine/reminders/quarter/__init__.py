"""A quarter of a year at work, by a seed: what ``test_quarter.py`` and ``benchmarks.quarters`` let go by.

``house`` is what the content says, ``acts`` what people do, ``worker`` a scheduler that can be killed,
``life`` the days themselves. ``watcher`` judges all that is written by ``intended``, which tells the rules of
content/README.md a second time, and ``end`` gives what was wrong once the quarter is over.
"""
