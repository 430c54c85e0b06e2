"""Bad input, and what it gets: a clear message, the right exit code, no traceback, nothing left running."""

import socket

import pytest

HEAD = "scenario: x\nagents: {a: {}, b: {}}\nsteps:\n"
STEP = "  - {flow: {kind: udp-stream, from: a, to: b, duration: 1s%s}}\n"

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


WRONG_SCENARIOS = {
    "an empty file": ("", "<stdin>:1:1: the file is empty"),
    "no YAML": ("scenario: [", "<stdin>"),
    "an unknown key": (HEAD + STEP % ", colour: red", "<stdin>:4:61: unknown key 'colour'"),
    "a rate of 0": (HEAD + STEP % ", rate: 0 pps", "rate: 0 pps is not a rate: expected a positive rate"),
    "a duration of -1": (HEAD + STEP.replace("1s", "-1") % "", "duration: -1 is not a duration"),
    "an unknown role": (HEAD + STEP.replace("to: b", "to: c") % "", "<stdin>:4:44: there is no role 'c'"),
    "an unknown codec": (
        HEAD + "  - {sockets: [{on: a, open: tcp, as: x}, {send: hi, from: x, encoding: klingon}]}\n",
        "unknown codec klingon",
    ),
    "a message over the limit": (
        HEAD + "  - {sockets: [{on: a, open: udp, as: x}, {receive: x, max: 9 MB}]}\n",
        "too large",
    ),
    "more bytes than a scenario has": (HEAD + (STEP % "") * 100_000, "at most 10,000 steps"),
    "100,000 steps": (HEAD + "  - x\n" * 100_000, "at most 10,000 steps"),
    "a YAML bomb": (BOMB, "too much"),
    "a deep nest": ("[" * 5000, "too deep"),
}


@pytest.mark.parametrize("wrong", WRONG_SCENARIOS)
def test_a_wrong_scenario_is_told_before_an_agent_is_started(sockrig, wrong):
    text, words = WRONG_SCENARIOS[wrong]
    ended = sockrig("run", "-", "--local", "2", stdin=text.encode())
    assert ended.exit_code == 2
    assert words in ended.stderr
    assert ended.stderr.startswith("sockrig: <stdin>")
    assert "starting" not in ended.stderr
    assert ended.stdout == ""


def test_check_says_the_same_of_a_wrong_scenario(sockrig):
    text, words = WRONG_SCENARIOS["an unknown key"]
    ended = sockrig("check", "-", stdin=text.encode())
    assert ended.exit_code == 2
    assert words in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("tcp", "local-1", "local-2"), "no agents are named"),
        (("tcp", "local-1"), "Missing argument"),
        (("warp",), "No such command"),
        (("run", "nowhere.yaml", "--local", "2"), "nowhere.yaml: there is no such file"),
        (("run", "demo", "--local", "2"), "the scenario needs 3 agents, and there are 2"),
        (("run", "demo", "--local", "3", "--var", "nothing=1"), "nothing"),
        (("run", "demo", "--local", "1000000000"), "--local"),
        (("run", "demo", "--local", "3", "--controller", "127.0.0.1:1"), "does not go with --local"),
        (("run", "demo", "--inventory", "nowhere.yaml"), "cannot read the inventory"),
        (("tcp", "local-1", "local-3", "--local", "2"), "no agent is named 'local-3'"),
        (("udp", "local-1", "local-2", "--local", "2", "--rate", "0"), "rate: 0 is not a rate"),
        (("udp", "local-1", "local-2", "--local", "2", "--duration", "-1"), "duration: -1 is not a duration"),
        (("send", "local-1", "127.0.0.1:1", "--local", "1", "--encoding", "klingon"), "unknown codec 'klingon'"),
        (("hosts", "--agent", "a=nowhere"), "is not an address with a port"),
        (("schema", "dream"), "there is no schema of 'dream'"),
        (("controller",), "no agents are named"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_wrong_option_exits_with_2(sockrig, arguments, words):
    ended = sockrig(*arguments)
    assert ended.exit_code == 2
    assert words in ended.stderr
    assert ended.stdout == ""
    assert "\x1b" not in ended.stderr


def test_too_few_agents_names_the_role_that_lacks_one(sockrig, over_agents):
    ended = sockrig("run", "demo", *over_agents)
    assert ended.exit_code == 2
    assert "the scenario needs 3 agents, and there are 2: clients lacks 1" in ended.stderr


@pytest.fixture
def dead_port():
    """A port where nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def test_a_dead_agent_in_the_inventory_is_named_and_nothing_runs(sockrig, agents, dead_port, tmp_path):
    inventory = tmp_path / "lab.yaml"
    inventory.write_text(f"agents: {{a: '{agents[0].address}', dead: '127.0.0.1:{dead_port}'}}")
    ended = sockrig("tcp", "a", "dead", "--inventory", "lab.yaml")
    assert ended.exit_code == 4
    assert f"agent dead at 127.0.0.1:{dead_port}: it does not answer (connection refused)" in ended.stderr
    ended = sockrig("hosts", "--inventory", "lab.yaml")
    assert ended.exit_code == 4
    assert [line.split()[:2] for line in ended.stdout.splitlines()[1:3]] == [["a", "ready"], ["dead", "failed"]]


def test_a_dead_agent_that_a_scenario_does_not_need_is_no_obstacle(sockrig, over_agents, dead_port):
    ended = sockrig("tcp", "a", "b", "--duration", "200ms", *over_agents, f"--agent=dead=127.0.0.1:{dead_port}")
    assert ended.exit_code == 0


@pytest.mark.slow
def test_a_host_that_takes_the_call_and_says_nothing_is_given_up(sockrig):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        ended = sockrig("tcp", "x", "x", "--agent", f"x=127.0.0.1:{port}")
    assert ended.exit_code == 4
    assert f"agent x at 127.0.0.1:{port}: no answer yet" in ended.stderr


def test_what_is_no_agent_is_told_apart_from_one_that_does_not_answer(sockrig):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.setblocking(False)
        port = silent.getsockname()[1]
        ended = sockrig("hosts", "--controller", f"127.0.0.1:{port + 1 if port < 65535 else port - 1}")
    assert ended.exit_code == 4
    assert "it does not answer" in ended.stderr
    assert "sockrig controller" in ended.stderr


def test_a_port_in_use_is_told_with_the_systems_own_word(sockrig, over_agents):
    with socket.create_server(("127.0.0.2", 0)) as taken:
        port = taken.getsockname()[1]
        ended = sockrig("listen", "a", str(port), *over_agents)
    assert ended.exit_code == 4
    assert f"sockrig: agent a: cannot listen on :{port}: Address already in use" in ended.stderr
    assert "(EADDRINUSE)" in ended.stderr
