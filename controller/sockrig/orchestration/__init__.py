"""Carrying out a plan on agents: prepare, arm, start together, drain, and close whatever was opened."""
