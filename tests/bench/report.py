"""The benchmark as a table for people and as JSON. Pure."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from tests.bench.comparison import Judgement, Spread, Standing
from tests.bench.machine import Machine
from tests.bench.measurement import ASKED, BEST, OURS, Quantity, Trial

from sockrig.results import quantities

_COLUMNS = ("work", "tool", "median", "ours / theirs", "target", "reached", "CPU s/GiB", "held by")
_WIDEST_PROBLEM = 32
_METHOD = """\
In each round every tool of a row is measured once, ours first. Figures are medians over the rounds. A ratio is ours
over theirs, round by round: median (smallest to largest). CPU is that of both ends: of ours, the workers' as the result
document has it; of the bare loop, its loops'; of the others, their processes'. "held by" is what the result document
says of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowResult:
    """One row at one place."""

    key: str
    title: str
    place: str
    quantity: Quantity
    standings: tuple[Standing, ...]
    trials: tuple[Trial, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceUsed:
    """Where, and how both sides were pinned; ``problem`` says why it could not be had."""

    name: str
    pinning: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything."""

    started_at: datetime
    machine: Machine
    rounds: int
    seconds: int
    places: tuple[PlaceUsed, ...]
    rows: tuple[RowResult, ...]
    interrupted: bool = False


def to_json(report: Report) -> str:
    """All trials, with what was computed of them."""
    return json.dumps(asdict(report), indent=1, default=_plain)


def to_markdown(report: Report) -> str:
    """What was measured where, then a table per place, then what was missed and what went wrong."""
    parts = [_heading(report)]
    for place in report.places:
        parts.append(f"## {place.name}")
        if place.problem:
            parts.append(f"Skipped: {place.problem}.")
            continue
        parts.append(f"Both sides of every tool: {place.pinning}.")
        parts.append(_table([row for row in report.rows if row.place == place.name]))
    parts += [_missed(report.rows), _problems(report.rows)]
    return "\n\n".join(parts) + "\n"


def _heading(report: Report) -> str:
    machine = report.machine
    load = ", ".join(f"{value:.2f}" for value in machine.load_average)
    facts = {
        "started": f"{report.started_at:%Y-%m-%d %H:%M %Z}",
        "machine": f"{machine.kernel}, {machine.processor}, {machine.cores} cores",
        "load average at the start": load,
        "TCP congestion control": machine.congestion_control,
        "largest receive buffer": f"{machine.largest_receive_buffer_bytes} bytes (net.core.rmem_max)",
        "rounds": f"{report.rounds} of {report.seconds} s, where a row does not need longer",
        **{each.program: each.version for each in machine.versions},
    }
    parts = ["# Benchmark", "\n".join(f"- {name}: {fact}" for name, fact in facts.items()), _METHOD]
    if report.interrupted:
        parts.append("Interrupted: only the rows that were finished are here.")
    return "\n\n".join(parts)


def _table(rows: Iterable[RowResult]) -> str:
    lines: list[Sequence[str]] = [_COLUMNS]
    for row in rows:
        for standing in row.standings:
            title = row.title if standing.tool == OURS else ""
            lines.append((title, standing.tool, *_cells(standing, row.quantity)))
    return _aligned(lines)


def _cells(standing: Standing, quantity: Quantity) -> tuple[str, ...]:
    figures, ratio, cost = standing.figures, standing.ratio, standing.cpu_seconds_per_gibibyte
    held = ", ".join(part for part in (standing.bound, standing.limited_by) if part)
    return (
        _brief(standing.problem) if figures is None else shown(figures.median, quantity),
        "" if ratio is None else _ratio(ratio),
        "; ".join(_target(each, quantity) for each in standing.judgements),
        "; ".join(_met(each) for each in standing.judgements),
        "" if cost is None else quantities.significant(cost),
        held,
    )


def shown(value: float, quantity: Quantity) -> str:
    """A figure with its unit."""
    match quantity:
        case Quantity.BITS_PER_SECOND:
            return quantities.bit_rate(value)
        case Quantity.PACKETS_PER_SECOND:
            return quantities.packet_rate(value)
        case Quantity.CONNECTIONS_PER_SECOND:
            return quantities.event_rate(value)
        case Quantity.SECONDS:
            return quantities.time(value)
        case Quantity.RATIO:
            return f"{value * 100:.4f} %"


def _ratio(ratio: Spread) -> str:
    return f"{ratio.median:.2f} ({ratio.min:.2f} to {ratio.max:.2f})"


def _target(judgement: Judgement, quantity: Quantity) -> str:
    target = judgement.target
    sign = "≥" if quantity.more_is_better else "≤"
    bound = shown(target.bound, quantity) if target.against == ASKED else f"{target.bound:.3g}"
    return f"{sign} {bound}{' of the best' if target.against == BEST else ''}"


def _met(judgement: Judgement) -> str:
    return "not compared" if judgement.met is None else "met" if judgement.met else "**missed**"


def _missed(rows: Iterable[RowResult]) -> str:
    lines = [
        f"- {row.place}, {row.title}, {_opponent(standing, judgement)}: "
        f"{_reached(judgement, row.quantity)}, asked {_target(judgement, row.quantity)}"
        for row in rows
        for standing in row.standings
        for judgement in standing.judgements
        if not judgement.met
    ]
    return "\n".join(["## Missed, or not compared", "", *(lines or ["Nothing."])])


def _problems(rows: Iterable[RowResult]) -> str:
    lines = [
        f"- {row.place}, {row.title}, {standing.tool}: {' '.join(standing.problem.split())}"
        for row in rows
        for standing in row.standings
        if standing.problem
    ]
    return "\n".join(["## Not measured, or not in every round", "", *(lines or ["Nothing."])])


def _brief(problem: str) -> str:
    return problem if len(problem) <= _WIDEST_PROBLEM else "not measured, see below"


def _opponent(standing: Standing, judgement: Judgement) -> str:
    return "against what was asked" if judgement.target.against == ASKED else f"against {standing.tool}"


def _reached(judgement: Judgement, quantity: Quantity) -> str:
    if judgement.reached is None:
        return "not compared"
    if judgement.target.against == ASKED:
        return shown(judgement.reached, quantity)
    return f"{judgement.reached:.3g}"


def _aligned(lines: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose columns also line up as plain text."""
    cells = [[cell.replace("|", "\\|").replace("\n", " ") for cell in line] for line in lines]
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    padded = [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in cells]
    padded.insert(1, ["-" * width for width in widths])
    return "\n".join(f"| {' | '.join(line)} |" for line in padded)


def _plain(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat()
        case Quantity():
            return value.value
        case _:
            raise TypeError(f"{type(value).__name__} has no place in JSON")
