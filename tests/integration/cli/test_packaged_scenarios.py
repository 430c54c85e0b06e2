"""The scenarios that come with Sockrig, listed, shown and really run."""

import json

import pytest

SHORT = ("--var", "seconds=1s")


def test_they_are_listed_and_shown(sockrig):
    listed = sockrig("scenarios")
    assert listed.exit_code == 0
    assert "latency-under-load" in listed.stdout
    assert json.loads(sockrig("scenarios", "--json").stdout)
    assert sockrig("scenarios", "show", "quick").stdout.startswith("# The network between agents")


@pytest.mark.parametrize("command", [("scenarios", "show", "quikc"), ("run", "quikc", "--local", "2")])
def test_a_mistyped_name_is_guessed(sockrig, command):
    ended = sockrig(*command)
    assert ended.exit_code == 2
    assert "Did you mean 'quick'?" in ended.stderr


def test_too_few_agents_are_told_how_many_are_needed(sockrig):
    ended = sockrig("run", "incast", "--local", "2")
    assert ended.exit_code == 2
    assert "needs 3 or more agents, and there are 2: senders lacks 1" in ended.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "agents", "steps"), [("quick", 3, 4), ("incast", 3, 1), ("voice", 2, 1), ("soak", 2, 1)]
)
def test_one_runs_green_on_this_machine(sockrig, name, agents, steps):
    ended = sockrig("run", name, "--local", str(agents), "--json", "--quiet", *SHORT)
    result = json.loads(ended.stdout)
    assert (ended.exit_code, result["verdict"]) == (0, "passed"), ended.stdout
    assert len(result["steps"]) == steps


@pytest.mark.slow
def test_latency_under_load_ends_with_the_growth_of_the_round_trip(sockrig):
    ended = sockrig("run", "latency-under-load", "--local", "2", "--json", "--quiet", *SHORT, "--var", "streams=1")
    result = json.loads(ended.stdout)
    assert ended.exit_code == 0
    loads = result["latency_under_load"]
    assert [(one["idle_step"], one["step"]) for one in loads] == [
        ("idle", "up"),
        ("idle", "down"),
        ("idle", "both ways"),
    ]
    for one, step in zip(loads, result["steps"][1:], strict=True):
        (probe,) = [flow for flow in step["flows"] if flow["kind"] == "udp-rr"]
        assert one["round_trip_seconds"] == probe["round_trip"]["p50_seconds"]
        assert one["round_trips_per_minute"] == pytest.approx(60 / one["round_trip_seconds"])
        assert one["growth_ratio"] == pytest.approx(one["round_trip_seconds"] / one["idle_round_trip_seconds"])
