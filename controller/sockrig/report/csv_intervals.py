"""The course of all flows as CSV (RFC 4180): one row an interval of a flow, an empty cell where nothing was measured.

Columns are only ever added, at the end.
"""

import csv
from collections.abc import Iterator
from io import StringIO

from sockrig.results.model.flow import FlowResult, IntervalResult
from sockrig.results.model.run import RunResult

_OF_FLOW = ("name", "group", "kind", "source", "destination", "direction")
_OF_INTERVAL = ("at_seconds", "interval_seconds", "measured", "complete")
_ENDS = ("sent", "received")
_TRAFFIC = ("bytes", "packets", "bits_per_second", "packets_per_second")
_FIGURES = (
    "transactions_per_second",
    "connections_per_second",
    "retransmits",
    "tcp_round_trip_seconds",
    "congestion_window",
    "delivery_rate_bits_per_second",
)


def to_csv_intervals(result: RunResult) -> str:
    """A heading and one row per interval of every flow of every step."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(_headings())
    for step in result.steps:
        for flow in step.flows:
            for interval in flow.intervals:
                writer.writerow([result.run_id, step.name, *_cells(flow, interval)])
    return text.getvalue()


def _headings() -> list[str]:
    return [
        "run_id",
        "step",
        *("flow" if key == "name" else key for key in _OF_FLOW),
        *_OF_INTERVAL,
        *(f"{end}_{key}" for end in _ENDS for key in _TRAFFIC),
        *_FIGURES,
    ]


def _cells(flow: FlowResult, interval: IntervalResult) -> Iterator[str | float | None]:
    yield from (getattr(flow, key) for key in _OF_FLOW)
    yield from (getattr(interval, key) for key in _OF_INTERVAL)
    for end in _ENDS:
        traffic = getattr(interval, end)
        yield from (None if traffic is None else getattr(traffic, key) for key in _TRAFFIC)
    yield from (getattr(interval, key) for key in _FIGURES)
