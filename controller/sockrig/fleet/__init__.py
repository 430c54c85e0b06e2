"""Sessions with agents: dialling them, commanding them, hearing their events, and knowing their clocks."""
