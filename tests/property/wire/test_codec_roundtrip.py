"""Every dataclass of the contract survives the way to the other end, whatever its fields hold."""

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockrig_wire import histogram
from sockrig_wire.codec import from_message, to_message
from sockrig_wire.model import failures, flows, reach, session, sockets
from sockrig_wire.v1 import errors_pb2, flows_pb2, reach_pb2, session_pb2, sockets_pb2

RANGES = {
    "CPPTYPE_INT32": (-(1 << 31), (1 << 31) - 1),
    "CPPTYPE_INT64": (-(1 << 63), (1 << 63) - 1),
    "CPPTYPE_UINT32": (0, (1 << 32) - 1),
    "CPPTYPE_UINT64": (0, (1 << 64) - 1),
}

VALUES = {
    name: value
    for module in (failures, flows, reach, session, sockets)
    for name, value in vars(module).items()
    if is_dataclass(value) and value.__module__ == module.__name__
}
MESSAGES = {
    name: value
    for module in (errors_pb2, flows_pb2, reach_pb2, session_pb2, sockets_pb2)
    for name, value in vars(module).items()
    if name in module.DESCRIPTOR.message_types_by_name
}


def values_of(value_type):
    """Any value of a dataclass whose numbers fit the fields of its message."""
    hints = get_type_hints(value_type)
    descriptor = MESSAGES[value_type.__name__].DESCRIPTOR
    return st.builds(
        value_type,
        **{f.name: contents(hints[f.name], descriptor.fields_by_name.get(f.name)) for f in fields(value_type)},
    )


def contents(hint, field):
    origin = get_origin(hint)
    if origin in {Union, types.UnionType}:
        return st.one_of([contents(choice, field) for choice in get_args(hint)])
    if origin is tuple:
        return st.lists(contents(get_args(hint)[0], field), max_size=3).map(tuple)
    if origin is Mapping:
        return st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3)
    if hint is type(None):
        return st.none()
    if is_dataclass(hint):
        return st.deferred(lambda: values_of(hint))
    if issubclass(hint, Enum):
        return st.sampled_from(hint)
    if hint is int:
        cpp_type = next(name for name in RANGES if getattr(field, name) == field.cpp_type)
        return st.integers(*RANGES[cpp_type])
    return {
        bool: st.booleans(),
        float: st.floats(allow_nan=False),
        str: st.text(max_size=20),
        bytes: st.binary(max_size=20),
    }[hint]


def test_dataclasses_and_messages_are_the_same_set():
    assert set(VALUES) == set(MESSAGES)


@pytest.mark.parametrize("name", sorted(VALUES))
def test_dataclasses_and_messages_have_the_same_fields(name):
    descriptor = MESSAGES[name].DESCRIPTOR
    oneofs = [oneof for oneof in descriptor.oneofs if not oneof.name.startswith("_")]
    chosen = {field.name for oneof in oneofs for field in oneof.fields}

    expected = {field.name for field in descriptor.fields} - chosen | {oneof.name for oneof in oneofs}

    assert {f.name for f in fields(VALUES[name])} == expected


@pytest.mark.parametrize("name", sorted(VALUES))
@given(data=st.data())
def test_a_value_arrives_as_it_was_sent(name, data):
    value = data.draw(values_of(VALUES[name]))

    sent = to_message(value, MESSAGES[name]()).SerializeToString()

    assert from_message(MESSAGES[name].FromString(sent), VALUES[name]) == value


@given(st.integers(-(1 << 63), (1 << 63) - 1))
def test_every_bin_of_a_64_bit_value_fits_its_field(value):
    lone = flows.Histogram("delay", (histogram.bin_of(value),), (1,), value, value, float(value))

    assert from_message(to_message(lone, flows_pb2.Histogram()), flows.Histogram) == lone
