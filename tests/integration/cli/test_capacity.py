"""A search from the command line down to the sockets and back, over a loopback that carries more than is asked."""

import json
import signal

from tests.processes import running_agent, running_command

SMALL = ("--from", "50 kbit/s", "--to", "400 kbit/s", "--warmup", "100ms")
LONG = "{loss: 5 %, exceed: 50 %, trial: 300ms, sum: 30s}"
"""So many trials that it can be disturbed."""


def test_where_the_largest_rate_passes_the_result_says_so(sockrig, over_agents):
    done = sockrig("capacity", "a", "b", *SMALL, "--goal", "{loss: 5 %, trial: 300ms}", "--json", *over_agents)

    assert done.exit_code == 0, done.stderr
    (step,) = json.loads(done.stdout)["steps"]
    (goal,) = step["search"]["goals"]
    assert goal["irregular"] == "the largest load still passes"
    assert goal["lower_bound"]["bits_per_second"] == 4e5
    trial = step["search"]["trials"][-1]
    assert trial["sent_packets"] > 0
    assert trial["classes"] == ["lower bound"]
    assert "trial 1: " in done.stderr
    assert "capacity at least 400 kbit/s" in done.stderr


def test_the_report_for_a_pipe_has_the_goal_the_bounds_and_the_trials(sockrig, over_agents):
    done = sockrig("capacity", "a", "b", *SMALL, "--goal", "{loss: 5 %, trial: 300ms}", "--quiet", *over_agents)

    assert done.exit_code == 0, done.stderr
    assert "search goal: own: trials of 300 ms" in done.stdout
    assert "search lower bound: 400.00 kbit/s of payload" in done.stdout
    assert "trial 1: " in done.stdout
    assert done.stderr == ""


def test_a_search_that_is_interrupted_leaves_nothing_on_the_agents(tmp_path, agents, over_agents):
    with running_command("capacity", "a", "b", *SMALL, "--goal", LONG, *over_agents, folder=tmp_path) as command:
        command.wait_for("trial 2:")
        command.process.send_signal(signal.SIGINT)
        assert command.exit_code() == 130
        assert all(agent.holds_nothing() for agent in agents)


def test_a_search_whose_agent_is_lost_keeps_the_trials_that_were_made(tmp_path):
    with (
        running_agent("c", tmp_path) as lost,
        running_agent("d", tmp_path) as left,
        running_command(
            "capacity", "c", "d", *SMALL, "--goal", LONG, "--json", lost.option, left.option, folder=tmp_path
        ) as command,
    ):
        command.wait_for("trial 2:")
        lost.process.kill()
        assert command.exit_code(within_seconds=20) == 3
        result = json.loads(command.stdout)
        assert left.holds_nothing()

    (step,) = result["steps"]
    assert len(step["search"]["trials"]) >= 2
    assert "c" in step["problem"]
    assert step["search"]["goals"][0]["irregular"].endswith("no lower and upper bound was found")
