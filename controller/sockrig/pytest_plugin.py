"""The pytest plugin: real hosts in tests, by fixtures, flags and a marker.

::

    import pytest


    @pytest.mark.sockrig(agents=2)
    def test_a_greeting_arrives(hosts):
        a, b = hosts
        with a.create_server(("", 0)) as door, b.create_connection(door.getsockname()) as line:
            guest, _ = door.accept()
            with guest:
                line.sendall(b"good day")
                assert guest.recv(100) == b"good day"

Whose hosts they are is said on the command line, not in the test:

- nothing: as many agents are started on this machine as a test asks for; two where none does.
- ``--sockrig-local N``: N agents are started on this machine, more where a test asks for more.
- ``--sockrig-agent NAME=ADDR`` (repeatable), ``--sockrig-inventory FILE``, or ``sockrig_inventory = FILE`` in pytest's
  configuration, from its folder, where the command line names no agents: these agents, and those of
  ``--sockrig-local``. The lab is what it is: a test that asks for more is skipped.

The fixtures are :func:`rig` and :func:`hosts`. Agents live as long as the session, sockets as long as the test that
opened them. The agents' names and versions stand in the summary and, with ``--junitxml``, in the properties of the
test suite. Under pytest-xdist every worker starts its own local agents at the same addresses, so let the system choose
the ports; the properties are the tests' then.

A run whose tests use no fixture of ours loads neither gRPC nor anything else of Sockrig.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sockrig.client.host import Host
    from sockrig.client.rig import Rig

DEFAULT_AGENTS = 2
"""How many hosts a test has that asks for no number, where no agents are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSource:
    """Whose agents the tests use: how many are started here, and who is dialled where."""

    local: int = 0
    addresses: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def usual_count(self) -> int:
        """The number of hosts of a test that asks for none: all that are named."""
        return self.local + len(self.addresses) or DEFAULT_AGENTS

    def local_count(self, asked: int, most: int) -> int:
        """How many to start here for tests that ask for up to ``asked``; more than named only up to ``most``."""
        return self.local if self.addresses else max(self.usual_count, min(asked, most))


_SOURCE = pytest.StashKey[AgentSource]()
_USED_AGENTS = pytest.StashKey[Sequence[tuple[str, str]]]()
"""Name and version of the session's agents, once they are there."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the tests' agents come from."""
    group = parser.getgroup("sockrig", "Sockrig: remote sockets on real hosts")
    group.addoption("--sockrig-local", type=int, metavar="N", help="start N agents on this machine")
    group.addoption(
        "--sockrig-agent", action="append", default=[], metavar="NAME=ADDR", help="use this agent; may be repeated"
    )
    group.addoption("--sockrig-inventory", metavar="FILE", help="use the agents of this inventory")
    parser.addini("sockrig_inventory", "Sockrig: the inventory to use where the command line names no agents")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, and read which agents are named.

    Raises:
        pytest.UsageError: an option or the inventory is wrong.
    """
    config.addinivalue_line("markers", "sockrig(agents=N): the test needs N agents, and gets N hosts")
    config.stash[_SOURCE] = _named_agents(config)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Check the marker while tests are collected: a wrong one is an error before any test runs."""
    _asked_agents(metafunc.definition)


# The reporter's type is a text: older versions of pytest do not show it.
def pytest_terminal_summary(terminalreporter: "pytest.TerminalReporter", config: pytest.Config) -> None:
    """Say which agents the tests ran on."""
    if agents := config.stash.get(_USED_AGENTS, ()):
        names = ", ".join(f"{name} {version}" for name, version in agents)
        terminalreporter.write_line(f"sockrig: {len(agents)} agent{'s' if len(agents) > 1 else ''}: {names}")


@pytest.fixture
def rig(request: pytest.FixtureRequest) -> Iterator["Rig"]:
    """A :class:`sockrig.Rig` of all agents of the session; its sockets are closed on every host when the test ends.

    Skips the test if there are fewer agents than its marker asks for.
    """
    from sockrig.client.rig import Rig  # noqa: PLC0415 - what no test uses is not loaded

    lab: Rig = request.getfixturevalue("_sockrig_lab")
    there, asked = len(lab.hosts), _asked_agents(request.node) or 1
    if there < asked:
        pytest.skip(f"needs {asked} agents, {'there is' if there == 1 else 'there are'} {there}")
    if hasattr(request.config, "workerinput"):  # pytest-xdist: what a worker says of the suite gets lost
        request.node.user_properties += _properties(request.config.stash[_USED_AGENTS])
    with _failures_in_words(), Rig.connect(lab.controller, require_all=True) as opened:
        yield opened


@pytest.fixture
def hosts(rig: "Rig", request: pytest.FixtureRequest) -> "tuple[Host, ...]":
    """The hosts of the test: as many as its marker asks for, else all that are named, else two."""
    return rig.hosts[: _asked_agents(request.node) or request.config.stash[_SOURCE].usual_count]


@pytest.fixture(scope="session")
def _sockrig_lab(
    request: pytest.FixtureRequest, record_testsuite_property: Callable[[str, object], None]
) -> Iterator["Rig"]:
    """The agents of the session and the controller that commands them; every test has a rig of its own over it."""
    from sockrig.client.async_rig import AsyncRig  # noqa: PLC0415 - what no test uses is not loaded
    from sockrig.client.rig import Rig  # noqa: PLC0415
    from sockrig.embedded import embedded_controller  # noqa: PLC0415
    from sockrig.local_agents import MOST_LOCAL_AGENTS  # noqa: PLC0415

    source = request.config.stash[_SOURCE]
    asked = max(filter(None, map(_asked_agents, request.session.items)), default=0)
    local = source.local_count(asked, MOST_LOCAL_AGENTS)
    controller = embedded_controller(local=local, agents=source.addresses, labels=source.labels)
    with _failures_in_words(), Rig(AsyncRig(controller, require_all=True)) as lab:
        agents = tuple((host.name, host.version) for host in lab.hosts)
        request.config.stash[_USED_AGENTS] = agents
        for name, version in _properties(agents):
            record_testsuite_property(name, version)
        yield lab


def _asked_agents(item: pytest.Item) -> int | None:
    """The number of agents that the test's marker asks for; None where it has no marker, or one without a number.

    Wrong arguments are an error of whoever asks: of the collection or, where only one set of parameters has the marker,
    of the test's set-up.
    """
    marker = item.get_closest_marker("sockrig")
    if marker is None or not (marker.args or marker.kwargs):
        return None
    agents = marker.kwargs.get("agents")
    if marker.args or set(marker.kwargs) != {"agents"} or type(agents) is not int or agents < 1:
        given = ", ".join([*map(repr, marker.args), *(f"{name}={value!r}" for name, value in marker.kwargs.items())])
        pytest.fail(
            f"{item.nodeid}: the marker sockrig takes agents=N, N from 1; it was given ({given})", pytrace=False
        )
    return agents


def _named_agents(config: pytest.Config) -> AgentSource:
    """What the command line names or, where it names nothing, the configuration.

    Raises:
        pytest.UsageError: an option or the inventory is wrong, or an agent is named twice.
    """
    local: int | None = config.getoption("sockrig_local")
    named: Sequence[str] = config.getoption("sockrig_agent")
    inventory: str | None = config.getoption("sockrig_inventory")
    if local is None and not named and inventory is None and (configured := config.getini("sockrig_inventory")):
        folder = config.inipath.parent if config.inipath else config.invocation_params.dir
        inventory = str(folder / configured)
    if local is None and not named and inventory is None:
        return AgentSource()
    return _checked_source(local, named, inventory)


def _checked_source(local: int | None, named: Sequence[str], inventory: str | None) -> AgentSource:
    from sockrig.client.inventory import checked_address, load_inventory  # noqa: PLC0415 - only where they are named
    from sockrig.local_agents import MOST_LOCAL_AGENTS  # noqa: PLC0415
    from sockrig_wire.errors import SockrigError  # noqa: PLC0415

    if local is not None and not 1 <= local <= MOST_LOCAL_AGENTS:
        raise pytest.UsageError(f"--sockrig-local: {local} agents cannot be started; give 1 to {MOST_LOCAL_AGENTS}")
    try:
        listed = load_inventory(Path(inventory)) if inventory is not None else {}
        addresses = {name: agent.address for name, agent in listed.items()}
        for text in named:
            name, equals, address = text.partition("=")
            if not name or not equals:
                raise pytest.UsageError(f"--sockrig-agent: {text!r} is not NAME=ADDR, for example a=10.0.0.1:7411")
            if name in addresses:
                raise pytest.UsageError(f"--sockrig-agent: two agents are named {name!r}; rename one")
            addresses[name] = checked_address(address, where="--sockrig-agent")
    except SockrigError as error:
        raise pytest.UsageError(str(error)) from None
    labels = {name: agent.labels for name, agent in listed.items()}
    return AgentSource(local=local or 0, addresses=addresses, labels=labels)


def _properties(agents: Sequence[tuple[str, str]]) -> list[tuple[str, object]]:
    return [(f"sockrig.agent.{name}", version) for name, version in agents]


@contextmanager
def _failures_in_words() -> Generator[None]:
    """Let a failure of Sockrig be an error of the test's set-up or end that says what, where and what to do next."""
    from sockrig_wire.errors import SockrigError  # noqa: PLC0415

    try:
        yield
    except SockrigError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
