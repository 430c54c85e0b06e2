"""What a flow spent its time on, what held it back, and which mode suits. Pure.

The thresholds are judgements; each stands with its reason.
"""

from collections.abc import Sequence
from math import prod

from sockrig.results.model.flow import CpuResult
from sockrig_wire.model.flows import CpuUse, Mode, WorkerResult

CPU_BOUND_RATIO = 0.6
"""From here on an end is CPU-bound.

Paced or waiting workers lie below 0.1 even at thousands of packets a second, ping-pong ones at about a half at most
(while one end works, the other waits), copying and hashing ones above 0.9. The line is drawn nearer to the middle than
to the upper end because a hypervisor's stolen time is neither in a thread's CPU time nor in its waiting for a core, and
lowers the ratio of a busy worker.
"""

SATURATED_RATIO = 0.85
"""From here on an end's CPU is the limit: what is left is no more than scheduling and short waits for the other end."""

LIMITED_RATIO = 0.5
"""A window or buffer is the limit where TCP was held by it for at least half of the time in which it had data in
flight (TCP_INFO's chronographs): no other reason can then have held it for longer."""

BUSY_RATIO = 0.9
"""The network is the limit of a stream that had data in flight for this part of its time although neither window,
buffer nor CPU held it: what is left is the congestion window. Retransmits say so by themselves; then half is enough."""

LOSS_RATIO = 0.01
"""Datagrams lost beyond 1 % are more than accidents: somebody on the way could not keep up."""


def cpu_of(use: CpuUse) -> CpuResult:
    """One worker's processor time."""
    return CpuResult(
        user_seconds=use.user_seconds,
        system_seconds=use.system_seconds,
        waited_seconds=use.waited_seconds,
        wall_seconds=use.wall_seconds,
        busy_ratio=_ratio_of_thread(use),
    )


def cpu_of_end(uses: Sequence[CpuUse], mode: Mode) -> CpuResult | None:
    """The processor time of all workers of one end; None where none reported.

    ``busy_ratio`` is that of the busiest worker. Threads of one process (``concurrent``) also count together: a thread
    that waits for the interpreter's lock looks idle to the kernel, while the process is as busy as it can be.
    """
    if not uses:
        return None
    ratios = [ratio for use in uses if (ratio := _ratio_of_thread(use)) is not None]
    if mode is Mode.CONCURRENT and (together := _ratio_of_process(uses)) is not None:
        ratios.append(together)
    return CpuResult(
        user_seconds=sum(use.user_seconds for use in uses),
        system_seconds=sum(use.system_seconds for use in uses),
        waited_seconds=sum(use.waited_seconds for use in uses),
        wall_seconds=max(use.wall_seconds for use in uses),
        busy_ratio=max(ratios, default=None),
    )


def bound_of(ends: Sequence[CpuResult | None]) -> str | None:
    """Whether the flow's busiest end was CPU-bound ("cpu") or I/O-bound ("io").

    CPU time over the time in which a worker could run: its wall time without that in which it was runnable but another
    had the core, so that a crowded machine does not make hashing look like waiting. From 0.6 on it is CPU-bound.

    Source: getrusage(2), RUSAGE_THREAD; Linux, Documentation/scheduler/sched-stats (/proc/<pid>/schedstat).
    """
    busiest = _busiest(ends)
    if busiest is None:
        return None
    return "cpu" if busiest >= CPU_BOUND_RATIO else "io"


def mode_advice(bound: str | None, ends: Sequence[CpuResult | None]) -> str | None:
    """Which mode suits, and why, in one sentence; its time is that in which it could run."""
    busiest = _busiest(ends)
    if bound is None or busiest is None:
        return None
    if bound == "cpu":
        return (
            f"parallel suits: the busier end computed for {_percent(busiest)} of its time, "
            "and processes spread that over the cores"
        )
    return (
        f"concurrent suits: even the busier end waited for {_percent(1 - busiest)} of its time, "
        "and threads wait just as well with less memory"
    )


MOST_SEGMENTS = 128
"""UDP_MAX_SEGMENTS of linux/udp.h; 64 before Linux 6.9, which errs on the side of the receiver."""


def limited_by(
    sources: Sequence[WorkerResult],
    destinations: Sequence[WorkerResult],
    sender_cpu: CpuResult | None,
    receiver_cpu: CpuResult | None,
    lost_ratio: float | None,
) -> str | None:
    """What held the flow back: the first that is evident of these; None where nothing is.

    1. Datagrams lost (1 % or more): "receiver cpu" where the kernel dropped at least half of them at the full socket
       of the receiver (what it drops there may be many datagrams joined to one buffer), else "network".
    2. All sources kept the rate that was asked for: "requested rate".
    3. An end whose CPU was saturated (0.85 or more), the busier one: "sender cpu" or "receiver cpu".
    4. TCP was held for half of its busy time or more: "receive window" or "send buffer", the longer one.
    5. A stream had data in flight for 0.9 of its time (0.5 where it retransmitted) though nothing above held it:
       "network".

    A saturated CPU comes before windows and buffers because these fill when the CPU behind them does not keep up.

    Source: tcpi_busy_time, tcpi_rwnd_limited, tcpi_sndbuf_limited of TCP_INFO (linux/tcp.h); SO_RXQ_OVFL, socket(7).
    """
    if lost_ratio is not None and lost_ratio >= LOSS_RATIO:
        return _loser(sources, destinations, lost_ratio)
    if sources and all(worker.rate_limited for worker in sources):
        return "requested rate"
    return _saturated_end(sender_cpu, receiver_cpu) or _limit_of_tcp(sources)


def _loser(sources: Sequence[WorkerResult], destinations: Sequence[WorkerResult], lost_ratio: float) -> str:
    lost = lost_ratio * sum(worker.packets for worker in sources)
    drops = sum((worker.kernel_drops or 0) * _datagrams_per_buffer(worker) for worker in destinations)
    return "receiver cpu" if drops > 0 and drops >= lost / 2 else "network"


def _datagrams_per_buffer(worker: WorkerResult) -> int:
    """At most so many: the kernel counts buffers, and with GRO one holds up to UDP_MAX_SEGMENTS (linux/udp.h)."""
    return MOST_SEGMENTS if "gro" in worker.offloads else 1


def _saturated_end(sender_cpu: CpuResult | None, receiver_cpu: CpuResult | None) -> str | None:
    sender = _busiest([sender_cpu]) or 0.0
    receiver = _busiest([receiver_cpu]) or 0.0
    if max(sender, receiver) < SATURATED_RATIO:
        return None
    return "sender cpu" if sender >= receiver else "receiver cpu"


def _limit_of_tcp(sources: Sequence[WorkerResult]) -> str | None:
    told = [(worker.tcp_info, worker.cpu.wall_seconds) for worker in sources if worker.tcp_info is not None]
    busy = sum(info.busy_seconds or 0.0 for info, _ in told)
    if busy <= 0:
        return None
    window = sum(info.receive_window_limited_seconds or 0.0 for info, _ in told) / busy
    buffer = sum(info.send_buffer_limited_seconds or 0.0 for info, _ in told) / busy
    if max(window, buffer) >= LIMITED_RATIO:
        return "receive window" if window >= buffer else "send buffer"
    if any(worker.transactions is not None or worker.connections is not None for worker in sources):
        return None  # one request at a time always has data in flight: that is the round trip, not the network's limit
    wall = sum(wall_seconds for _, wall_seconds in told)
    lossy = any(info.retransmits for info, _ in told)
    return "network" if busy >= wall * (LIMITED_RATIO if lossy else BUSY_RATIO) else None


def _busiest(ends: Sequence[CpuResult | None]) -> float | None:
    ratios = [end.busy_ratio for end in ends if end is not None and end.busy_ratio is not None]
    return min(max(ratios), 1.0) if ratios else None


def _ratio_of_thread(use: CpuUse) -> float | None:
    used = use.user_seconds + use.system_seconds
    could_run = max(use.wall_seconds - use.waited_seconds, used)
    return used / could_run if could_run > 0 else None


def _ratio_of_process(uses: Sequence[CpuUse]) -> float | None:
    """CPU time of all threads over the time in which at least one of them was not waiting for a core.

    How much of the threads' waiting overlapped is not known; it is taken as chance would have it. Threads that take
    turns (the interpreter's lock) and threads that wait at the same time both come out well above the threshold on a
    crowded machine, and threads that mostly wait for I/O well below.
    """
    wall = max(use.wall_seconds for use in uses)
    if wall <= 0:
        return None
    used = sum(use.user_seconds + use.system_seconds for use in uses)
    nobody_waits = prod(1 - min(use.waited_seconds / wall, 1.0) for use in uses)
    longest = max(use.user_seconds + use.system_seconds for use in uses)
    could_run = max(wall * nobody_waits, longest)
    return used / could_run if could_run > 0 else None


def _percent(ratio: float) -> str:
    return f"{ratio * 100:.0f} %"
