"""Stores that fail, controllers that die: a clear error before anything is opened, or nothing of the run is lost."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import func, select
from tests.integration.faults.scenarios import SLOW, stream
from tests.processes import COMMAND_TIMEOUT_SECONDS, SOCKRIG, eventually, running_command, stop

from sockrig.store import tables
from sockrig.store.history import History
from sockrig.store.location import StoreLocation
from sockrig.store.opening import OpenStore
from sockrig.store.tables import SCHEMA_VERSION, VERSION_TABLE
from sockrig_wire.model.controller import SearchTrial
from sockrig_wire.version import VERSION

RUN = ("udp", "local-1", "local-2", "--local", "2", "--duration", "1s", "--rate", "500 pps", "--size", "100 B")

needs_mounts = pytest.mark.skipif(os.geteuid() != 0, reason="mounts file systems of its own: needs root")


def sockrig(*arguments, within=()):
    ended = subprocess.run(
        [*within, *SOCKRIG, *arguments], capture_output=True, text=True, timeout=COMMAND_TIMEOUT_SECONDS, check=False
    )
    assert "Traceback" not in ended.stderr
    return ended


def after(script):
    """What starts a command in a mount namespace of its own, which ends with it, after a script."""
    return ("unshare", "--mount", "sh", "-c", f'set -e; {script}; exec "$@"', "sh")


@pytest.fixture
def place(tmp_path):
    return str(tmp_path / "store" / "runs.db")


@pytest.fixture
def scenario(tmp_path):
    path = tmp_path / "stream.yaml"
    path.write_text(stream("udp-stream", seconds=60, settings=f"{SLOW}, interval: 100ms"))
    return str(path)


def test_a_killed_controller_leaves_what_was_seen_and_the_run_reads_interrupted(a, b, scenario, place, tmp_path):
    with closing(OpenStore.at(place)) as store:
        _kill_in_mid_run(("run", scenario, a.option, b.option), tmp_path, store, samples=50)
    document = json.loads(sockrig("show", "last", "--json", "--store", place).stdout)
    assert document["verdict"] == "interrupted"
    assert document["scenario_text"] == Path(scenario).read_text()
    assert document["controller_version"] == VERSION
    assert [(agent["name"], agent["version"]) for agent in document["agents"]] == [("a", VERSION), ("b", VERSION)]
    (step,) = document["steps"]
    assert (step["name"], step["verdict"]) == ("stream", "interrupted")
    intervals = step["flows"][0]["intervals"]
    assert len(intervals) >= 20
    assert all(interval["received"]["bytes"] for interval in intervals[1:-1])
    assert sockrig("show", "last", "--store", place).stdout.startswith("run interrupted: ")
    assert sockrig(*RUN, "--store", place, "--quiet").returncode == 0, "and the store serves the next run"


SEARCH_AFTER_REPETITIONS = """
scenario: several
agents: {a: {}, b: {}}
steps:
  - name: asks
    repeat: 2
    flow: {kind: udp-rr, from: a, to: b, rate: 50/s, duration: 200ms}
  - name: found
    matrix: {size: [64 B]}
    search:
      flow: {kind: udp-stream, from: a, to: b, size: $size}
      rate: {from: 100 pps, to: 2 kpps}
      goal: {loss: 1 %, exceed: 50 %, trial: 1s, sum: 60s, width: 5 %}   # a minute of trials at the least
"""


def test_a_search_whose_controller_was_killed_has_its_trials_and_all_steps_before(a, b, place, tmp_path):
    path = tmp_path / "several.yaml"
    path.write_text(SEARCH_AFTER_REPETITIONS)
    with closing(OpenStore.at(place)) as store:
        _kill_in_mid_run(("run", str(path), a.option, b.option), tmp_path, store, trials=1)
        result = History(store).result("last")
    assert [(step.name, step.verdict.value, step.repetition) for step in result.steps] == [
        ("asks, 1 of 2", "passed", 1),
        ("asks, 2 of 2", "passed", 2),
        ("asks, 2 repetitions", "passed", None),
        ("found, size=64 B", "interrupted", None),
    ]
    assert result.steps[0].flows[0].histograms
    assert result.start_skew_seconds is not None
    found = result.steps[3]
    assert found.variables == {"size": "64 B"}
    assert [trial.number for trial in found.search.trials] == list(range(1, len(found.search.trials) + 1))
    assert sockrig("show", "last", "--store", place, "--html", str(tmp_path / "page.html")).returncode == 0


def _kill_in_mid_run(command, folder, store, *, samples=0, trials=0):
    """Kill a command when so much of its run is in the store, and wait until the run reads interrupted."""

    def seen():
        with store.reading.connect() as connection:
            stored = connection.execute(select(func.count()).select_from(tables.samples)).scalar_one()
            ended = select(func.count()).where(tables.events.c.kind == SearchTrial.__name__)
            return stored >= samples and connection.execute(ended).scalar_one() >= trials

    with running_command(*command, "--store", str(store.location), folder=folder) as running:
        assert eventually(lambda: running.process.poll() is not None or seen(), within_seconds=30), running.stderr
        assert running.process.poll() is None, running.stderr
        running.process.kill()
        running.exit_code()
    assert [run.state for run in History(store).runs().runs] == ["running"]
    assert eventually(lambda: History(store).runs().runs[0].state == "interrupted", within_seconds=15)


@needs_mounts
@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("mount -t tmpfs none {folder}; mount -o remount,ro {folder}", "Read-only file system"),
        ("mount -t tmpfs -o size=64k none {folder}", "no space is left"),
        ("mount -t tmpfs -o size=64k none {folder}; head -c 64k /dev/zero > {folder}/full || true", "space"),
    ],
)
def test_a_place_that_cannot_hold_a_store_is_told_before_anything_is_opened(tmp_path, script, words):
    folder = tmp_path / "store"
    folder.mkdir()
    ended = sockrig(*RUN, "--store", f"{folder}/runs.db", within=after(script.format(folder=folder)))
    assert (ended.returncode, ended.stdout) == (4, "")
    assert words.lower() in ended.stderr.lower()
    assert f"store {folder}/runs.db" in ended.stderr
    assert "step 1" not in ended.stderr


@needs_mounts
def test_a_file_that_is_read_only_is_told_and_left_as_it_is(place, tmp_path):
    assert sockrig(*RUN, "--store", place, "--quiet").returncode == 0
    before = (tmp_path / "store" / "runs.db").read_bytes()
    ended = sockrig(
        *RUN, "--store", place, within=after(f"mount --bind {place} {place}; mount -o remount,ro,bind {place}")
    )
    assert (ended.returncode, ended.stdout) == (4, "")
    assert "read-only" in ended.stderr.lower()
    assert (tmp_path / "store" / "runs.db").read_bytes() == before


@needs_mounts
def test_a_disk_that_fills_up_on_the_way_ends_the_record_and_not_the_run(tmp_path):
    folder = tmp_path / "store"
    folder.mkdir()
    run = (*RUN[:-6], "--duration", "4s", "--rate", "500 pps", "--json", "--store", f"{folder}/runs.db")
    with running_command(*run, folder=tmp_path, within=after(f"mount -t tmpfs -o size=4m none {folder}")) as command:
        command.wait_for("running")
        fill = ("nsenter", f"--target={command.pid}", "--mount", "dd", "if=/dev/zero", f"of={folder}/full", "bs=4k")
        filled = subprocess.run(fill, stderr=subprocess.PIPE, text=True, check=False)
        assert "No space left" in filled.stderr
        assert command.exit_code() == 0, command.stderr
        document = json.loads(command.stdout)
    assert document["verdict"] == "passed"
    assert document["steps"][0]["flows"][0]["received"]["packets"] > 0
    assert "not recorded to its end" in document["notices"][-1]
    assert "no space is left" in document["notices"][-1]
    assert "not recorded to its end" in command.stderr


def test_a_store_of_a_newer_version_is_told_and_left_as_it_is(tmp_path):
    path = tmp_path / "runs.db"
    OpenStore.open(StoreLocation(path)).close()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"UPDATE {VERSION_TABLE} SET version_num = '{SCHEMA_VERSION + 1}'")
    before = path.read_bytes()
    ended = sockrig(*RUN, "--store", str(path))
    assert (ended.returncode, ended.stdout) == (4, "")
    assert "a newer version of Sockrig made this store" in ended.stderr
    assert path.read_bytes() == before


def test_a_file_that_is_no_store_is_told_and_left_alone(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("buy milk")
    ended = sockrig(*RUN, "--store", str(path))
    assert (ended.returncode, ended.stdout) == (4, "")
    assert "no store" in ended.stderr
    assert path.read_text() == "buy milk"


def test_commands_share_a_store_at_the_same_time_and_nothing_of_theirs_is_lost(a, b, place):
    flows = ("--duration", "2s", "--rate", "500 pps", "--size", "100 B", "--interval", "100ms", "--json", "--quiet")
    running = [
        subprocess.Popen(
            [*SOCKRIG, "udp", "a", "b", a.option, b.option, "--store", place, *flows], stdout=subprocess.PIPE
        )
        for _ in range(3)
    ]
    told = [json.loads(one.communicate(timeout=COMMAND_TIMEOUT_SECONDS)[0]) for one in running]
    assert [one.returncode for one in running] == [0, 0, 0]
    for document in told:
        shown = sockrig("show", document["run_id"], "--json", "--store", place)
        assert json.loads(shown.stdout) == document


@pytest.fixture
def start_controller(a, b):
    """Starts controllers that stay up until the test ends; gives the process and its address."""
    started = []

    def start(place):
        process = subprocess.Popen(
            [*SOCKRIG, "controller", "--listen", "127.0.0.1:0", a.option, b.option, "--store", place],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        started.append(process)
        return process, process.stdout.readline().decode().split()[-1]

    yield start
    for process in started:
        stop(process)


def test_a_controller_has_its_store_alone_and_tells_who_wants_it_too_where_to_go(start_controller, a, place):
    process, address = start_controller(place)
    rival = sockrig("controller", "--listen", "127.0.0.1:0", a.option, "--store", place)
    assert (rival.returncode, rival.stdout) == (4, "")
    for ended in (rival, sockrig(*RUN, "--store", place), sockrig("runs", "--store", place)):
        assert ended.returncode == 4
        assert f"process id {process.pid} at {address}" in ended.stderr
    assert f"--controller {address}" in sockrig("runs", "--store", place).stderr

    assert "no run is in the store" in sockrig("runs", "--controller", address).stdout
    told = sockrig("udp", "a", "b", "--duration", "1s", "--rate", "500 pps", "--controller", address, "--json").stdout
    assert sockrig("show", "last", "--controller", address, "--json").stdout == told

    process.kill()
    process.wait()
    assert sockrig("runs", "--store", place).returncode == 0, "a dead controller keeps nobody out"


def test_a_rig_records_where_it_is_told_to(tmp_path, place):
    program = (
        "import sys; from sockrig import Rig\n"
        "with Rig.local(2, store=sys.argv[1]) as rig: print(rig.run(sys.argv[2]).run_id)\n"
        "with Rig.local(2) as rig: rig.run(sys.argv[2])\n"
    )
    path = tmp_path / "short.yaml"
    path.write_text(stream("tcp-rr", seconds=0.5))
    ended = subprocess.run(
        [sys.executable, "-c", program, place, str(path)],
        capture_output=True, text=True, timeout=COMMAND_TIMEOUT_SECONDS, check=True,
    )  # fmt: skip
    listed = json.loads(sockrig("runs", "--json", "--store", place).stdout)
    assert [run["run_id"] for run in listed] == [ended.stdout.strip()]
