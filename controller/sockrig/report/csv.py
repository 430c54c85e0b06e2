"""Results as CSV (RFC 4180): one row a flow, the same columns whatever was measured, an empty cell where nothing was.

Columns are only ever added, at the end.
"""

import csv
from collections.abc import Callable, Iterator
from io import StringIO
from types import MappingProxyType

from sockrig.results.model.flow import CpuResult, DelaySpread, FlowResult, Traffic
from sockrig.results.model.run import RunResult
from sockrig.results.model.step import StepResult

Cell = str | int | float | None

_OF_RUN: MappingProxyType[str, Callable[[RunResult, StepResult], Cell]] = MappingProxyType(
    {
        "run_id": lambda run, _: run.run_id,
        "run": lambda run, _: run.name,
        "started_at": lambda run, _: run.started_at.isoformat(),
        "step": lambda _, step: step.name,
        "step_verdict": lambda _, step: step.verdict.value,
    }
)

_OF_STEP: MappingProxyType[str, Callable[[StepResult], Cell]] = MappingProxyType(
    {
        "variables": lambda step: ", ".join(f"{name}={value}" for name, value in step.variables.items()),
        "repetition": lambda step: step.repetition,
    }
)

_PLAIN = ("name", "group", "kind", "source", "destination", "mode", "workers", "duration_seconds")
_TRAFFIC = ("bytes", "packets", "bits_per_second", "packets_per_second")
_FIGURES = (
    "lost_packets",
    "loss_ratio",
    "duplicate_packets",
    "reordered_packets",
    "late_packets",
    "corrupt_blocks",
    "kernel_drops",
    "jitter_seconds",
    "transactions_per_second",
    "connections_per_second",
    "failed_connections",
    "retransmits",
    "limited_by",
    "bound",
)
_SPREADS = ("one_way_delay", "round_trip", "connect_time")
_SPREAD = (
    "min_seconds",
    "p50_seconds",
    "p90_seconds",
    "p99_seconds",
    "p999_seconds",
    "max_seconds",
    "mean_seconds",
    "uncertainty_seconds",
    "valid",
)
_ENDS = ("sender_cpu", "receiver_cpu")
_CPU = ("user_seconds", "system_seconds", "waited_seconds", "wall_seconds", "busy_ratio")


def to_csv(result: RunResult) -> str:
    """A heading and one row per flow of every step."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(_headings())
    for step in result.steps:
        for flow in step.flows:
            of_step = (read(step) for read in _OF_STEP.values())
            of_run = (read(result, step) for read in _OF_RUN.values())
            writer.writerow([*of_run, *_cells(flow), *of_step, flow.held_connections])
    return text.getvalue()


def _headings() -> list[str]:
    return [
        *_OF_RUN,
        *("flow" if key == "name" else key for key in _PLAIN),
        *(f"{end}_{key}" for end in ("sent", "received") for key in _TRAFFIC),
        *_FIGURES,
        *(f"{spread}_{key}" for spread in _SPREADS for key in _SPREAD),
        *(f"{end}_{key}" for end in _ENDS for key in _CPU),
        "offloads",
        "problems",
        "direction",
        "round_trips_per_minute",
        *_OF_STEP,
        "held_connections",
    ]


def _cells(flow: FlowResult) -> Iterator[Cell]:
    yield from (getattr(flow, key) for key in _PLAIN)
    yield from _read(flow.sent, _TRAFFIC)
    yield from _read(flow.received, _TRAFFIC)
    yield from (getattr(flow, key) for key in _FIGURES)
    for spread in _SPREADS:
        yield from _read(getattr(flow, spread), _SPREAD)
    for end in _ENDS:
        yield from _read(getattr(flow, end), _CPU)
    yield " ".join(flow.offloads or ())
    yield "; ".join(flow.problems)
    yield flow.direction
    yield flow.round_trips_per_minute


def _read(part: Traffic | DelaySpread | CpuResult | None, keys: tuple[str, ...]) -> Iterator[Cell]:
    return (None if part is None else getattr(part, key) for key in keys)
