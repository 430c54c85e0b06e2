"""Processor time of a thread."""

import hashlib
import os
import resource
import sys
import threading
import time

import pytest

from sockrig_agent.traffic.meters.cpu import SCHEDSTAT, ThreadCpuMeter


def work(cpu_seconds):
    begin = time.thread_time()
    while time.thread_time() - begin < cpu_seconds:
        hashlib.sha256(bytes(4096)).digest()


def test_work_of_this_thread_is_seen():
    meter = ThreadCpuMeter()

    work(cpu_seconds=0.05)
    use = meter.read()

    assert use.user_seconds + use.system_seconds >= 0.04
    assert use.wall_seconds >= 0.05


def test_work_of_another_thread_is_not():
    meter = ThreadCpuMeter()
    other = threading.Thread(target=work, kwargs={"cpu_seconds": 0.1})

    other.start()
    other.join()
    use = meter.read()

    assert use.wall_seconds >= 0.1
    assert use.user_seconds + use.system_seconds < 0.1


def test_a_start_leaves_out_what_went_before():
    meter = ThreadCpuMeter()
    work(cpu_seconds=0.05)
    all_of_it = meter.read()

    meter.start()
    rest = meter.read()

    assert rest.wall_seconds < all_of_it.wall_seconds
    assert rest.user_seconds + rest.system_seconds < all_of_it.user_seconds + all_of_it.system_seconds


def test_it_begins_with_its_context():
    meter = ThreadCpuMeter()
    work(cpu_seconds=0.02)
    before = meter.read()

    with meter as entered:
        assert entered is meter
        assert entered.read().wall_seconds < before.wall_seconds


def test_without_proc_the_wait_for_a_core_is_zero_and_the_rest_still_measured(tmp_path):
    meter = ThreadCpuMeter(schedstat=tmp_path / "absent")

    work(cpu_seconds=0.02)
    use = meter.read()

    assert use.waited_seconds == 0
    assert use.user_seconds + use.system_seconds > 0


def test_the_wait_for_a_core_is_the_growth_of_the_second_number_of_schedstat(tmp_path):
    schedstat = tmp_path / "schedstat"
    schedstat.write_text("900 1000000000 3\n")
    meter = ThreadCpuMeter(schedstat=schedstat)

    schedstat.write_text("950 3500000000 5\n")

    assert meter.read().waited_seconds == pytest.approx(2.5)


def test_a_schedstat_that_cannot_be_understood_counts_as_absent(tmp_path):
    schedstat = tmp_path / "schedstat"
    schedstat.write_text("")

    assert ThreadCpuMeter(schedstat=schedstat).read().waited_seconds == 0


@pytest.fixture
def one_core():
    """Ties this thread, and what it starts, to a single core."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    yield
    os.sched_setaffinity(0, cores)


@pytest.mark.skipif(not SCHEDSTAT.exists(), reason="this kernel has no schedstat")
def test_two_threads_on_one_core_wait_for_each_other(one_core):
    stop = threading.Event()
    block = bytes(1 << 20)  # hashing a large block releases the interpreter's lock, so that both are runnable

    def hash_blocks():
        while not stop.is_set():
            hashlib.sha256(block).digest()

    other = threading.Thread(target=hash_blocks)
    meter = ThreadCpuMeter()
    other.start()
    try:
        give_up_at = time.monotonic() + 10
        while meter.read().waited_seconds == 0 and time.monotonic() < give_up_at:
            hashlib.sha256(block).digest()
        use = meter.read()
    finally:
        stop.set()
        other.join()

    assert 0 < use.waited_seconds < use.wall_seconds


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is to be taken away")
def test_where_threads_have_no_getrusage_all_time_counts_as_user_time(monkeypatch):
    monkeypatch.delattr(resource, "RUSAGE_THREAD")
    meter = ThreadCpuMeter()

    work(cpu_seconds=0.02)
    use = meter.read()

    assert use.user_seconds >= 0.02
    assert use.system_seconds == 0
