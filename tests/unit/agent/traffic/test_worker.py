import socket
import time
from queue import Queue

import pytest

from sockrig_agent.traffic import worker
from sockrig_agent.traffic.engine import Assignment, Engine, Engines
from sockrig_agent.traffic.kinds import BUILT_IN, Kind
from sockrig_agent.traffic.worker import Prepared, Worker
from sockrig_wire.model.failures import ErrorCode
from sockrig_wire.model.flows import FlowSpec, FlowStart, Role, WorkerFailed, WorkerResult


class Trial(Engine):
    """An engine that fails where it is told to."""

    failing: "tuple[str, Exception] | None" = None
    closed = False
    steps = ()

    def make_ready(self, _timetable):
        self.ready_at = time.monotonic_ns()

    def _step(self, name):
        if self.failing and self.failing[0] == name:
            raise self.failing[1]

    def prepare(self):
        self._step("prepare")

    def run(self, _timetable):
        type(self).steps = (self.ready_at, time.monotonic_ns())
        self.counters.bytes = 5
        self._step("run")

    def figures(self, base):
        return base

    def close(self):
        type(self).closed = True


@pytest.fixture
def trial(monkeypatch):
    monkeypatch.setitem(BUILT_IN, "trial", Kind("trial", f"{__name__}:ENGINES"))
    monkeypatch.setattr(Kind, "load", lambda _: Engines(Trial, Trial))
    monkeypatch.setattr(Trial, "closed", False)
    return Trial


def live(*, start=True, stop=False, role=Role.SOURCE, at=0, alone=True, rate=None):
    spec = FlowSpec(name="f", kind="trial", duration_seconds=0.01, rate_packets_per_second=rate)
    one = Worker(Assignment(spec, role, 2), alone=alone)
    if start:
        one.orders.give_start(FlowStart("f", role, at))
    if stop:
        one.orders.give_stop()
    reports = Queue()
    one.live(reports.put)
    return list(reports.queue)


def test_a_worker_reports_that_it_is_armed_and_then_its_result(trial):
    prepared, result = live()
    assert prepared == Prepared(2, None)
    assert (result.flow, result.role, result.worker, result.error) == ("f", Role.SOURCE, 2, "")
    assert result.window_seconds == pytest.approx(0.01)
    assert 0 < result.started_at_nanoseconds <= result.finished_at_nanoseconds
    assert trial.closed


@pytest.mark.parametrize("alone", [True, False])
def test_a_source_is_made_ready_before_its_start_and_begins_no_earlier_than_that(trial, alone):
    at = time.monotonic_ns() + 60_000_000
    _, result = live(at=at, alone=alone)

    ready_at, run_at = trial.steps
    assert ready_at < at <= result.started_at_nanoseconds <= run_at


@pytest.mark.parametrize(
    ("role", "rate", "before"),
    [
        (Role.SOURCE, 10, ["short slices", "rehearse"]),
        (Role.SOURCE, None, ["short slices", "rehearse", "usual slices"]),
        (Role.DESTINATION, 10, []),
    ],
)
def test_a_source_has_rehearsed_and_is_served_soon_at_its_start_and_on_while_it_has_a_rate(
    trial, monkeypatch, role, rate, before
):
    heard = []
    monkeypatch.setattr(worker, "ask_for_short_slices", lambda: heard.append("short slices"))
    monkeypatch.setattr(worker, "give_short_slices_back", lambda: heard.append("usual slices"))
    monkeypatch.setattr(trial, "rehearse", lambda _engine: heard.append("rehearse"))
    monkeypatch.setattr(trial, "run", lambda _engine, _timetable: heard.append("run"))
    live(role=role, rate=rate)

    assert heard == [*before, "run"]


def test_the_time_in_which_a_worker_could_run_begins_with_its_traffic(trial):
    _, result = live(at=time.monotonic_ns() + 60_000_000)

    elapsed = (result.finished_at_nanoseconds - result.started_at_nanoseconds) / 1e9
    assert result.cpu.wall_seconds == pytest.approx(elapsed)


def test_a_destination_waits_for_what_comes_from_a_moment_before_the_start(trial, monkeypatch):
    moment = 10_000_000_000
    monkeypatch.setattr(worker, "_READY_NANOSECONDS", moment)
    at = time.monotonic_ns() + moment + 60_000_000
    _, result = live(at=at, role=Role.DESTINATION)

    assert at - moment <= result.started_at_nanoseconds < at


def test_a_failure_to_prepare_is_told_with_the_systems_word_for_it(trial, monkeypatch):
    monkeypatch.setattr(trial, "failing", ("prepare", ConnectionRefusedError(111, "Connection refused")))
    (failed,) = live()
    assert isinstance(failed, WorkerFailed)
    assert failed.error.code is ErrorCode.SOCKET
    assert failed.error.errno_name == "ECONNREFUSED"
    assert failed.error.where == "flow 'f', source worker 2"
    assert trial.closed


def test_a_name_that_is_not_known_is_told_in_words(trial, monkeypatch):
    monkeypatch.setattr(trial, "failing", ("prepare", socket.gaierror(-2, "Name or service not known")))
    (failed,) = live()
    assert failed.error.what == "Name or service not known"


def test_an_error_on_the_way_leaves_the_figures(trial, monkeypatch):
    monkeypatch.setattr(trial, "failing", ("run", ConnectionResetError(104, "Connection reset by peer")))
    _, result = live()
    assert isinstance(result, WorkerResult)
    assert result.error == "Connection reset by peer"


def test_a_defect_is_told_as_one(trial, monkeypatch):
    monkeypatch.setattr(trial, "failing", ("run", ZeroDivisionError("oh")))
    _, failed = live()
    assert failed.error.code is ErrorCode.INTERNAL
    assert "ZeroDivisionError: oh" in failed.error.what
    assert trial.closed


def test_a_worker_stopped_before_its_start_says_so(trial):
    _, result = live(start=False, stop=True)
    assert result.window_seconds == 0
    assert result.error == "stopped before it started"


def test_a_worker_stopped_at_once_has_measured_nothing(trial):
    _, result = live(stop=True)
    assert result.error == ""
    assert 0 <= result.window_seconds <= 0.01
