"""Bad input that is told before anything is opened: its message and its exit code."""

import io

import pytest

from sockrig.cli import main


@pytest.fixture
def sockrig(monkeypatch, capsys):
    """The command within this process: it ends before it starts or dials anything."""

    def run(*arguments, stdin=""):
        monkeypatch.setattr("sys.argv", ["sockrig", *arguments])
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        monkeypatch.setenv("GRPC_VERBOSITY", "NONE")
        monkeypatch.delenv("SOCKRIG_CONTROLLER", raising=False)
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return ended.value.code, captured.out, captured.err

    return run


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
@pytest.mark.parametrize("command", ["run", "check"])
def test_a_wrong_scenario_is_told_before_an_agent_is_started(sockrig, command, wrong):
    text, words = WRONG_SCENARIOS[wrong]
    exit_code, stdout, stderr = sockrig(command, "-", "--local", "2", stdin=text)
    assert exit_code == 2
    assert words in stderr
    assert stderr.startswith("sockrig: <stdin>")
    assert "starting" not in stderr
    assert stdout == ""


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
        (("run", "demo", "--local", "3", "--html", "nowhere/out.html"), "--html: there is no folder"),
        (("run", "demo", "--local", "3", "--junit", "/"), "--junit: this is a folder"),
        (("run", "demo", "--local", "3", "--json", "--ndjson"), "--json and --ndjson both want stdout"),
        (("demo", "--csv", "-", "--html", "-"), "--html - and --csv - both want stdout"),
        (("controller",), "no agents are named"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_wrong_option_exits_with_2(sockrig, arguments, words):
    exit_code, stdout, stderr = sockrig(*arguments)
    assert exit_code == 2
    assert words in stderr
    assert stdout == ""
    assert "\x1b" not in stderr
