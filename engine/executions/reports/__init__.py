"""Reports: one text, made from records by a template, as a document in six formats.

A template in Jinja2 (``engine.catalog.report_text``) becomes Markdown, Markdown becomes parts (``document``),
and each format has a module that writes these. All of it is done by ``program``, a process of its own that is
bound in time and memory: a template may ask for anything, and the libraries of the formats are loaded nowhere
else. The same records give the same bytes, on any day and in any process.
"""
