"""Agents: ``workbench mcp`` gives the tools of the Model Context Protocol to whoever works by them.

Every tool is an operation of the API, called over HTTP with an API token: the board answers an agent as it
answers any program, by the same scopes, the same limits and the one policy, and finds the token anew for
every call. No store is opened here, and no file of this machine is read or sent.
"""
