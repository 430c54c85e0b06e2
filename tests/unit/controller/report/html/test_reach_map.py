"""Reach as a map."""

import pytest

from sockrig.report.html.reach_map import NO_PROBE, legend, reach_maps
from sockrig.results.model.reach import ReachResult


def probe(source="a", destination="b", verdict="open", port=22, **more):
    return ReachResult(source=source, destination=destination, protocol="tcp", port=port, verdict=verdict, **more)


@pytest.mark.parametrize(
    ("verdict", "letter", "tone"),
    [
        ("open", "O", "open"),
        ("dropped", "D", "blocked"),
        ("rejected", "R", "blocked"),
        ("return path lost", "L", "blocked"),
        ("closed", "C", "closed"),
        ("refused locally", "F", "blocked"),
        ("invalid", "I", "invalid"),
        ("something new", "?", "invalid"),
    ],
)
def test_every_verdict_has_a_letter_and_a_tone(verdict, letter, tone):
    ((_, (cell,)),) = reach_maps([probe(verdict=verdict)])[0].rows
    assert (cell.letter, cell.tone) == (letter, tone)
    assert verdict in cell.words


def test_every_port_is_a_map_of_sources_and_destinations():
    first, second = reach_maps([probe(), probe("b", "a"), probe(port=53), probe("c", "b", verdict="dropped")])
    assert (first.port, second.port) == ("tcp/22", "tcp/53")
    assert first.destinations == ("b", "a")
    assert [(source, [cell.letter for cell in cells]) for source, cells in first.rows] == [
        ("a", ["O", ""]),
        ("b", ["", "O"]),
        ("c", ["D", ""]),
    ]
    assert first.rows[0][1][1] is NO_PROBE


def test_what_is_not_expected_is_marked_and_wins_over_what_is():
    missed = probe(verdict="rejected", expected="allow", met=False, detail="ICMP type 3")
    (only,) = reach_maps([probe(expected="allow", met=True), missed, probe()])
    cell = only.rows[0][1][0]
    assert cell.unexpected
    assert cell.words == "a > b: rejected, expected allow (ICMP type 3)"


def test_the_legend_has_each_verdict_that_occurs_once():
    found = legend([probe(verdict="closed"), probe(), probe(verdict="new"), probe()])
    assert [(cell.letter, cell.words) for cell in found] == [("O", "open"), ("C", "closed"), ("?", "new")]
