"""Remote sockets, call by call: what a controller opens and drives on this host, in one event loop."""
