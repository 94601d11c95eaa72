"""Bundles: a template plus an anchor date becomes dated tasks; stages, links and closing."""
