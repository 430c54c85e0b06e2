"""Results as JUnit XML."""

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from sockrig.report.junit import to_junit
from sockrig.results.model.step import StepResult
from sockrig.results.model.verdict import Verdict


def suite_of(run):
    return ET.fromstring(to_junit(run).encode()).find("testsuite")


def outcomes(suite):
    return {
        case.get("name"): next((child.tag for child in case if child.tag != "system-out"), "passed")
        for case in suite.iter("testcase")
    }


def test_a_run_is_a_suite_whose_numbers_agree_with_its_cases(run):
    suite = suite_of(run)
    found = list(outcomes(suite).values())
    assert suite.get("name") == "a call under load"
    assert suite.get("timestamp") == "2026-01-02T03:04:05+00:00"
    assert suite.get("time") == "12.420"
    assert int(suite.get("tests")) == len(found) == 13
    assert int(suite.get("failures")) == found.count("failure") == 3
    assert int(suite.get("errors")) == found.count("error") == 1


def test_every_step_and_every_expectation_is_a_case(run):
    found = outcomes(suite_of(run))
    assert found["bulk: throughput >= 200 Mbit/s"] == "passed"
    assert found["bulk: fairness >= 0.9"] == "failure"
    assert found["who may talk"] == "failure"
    assert found["again"] == "error"


def test_a_missed_expectation_does_not_fail_its_step_a_second_time(run):
    assert run.steps[0].verdict is Verdict.FAILED
    assert outcomes(suite_of(run))["bulk"] == "passed"


def test_a_failure_says_what_was_measured(run):
    failure = suite_of(run).find("testcase[@name='bulk: fairness >= 0.9']/failure")
    assert failure.get("message") == (
        "fairness >= 0.9: measured 0.884 (client-2 > server with 4.4 Gbit/s, the lowest of 2)"
    )


def test_agents_are_properties(run):
    properties = {one.get("name"): one.get("value") for one in suite_of(run).iter("property")}
    assert properties == {
        "run_id": "r-7f3a",
        "verdict": "error",
        "agent.server": "0.1.0",
        "agent.client-1": "0.1.0",
        "agent.client-2": "degraded",
    }


@pytest.mark.parametrize(
    ("verdict", "tag"), [(Verdict.DEGRADED, "error"), (Verdict.ERROR, "error"), (Verdict.FAILED, "failure")]
)
def test_every_bad_verdict_of_a_step_shows_with_its_name(run, verdict, tag):
    step = StepResult(name="step", verdict=verdict, problem="why\nnot")
    (mark,) = suite_of(replace(run, steps=(step,))).find("testcase")
    assert (mark.tag, mark.get("type"), mark.get("message")) == (tag, verdict.value, r"why\nnot")


def test_an_error_stays_one_although_an_expectation_failed_too(run):
    broken = replace(run.steps[0], verdict=Verdict.ERROR, problem="no agent left")
    assert outcomes(suite_of(replace(run, steps=(broken,))))["bulk"] == "error"


def test_control_characters_do_not_break_the_document(run):
    step = StepResult(name="bell \x07 & <b> \udcff", verdict=Verdict.PASSED)
    assert suite_of(replace(run, steps=(step,))).find("testcase").get("name") == r"bell \x07 & <b> \udcff"
