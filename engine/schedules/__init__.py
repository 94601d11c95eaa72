"""Schedules: bundles that begin by themselves, on the days that their template names, once somebody wants it.

The template says when (``trigger`` in Git); a **schedule** is the record that a manager switched it on, for
whom, with which parameters and whose the bundles are; a **scheduled start** is what became of one anchor
date.

Of each schedule there is one start per anchor date, for ever: whoever looks twice, or after the clock was set
back, or after the template's line was changed, finds the row and does nothing (``looking``).
"""
