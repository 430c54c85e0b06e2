"""Shapes, sweeps, repetitions and included files, from a file to the report."""

import json

import pytest

HEAD = "scenario: x\nagents: {a: {names: [a]}, b: {names: [b]}}\nsteps:\n"
RR = "{kind: tcp-rr, from: a, to: b, duration: 200ms}"


@pytest.fixture
def run(sockrig, over_agents, tmp_path):
    """Run these steps to their end; the exit code and the document."""

    def steps(text):
        (tmp_path / "x.yaml").write_text(HEAD + text)
        ended = sockrig("run", "x.yaml", "--json", *over_agents)
        return ended, json.loads(ended.stdout or "{}")

    return steps


def test_a_sweep_tells_its_values_with_every_result(run):
    flow = "{kind: udp-stream, shape: ring, from: [a, b], duration: 200ms, size: $size, rate: 500 pps}"
    ended, result = run(f"  - {{name: sweep, matrix: {{size: [64 B, 1400 B]}}, flow: {flow}}}\n")
    assert ended.exit_code == 0
    assert [(step["name"], step["variables"]) for step in result["steps"]] == [
        ("sweep, size=64 B", {"size": "64 B"}),
        ("sweep, size=1400 B", {"size": "1400 B"}),
    ]
    assert [(flow["source"], flow["destination"]) for flow in result["steps"][0]["flows"]] == [("a", "b"), ("b", "a")]


def test_repetitions_are_results_of_their_own_with_a_summary(run):
    ended, result = run(f"  - {{name: ask, repeat: 3, flow: {RR}, expect: rtt < 1 s}}\n")
    assert ended.exit_code == 0
    *repetitions, summary = result["steps"]
    assert [step["name"] for step in repetitions] == ["ask, 1 of 3", "ask, 2 of 3", "ask, 3 of 3"]
    assert [step["repetition"] for step in repetitions] == [1, 2, 3]
    assert len({step["flows"][0]["name"] for step in repetitions}) == 3
    assert all(step["flows"][0]["transactions"] > 0 for step in repetitions)
    assert summary["name"] == "ask, 3 repetitions"
    (figure,) = summary["repetitions"]["figures"]
    assert figure["metric"] == "rtt"
    assert figure["values"] == [step["flows"][0]["round_trip"]["p50_seconds"] for step in repetitions]
    assert figure["half_width"] is not None
    assert "step 4 of 4: ask, 3 repetitions" in ended.stderr


def test_an_aim_that_is_reached_ends_the_repetitions_and_one_that_is_missed_fails(run):
    paced = "{kind: udp-stream, from: a, to: b, duration: 300ms, rate: 100 pps, size: 100 B}"
    ended, result = run(f"  - {{name: calm, repeat: {{until: throughput within 50 %, most: 9}}, flow: {paced}}}\n")
    assert ended.exit_code == 0
    assert result["steps"][-1]["repetitions"]["reached"] is True
    assert len(result["steps"]) <= 9
    assert "step 1 of at most 10: calm, 1 of at most 9" in ended.stderr
    until = "{until: rtt.max within 0.0001 %, least: 2, most: 2}"
    ended, result = run(f"  - {{name: wild, repeat: {until}, flow: {RR}}}\n")
    assert ended.exit_code == 1
    assert result["steps"][-1]["verdict"] == "failed"
    assert "rtt.max within 0.0001 % was not reached in 2 repetitions: mean " in result["steps"][-1]["problem"]


def test_the_steps_of_other_files_are_read_beside_the_scenario_and_sent_along(run, sockrig, over_agents, tmp_path):
    (tmp_path / "parts").mkdir()
    part = "scenario: ask\nagents: [a, b]\nvars: {seconds: 100ms}\nsteps:\n"
    (tmp_path / "parts" / "ask.yaml").write_text(
        f"{part}  - {{name: one, flow: {RR.replace('200ms', '$seconds')}}}\n  - include: nap.yaml\n"
    )
    (tmp_path / "parts" / "nap.yaml").write_text("scenario: nap\nagents: [a]\nsteps: [{sleep: 10ms}]\n")
    text = "  - include: {file: parts/ask.yaml, vars: {seconds: 150ms}}\n"
    ended, result = run(text)
    assert ended.exit_code == 0
    assert [step["name"] for step in result["steps"]] == ["ask / one", "ask / nap / sleep 10 ms"]
    assert sockrig("run", "-", "--quiet", *over_agents, stdin=(HEAD + text).encode()).exit_code == 0


def test_a_file_that_is_not_there_is_told_before_anything_runs(run, tmp_path):
    ended, _ = run("  - include: gone.yaml\n")
    assert ended.exit_code == 2
    assert "x.yaml:4:14: include: gone.yaml cannot be read: No such file or directory" in ended.stderr
    (tmp_path / "loop.yaml").write_text("scenario: l\nagents: [a]\nsteps: [{include: x.yaml}]\n")
    ended, _ = run("  - include: loop.yaml\n")
    assert ended.exit_code == 2
    assert "loop.yaml:3:19: include: x.yaml includes itself: x.yaml:4:14 -> loop.yaml:3:19 -> x.yaml" in ended.stderr


def test_a_packaged_scenario_is_included_by_its_name(sockrig, tmp_path):
    (tmp_path / "y.yaml").write_text("scenario: y\nagents: [a]\nsteps: [{include: demo}]\n")
    ended = sockrig("check", "y.yaml")
    assert ended.exit_code == 2
    assert "demo:" in ended.stderr
    assert "has no role" in ended.stderr
