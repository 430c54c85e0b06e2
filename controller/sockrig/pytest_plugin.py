"""The pytest plugin: real hosts in tests, by fixtures, flags and a marker."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the tests' agents come from."""
    group = parser.getgroup("sockrig", "Sockrig: remote sockets on real hosts")
    group.addoption("--sockrig-local", type=int, default=0, metavar="N", help="start N agents on this machine")
    group.addoption(
        "--sockrig-agent", action="append", default=[], metavar="NAME=ADDR", help="use this agent; may be repeated"
    )
    group.addoption("--sockrig-inventory", default=None, metavar="FILE", help="use the agents of this inventory")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", "sockrig(agents=N): the test needs N agents")
