"""Everything that commands agents, records what they did and reports it."""
