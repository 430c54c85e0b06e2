"""What a flow spent its time on, and what held it back."""

import pytest

from sockrig.results.classification import bound_of, cpu_of_end, limited_by, mode_advice
from sockrig_wire.model.flows import CpuUse, Mode, Role, TcpInfo, WorkerResult


def bound(uses, mode):
    return bound_of([cpu_of_end(uses, mode)])


def worker(role=Role.SOURCE, **figures):
    return WorkerResult(
        flow="flow",
        role=role,
        worker=0,
        started_at_nanoseconds=0,
        finished_at_nanoseconds=0,
        window_seconds=2.0,
        **figures,
    )


IDLE = cpu_of_end([CpuUse(0.1, 0.1, 0.0, 2.0)], Mode.PARALLEL)
BUSY = cpu_of_end([CpuUse(1.0, 0.9, 0.0, 2.0)], Mode.PARALLEL)
BUSIER = cpu_of_end([CpuUse(1.0, 0.96, 0.0, 2.0)], Mode.PARALLEL)


@pytest.mark.parametrize("mode", Mode)
def test_workers_that_wait_for_the_next_packet_are_bound_by_io(mode):
    assert bound([CpuUse(0.01, 0.02, 0.05, 2.0)] * 4, mode) == "io"


@pytest.mark.parametrize("mode", Mode)
def test_hashing_workers_are_bound_by_cpu(mode):
    assert bound([CpuUse(1.7, 0.2, 0.05, 2.0)] * 2, mode) == "cpu"


@pytest.mark.parametrize("mode", Mode)
def test_hashing_workers_that_had_to_wait_for_a_core_are_still_bound_by_cpu(mode):
    assert bound([CpuUse(0.4, 0.05, 1.4, 2.0)] * 4, mode) == "cpu"


@pytest.mark.parametrize("mode", Mode)
def test_waiting_workers_on_a_crowded_machine_are_still_bound_by_io(mode):
    assert bound([CpuUse(0.005, 0.01, 0.6, 2.0)] * 4, mode) == "io"


@pytest.mark.parametrize("threads", [2, 4, 64])
def test_threads_that_take_turns_with_the_interpreters_lock_are_bound_by_cpu_together(threads):
    uses = [CpuUse(1.8 / threads, 0.0, 0.0, 2.0)] * threads
    assert bound(uses, Mode.CONCURRENT) == "cpu"
    assert bound(uses, Mode.PARALLEL) == "io"  # the same figures of processes: each really waited


@pytest.mark.parametrize("threads", [2, 4, 64])
def test_threads_that_take_turns_and_get_half_a_core_are_bound_by_cpu_together(threads):
    uses = [CpuUse(1.0 / threads, 0.0, 1.0 / threads, 2.0)] * threads
    assert bound(uses, Mode.CONCURRENT) == "cpu"


def test_the_busiest_end_decides():
    assert bound_of([IDLE, BUSY]) == "cpu"
    assert bound_of([IDLE, None]) == "io"


def test_without_cpu_figures_there_is_no_class_and_no_advice():
    nothing = cpu_of_end([CpuUse(0.0, 0.0, 0.0, 0.0)], Mode.CONCURRENT)
    assert nothing.busy_ratio is None
    assert bound_of([nothing, None]) is None
    assert mode_advice(None, [nothing]) is None
    assert cpu_of_end([], Mode.PARALLEL) is None


def test_the_busy_ratio_worked_by_hand():
    # 0.6 s used of the 1.5 s in which it could run; the other worker 0.2 of 2.
    uses = [CpuUse(0.5, 0.1, 0.5, 2.0), CpuUse(0.1, 0.1, 0.0, 2.0)]
    assert cpu_of_end(uses, Mode.PARALLEL).busy_ratio == pytest.approx(0.4)
    # Together 0.8 s used; nobody waited for 2 s * 0.75.
    assert cpu_of_end(uses, Mode.CONCURRENT).busy_ratio == pytest.approx(0.8 / 1.5)


def test_the_advice_names_the_mode_and_the_reason():
    assert mode_advice("cpu", [BUSY]).startswith("parallel suits: the busier end computed for 95 % of its time")
    assert mode_advice("io", [IDLE]).startswith("concurrent suits: even the busier end waited for 90 %")


def test_a_source_that_kept_its_rate_was_limited_by_it():
    assert limited_by([worker(rate_limited=True)], [], BUSY, IDLE, 0.0) == "requested rate"
    assert limited_by([worker(rate_limited=True), worker()], [], IDLE, IDLE, 0.0) is None


def test_datagrams_that_the_receiving_kernel_dropped_are_the_receivers_limit():
    received = worker(Role.DESTINATION, packets=800, kernel_drops=150)
    assert limited_by([worker(packets=1000, rate_limited=True)], [received], BUSY, IDLE, 0.2) == "receiver cpu"


def test_datagrams_that_vanished_on_the_way_are_the_networks():
    received = worker(Role.DESTINATION, packets=800, kernel_drops=10)
    assert limited_by([worker(packets=1000, rate_limited=True)], [received], BUSY, IDLE, 0.2) == "network"


def test_a_saturated_cpu_is_the_limit_and_of_two_the_busier():
    assert limited_by([worker()], [], BUSY, IDLE, None) == "sender cpu"
    assert limited_by([worker()], [], IDLE, BUSY, None) == "receiver cpu"
    assert limited_by([worker()], [], BUSY, BUSIER, None) == "receiver cpu"


@pytest.mark.parametrize(
    ("window", "buffer", "limit"),
    [(1.2, 0.3, "receive window"), (0.3, 1.2, "send buffer"), (0.3, 0.3, None)],
)
def test_tcp_held_for_most_of_its_busy_time_names_what_held_it(window, buffer, limit):
    info = TcpInfo(busy_seconds=1.5, receive_window_limited_seconds=window, send_buffer_limited_seconds=buffer)
    assert limited_by([worker(tcp_info=info, cpu=CpuUse(0, 0, 0, 2))], [], IDLE, IDLE, None) == limit


@pytest.mark.parametrize(
    ("busy", "retransmits", "limit"), [(1.9, 0, "network"), (1.2, 7, "network"), (1.2, 0, None), (0.2, 7, None)]
)
def test_a_stream_always_in_flight_that_nothing_else_held_was_held_by_the_network(busy, retransmits, limit):
    info = TcpInfo(busy_seconds=busy, retransmits=retransmits)
    assert limited_by([worker(tcp_info=info, cpu=CpuUse(0, 0, 0, 2))], [], IDLE, IDLE, None) == limit


def test_one_question_at_a_time_is_not_held_by_the_network():
    info = TcpInfo(busy_seconds=1.9)
    asking = worker(tcp_info=info, cpu=CpuUse(0, 0, 0, 2), transactions=100)
    assert limited_by([asking], [], IDLE, IDLE, None) is None


def test_with_nothing_evident_the_limit_is_unclear():
    assert limited_by([], [], None, None, None) is None
