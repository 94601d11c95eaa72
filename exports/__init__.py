"""The portable form: one JSON Lines file per table, a manifest, a data package and PostgreSQL's DDL.

FORMAT.md says what a reader may rely on; ``writer`` makes an export, ``validate`` checks
one without any store, ``restore`` brings one into an empty store.
"""
