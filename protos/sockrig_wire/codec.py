"""Turns messages into the frozen dataclasses of :mod:`sockrig_wire.model` and back, by name.

The classes have the names of the messages and the fields those of the message's fields, so the mapping is read off
the annotations once per class and then kept. A union of dataclasses is a ``oneof``; ``X | None`` a field with
presence; a tuple a repeated field; an :class:`~enum.Enum` a proto enum whose values carry the usual prefix.
"""

import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from google.protobuf.message import Message

Value = TypeVar("Value")
Filled = TypeVar("Filled", bound=Message)


class EmptyBodyError(ValueError):
    """A message came whose ``oneof`` is empty or holds a kind that this version does not know."""


def to_message(value: object, message: Filled) -> Filled:
    """Fill ``message`` from ``value`` and return it.

    Raises:
        ValueError: a number does not fit its field.
    """
    value_type: Any = type(value)
    message_type: Any = type(message)
    for write in _writers(value_type, message_type):
        write(value, message)
    return message


def from_message(message: Message, value_type: type[Value]) -> Value:
    """Make a ``value_type`` of ``message``.

    Raises:
        EmptyBodyError: a ``oneof`` that must be set is empty.
        ValueError: an enum is unspecified or unknown.
    """
    hashable_type: Any = value_type
    message_type: Any = type(message)
    return value_type(**{name: read(message) for name, read in _readers(hashable_type, message_type)})


Writer = Callable[[Any, Any], None]
Reader = Callable[[Any], Any]


@lru_cache(maxsize=256)
def _writers(value_type: type, message_type: type[Message]) -> tuple[Writer, ...]:
    hints = get_type_hints(value_type)
    return tuple(_writer(f.name, hints[f.name], message_type) for f in fields(value_type))


@lru_cache(maxsize=256)
def _readers(value_type: type, message_type: type[Message]) -> tuple[tuple[str, Reader], ...]:
    hints = get_type_hints(value_type)
    return tuple(
        (f.name, _reader(f"{value_type.__name__}.{f.name}", f.name, hints[f.name], message_type))
        for f in fields(value_type)
    )


def _writer(name: str, hint: Any, message_type: type[Message]) -> Writer:
    if name in message_type.DESCRIPTOR.oneofs_by_name and _is_choice(hint):
        field_names = _choice_fields(name, message_type)

        def write_choice(value: Any, message: Any) -> None:
            chosen = getattr(value, name)
            target = getattr(message, field_names[type(chosen).__name__])
            target.SetInParent()
            to_message(chosen, target)

        return write_choice
    field = message_type.DESCRIPTOR.fields_by_name[name]
    hint, optional = _without_none(hint)
    assign = _assigner(name, hint, field)
    if not optional:
        return lambda value, message: assign(message, getattr(value, name))

    def write_optional(value: Any, message: Any) -> None:
        present = getattr(value, name)
        if present is not None:
            assign(message, present)

    return write_optional


def _assigner(name: str, hint: Any, field: Any) -> Callable[[Any, Any], None]:
    if get_origin(hint) is tuple:
        element = get_args(hint)[0]
        if is_dataclass(element):

            def extend_messages(message: Any, values: Any) -> None:
                repeated = getattr(message, name)
                for value in values:
                    to_message(value, repeated.add())

            return extend_messages
        return lambda message, values: getattr(message, name).extend(values)
    if get_origin(hint) is Mapping:
        return lambda message, values: getattr(message, name).update(values)
    if is_dataclass(hint):

        def fill(message: Any, value: Any) -> None:
            target = getattr(message, name)
            target.SetInParent()
            to_message(value, target)

        return fill
    if isinstance(hint, type) and issubclass(hint, Enum):
        numbers = _enum_numbers(hint, field.enum_type)
        return lambda message, value: setattr(message, name, numbers[value])
    return lambda message, value: setattr(message, name, value)


def _reader(place: str, name: str, hint: Any, message_type: type[Message]) -> Reader:
    if name in message_type.DESCRIPTOR.oneofs_by_name and _is_choice(hint):
        types_by_name = {choice.__name__: choice for choice in get_args(hint)}
        types_by_field = {
            field: types_by_name[message_name]
            for message_name, field in _choice_fields(name, message_type).items()
            if message_name in types_by_name
        }

        def read_choice(message: Any) -> Any:
            chosen = message.WhichOneof(name)
            if chosen not in types_by_field:
                raise EmptyBodyError(f"{place} is empty or of a kind that this version does not know")
            return from_message(getattr(message, chosen), types_by_field[chosen])

        return read_choice
    field = message_type.DESCRIPTOR.fields_by_name[name]
    hint, optional = _without_none(hint)
    read = _value_reader(place, name, hint, field)
    if not optional:
        return read
    return lambda message: read(message) if message.HasField(name) else None


def _value_reader(place: str, name: str, hint: Any, field: Any) -> Reader:
    if get_origin(hint) is tuple:
        element = get_args(hint)[0]
        if is_dataclass(element):
            return lambda message: tuple(
                from_message(item, element)  # type: ignore[arg-type]
                for item in getattr(message, name)
            )
        return lambda message: tuple(getattr(message, name))
    if get_origin(hint) is Mapping:
        return lambda message: dict(getattr(message, name))
    if is_dataclass(hint):
        return lambda message: from_message(getattr(message, name), hint)  # type: ignore[arg-type]
    if isinstance(hint, type) and issubclass(hint, Enum):
        members = {number: member for member, number in _enum_numbers(hint, field.enum_type).items()}

        def read_enum(message: Any) -> Any:
            number = getattr(message, name)
            if number not in members:
                raise ValueError(f"{place} is unspecified or unknown ({number})")
            return members[number]

        return read_enum
    return lambda message: getattr(message, name)


def _is_choice(hint: Any) -> bool:
    return get_origin(hint) in {Union, types.UnionType} and all(is_dataclass(a) for a in get_args(hint))


def _without_none(hint: Any) -> tuple[Any, bool]:
    """Split ``X | None`` into X and whether None was allowed."""
    if get_origin(hint) not in {Union, types.UnionType}:
        return hint, False
    (rest,) = (argument for argument in get_args(hint) if argument is not type(None))
    return rest, True


def _choice_fields(name: str, message_type: type[Message]) -> dict[str, str]:
    oneof: Any = message_type.DESCRIPTOR.oneofs_by_name[name]
    return {field.message_type.name: field.name for field in oneof.fields}


def _enum_numbers(enum_type: type[Enum], descriptor: Any) -> dict[Any, int]:
    zero = descriptor.values_by_number[0].name
    prefix = zero.removesuffix("UNSPECIFIED")
    return {member: descriptor.values_by_name[prefix + member.name].number for member in enum_type}
