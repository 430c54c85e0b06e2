"""An agent that is lost within a reach step takes its own rows with it, and no others."""

import json
import socket

from tests.processes import running_command

DEGRADED = 3

SCENARIO = """
scenario: one of them dies
agents: {{a: {{}}, b: {{}}, c: {{}}}}
require: 2
steps:
  - name: mesh
    reach: {{from: [a, b, c], to: [a, b, c], ports: [tcp/{open}, udp/{silent}], listen: false, timeout: 6s}}
"""


def test_the_others_rows_are_kept_and_the_run_is_degraded(a, b, start_agent, tmp_path):
    c = start_agent("c")
    path = tmp_path / "scenario.yaml"
    with (
        socket.create_server(("127.0.0.1", 0)) as there,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute,
    ):
        mute.bind(("127.0.0.1", 0))
        path.write_text(SCENARIO.format(open=there.getsockname()[1], silent=mute.getsockname()[1]))
        agents = (a.option, b.option, c.option)
        with running_command("run", str(path), "--json", *agents, folder=tmp_path) as command:
            command.wait_for("running")
            c.process.kill()
            assert command.exit_code(within_seconds=20) == DEGRADED
            (step,) = json.loads(command.stdout)["steps"]

    assert step["verdict"] == "degraded"
    assert step["problem"].startswith("agent c: ")
    rows = {(row["source"], row["destination"], row["protocol"]): row for row in step["reach"]}
    assert rows["a", "b", "tcp"]["verdict"] == "open"
    assert rows["c", "b", "tcp"]["verdict"] == "invalid"
    assert rows["c", "b", "tcp"]["detail"].startswith("agent c: ")
    assert a.holds_nothing()
    assert b.holds_nothing()
