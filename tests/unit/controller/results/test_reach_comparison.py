"""Which probes have another fate than in the runs before."""

from datetime import UTC, datetime

from sockrig.results.model.reach import ReachResult, ReachVerdict
from sockrig.results.model.run import RunResult
from sockrig.results.model.step import StepResult
from sockrig.results.model.verdict import Verdict
from sockrig.results.reach_comparison import ReachKey, compare_reach

OPEN, DROPPED, REJECTED = ReachVerdict.OPEN, ReachVerdict.DROPPED, ReachVerdict.REJECTED


def run(repetition=None, **fates):
    """A run with one probe a port, ``p22=OPEN``."""
    reach = tuple(
        ReachResult(
            source="a", destination="b", protocol="tcp", port=int(port[1:]), verdict=fate, met=fate is ReachVerdict.OPEN
        )
        for port, fate in fates.items()
    )
    name = "mesh" if repetition is None else f"mesh, {repetition} of 9"
    return RunResult(
        run_id="r",
        name="n",
        verdict=Verdict.PASSED,
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
        duration_seconds=1.0,
        steps=(StepResult(name=name, verdict=Verdict.PASSED, reach=reach, repetition=repetition),),
    )


def test_only_probes_with_another_fate_are_named():
    found = compare_reach([run(p22=OPEN, p53=OPEN)], [run(p22=OPEN, p53=DROPPED)])
    assert found.compared == 2
    (change,) = found.changes
    assert change.probe == ReachKey("mesh", "a", "b", "tcp", 53)
    assert (change.before, change.after, change.met) == (("open",), ("dropped",), False)


def test_a_fate_that_varied_before_is_no_change_where_it_varies_still():
    assert compare_reach([run(p22=OPEN), run(p22=DROPPED)], [run(p22=DROPPED), run(p22=OPEN)]).changes == ()
    (change,) = compare_reach([run(p22=OPEN), run(p22=REJECTED)], [run(p22=OPEN)]).changes
    assert (change.before, change.after, change.met) == (("open", "rejected"), ("open",), True)


def test_repetitions_are_of_one_step():
    assert compare_reach([run(1, p22=OPEN)], [run(2, p22=OPEN)]).compared == 1


def test_probes_of_one_side_are_counted():
    found = compare_reach([run(p1=OPEN, p2=OPEN)], [run(p2=OPEN, p3=OPEN, p4=OPEN)])
    assert (found.compared, found.only_before, found.only_after) == (1, 1, 2)
