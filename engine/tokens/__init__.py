"""API tokens: what a program acts with for a person or an agent, within scopes and for a time (SEC-01).

A token is what an admin granted: for whom, for what, until when. Its secret is kept as a hash, shown once,
and rotates; a token gives nothing that the roles of its user do not.
"""
