import ctypes
import os
import platform
import struct
import threading

import pytest

from sockrig_agent.traffic.scheduling import (
    SHORT_SLICE_NANOSECONDS,
    ask_for_short_slices,
    give_short_slices_back,
    wake_up_on_time,
)

GET_TIMER_SLACK = 30
"""PR_GET_TIMERSLACK, prctl(2)."""

GET_ATTRIBUTES = {"x86_64": 315, "aarch64": 275}
"""The number of sched_getattr(2), by machine."""

LIBRARY = ctypes.CDLL(None)


def attributes():
    """Policy, nice value and slice in nanoseconds of the calling thread."""
    buffer = ctypes.create_string_buffer(48)
    assert LIBRARY.syscall(GET_ATTRIBUTES[platform.machine()], 0, buffer, len(buffer), 0) == 0
    _, policy, _, nice, _, runtime, _, _ = struct.unpack("=IIQiIQQQ", buffer.raw)
    return policy, nice, runtime


def in_a_thread(steps):
    """What each step returns, in a thread whose requests end with it."""
    results = []
    thread = threading.Thread(target=lambda: results.extend(step() for step in steps))
    thread.start()
    thread.join()
    return results


needs_slices = pytest.mark.skipif(
    platform.machine() not in GET_ATTRIBUTES or not attributes()[2], reason="only Linux from 6.12 on tells of slices"
)


def test_sleeps_of_the_thread_end_on_time():
    _, slack = in_a_thread([wake_up_on_time, lambda: LIBRARY.prctl(GET_TIMER_SLACK, 0, 0, 0, 0)])
    assert slack == 1


@needs_slices
def test_short_slices_are_had_and_given_back():
    steps = [attributes, ask_for_short_slices, attributes, give_short_slices_back, attributes]
    before, _, short, _, after = in_a_thread(steps)
    assert short == (*before[:2], SHORT_SLICE_NANOSECONDS)
    assert after == before
    assert before[2] > SHORT_SLICE_NANOSECONDS


@needs_slices
def test_who_was_asked_to_be_nice_stays_nice():
    def be_nice():
        os.setpriority(os.PRIO_PROCESS, 0, os.getpriority(os.PRIO_PROCESS, 0) + 1)

    _, before, _, after = in_a_thread([be_nice, attributes, ask_for_short_slices, attributes])
    assert after[:2] == before[:2]
    assert before[1] == os.getpriority(os.PRIO_PROCESS, 0) + 1


def test_a_machine_whose_call_is_not_known_goes_on_as_it_is(monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "abacus")
    in_a_thread([ask_for_short_slices, give_short_slices_back])
