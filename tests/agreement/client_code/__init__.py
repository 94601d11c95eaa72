"""Writes the generated part of ``workbench.client`` from the kept description: ``make schemas`` runs it.

Read from ``web/api/openapi.json`` alone, as any client is that others generate.
"""
