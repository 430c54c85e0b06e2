"""A laboratory of network namespaces: hosts with addresses and a stack of their own, cabled to one switch.

::

    controller   agent-1   agent-2   agent-3     a namespace each, with its end of a veth pair
        └───────────┴────┬────┴─────────┘
                       switch                    a namespace that holds the bridge and the other ends

Nothing gets an address in the namespace of whoever runs the tests. All namespaces are named ``sockrig-PID-LAB-ROLE``
after the process that built them, so that what a killed test run left can be told from what is in use.
"""

import ipaddress
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.processes import COMMAND_TIMEOUT_SECONDS, SOCKRIG, AgentProcess, CommandProcess, running_agent
from tests.processes import running_command as _running_command

INET = ipaddress.ip_network("10.77.0.0/24")
INET6 = ipaddress.ip_network("fd77::/64")

_BRIDGE = "switch"
CABLE = "cable"
_TABLES = itertools.count(1)
_LABS = itertools.count(1)
_NAMESPACE = re.compile(r"sockrig-(\d+)-\S+")


class LabError(Exception):
    """This machine cannot build one."""


@dataclass(frozen=True, slots=True)
class Node:
    """A host of the laboratory."""

    name: str
    namespace: str
    inet: str
    inet6: str

    @property
    def within(self) -> tuple[str, ...]:
        """What starts a command on this host."""
        return ("ip", "netns", "exec", self.namespace)

    def run(
        self, *command: str, timeout_seconds: float = COMMAND_TIMEOUT_SECONDS
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command on this host to its end, whatever that is."""
        return subprocess.run(
            [*self.within, *command], capture_output=True, text=True, timeout=timeout_seconds, check=False
        )


@dataclass(frozen=True, slots=True)
class AgentNode:
    """A host with an agent."""

    node: Node
    agent: AgentProcess

    @property
    def name(self) -> str:
        """Of the host and its agent."""
        return self.node.name


@dataclass(frozen=True, slots=True)
class Lab:
    """All hosts, and the switch between them."""

    switch: str
    controller: Node
    agents: tuple[AgentNode, ...]
    folder: Path

    @property
    def agent_options(self) -> tuple[str, ...]:
        """What makes a command use all agents."""
        return tuple(each.agent.option for each in self.agents)

    def sockrig(
        self, *arguments: str, timeout_seconds: float = COMMAND_TIMEOUT_SECONDS
    ) -> "subprocess.CompletedProcess[str]":
        """``sockrig`` on the controller's host, over all agents."""
        return self.controller.run(*SOCKRIG, *arguments, *self.agent_options, timeout_seconds=timeout_seconds)

    def result(self, *arguments: str) -> Any:
        """What a command that passes tells as JSON."""
        done = self.sockrig(*arguments, "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Warning" not in done.stderr
        return json.loads(done.stdout)

    @contextmanager
    def running_sockrig(self, *arguments: str) -> Iterator[CommandProcess]:
        """The same, while it runs."""
        with _running_command(
            *arguments, *self.agent_options, folder=self.folder, within=self.controller.within
        ) as command:
            yield command

    @contextmanager
    def rules(self, node: Node, *rules: str) -> Iterator[None]:
        """Within the block the node's packets meet these rules; each begins with a hook: ``input tcp dport 9 drop``.

        They are nftables' (nft(8)), in a table of their own for both families.

        Raises:
            LabError: there is no nft, or it does not take a rule.
        """
        nft = ("ip", "netns", "exec", node.namespace, "nft")
        table = f"rules-{next(_TABLES)}"
        text = [f"add table inet {table}"]
        text += [
            f"add chain inet {table} {hook} {{ type filter hook {hook} priority 0; }}"
            for hook in dict.fromkeys(rule.split()[0] for rule in rules)
        ]
        text += [f"add rule inet {table} {rule}" for rule in rules]
        _run(*nft, "\n".join(text))
        try:
            yield
        finally:
            _run(*nft, f"delete table inet {table}")

    def set_kernel(self, node: Node, key: str, value: str) -> None:
        """Set one of the node's own sysctl(8) values."""
        _run("ip", "netns", "exec", node.namespace, "sysctl", "-qw", f"{key}={value}")

    def link_down(self, node: Node) -> None:
        """Pull the node's cable out of the switch."""
        _ip("-n", self.switch, "link", "set", node.name, "down")

    @contextmanager
    def slow_link(self, node: Node, rate: str, *, burst: str = "32kb", latency: str = "50ms") -> Iterator[None]:
        """Within the block the switch lets no more than ``rate`` (as tc(8) writes it) through to the node; tc-tbf(8).

        It saves up ``burst`` of unused rate, and lets frames wait for ``latency`` before it drops the next.

        The bottleneck is in the switch and not at the sender, who would otherwise be held back instead of losing.

        Raises:
            LabError: there is no tc, or no token bucket in this kernel.
        """
        of_cable = ("dev", node.name, "root")
        bucket = ("tbf", "rate", rate, "burst", burst, "latency", latency)
        _run("tc", "-n", self.switch, "qdisc", "add", *of_cable, *bucket)
        try:
            yield
        finally:
            _run("tc", "-n", self.switch, "qdisc", "delete", *of_cable)

    @contextmanager
    def classed_link(self, node: Node, rate: str, *, burst: str, waiting_bytes: int) -> Iterator[None]:
        """The same with a class of tc-htb(8), in whose queue ``waiting_bytes`` of frames may wait; tc-bfifo(8).

        Raises:
            LabError: there is no tc, or no such discipline in this kernel.
        """
        change = ("tc", "-n", self.switch)
        of_cable = ("dev", node.name)
        _run(*change, "qdisc", "add", *of_cable, "root", "handle", "1:", "htb", "default", "1")
        try:
            limits = ("htb", "rate", rate, "burst", burst, "cburst", burst)
            _run(*change, "class", "add", *of_cable, "parent", "1:", "classid", "1:1", *limits)
            _run(*change, "qdisc", "add", *of_cable, "parent", "1:1", "bfifo", "limit", str(waiting_bytes))
            yield
        finally:
            _run(*change, "qdisc", "delete", *of_cable, "root")


@contextmanager
def built_lab(folder: Path, *, agents: int) -> Iterator[Lab]:
    """A laboratory with a controller's host and so many with agents; all of it is gone at the end of the block.

    Raises:
        LabError: this machine cannot build one.
    """
    names = [f"agent-{number}" for number in range(1, agents + 1)]
    with ExitStack() as stack:
        switch, (controller, *nodes) = _built(stack, ["controller", *names])
        served = [AgentNode(node, stack.enter_context(_agent_on(node, folder))) for node in nodes]
        yield Lab(switch, controller, tuple(served), folder)


def trial() -> str:
    """Why this machine cannot build a laboratory; "" if it can."""
    if os.geteuid() != 0:
        return "only root can build network namespaces"
    if shutil.which("ip") is None:
        return "`ip` is not installed (Debian: apt-get install iproute2)"
    try:
        with ExitStack() as stack:
            _built(stack, ["trial"])
    except LabError as problem:
        return f"network namespaces cannot be built here: {problem}"
    return ""


def namespaces_of(pid: int) -> tuple[str, ...]:
    """The namespaces that are there of a process, which itself may be no more."""
    return tuple(name for name, owner in _namespaces() if owner == pid)


def remove_abandoned() -> None:
    """Remove the namespaces of test runs that are no more, and end what runs in them."""
    for name, owner in _namespaces():
        if not Path(f"/proc/{owner}").exists():
            for pid in _run("ip", "netns", "pids", name).split():
                with suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
            _delete(name)


def _namespaces() -> list[tuple[str, int]]:
    """All of ours, with the process that built each."""
    listed: list[dict[str, Any]] = json.loads(_run("ip", "-json", "netns", "list") or "[]")
    matches = (_NAMESPACE.fullmatch(str(namespace["name"])) for namespace in listed)
    return [(match[0], int(match[1])) for match in matches if match is not None]


def _agent_on(node: Node, folder: Path) -> AbstractContextManager[AgentProcess]:
    return running_agent(node.name, folder, listen=f"{node.inet}:0", flags=("--insecure",), within=node.within)


def _built(stack: ExitStack, names: Sequence[str]) -> tuple[str, list[Node]]:
    """The switch's namespace and the hosts, which go with the stack."""
    prefix = f"sockrig-{os.getpid()}-{next(_LABS)}"
    switch = _namespace(stack, f"{prefix}-switch")
    _ip("-n", switch, "link", "add", _BRIDGE, "type", "bridge")
    _ip("-n", switch, "link", "set", _BRIDGE, "up")
    nodes = []
    for number, name in enumerate(names, start=1):
        node = Node(name, _namespace(stack, f"{prefix}-{name}"), str(INET[number]), str(INET6[number]))
        _plug_in(node, switch)
        nodes.append(node)
    return switch, nodes


def _plug_in(node: Node, switch: str) -> None:
    """Cable a host to the switch; the switch's end bears the host's name."""
    _ip("link", "add", CABLE, "netns", node.namespace, "type", "veth", "peer", "name", node.name, "netns", switch)
    _ip("-n", switch, "link", "set", node.name, "master", _BRIDGE, "up")
    _ip("-n", node.namespace, "link", "set", "lo", "up")
    _ip("-n", node.namespace, "address", "add", f"{node.inet}/{INET.prefixlen}", "dev", CABLE)
    _ip("-n", node.namespace, "address", "add", f"{node.inet6}/{INET6.prefixlen}", "dev", CABLE, "nodad")
    _ip("-n", node.namespace, "link", "set", CABLE, "up")


def _namespace(stack: ExitStack, name: str) -> str:
    stack.callback(_delete, name)  # before it is there: an interrupt may come at any time
    _ip("netns", "add", name)
    return name


def _delete(namespace: str) -> None:
    with suppress(LabError):
        _ip("netns", "delete", namespace)


def _ip(*arguments: str) -> None:
    _run("ip", *arguments)


def _run(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=COMMAND_TIMEOUT_SECONDS, check=False)
    except OSError as problem:
        raise LabError(f"{command[0]}: {problem.strerror}") from problem
    if done.returncode != 0:
        raise LabError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout
