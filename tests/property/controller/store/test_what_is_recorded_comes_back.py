"""Whatever samples and histograms an agent sends, the store gives back as they were."""

import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from tests.unit.controller.store.recorded import (
    WAITING_SECONDS,
    beginning,
    begun,
    flow_plan,
    progress,
    run_result,
    step_result,
)

from sockrig.results.intervals import intervals_of
from sockrig.store import tables
from sockrig.store.facts import RunEnd
from sockrig.store.history import History
from sockrig.store.location import StoreLocation
from sockrig.store.opening import OpenStore
from sockrig.store.recorder import Recorder
from sockrig_wire.model.flows import Histogram, Role, Sample, TcpInfo

COUNTS = st.integers(0, 2**63 - 1)
SECONDS = st.floats(0, 1e6)
MAYBE_SECONDS = st.none() | SECONDS

TCP_INFO = st.builds(
    TcpInfo,
    retransmits=COUNTS,
    round_trip_seconds=MAYBE_SECONDS,
    minimum_round_trip_seconds=MAYBE_SECONDS,
    congestion_window=st.none() | COUNTS,
    delivery_rate_bits_per_second=st.none() | st.floats(0, 1e15),
    busy_seconds=MAYBE_SECONDS,
    receive_window_limited_seconds=MAYBE_SECONDS,
    send_buffer_limited_seconds=MAYBE_SECONDS,
)
SAMPLES = st.builds(
    Sample,
    flow=st.just("flow"),
    role=st.sampled_from(Role),
    worker=st.integers(0, 1000),
    at_seconds=SECONDS,
    interval_seconds=SECONDS,
    bytes=COUNTS,
    packets=COUNTS,
    transactions=COUNTS,
    connections=COUNTS,
    tcp_info=st.none() | TCP_INFO,
)


@pytest.fixture(scope="module")
def store():
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(OpenStore.open(StoreLocation(Path(folder) / "runs.db"))) as opened,
    ):
        yield opened


def delete_all(store):
    with store.writing.begin() as connection:
        connection.execute(tables.runs.delete())


@settings(max_examples=25)
@given(st.lists(SAMPLES, max_size=20, unique_by=lambda one: (one.role, one.worker, one.at_seconds)))
def test_the_course_of_an_interrupted_flow_is_that_of_its_samples(store, samples):
    delete_all(store)
    with closing(Recorder(store)) as recorder:
        recording = recorder.begin(beginning(), pytest.fail)
        recording.step_begins(begun())
        recording.flows_begin([flow_plan()])
        for sample in samples:
            recording.take(progress(sample))
        end = RunEnd(verdict="interrupted", duration_seconds=1.0, problem="it was stopped")
        recording.end(end).result(WAITING_SECONDS)
    (step,) = History(store).result("last").steps
    in_order = sorted(samples, key=lambda one: one.at_seconds)
    assert step.flows[0].intervals == intervals_of(flow_plan().spec, in_order)
    with store.reading.connect() as connection:
        assert len(connection.execute(select(tables.samples)).all()) == len(samples)


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.integers(-(2**40), 2**40), st.integers(1, 2**60)), min_size=1, unique_by=lambda one: one[0]),
    st.floats(-1e18, 1e18),
)
def test_histograms_come_back_exactly(store, bins, total):
    delete_all(store)
    numbers, counts = zip(*sorted(bins), strict=True)
    histogram = Histogram("one_way_delay", numbers, counts, numbers[0], numbers[-1], total)
    step = step_result()
    step = replace(step, flows=tuple(replace(flow, histograms=(histogram,)) for flow in step.flows))
    with closing(Recorder(store)) as recorder:
        recording = recorder.begin(beginning(), pytest.fail)
        recording.step_begins(begun())
        recording.step_finished(step)
        end = RunEnd(verdict="passed", duration_seconds=1.0, document=run_result(steps=[step]))
        recording.end(end).result(WAITING_SECONDS)
    assert History(store).result("last").steps == (step,)
