"""Runs that are compared with an earlier one."""

import json
import re

import pytest

SCENARIO = """\
scenario: paced
agents: {source: {names: [a]}, sink: {names: [b]}}
vars: {rate: 20 Mbit/s}
steps:
  - name: bulk
    flow: {kind: tcp-stream, from: source, to: sink, duration: 500ms, rate: $rate}
    expect: [%s]
"""
BESIDE = "throughput >= 80 % of baseline, each(throughput) <= 120 % of baseline"


@pytest.fixture
def before(sockrig, over_agents, tmp_path):
    """The result file of an earlier run."""
    ended = sockrig("run", "-", "--json", "--quiet", *over_agents, stdin=(SCENARIO % "bytes > 0 B").encode())
    assert ended.exit_code == 0
    (tmp_path / "before.json").write_text(ended.stdout)
    (tmp_path / "paced.yaml").write_text(SCENARIO % BESIDE)
    return json.loads(ended.stdout)


def test_a_run_that_is_as_good_as_its_baseline_passes_and_names_it(sockrig, over_agents, before):
    ended = sockrig("run", "paced.yaml", "--baseline", "before.json", "--json", "--quiet", *over_agents)
    assert ended.exit_code == 0
    result = json.loads(ended.stdout)
    assert result["baseline"] == before["run_id"]
    earlier = before["steps"][0]["flows"][0]["received"]["bits_per_second"]
    for expectation in result["steps"][0]["expectations"]:
        assert expectation["baseline_value"] == pytest.approx(earlier)


def test_a_worse_run_fails_and_says_what_was_asked_what_was_measured_and_where(sockrig, over_agents, before):
    ended = sockrig("run", "paced.yaml", "--var", "rate=5 Mbit/s", "--baseline", "before.json", *over_agents)
    assert ended.exit_code == 1
    (line,) = [line for line in ended.stdout.splitlines() if line.startswith("expectation failed")]
    figure = r"[0-9.]+ Mbit/s"
    assert re.fullmatch(
        f"expectation failed: throughput >= 80 % of baseline, measured {figure} \\(a > b\\), "
        f"asked for at least {figure} beside the baseline's {figure}",
        line,
    )


def test_a_scenario_may_name_its_baseline_beside_itself(sockrig, over_agents, before, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "before.json").rename(tmp_path / "folder" / "before.json")
    (tmp_path / "folder" / "paced.yaml").write_text(f"baseline: before.json\n{SCENARIO % BESIDE}")
    assert sockrig("run", "folder/paced.yaml", "--quiet", *over_agents).exit_code == 0


@pytest.mark.parametrize("where", ["listening", "local"])
def test_without_a_baseline_nothing_is_opened(sockrig, over_agents, tmp_path, where):
    text = SCENARIO % "throughput >= baseline"
    if where == "local":
        text = text.replace("[a]", "[local-1]").replace("[b]", "[local-2]")
    (tmp_path / "paced.yaml").write_text(text)
    ended = sockrig("run", "paced.yaml", *(over_agents if where == "listening" else ("--local", "2")))
    assert ended.exit_code == 2
    assert "paced.yaml:7:14: throughput >= baseline: there is no baseline: give one with --baseline" in ended.stderr
    assert "step 1" not in ended.stderr
    assert ended.stdout == ""


def test_a_baseline_that_lacks_the_step_is_refused_before_anything_is_opened(sockrig, over_agents, before, tmp_path):
    (tmp_path / "other.yaml").write_text((SCENARIO % "throughput >= baseline").replace("name: bulk", "name: other"))
    ended = sockrig("run", "other.yaml", "--baseline", "before.json", *over_agents)
    assert ended.exit_code == 2
    assert "has no steps named 'other', and one is needed; it has 'bulk'" in ended.stderr


@pytest.mark.parametrize(("name", "content"), [("nowhere.json", None), ("bad.json", "{}"), ("bad.json", "\x00")])
def test_a_baseline_that_cannot_be_read_says_so(sockrig, over_agents, tmp_path, name, content):
    (tmp_path / "paced.yaml").write_text(SCENARIO % BESIDE)
    if content is not None:
        (tmp_path / name).write_text(content)
    ended = sockrig("run", "paced.yaml", "--baseline", name, *over_agents)
    assert ended.exit_code == 2
    assert name in ended.stderr
    assert "baseline" in ended.stderr
