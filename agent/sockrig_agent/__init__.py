"""Everything that runs on a host: the agent, its remote sockets, its workers and their traffic."""
