"""Many probes at once: bounded in number, paced to each host, and asked again where an ICMP error may be held back.

A host sends ICMP errors at a limited rate, so that after a burst of them the silence of further ports proves nothing.
Such ports are asked once more, slowly enough that an error about each can come.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from sockrig_agent.reach.prober import probe_once
from sockrig_agent.sockets.addresses import BindHosts
from sockrig_wire.model.reach import ProbeOutcome, ProbeReach, ProbeResult, ReachProbe
from sockrig_wire.reach import AGAIN_EVERY_SECONDS, ERROR_BURST, MOST_AGAIN

_COUNT_EVERY_SECONDS = 0.5

_A_ROUTER = ""
"""Stands for all hosts behind a router that sent a burst of errors: it has one limit for all of them."""


async def probe_all(
    order: ProbeReach, bind_hosts: BindHosts, *, at_once: int, on_count: Callable[[int], None]
) -> tuple[ProbeResult, ...]:
    """Send all probes of the order; the results have its order.

    Args:
        order: what to probe.
        bind_hosts: the agent's own addresses.
        at_once: how many may be under way.
        on_count: hears now and then how many are done.
    """
    results: dict[int, ProbeResult] = {}
    waiting = iter(tuple(enumerate(order.probes)))
    pace = _Pace(order.spacing_seconds)

    async def work() -> None:
        for index, probe in waiting:
            await pace.turn(probe.host)
            results[index] = await probe_once(order, probe, bind_hosts)

    async def count() -> None:
        while True:
            await asyncio.sleep(_COUNT_EVERY_SECONDS)
            on_count(len(results))

    counting = asyncio.create_task(count(), name="reach count")
    try:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(min(at_once, len(order.probes))):
                tasks.create_task(work(), name="reach probes")
        doubts = held_back(order.probes, [results[index] for index in range(len(order.probes))])
        async with asyncio.TaskGroup() as tasks:
            for indices in doubts.values():
                tasks.create_task(_ask_again(order, indices, results, bind_hosts), name="reach probes again")
    finally:
        counting.cancel()
    return tuple(results[index] for index in range(len(order.probes)))


def held_back(probes: Sequence[ReachProbe], results: Sequence[ProbeResult]) -> dict[str, list[int]]:
    """The silent probes that may be so because ICMP errors were held back, by whoever holds them back. Pure.

    Returns:
        The indices of the probes; each list can be asked at the pace of one error a second.
    """
    errors = Counter(
        result.offender
        for result in results
        if result.outcome is ProbeOutcome.ICMP and result.offender != result.source_host
    )
    at_limit = {offender for offender, count in errors.items() if count >= ERROR_BURST}
    router_at_limit = bool(at_limit - {probe.host for probe in probes})
    doubts: dict[str, list[int]] = {}
    for index, (probe, result) in enumerate(zip(probes, results, strict=True)):
        if result.outcome is ProbeOutcome.SILENT:
            if probe.host in at_limit:
                doubts.setdefault(probe.host, []).append(index)
            elif router_at_limit:
                doubts.setdefault(_A_ROUTER, []).append(index)
    return doubts


async def _ask_again(
    order: ProbeReach, indices: Sequence[int], results: dict[int, ProbeResult], bind_hosts: BindHosts
) -> None:
    """One after the other; those beyond the bound stay in doubt."""
    for index in indices[MOST_AGAIN:]:
        results[index] = replace(results[index], held_back=True)
    once = replace(order, attempts=1, timeout_seconds=AGAIN_EVERY_SECONDS)
    for index in indices[:MOST_AGAIN]:
        began = asyncio.get_running_loop().time()
        result = await probe_once(once, order.probes[index], bind_hosts)
        if result.outcome is not ProbeOutcome.SILENT:
            results[index] = result
        await asyncio.sleep(began + AGAIN_EVERY_SECONDS - asyncio.get_running_loop().time())


class _Pace:
    """Lets probes to one host leave one after the other, and those to others meanwhile."""

    def __init__(self, spacing_seconds: float) -> None:
        self._spacing_seconds = spacing_seconds
        self._next_at: dict[str, float] = {}

    async def turn(self, host: str) -> None:
        now = asyncio.get_running_loop().time()
        at = max(now, self._next_at.get(host, now))
        self._next_at[host] = at + self._spacing_seconds
        if at > now:
            await asyncio.sleep(at - now)
