"""What the sequence meter calls received, duplicate, reordered and late."""

import numpy as np
import pytest

from sockrig_agent.traffic.meters.sequences import SequenceMeter


def observe(meter, *sequences):
    return meter.observe(np.array(sequences, dtype=np.uint64)).tolist()


def figures(meter):
    return (meter.received_packets, meter.duplicate_packets, meter.reordered_packets, meter.late_packets)


def test_nothing_has_arrived_at_first():
    meter = SequenceMeter()

    assert figures(meter) == (0, 0, 0, 0)
    assert meter.highest == -1


def test_an_empty_batch_changes_nothing():
    meter = SequenceMeter()

    assert observe(meter) == []
    assert figures(meter) == (0, 0, 0, 0)


def test_packets_in_order_are_received_and_nothing_else():
    meter = SequenceMeter()

    assert observe(meter, 0, 1, 2) == [True, True, True]
    assert observe(meter, 3) == [True]
    assert figures(meter) == (4, 0, 0, 0)
    assert meter.highest == 3


def test_a_loss_is_no_reordering():
    meter = SequenceMeter()

    assert observe(meter, 0, 1, 5, 6) == [True] * 4
    assert figures(meter) == (4, 0, 0, 0)
    assert meter.highest == 6


def test_what_fills_a_gap_later_is_reordered():
    meter = SequenceMeter()

    observe(meter, 0, 1, 4)

    assert observe(meter, 3, 2, 5) == [True, True, True]
    assert figures(meter) == (6, 0, 2, 0)


def test_one_early_packet_makes_all_that_it_overtook_reordered():
    """RFC 4737 counts the packets that were overtaken, not the one that overtook."""
    meter = SequenceMeter()

    observe(meter, 3, 0, 1, 2, 4)

    assert figures(meter) == (5, 0, 3, 0)


def test_a_duplicate_of_an_earlier_batch_is_counted_once_per_copy():
    meter = SequenceMeter()
    observe(meter, 0, 1, 2)

    assert observe(meter, 1, 1, 3) == [False, False, True]
    assert figures(meter) == (4, 2, 0, 0)


def test_a_duplicate_within_the_same_batch_counts_too():
    meter = SequenceMeter()

    assert observe(meter, 0, 1, 1, 2, 1) == [True, True, False, True, False]
    assert figures(meter) == (3, 2, 0, 0)


def test_a_copy_of_a_reordered_packet_is_a_duplicate_and_not_reordered_again():
    meter = SequenceMeter()

    observe(meter, 0, 2, 1, 1)

    assert figures(meter) == (3, 1, 1, 0)


def test_a_packet_at_the_edge_of_the_window_is_still_judged():
    meter = SequenceMeter(window=8)
    observe(meter, 1, 8)

    assert observe(meter, 1, 2) == [False, True]
    assert figures(meter) == (3, 1, 1, 0)


def test_a_packet_older_than_the_window_is_late_and_neither_received_nor_duplicate():
    meter = SequenceMeter(window=8)
    observe(meter, 0, 8)

    assert observe(meter, 0) == [False]
    assert figures(meter) == (2, 0, 0, 1)


def test_a_packet_can_become_late_within_one_batch():
    meter = SequenceMeter(window=8)

    assert observe(meter, 5, 0, 20, 1) == [True, True, True, False]
    assert figures(meter) == (3, 0, 1, 1)


def test_a_cell_of_the_window_is_forgotten_before_it_serves_the_next_number():
    meter = SequenceMeter(window=8)
    observe(meter, 0, 1, 2, 3)

    assert observe(meter, 11, 9, 8, 10) == [True] * 4
    assert figures(meter) == (8, 0, 3, 0)


def test_what_was_lost_between_two_batches_is_not_taken_for_what_had_its_cell_before():
    meter = SequenceMeter(window=8)
    observe(meter, *range(8))

    assert observe(meter, 10, 11) == [True, True]
    assert observe(meter, 8, 9) == [True, True]
    assert figures(meter) == (12, 0, 2, 0)


def test_a_leap_over_many_windows_forgets_all_of_them():
    meter = SequenceMeter(window=8)
    observe(meter, *range(8))

    assert observe(meter, 10**12, 10**12 - 7, 10**12 - 8) == [True, True, False]
    assert figures(meter) == (10, 0, 1, 1)


def test_a_batch_larger_than_the_window_is_judged_number_by_number():
    meter = SequenceMeter(window=8)

    assert observe(meter, *range(100)) == [True] * 100
    assert observe(meter, 92, 91) == [False, False]
    assert figures(meter) == (100, 1, 0, 1)


@pytest.mark.parametrize("edge", [1 << 16, 1 << 31, 1 << 32, 1 << 53, (1 << 63) - 4])
def test_no_power_of_two_is_a_limit(edge):
    meter = SequenceMeter(window=16)

    observe(meter, edge - 2, edge - 1, edge + 1)

    assert observe(meter, edge, edge + 1, edge + 2, edge + 3) == [True, False, True, True]
    assert figures(meter) == (6, 1, 1, 0)
    assert meter.highest == edge + 3


def test_numbers_may_come_straight_from_big_endian_headers():
    meter = SequenceMeter()
    headers = np.array([[7, 0, 9], [7, 2, 9], [7, 1, 9]], dtype=">u8")

    assert meter.observe(headers[:, 1]).tolist() == [True, True, True]
    assert figures(meter) == (3, 0, 1, 0)


def test_the_batch_itself_is_left_alone():
    batch = np.array([3, 1, 1], dtype=np.uint64)

    SequenceMeter().observe(batch)

    assert batch.tolist() == [3, 1, 1]


@pytest.mark.parametrize("window", [0, -8, 3, 65_535])
def test_a_window_that_is_no_power_of_two_is_refused(window):
    with pytest.raises(ValueError, match=f"not {window}"):
        SequenceMeter(window=window)
