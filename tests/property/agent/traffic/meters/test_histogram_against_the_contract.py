"""The recorder's bins are those of sockrig_wire.histogram for every 64-bit value, and none gets lost."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sockrig_agent.traffic.meters.histogram import HistogramRecorder, bins_of
from sockrig_wire.histogram import bin_of, merge
from sockrig_wire.model.flows import Histogram

any_value = st.integers(-(1 << 63), (1 << 63) - 1)
any_magnitude = st.builds(
    lambda value, shift, sign: sign * (value >> shift), any_value, st.integers(1, 63), st.sampled_from([1, -1])
)
delay = st.integers(2048, 10**10)
values = st.one_of(st.lists(st.one_of(any_value, any_magnitude), max_size=50), st.lists(delay, max_size=50))


def slowly(name, numbers):
    counts = Counter(bin_of(number) for number in numbers)
    bins = tuple(sorted(counts))
    return Histogram(
        name,
        bins,
        tuple(counts[b] for b in bins),
        min(numbers, default=0),
        max(numbers, default=0),
        float(sum(numbers)),
    )


@given(values)
def test_every_value_has_the_bin_that_the_contract_gives_it(numbers):
    assert bins_of(np.array(numbers, dtype=np.int64)).tolist() == [bin_of(number) for number in numbers]


@given(st.lists(values, max_size=4))
def test_what_is_recorded_in_batches_is_what_one_by_one_counting_gives(batches):
    recorder = HistogramRecorder()

    for batch in batches:
        recorder.record(np.array(batch, dtype=np.int64))

    together = [number for batch in batches for number in batch]
    assert recorder.count == len(together)
    assert recorder.snapshot("delay") == slowly("delay", together)


@given(values, st.integers(1, 9))
def test_a_value_that_stands_for_several_counts_as_often(numbers, each):
    recorder = HistogramRecorder()

    recorder.record(np.array(numbers, dtype=np.int64), each)

    assert recorder.snapshot("delay") == slowly("delay", [number for number in numbers for _ in range(each)])


@given(values.filter(bool), values.filter(bool))
def test_two_recorders_merged_are_one_that_saw_both(left, right):
    both = HistogramRecorder()
    parts = []
    for numbers in (left, right):
        part = HistogramRecorder()
        part.record(np.array(numbers, dtype=np.int64))
        both.record(np.array(numbers, dtype=np.int64))
        parts.append(part.snapshot("part"))

    merged, seen = merge("both", parts), both.snapshot("both")

    assert merged is not None
    assert (merged.bins, merged.counts) == (seen.bins, seen.counts)
    assert (merged.minimum, merged.maximum) == (seen.minimum, seen.maximum)
