from contextlib import ExitStack

import pytest
from tests.processes import running_agent


@pytest.fixture
def start_agent(tmp_path):
    """Starts agents that end with the test."""
    with ExitStack() as stack:
        yield lambda name: stack.enter_context(running_agent(name, tmp_path))


@pytest.fixture
def a(start_agent):
    return start_agent("a")


@pytest.fixture
def b(start_agent):
    return start_agent("b")


@pytest.fixture(scope="module")
def steady_agent(tmp_path_factory):
    """One agent for all tests of a module: none of them may do it harm."""
    with running_agent("steady", tmp_path_factory.mktemp("agent")) as agent:
        yield agent
        assert agent.alive
        assert agent.holds_nothing()
        assert "Traceback" not in agent.log
