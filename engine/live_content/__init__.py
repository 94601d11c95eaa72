"""Content that comes by itself: a clone of our own is fetched again and again (decision 10).

What people work in is never touched. The clone follows one branch wherever that goes; that its history was
rewritten is recorded and told, and what bundles pinned stays as it was.
"""
