"""Reach, on the agent's side: listeners that give nonces back, and probes that notice every way of not arriving."""
