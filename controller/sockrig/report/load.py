"""What load did to round trips, in the words and figures that people are shown. Pure."""

from sockrig.results import quantities
from sockrig.results.model.run import LoadLatency
from sockrig.results.quantities import ABSENT

HEADINGS = ("probe", "load", "rtt idle", "loaded", "growth", "round trips/min idle", "loaded")
"""Of :func:`load_cells`; times are medians."""


def load_cells(row: LoadLatency) -> tuple[str, ...]:
    """One probe under one load, as the row of a table."""
    per_minute = (row.idle_round_trips_per_minute, row.round_trips_per_minute)
    return (
        f"{row.probe or row.kind} {row.source} > {row.destination}",
        row.step,
        quantities.time(row.idle_round_trip_seconds),
        quantities.time(row.round_trip_seconds),
        f"x {quantities.significant(row.growth_ratio)}",
        *(ABSENT if one is None else quantities.count(one) for one in per_minute),
    )


def load_words(row: LoadLatency) -> str:
    """The same as one line."""
    probe, step, idle, loaded, growth, idle_per_minute, per_minute = load_cells(row)
    return (
        f"{probe}, {step}: rtt p50 {idle} idle, {loaded} loaded, {growth}, "
        f"round trips/min {idle_per_minute} idle, {per_minute} loaded"
    )
