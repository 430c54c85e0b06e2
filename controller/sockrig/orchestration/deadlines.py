"""How long each kind of step may take where the scenario does not say: more than all its own bounds together. Pure.

Nothing comes near these deadlines, as every wait within a step has one of its own; they are there so that no defect,
here or on an agent, can hold a run for ever.
"""

from collections import Counter

from sockrig.orchestration.reach_cells import SPACING_SECONDS
from sockrig.orchestration.timing import PREPARE_TIMEOUT_SECONDS, RESULT_GRACE_SECONDS, longest_seconds
from sockrig.scenario.plan import BarrierStep, FlowStep, ReachStep, SearchStep, SingleStep, SleepStep, SocketStep
from sockrig_wire.reach import longest_seconds as longest_probing_seconds

SPARE_SECONDS = 30.0
"""For what is not counted: clocks, leads, the silence after which an agent is lost, a busy machine."""


def usual_deadline_seconds(step: SingleStep) -> float:
    """The most that a step may take that has no deadline of its own."""
    match step:
        case FlowStep(flows=flows):
            phases = 3 * PREPARE_TIMEOUT_SECONDS  # listening, connected, told T
            return phases + longest_seconds([flow.spec for flow in flows]) + RESULT_GRACE_SECONDS + SPARE_SECONDS
        case SocketStep(calls=calls):
            return sum(call.timeout_seconds for call in calls) + SPARE_SECONDS
        case SearchStep(flows=flows, limits=limits):
            # It begins no trial after its time; the last one still has its own.
            trial = 3 * PREPARE_TIMEOUT_SECONDS + longest_seconds([flow.spec for flow in flows]) + RESULT_GRACE_SECONDS
            longest = max(goal.final_trial_seconds for goal in step.goals)
            return limits.most_seconds + trial + longest + SPARE_SECONDS
        case ReachStep(cells=cells, timeout_seconds=timeout_seconds):
            of_source = Counter(cell.source for cell in cells)
            of_pair = Counter((cell.source, cell.destination) for cell in cells)
            probing = longest_probing_seconds(
                max(of_source.values(), default=0), max(of_pair.values(), default=0), timeout_seconds, SPACING_SECONDS
            )
            return (
                2 * PREPARE_TIMEOUT_SECONDS + probing + RESULT_GRACE_SECONDS + SPARE_SECONDS
            )  # opened, told what came
        case SleepStep(seconds=seconds):
            return seconds + SPARE_SECONDS
        case BarrierStep(timeout_seconds=timeout_seconds):
            return timeout_seconds + SPARE_SECONDS
