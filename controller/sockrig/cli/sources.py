"""Where a scenario's text comes from: a file, stdin, or the scenarios that are packaged."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sockrig.client.inclusions import read_inclusions
from sockrig.client.runs import read_scenario
from sockrig.scenario import packaged
from sockrig.scenario.document import MOST_BYTES
from sockrig.scenario.loader import LoadedScenario, load_scenario
from sockrig.scenario.suggestions import did_you_mean
from sockrig_wire.errors import UsageError

STDIN = "-"


@dataclass(frozen=True, slots=True)
class ScenarioSource:
    """A scenario's text, what to call it, the values of its variables, and the baseline that goes before its own."""

    text: str
    file_name: str
    variables: Mapping[str, str]
    baseline: str | None = None


def read_source(name: str, variables: Mapping[str, str], *, baseline: str | None = None) -> ScenarioSource:
    """Read the file ``name``, stdin for ``-``, or the packaged scenario of that name.

    Raises:
        UsageError: there is none, or it cannot be read.
    """
    if name == STDIN:
        return ScenarioSource(_read_stdin(), "<stdin>", variables, baseline)
    path = Path(name)
    if not path.exists():
        if name in packaged.names():
            return ScenarioSource(packaged.text(name), name, variables, baseline)
        guess = did_you_mean(name, packaged.names())
        raise UsageError(
            "there is no such file, and no packaged scenario of this name",
            where=name,
            next=f"{guess[:1].upper()}{guess[1:]}Packaged are: {', '.join(packaged.names())}.",
        )
    return ScenarioSource(*read_scenario(path), variables, baseline)


def load_source(source: ScenarioSource) -> LoadedScenario:
    """The scenario with the files that it includes.

    Raises:
        ScenarioError: what is wrong with it, and where.
    """
    included = read_inclusions(source.text, file_name=source.file_name, variables=source.variables)
    return load_scenario(source.text, file_name=source.file_name, variables=source.variables, included=included)


def _read_stdin() -> str:
    content = sys.stdin.buffer.read(MOST_BYTES + 1)  # one more than allowed, for the loader to refuse
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError("the scenario is not UTF-8 text", where="<stdin>") from error


def variables_of(pairs: Sequence[str]) -> dict[str, str]:
    """Read ``K=V`` pairs.

    Raises:
        UsageError: one is no pair, or a variable has two values.
    """
    variables: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not name or not equals:
            raise UsageError(f"{pair!r} is not a variable and its value", where="--var", next="Write NAME=VALUE.")
        if name in variables:
            raise UsageError(f"{name} has two values", where="--var", next="Give one.")
        variables[name] = value
    return variables
