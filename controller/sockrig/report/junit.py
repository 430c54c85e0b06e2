"""Results as JUnit XML, which CI systems read: one suite a run, one case a step and one an expectation.

JUnit knows no "degraded": it becomes an ``error`` element whose ``type`` says so.
"""

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from sockrig.report.printable import printable
from sockrig.results.model.run import RunResult
from sockrig.results.model.step import StepResult
from sockrig.results.model.verdict import Verdict
from sockrig.results.verdicts import step_verdict

_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'


def to_junit(result: RunResult) -> str:
    """The document, with the names and versions of the agents as properties."""
    cases = [case for step in result.steps for case in _cases(result.name, step)]
    suite = ET.Element(
        "testsuite",
        name=printable(result.name),
        tests=str(len(cases)),
        failures=str(sum(case.find("failure") is not None for case in cases)),
        errors=str(sum(case.find("error") is not None for case in cases)),
        skipped="0",
        time=_seconds(result.duration_seconds),
        timestamp=result.started_at.isoformat(timespec="seconds"),
    )
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(result):
        ET.SubElement(properties, "property", name=printable(name), value=printable(value))
    suite.extend(cases)
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return f"{_DECLARATION}\n{ET.tostring(root, encoding='unicode')}\n"


def _properties(result: RunResult) -> list[tuple[str, str]]:
    run = [("run_id", result.run_id), ("verdict", result.verdict.value)]
    return run + [(f"agent.{agent.name}", agent.version or agent.verdict.value) for agent in result.agents]


def _cases(run: str, step: StepResult) -> list[ET.Element]:
    case = _case(run, step.name, step.duration_seconds)
    _judge(case, _own_verdict(step), _what_happened(step))
    cases = [case]
    for expectation in step.expectations:
        case = _case(run, f"{step.name}: {expectation.text}", None)
        measured = f"{expectation.text}: {expectation.finding}"
        _judge(case, expectation.verdict, [measured])
        ET.SubElement(case, "system-out").text = printable(measured)
        cases.append(case)
    return cases


def _case(run: str, name: str, duration_seconds: float | None) -> ET.Element:
    return ET.Element(
        "testcase", classname=printable(run), name=printable(name), time=_seconds(duration_seconds or 0.0)
    )


def _own_verdict(step: StepResult) -> Verdict:
    """The step's verdict without its expectations, which have cases of their own."""
    if all(expectation.verdict is Verdict.PASSED for expectation in step.expectations):
        return step.verdict
    if step.verdict is Verdict.ERROR:
        return step.verdict
    return step_verdict(flows=step.flows, sockets=step.sockets, reach=step.reach)


def _what_happened(step: StepResult) -> list[str]:
    lines = list(step.problems)
    lines += [f"{call.on}: {call.call}: {call.result}" for call in step.sockets if call.verdict is not Verdict.PASSED]
    lines += [
        f"{probe.source} > {probe.destination} {probe.protocol}/{probe.port}: {probe.verdict}, "
        f"expected {probe.expected}{f' ({probe.detail})' if probe.detail else ''}"
        for probe in step.reach
        if probe.expected is not None and probe.met is not True
    ]
    return lines or [step.verdict.value]


def _judge(case: ET.Element, verdict: Verdict, lines: Sequence[str]) -> None:
    if verdict is Verdict.PASSED:
        return
    clean = [printable(line) for line in lines]
    tag = "failure" if verdict is Verdict.FAILED else "error"
    ET.SubElement(case, tag, type=verdict.value, message=clean[0]).text = "\n".join(clean)


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"
