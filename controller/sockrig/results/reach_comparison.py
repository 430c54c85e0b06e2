"""Whether runs differ in who could talk to whom: probe by probe, of those that both sides have. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sockrig.results.model.reach import ReachResult
from sockrig.results.model.run import RunResult
from sockrig.results.step_names import plain_name


@dataclass(frozen=True, slots=True)
class ReachKey:
    """By what a probe of one run is known in another; ``step`` is its name without the number of a repetition."""

    step: str
    source: str
    destination: str
    protocol: str
    port: int


@dataclass(frozen=True, slots=True)
class ReachChange:
    """A probe with another fate than before; of several runs all fates are here, each once.

    ``met`` says whether the last one after is what its scenario expects, None where nothing was expected.
    """

    probe: ReachKey
    before: tuple[str, ...]
    after: tuple[str, ...]
    met: bool | None


@dataclass(frozen=True, slots=True)
class ReachComparison:
    """How many probes both sides have, those that changed, and how many only one side has."""

    compared: int
    changes: tuple[ReachChange, ...]
    only_before: int
    only_after: int


NO_REACH = ReachComparison(0, (), 0, 0)


def compare_reach(before: Sequence[RunResult], after: Sequence[RunResult]) -> ReachComparison:
    """Compare what became of the probes of two sides; a fate that varies within a side counts as all of its fates."""
    probes_before, probes_after = _probes(before), _probes(after)
    both = [key for key in probes_before if key in probes_after]
    fates = ((key, _fates(probes_before[key]), _fates(probes_after[key])) for key in both)
    return ReachComparison(
        compared=len(both),
        changes=tuple(
            ReachChange(key, earlier, later, probes_after[key][-1].met)
            for key, earlier, later in fates
            if earlier != later
        ),
        only_before=len(probes_before.keys() - probes_after.keys()),
        only_after=len(probes_after.keys() - probes_before.keys()),
    )


def _probes(runs: Sequence[RunResult]) -> Mapping[ReachKey, Sequence[ReachResult]]:
    found: dict[ReachKey, list[ReachResult]] = {}
    for key, probe in _keyed(runs):
        found.setdefault(key, []).append(probe)
    return found


def _keyed(runs: Sequence[RunResult]) -> Iterator[tuple[ReachKey, ReachResult]]:
    for run in runs:
        for step in run.steps:
            for probe in step.reach:
                key = ReachKey(plain_name(step), probe.source, probe.destination, probe.protocol, probe.port)
                yield key, probe


def _fates(probes: Sequence[ReachResult]) -> tuple[str, ...]:
    return tuple(sorted({probe.verdict.value for probe in probes}))
