"""Groups, repetitions, sleeps and barriers become a plan that says in words what it will do."""

import pytest

from sockrig.scenario.errors import ScenarioError
from sockrig.scenario.loader import load_scenario
from sockrig.scenario.plan import BarrierStep, GroupStep, RepeatedStep, SleepStep, describe
from sockrig.scenario.planned import StepCount, count_flows, count_steps, single_steps
from sockrig.scenario.repetition import metric_text, parse_aim
from sockrig.scenario.writing import to_json, to_yaml

HEAD = "scenario: x\nagents: {hub: {}, edges: {count: 2}}\nsteps:\n"
AGENTS = ("h", "e1", "e2")
RR = "flow: {kind: tcp-rr, from: edges, to: hub, duration: 1s}"
BULK = "flow: {kind: tcp-stream, from: edges, to: hub, duration: 1s, name: bulk}"


@pytest.fixture
def steps(expand_text):
    """The planned steps of these lines."""
    return lambda text: expand_text(HEAD + text, *AGENTS).steps


@pytest.fixture
def refusal(steps):
    """What is said of steps that cannot be meant."""

    def of(text):
        with pytest.raises(ScenarioError) as caught:
            steps(text)
        return str(caught.value)

    return of


def test_the_plan_of_everything_in_words(expand_text):
    text = (
        f"{HEAD}  - barrier:\n"
        "  - {name: calm, barrier: [hub, 'edges[1]'], timeout: 2s}\n"
        f"  - {{name: bulk, repeat: 3, {BULK}, expect: throughput > 1 bit/s}}\n"
        "  - name: both\n    repeat: {until: rtt.p99 within 5 %, most: 9}\n    deadline: 5m\n"
        f"    continue-on-failure: true\n    steps:\n      - {{name: ask, {RR}}}\n      - sleep: 500ms\n"
    )
    plan = expand_text(text, *AGENTS)
    flow = "h: {}, for 1 s, as fast as it goes, 1 worker parallel\n"
    ask = "".join(f"      {edge} > " + flow.format("tcp-rr") for edge in ("e1", "e2"))
    bulk = "".join(f"   {edge} > " + flow.format('"bulk" tcp-stream') for edge in ("e1", "e2"))
    assert describe(plan).partition("\n\n")[2] == (
        "1. barrier\n   wait for h, e1, e2, at most 15 s\n\n"
        "2. calm\n   wait for h, e2, at most 2 s\n\n"
        f"3. bulk, 3 times\n{bulk}   expect throughput > 1 bit/s\n\n"
        "4. both, 3 to 9 times, until rtt.p99 within 5 %, at most 300 s, the run goes on whatever becomes of it\n"
        f"   4.1. ask, the run goes on whatever becomes of it\n{ask}"
        "   4.2. sleep 500 ms, the run goes on whatever becomes of it\n"
    )


def test_steps_without_a_name_are_called_after_what_they_do(steps):
    text = f"  - sleep: 2s\n  - barrier: all\n  - {RR}\n  - steps: [{{sleep: 1s}}]\n"
    assert [step.name for step in steps(text)] == ["sleep 2 s", "barrier", "step 3", "step 4"]


def test_a_barrier_may_be_for_everybody_or_for_some(steps):
    text = "  - barrier:\n  - barrier: all\n  - barrier: edges\n  - barrier: [edges, hub, edges]\n"
    assert [step.agents for step in steps(text)] == [AGENTS, AGENTS, ("e1", "e2"), ("e1", "e2", "h")]
    assert isinstance(steps(text)[0], BarrierStep)


def test_the_policy_of_a_step_is_its_own_or_that_around_it(expand_text):
    text = (
        "scenario: x\ncontinue-on-failure: true\nagents: [a]\nsteps:\n  - sleep: 1s\n"
        "  - {continue-on-failure: false, steps: [{sleep: 1s}, {sleep: 1s, continue-on-failure: true}]}\n"
    )
    plan = expand_text(text, "a")
    assert [step.continue_on_failure for _, step in single_steps(*plan.steps)] == [True, False, True]


def test_steps_and_flows_are_counted_with_all_repetitions(steps):
    planned = steps(
        f"  - {{repeat: 4, {RR}}}\n"
        f"  - {{repeat: {{until: throughput within 5 %, least: 2, most: 10}}, steps: [{{sleep: 1s}}, {{{BULK}}}]}}\n"
        f"  - sleep: 1s\n"
    )
    assert count_steps(*planned) == StepCount(least=4 + 1 + 2 * 2 + 1 + 1, most=4 + 1 + 10 * 2 + 1 + 1)
    assert count_flows(*planned) == 4 * 2 + 10 * 2


def test_too_many_repetitions_within_repetitions_are_refused(refusal):
    inner = "{repeat: 1000, sleep: 1ms}"
    text = refusal(f"  - {{repeat: 1000, steps: [{inner}]}}\n")
    assert text == "bench.yaml:4:3: 1,001,001 steps with all repetitions: expected at most 10,000 in a run"


def test_what_is_measured_in_repetitions_is_the_aim_and_what_is_expected(steps):
    expect = "expect: [rtt.p99 < 1 s, transactions > 1/s, bound == io]"
    (step,) = steps(f"  - {{repeat: {{until: transactions within 1 %}}, {RR}, {expect}}}\n")
    assert [metric_text(one.metric) for one in step.metrics] == ["transactions", "rtt.p99"]
    (step,) = steps(f"  - {{repeat: 2, name: r, {RR}}}\n")
    assert [(one.step, metric_text(one.metric)) for one in step.metrics] == [("r", "throughput")]
    (step,) = steps(f"  - {{repeat: 2, name: g, steps: [{{name: r, {RR}}}, {{name: b, {BULK}}}, {{sleep: 1s}}]}}\n")
    assert [one.step for one in step.metrics] == ["g / r", "g / b"]
    (step,) = steps("  - {repeat: 2, sleep: 1s}\n")
    assert (step.metrics, step.least, step.most, step.aim) == ((), 2, 2, None)
    assert isinstance(step, RepeatedStep)
    assert isinstance(step.step, SleepStep)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (f"repeat: 0, {RR}", "repeat: 0: expected at least 1"),
        (f"repeat: 1001, {RR}", "repeat: 1001: expected at most 1000"),
        (f"repeat: often, {RR}", "repeat: often: expected a mapping"),
        (f"repeat: {{}}, {RR}", "repeat: 'until' is missing"),
        (f"repeat: {{until: soon}}, {RR}", "until: soon is no aim: expected METRIC within SHARE"),
        (f"repeat: {{until: rtt within 5 ms}}, {RR}", "until: within 5 ms: expected a share of the mean such as 5 %"),
        (f"repeat: {{until: rtt within 0 %}}, {RR}", "until: within 0 %: expected a share"),
        (f"repeat: {{until: rrt within 5 %}}, {RR}", "unknown metric rrt; did you mean 'rtt'?"),
        (f"repeat: {{until: bound within 5 %}}, {RR}", "bound is a word"),
        (
            f"repeat: {{until: jitter within 5 %}}, {RR}",
            "bench.yaml:4:22: jitter within 5 %: no traffic here tells that",
        ),
        ("repeat: {until: rtt within 5 %}, sleep: 1s", "no traffic here tells that"),
        (
            f"repeat: {{until: throughput within 5 %}}, name: g, steps: [{{name: r, {RR}}}, {{name: b, {BULK}}}]",
            "2 steps tell that (g / r, g / b): name a flow, such as FLOW.METRIC",
        ),
        (f"repeat: {{until: rtt within 5 %, confidence: 20 %}}, {RR}", "confidence: 20 % is no confidence"),
        (f"repeat: {{until: rtt within 5 %, least: 5, most: 4}}, {RR}", "least: 5 is more than the 4 of most"),
        ("sleep: 0s", "sleep: 0s is not a duration: expected a positive time"),
        ("sleep: 100000h", "sleep: 100000h is too long"),
        ("barrier: nobody", "bench.yaml:4:15: there is no role 'nobody'"),
        ("barrier: [], timeout: 1s", "barrier: nothing here: expected at least one"),
        ("deadline: 0s, sleep: 1s", "deadline: 0s is not a duration"),
        ("steps: []", "steps: nothing here: expected at least one"),
        ("steps: [{sleep: soon}]", "bench.yaml:4:22: sleep: soon is not a duration"),
        ("sleep: 1s, barrier: all", "a step is one of sleep, barrier, not several"),
        ("continue-on-failure: maybe, sleep: 1s", "continue-on-failure: maybe: expected true or false"),
    ],
)
def test_a_step_that_cannot_be_meant(refusal, step, message):
    assert message in refusal(f"  - {{{step}}}\n")


def test_a_metric_of_several_steps_is_clear_with_the_name_of_a_flow(steps):
    both = f"[{{name: r, {RR}}}, {{name: b, {BULK}}}]"
    (step,) = steps(f"  - {{repeat: {{until: bulk.throughput within 5 %}}, name: g, steps: {both}}}\n")
    assert step.metrics[0].step == "g / b"
    assert isinstance(step.step, GroupStep)


def test_an_aim_is_a_metric_and_a_share():
    aim = parse_aim(" call.rtt.p99   within 2.5 % ")
    assert (aim.text, aim.metric.flow, aim.metric.metric, aim.half_width_ratio) == (
        "call.rtt.p99 within 2.5 %",
        "call",
        "rtt",
        0.025,
    )


@pytest.mark.parametrize("write", [to_yaml, to_json])
def test_all_of_it_can_be_written_and_read_again(write):
    text = (
        f"scenario: x\nvars: {{n: 5}}\ncontinue-on-failure: false\nagents: {{hub: {{}}, edges: {{count: 2}}}}\nsteps:\n"
        f"  - barrier:\n  - {{sleep: 1s, deadline: 2s, repeat: $n}}\n"
        f"  - {{matrix: {{size: [64 B, '$$5']}}, steps: [{{{RR}}}]}}\n"
        f"  - {{repeat: {{until: rtt within 5 %, confidence: 99 %}}, {RR}}}\n"
        "  - flow: {kind: tcp-rr, from: edges, shape: ring, duration: 1s}\n"
        "  - include: {file: other.yaml}\n"
    )
    other = "scenario: other\nagents: [hub]\nsteps: [{sleep: 1s}]\n"
    scenario = load_scenario(text, file_name="x", included={"other.yaml": other}).scenario
    assert load_scenario(write(scenario), file_name="x").scenario == scenario
