"""Jain's index for any shares."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockrig.results.statistics import jain_index


@given(st.lists(st.floats(min_value=0, max_value=1e300), min_size=1, max_size=50))
def test_jains_index_lies_between_one_nth_and_one(values):
    index = jain_index(values)
    assert (index is None) == (max(values) == 0)
    if index is not None:
        assert 1 / len(values) <= index <= 1


@given(
    st.lists(st.floats(min_value=1, max_value=1e9), min_size=1, max_size=20), st.floats(min_value=0.01, max_value=100)
)
def test_jains_index_does_not_depend_on_the_unit(values, factor):
    assert jain_index([value * factor for value in values]) == pytest.approx(jain_index(values))
