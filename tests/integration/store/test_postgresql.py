"""The store in PostgreSQL: the same runs, told the same."""

import json
import os
import pwd
import shutil
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from tests.processes import COMMAND_TIMEOUT_SECONDS, SOCKRIG, eventually
from tests.unit.controller.store.recorded import beginning, record

from sockrig.store.archive import export_run, import_run
from sockrig.store.history import History
from sockrig.store.location import StoreLocation
from sockrig.store.opening import OpenStore
from sockrig.store.recorder import Recorder

START_SECONDS = 60.0


def _programs():
    """The newest server of this machine, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: float(path.parts[-3]))
    if found:
        return found[-1].parent
    there = shutil.which("postgres")
    return Path(there).parent if there else None


def _as_nobody_special():
    """What starts a command as a user that the server accepts: it does not run as root."""
    if os.geteuid() != 0:
        return (), os.geteuid(), os.getegid()
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        user = pwd.getpwnam("nobody")
    identity = (f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups")
    return ("setpriv", *identity), user.pw_uid, user.pw_gid


@contextmanager
def _running_server(programs, folder):
    """A server of our own on a socket file in a folder; yields that folder."""
    within, uid, gid = _as_nobody_special()
    folder.mkdir()
    os.chown(folder, uid, gid)
    data = folder / "data"
    initialised = subprocess.run(
        [*within, programs / "initdb", "-D", data, "-U", "sockrig", "-A", "trust", "-E", "UTF8", "--no-sync"],
        capture_output=True, text=True, check=False, cwd=folder,
    )  # fmt: skip
    assert initialised.returncode == 0, initialised.stderr
    log = folder / "log"
    with log.open("wb") as stderr:
        server = subprocess.Popen(
            [*within, programs / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", "-F"],
            stdout=stderr, stderr=stderr, cwd=folder,
        )  # fmt: skip
    try:
        ready = [programs / "pg_isready", "-q", "-h", folder, "-U", "sockrig", "-d", "postgres"]
        assert eventually(lambda: subprocess.run(ready, check=False).returncode == 0, within_seconds=START_SECONDS), (
            log.read_text()
        )
        yield folder
    finally:
        server.terminate()
        server.wait(START_SECONDS)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    pytest.importorskip("psycopg", reason="needs the extra postgresql")
    programs = _programs()
    if programs is None:
        pytest.skip("needs the programs of PostgreSQL (apt-get install postgresql)")
    # A path short enough for a socket file, in a folder that others may pass through.
    folder = Path(f"/tmp/sockrig-postgresql-{os.getpid()}")
    try:
        with _running_server(programs, folder) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def url(server):
    """The URL of an empty database."""
    import psycopg

    with psycopg.connect(f"host={server} user=sockrig dbname=postgres", autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS runs WITH (FORCE)")
        connection.execute("CREATE DATABASE runs")
    return f"postgresql://sockrig@/runs?host={server}"


@pytest.fixture
def location(url):
    return StoreLocation(url=url.replace("postgresql:", "postgresql+psycopg:"))


@pytest.fixture
def store(location):
    with closing(OpenStore.open(location)) as opened:
        yield opened


def test_a_run_is_recorded_found_moved_and_deleted(store, tmp_path):
    with closing(Recorder(store)) as recorder:
        result = record(recorder)
        history = History(store)
        assert history.result("last") == result
        (run,) = history.runs(name_contains="exam").runs
        assert (run.state, run.agents) == ("passed", ("a", "b"))
        assert history.find(run.run_id[:3]).told == run

        with (tmp_path / "run.zip").open("wb") as file:
            export_run(store, "last", file)
        assert history.delete([run.run_id]) == 0, "the server keeps the space"
        assert history.runs().runs == ()
        import_run(store, tmp_path / "run.zip")
        assert history.result("last") == result


def test_a_run_moves_between_the_two_kinds_of_stores(store, tmp_path):
    with closing(Recorder(store)) as recorder:
        result = record(recorder)
    with (tmp_path / "run.zip").open("wb") as file:
        export_run(store, "last", file)
    with closing(OpenStore.open(StoreLocation(tmp_path / "runs.db"))) as other:
        import_run(other, tmp_path / "run.zip")
        assert History(other).result("last") == result


def test_a_living_run_is_running_on_the_servers_clock(store):
    with closing(Recorder(store)) as recorder:
        recorder.begin(beginning(), pytest.fail)
        assert History(store).runs().runs[0].state == "running"


def test_controllers_that_begin_at_once_make_the_tables_once(location):
    with ThreadPoolExecutor(4) as threads:
        stores = list(threads.map(lambda _: OpenStore.open(location), range(4)))
    for opened in stores:
        opened.close()


def test_a_server_that_goes_away_ends_the_record_and_not_the_run(store, server):
    import psycopg

    from sockrig_wire.model.controller import Notice

    failed = threading.Event()
    with closing(Recorder(store)) as recorder:
        recording = recorder.begin(beginning(), lambda _problem: failed.set())
        with psycopg.connect(f"host={server} user=sockrig dbname=postgres", autocommit=True) as connection:
            connection.execute("DROP DATABASE runs WITH (FORCE)")
        recording.take(Notice("info", "x"))
        assert failed.wait(30)
    assert "the store does not work" in str(recording.problem)


def test_the_command_line_keeps_its_runs_there(url):
    def sockrig(*arguments):
        ended = subprocess.run(
            [*SOCKRIG, *arguments, "--store", url],
            capture_output=True, text=True, timeout=COMMAND_TIMEOUT_SECONDS, check=False,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    told = json.loads(sockrig("rr", "local-1", "local-2", "--local", "2", "--duration", "1s", "--quiet", "--json"))
    assert json.loads(sockrig("show", "last", "--json")) == told
    (run,) = json.loads(sockrig("runs", "--json"))
    assert (run["run_id"], run["state"]) == (told["run_id"], "passed")
