"""The tables of the page: headings and cells as plain text. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from sockrig.report.course import course_of, main_quantity, thinned
from sockrig.report.figures import Figure, figures_of, labels_of, within
from sockrig.report.limits import LIMITS, TCP_STATE
from sockrig.report.load import HEADINGS, load_cells
from sockrig.report.search import TRIAL_HEADINGS, trial_rows
from sockrig.results import quantities
from sockrig.results.model.flow import FlowResult
from sockrig.results.model.run import AgentResult, LoadLatency
from sockrig.results.model.search import SearchResult
from sockrig.results.quantities import ABSENT

_MOST_POINTS = 60


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, and what its cells are: a name, a text, a number, or a course as the points of its line."""

    heading: str
    kind: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table with something in it; the first cell of a row says what the row is about."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


def flow_table(flows: Sequence[FlowResult]) -> Table | None:
    """What was measured; None where nothing was."""
    table = _of_flows("what was measured", flows, figures_of(flows))
    courses = [_course(flow) for flow in flows]
    if table is None or not any(courses):
        return table
    rows = zip(table.rows, courses, strict=True)
    return Table(
        table.caption,
        (*table.columns[:1], Column("course", "course"), *table.columns[1:]),
        tuple((row[0], course, *row[1:]) for row, course in rows),
    )


def _course(flow: FlowResult) -> str:
    """The flow's course as the points of a line in a field of 100 by 20; empty where there is none."""
    points = course_of(flow, main_quantity(flow))
    highest = max((one.value for one in points), default=0.0)
    if len(points) < 2 or highest <= 0:
        return ""
    first, last = points[0].at_seconds, points[-1].at_seconds
    return " ".join(
        f"{(one.at_seconds - first) / (last - first) * 100:.1f},{20 - one.value / highest * 20:.1f}"
        for one in thinned(points, _MOST_POINTS)
    )


def limit_table(flows: Sequence[FlowResult]) -> Table | None:
    """What held flows back, what their ends spent, and what was in force."""
    return _of_flows("limits, processors and offloads", flows, figures_of(flows, LIMITS))


def tcp_table(flows: Sequence[FlowResult]) -> Table | None:
    """How TCP stood at the end; None where no flow was TCP's."""
    of_tcp = [flow for flow in flows if figures_of([flow], TCP_STATE)]
    return _of_flows("TCP at the end", of_tcp, figures_of(of_tcp, TCP_STATE))


def trial_table(search: SearchResult) -> Table:
    """The trials of a search for a capacity."""
    kinds = ("name", *("number" for _ in TRIAL_HEADINGS[1:-1]), "text")
    columns = tuple(Column(heading, kind) for heading, kind in zip(TRIAL_HEADINGS, kinds, strict=True))
    return Table("trials", columns, trial_rows(search))


def load_table(rows: Sequence[LoadLatency]) -> Table | None:
    """What load did to round trips; None where no probe ran both idle and loaded."""
    if not rows:
        return None
    kinds = ("name", "text", *("number" for _ in HEADINGS[2:]))
    columns = tuple(Column(heading, kind) for heading, kind in zip(HEADINGS, kinds, strict=True))
    return Table("latency under load", columns, tuple(load_cells(row) for row in rows))


def _of_flows(caption: str, flows: Sequence[FlowResult], figures: Sequence[Figure]) -> Table | None:
    if not flows or not figures:
        return None
    return Table(
        caption,
        (Column("flow", "name"), *(Column(one.heading, "number" if one.is_number else "text") for one in figures)),
        tuple(
            (label, *(figure.text_of(flow) or ABSENT for figure in figures))
            for flow, label in zip(flows, labels_of(flows), strict=True)
        ),
    )


def agent_table(agents: Sequence[AgentResult]) -> Table | None:
    """Who took part, with their versions and clocks."""
    if not agents:
        return None
    problems = any(agent.problem for agent in agents)
    headings = (
        "agent",
        "verdict",
        "version",
        "clock, less the controller's",
        *(("what happened",) if problems else ()),
    )
    return Table(
        "agents",
        tuple(Column(heading, "name" if heading == "agent" else "text") for heading in headings),
        tuple(
            (
                agent.name,
                agent.verdict.value,
                agent.version or ABSENT,
                _clock(agent),
                *((agent.problem or ABSENT,) if problems else ()),
            )
            for agent in agents
        ),
    )


def _clock(agent: AgentResult) -> str:
    if agent.clock_offset_seconds is None:
        return "never measured"
    if agent.clock_uncertainty_seconds == 0:
        return "the same clock"
    if agent.clock_uncertainty_seconds is None:
        return f"{quantities.time(agent.clock_offset_seconds)}, uncertainty not known"
    return within(agent.clock_offset_seconds, agent.clock_uncertainty_seconds)
