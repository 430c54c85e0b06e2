"""The store of runs: what happened in each, written while it goes on, in SQLite or PostgreSQL."""
