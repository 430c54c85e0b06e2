"""Who can talk to whom, on a terminal."""

from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console

from sockrig.report.reach_table import reach_table
from sockrig.report.text import step_text
from sockrig.results.model.reach import ReachResult, ReachVerdict
from sockrig.results.model.step import StepResult
from sockrig.results.model.verdict import Verdict


def row(source, destination, port=22, verdict=ReachVerdict.OPEN, expected=None, detail=""):
    met = None if expected is None else verdict is ReachVerdict.OPEN
    return ReachResult(
        source=source,
        destination=destination,
        protocol="tcp",
        port=port,
        verdict=verdict,
        expected=expected,
        met=met,
        detail=detail,
    )


def mesh(agents, *, ports=(22,), closed=(), expected=None):
    names = [f"host-{number}" for number in range(1, agents + 1)]
    return [
        row(a, b, port, ReachVerdict.DROPPED if (a, b, port) in closed else ReachVerdict.OPEN, expected, "why")
        for a in names
        for b in names
        if a != b
        for port in ports
    ]


def shown(rows, width=100):
    text = StringIO()
    Console(file=text, width=width, force_terminal=False, legacy_windows=False).print(reach_table(rows))
    return [line.rstrip() for line in text.getvalue().splitlines()]


def test_few_rows_are_a_list_with_what_was_seen():
    lines = shown([row("a", "b", detail="answered"), row("b", "a", verdict=ReachVerdict.DROPPED, expected="allow")])

    assert lines == ["a > b  tcp/22  open     answered", "b > a  tcp/22  dropped  expected allow;"]


def test_many_are_a_matrix_of_letters_and_then_words_for_what_is_remarkable():
    lines = shown(mesh(5, closed={("host-2", "host-4", 22)}))

    assert lines == [
        "tcp/22  20 probes: 19 open, 1 dropped",
        "from \\ to host-1 host-2 host-3 host-4 host-5",
        "host-1         ·      o      o      o      o",
        "host-2         o      ·      o      d      o",
        "host-3         o      o      ·      o      o",
        "host-4         o      o      o      ·      o",
        "host-5         o      o      o      o      ·",
        "o open  d dropped",
        "host-2 > host-4  tcp/22  dropped  why",
    ]


def test_ports_that_are_alike_share_a_matrix():
    lines = shown(mesh(4, ports=(22, 80, 81), closed={("host-1", "host-2", 22)}))

    assert [line for line in lines if line.startswith("tcp/")] == [
        "tcp/22  12 probes: 11 open, 1 dropped",
        "tcp/80-81  24 probes: 24 open",
    ]


def test_one_end_alone_has_its_pairs_beside_the_ports():
    ports = range(1, 9)
    rows = [row("hub", end, port) for end in ("a", "b") for port in ports if port != 3]
    rows += [row("hub", end, 3, ReachVerdict.REJECTED) for end in ("a", "b")]

    assert shown(rows)[1:4] == [
        "        tcp/1-2, tcp/4-8 tcp/3",
        "hub > a                o     r",
        "hub > b                o     r",
    ]


@pytest.mark.parametrize("agents", [5, 40])
@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_mesh_of_any_size_fits_any_width_and_shows_every_cell(agents, width):
    lines = shown(mesh(agents), width)

    assert all(cell_len(line) <= width for line in lines)
    letters = sum(line.split().count("o") for line in lines if "host-" in line)
    assert letters == agents * (agents - 1)


def test_thousands_that_are_remarkable_are_counted():
    everything = {(f"host-{a}", f"host-{b}", 22) for a in range(1, 41) for b in range(1, 41)}
    lines = shown(mesh(40, closed=everything), 200)

    assert lines[-1] == "and 1,540 more; --json has all of them"
    assert len(lines) < 80


def test_a_pipe_gets_sums_by_port_and_a_line_for_each_that_is_not_as_expected():
    rows = tuple(mesh(6, closed={("host-1", "host-2", 22)}, expected="allow"))
    text = step_text(StepResult(name="s", verdict=Verdict.FAILED, reach=rows))

    assert text.splitlines() == [
        "step failed: s",
        "reach tcp/22: 30 probes: 29 open, 1 dropped; 1 not as expected",
        "reach dropped: host-1 > host-2 tcp/22, expected allow, why",
    ]
