"""Searches that were never made, for tests of what is told of them."""

from dataclasses import replace

from sockrig.results.model.flow import FlowResult, Traffic
from sockrig.results.search import search_result, trial_figures
from sockrig.scenario.planned import FlowPlan, SearchStep
from sockrig.search.goals import RFC2544
from sockrig.search.strategy import NextTrial, SearchEnd, SearchLimits
from sockrig_wire.model.flows import FlowSpec

GOAL = replace(
    RFC2544, name="own", initial_trial_seconds=2.0, final_trial_seconds=2.0, duration_sum_seconds=2.0, width_ratio=0.05
)
LIMITS = SearchLimits(least_load=1e6, most_load=100e6, most_trials=9, most_seconds=99.0)


def step(*specs, in_packets=False):
    specs = specs or (FlowSpec(name="f", kind="udp-stream", duration_seconds=1.0, size_bytes=1000),)
    return SearchStep(
        name="s",
        flows=tuple(FlowPlan("", spec, "a", "b") for spec in specs),
        goals=(GOAL,),
        limits=LIMITS,
        in_packets=in_packets,
        expectations=(),
    )


def flow(sent, lost=0, drops=0, **more):
    traffic = Traffic(bytes=sent * 1000, packets=sent, bits_per_second=None, packets_per_second=None)
    return FlowResult(
        name="f",
        group="",
        kind="udp-stream",
        source="a",
        destination="b",
        mode="parallel",
        workers=1,
        duration_seconds=2.0,
        sent=traffic,
        lost_packets=lost,
        kernel_drops=drops,
        **more,
    )


def searched(*trials):
    """A search with trials of 2 s: megabits, packets lost of those sent, and packets sent if not all."""
    figures = []
    for megabits, lost, *more in trials:
        sent = more[0] if more else megabits * 250
        drops = more[1] if len(more) > 1 else 0
        figures.append(trial_figures(step(), NextTrial(megabits * 1e6, 2.0), [flow(sent, lost, drops)]))
    assert None not in figures
    return search_result(step(), figures, SearchEnd())
