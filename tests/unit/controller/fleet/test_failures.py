"""gRPC's long stories are told in a few words."""

import pytest

from sockrig.fleet.failures import reason_of


@pytest.mark.parametrize(
    ("details", "reason"),
    [
        (
            "failed to connect to all addresses; last error: UNKNOWN: connect: Connection refused (111)",
            "it does not answer (connection refused)",
        ),
        ("Stream removed (Socket closed)", "it does not answer (socket closed)"),
        ("recvmsg:Connection reset by peer", "it does not answer (connection reset)"),
        ("DNS resolution failed for nowhere:1", "its host name cannot be resolved"),
        ("errors resolving nowhere:1: [Domain name not found]", "its host name cannot be resolved"),
        ("a word of its own", "it does not answer (a word of its own)"),
        ("", "it does not answer"),
    ],
)
def test_what_a_person_wants_to_know_is_the_system_error_in_it(details, reason):
    assert reason_of(details) == reason
