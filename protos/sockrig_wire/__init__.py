"""The contract between agents, controllers and clients, and the few helpers that give every end one reading of it."""

PROTOCOL = 1
"""Number of the message set in ``v1``; both ends of a session must have the same."""
