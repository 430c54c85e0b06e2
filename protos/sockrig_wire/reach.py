"""What both ends of a reach step agree on: the bytes of a probe, and how many there may be.

A probe is 9 bytes, big-endian: its 64-bit nonce, and which attempt it is (from 0). A listener gives back the bytes that
it got, and only for a nonce that it was told to expect: never more than came, never to a stranger.
"""

import struct

PROBE = struct.Struct("!QB")
PROBE_BYTES = PROBE.size

REACH_CAPABILITY = "reach"
"""What an agent that knows these commands says of itself."""

MOST_PROBES = 10_000
"""From one agent, and to one agent, in one step: what is said of them fits one message."""

MOST_ATTEMPTS = 10

AT_ONCE = 256
"""An agent has at most so many probes under way, and fewer where it lacks sockets."""

LEAST_AT_ONCE = 16
"""With fewer sockets left an agent refuses to probe, so that a step's length has a bound."""

ERROR_BURST = 5
"""So many ICMP errors about one host, and the next may be held back: Linux sends a burst of 6 to each address and then
one every ``icmp_ratelimit`` = 1000 ms (icmp(7); XRLIM_BURST_FACTOR in net/ipv4/icmp.c; IPv6 likewise)."""

AGAIN_EVERY_SECONDS = 1.1
"""What stayed silent beside such a burst is asked again at this pace, a little slower than one error a second."""

MOST_AGAIN = 20
"""For one host; of the rest it stays open whether an error was held back."""


def longest_seconds(probes: int, most_to_one_host: int, timeout_seconds: float, spacing_seconds: float) -> float:
    """How long an agent may take for so many probes, at the worst."""
    rounds = -(-probes // LEAST_AT_ONCE)
    again = min(MOST_AGAIN, most_to_one_host) * AGAIN_EVERY_SECONDS + timeout_seconds
    return rounds * timeout_seconds + most_to_one_host * spacing_seconds + again
