"""runs, show, compare, export, import and prune: what a user does with runs of the past."""

import json
import shutil
import signal
import subprocess
import zipfile

import pytest
from tests.processes import COMMAND_TIMEOUT_SECONDS, SOCKRIG, running_command

STREAM = ("--duration", "1s", "--rate", "500 pps", "--size", "100 B", "--quiet")


@pytest.fixture
def kept(sockrig, tmp_path):
    """``sockrig`` with a store of this test."""
    place = str(tmp_path / "runs.db")

    def run(*arguments, **more):
        return sockrig(*arguments, environment={"SOCKRIG_STORE": place}, **more)

    return run


def runs_in(folder, agents, *command):
    """Run a command twice in a folder, with a store there; returns what each told. Tests work on copies of it."""
    told = [
        subprocess.run(
            [*SOCKRIG, *command, *(agent.option for agent in agents), "--store", "runs.db"],
            capture_output=True, text=True, timeout=COMMAND_TIMEOUT_SECONDS, check=True, cwd=folder,
        ).stdout
        for _ in range(2)
    ]  # fmt: skip
    assert not (folder / "runs.db-wal").exists(), "a store that nobody uses is one file"
    return told


@pytest.fixture(scope="module")
def made_two_runs(agents, tmp_path_factory):
    folder = tmp_path_factory.mktemp("two-runs")
    return folder, runs_in(folder, agents, "udp", "a", "b", *STREAM, "--json")


@pytest.fixture
def two_runs(made_two_runs, tmp_path):
    """The documents of two runs, as they were told when they ended."""
    folder, told = made_two_runs
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    return [json.loads(one) for one in told]


def test_a_run_is_listed_and_shown_as_it_was_told(kept, two_runs):
    listed = json.loads(kept("runs", "--json").stdout)
    assert [run["run_id"] for run in listed] == [two_runs[1]["run_id"], two_runs[0]["run_id"]]
    assert {run["state"] for run in listed} == {"passed"}
    assert listed[0]["agents"] == ["a", "b"]
    assert json.loads(kept("runs", "--json", "--limit", "1").stdout) == listed[:1]
    assert json.loads(kept("runs", "--json", "--name", "nothing like this").stdout) == []

    assert json.loads(kept("show", "last~1", "--json").stdout) == two_runs[0]
    shown = kept("show", two_runs[1]["run_id"][:6])
    assert shown.exit_code == 0
    assert shown.stdout.startswith("run passed: ")
    assert f"id {two_runs[1]['run_id']}" in shown.stdout
    table = kept("runs").stdout
    assert two_runs[0]["run_id"][:8] in table
    assert "passed" in table


def test_two_runs_are_compared(kept, two_runs):
    ended = kept("compare", "last~1", "last")
    assert ended.exit_code == 0
    assert "throughput" in ended.stdout
    (comparison,) = json.loads(kept("compare", "last~1", "last", "--json").stdout)
    assert comparison["before"] == [two_runs[0]["run_id"]]
    assert comparison["after"] == [two_runs[1]["run_id"]]
    throughput = comparison["flows"][0]["metrics"][0]
    assert throughput["before"] == two_runs[0]["steps"][0]["flows"][0]["received"]["bits_per_second"]
    several = json.loads(kept("compare", "last,last~1", "last", "last~1", "--json").stdout)
    assert [one["after"] for one in several] == [[two_runs[1]["run_id"]], [two_runs[0]["run_id"]]]
    assert kept("compare", "last").exit_code == 2


def test_a_run_moves_to_another_store_in_one_file(kept, sockrig, two_runs, tmp_path):
    ended = kept("export", "last", "run.zip")
    assert ended.exit_code == 0
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("run.")] == ["run.zip"]
    elsewhere = ("--store", str(tmp_path / "elsewhere.db"))
    assert two_runs[1]["run_id"] in sockrig("import", "run.zip", *elsewhere).stdout
    assert json.loads(sockrig("show", "last", "--json", *elsewhere).stdout) == two_runs[1]
    again = sockrig("import", "run.zip", *elsewhere)
    assert (again.exit_code, again.stdout) == (2, "")
    assert "already" in again.stderr
    assert sockrig("import", "nothing.zip", *elsewhere).exit_code == 2
    (tmp_path / "bad.zip").write_bytes((tmp_path / "run.zip").read_bytes()[:-100])
    damaged = sockrig("import", "bad.zip", *elsewhere)
    assert damaged.exit_code == 2
    assert "no whole archive" in damaged.stderr


def test_a_failed_export_leaves_no_file(kept, two_runs, tmp_path):
    assert kept("export", "zz", "run.zip").exit_code == 2
    assert kept("export", "last", "no/such/folder/run.zip").exit_code == 2
    assert not list(tmp_path.glob("run.zip*"))


def test_pruning_asks_and_says_what_it_frees(kept, two_runs):
    assert kept("runs", "prune").exit_code == 2
    unasked = kept("runs", "prune", "--keep", "1")
    assert unasked.exit_code == 2
    assert "Delete 1 run of 2" in unasked.stderr
    assert "--yes" in unasked.stderr
    assert kept("runs", "prune", "--older-than", "1d", "--yes").stdout.startswith("nothing to delete")
    ended = kept("runs", "prune", "--keep", "1", "--yes")
    assert ended.exit_code == 0
    assert ended.stdout.startswith("1 run deleted")
    assert [run["run_id"] for run in json.loads(kept("runs", "--json").stdout)] == [two_runs[1]["run_id"]]


def test_who_looks_for_a_store_that_is_not_there_makes_none(kept, sockrig, tmp_path):
    ended = kept("runs")
    assert ended.exit_code == 2
    assert "there is no store yet" in ended.stderr
    assert not list(tmp_path.glob("runs.db*"))
    assert sockrig("show", "last", "--store", "none").exit_code == 2


def test_none_records_nothing(kept, over_agents, tmp_path):
    assert kept("udp", "a", "b", *STREAM, *over_agents, "--store", "none").exit_code == 0
    assert not list(tmp_path.glob("runs.db*"))


def test_the_usual_place_is_the_data_folder_of_the_user(sockrig, over_agents, tmp_path):
    environment = {"SOCKRIG_STORE": "", "XDG_DATA_HOME": str(tmp_path / "data")}
    assert sockrig("udp", "a", "b", *STREAM, *over_agents, environment=environment).exit_code == 0
    assert (tmp_path / "data" / "sockrig" / "runs.db").is_file()


def test_a_run_that_its_user_stops_is_interrupted(kept, over_agents, tmp_path):
    place = str(tmp_path / "runs.db")
    with running_command(
        "udp", "a", "b", "--duration", "60s", "--rate", "100 pps", "--store", place, *over_agents, folder=tmp_path
    ) as command:
        command.wait_for("running")
        command.process.send_signal(signal.SIGINT)
        assert command.exit_code() == 130
    (run,) = json.loads(kept("runs", "--json").stdout)
    assert run["state"] == "interrupted"
    document = json.loads(kept("show", "last", "--json").stdout)
    assert document["verdict"] == "interrupted"
    assert "it was stopped" in document["notices"][0]


def test_a_run_that_cannot_be_carried_out_is_recorded_with_its_reason(kept, over_agents):
    ended = kept("udp", "a", "b", "--device", "no-such-device", *STREAM, *over_agents)
    assert ended.exit_code == 4
    (run,) = json.loads(kept("runs", "--json").stdout)
    assert run["state"] == "error"
    assert "no-such-device" in kept("show", "last").stdout


SEVERAL = """
scenario: several
agents: {a: {}, b: {}}
steps:
  - name: asks
    repeat: 2
    together:
      - flow: {kind: udp-rr, name: up, from: a, to: b, rate: 100/s, duration: 300ms}
      - flow: {kind: udp-rr, name: down, from: b, to: a, rate: 100/s, duration: 300ms}
    expect: [rtt.p90 <= 1 s]
  - name: who
    reach: {from: a, to: b, ports: [tcp/39871]}
  - include: more.yaml
"""
MORE = """
scenario: more
agents: {a: {}, b: {}}
steps:
  - {name: nap, sleep: 10ms}
"""


@pytest.fixture(scope="module")
def made_several(agents, tmp_path_factory):
    folder = tmp_path_factory.mktemp("several")
    (folder / "several.yaml").write_text(SEVERAL)
    (folder / "more.yaml").write_text(MORE)
    runs_in(folder, agents, "run", "several.yaml", "--quiet", "--html", "told.html", "--junit", "told.xml")
    return folder


@pytest.fixture
def several(made_several, tmp_path):
    """Two runs of steps of several kinds, some repeated and some in another file, with their reports."""
    shutil.copytree(made_several, tmp_path, dirs_exist_ok=True)
    return tmp_path


def test_a_past_run_has_all_reports_that_it_had_at_its_end(kept, several):
    ended = kept("show", "last", "--html", "shown.html", "--junit", "shown.xml", "--csv", "-")
    assert ended.exit_code == 0
    assert (several / "shown.html").read_text() == (several / "told.html").read_text()
    assert (several / "shown.xml").read_text() == (several / "told.xml").read_text()
    assert ended.stdout.startswith("run_id,")


def test_the_repetitions_of_a_step_are_compared_with_those_of_the_other_run(kept, several):
    text = kept("compare", "last~1", "last").stdout
    assert "asks: up udp-rr a > b" in text
    assert "1 of 2" not in text
    assert "reach: 1 of 1 probe as before" in text
    assert "over the repetitions in each run" in text
    (comparison,) = json.loads(kept("compare", "last~1", "last", "--json").stdout)
    trip = next(one for one in comparison["flows"][0]["metrics"] if one["metric"] == "round trip p50")
    assert (trip["values"], trip["unit"]) == ("repetitions", "s")
    assert trip["half_width"] is not None


def test_what_a_scenario_includes_goes_with_it_from_store_to_store(kept, several):
    assert kept("export", "last", "run.zip").exit_code == 0
    with zipfile.ZipFile(several / "run.zip") as archive:
        assert archive.read("included-1.yaml").decode() == MORE
        assert archive.read("scenario.yaml").decode() == SEVERAL


def test_percentiles_over_several_flows_of_a_past_run_are_exact_as_a_baseline(kept, over_agents, several):
    beside = SEVERAL.replace("rtt.p90 <= 1 s", "rtt.p90 <= 100000 % of baseline")
    (several / "beside.yaml").write_text(beside)
    ended = kept("run", "beside.yaml", "--baseline", "last", "--json", "--quiet", *over_agents)
    assert ended.exit_code == 0, ended.stderr
    (expectation,) = json.loads(ended.stdout)["steps"][0]["expectations"]
    assert expectation["baseline_value"] > 0
    nowhere = kept("run", "beside.yaml", "--baseline", "zz", "--quiet", *over_agents)
    assert nowhere.exit_code == 2
    assert "no such run of the past" in nowhere.stderr
