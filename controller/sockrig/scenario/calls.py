"""The calls of a scripted dialogue, as a person writes them: one mapping each, known by its first key.

``{on: server, open: udp, bind: ":0", as: inbox}``
"""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StrictBool, StrictInt, StrictStr, Tag, model_validator

from sockrig.scenario.fields import LARGEST_MESSAGE_BYTES, Codec, Duration, ErrnoName, Hexadecimal, MessageSize, Name
from sockrig.scenario.part import Part, checked, known_by_key, problem_at
from sockrig.scenario.references import NAME_PATTERN, parse_host_port, parse_role_reference, parse_target
from sockrig.scenario.units import shown

CALL_TIMEOUT_SECONDS = 5.0
"""For calls that name none: in a scenario nothing waits for ever."""

AgentText = Annotated[StrictStr, checked(parse_role_reference)]
"""A role, or one agent of it."""
AddressText = Annotated[StrictStr, checked(parse_host_port)]
TargetText = Annotated[StrictStr, checked(parse_target)]

_CHECKED = re.compile(
    rf"{NAME_PATTERN}\.(?:sender\.(?:host|port)|local\.(?:host|port)|peer\.(?:host|port)|text|length)"
)


def _checked_value(value: str) -> str:
    if not _CHECKED.fullmatch(value):
        raise ValueError(
            f"{shown(value)} cannot be checked: expected LETTER.text, LETTER.length, or host or port of "
            "LETTER.sender, SOCKET.local or SOCKET.peer, such as letter.sender.port"
        )
    return value


class AnyCall(Part):
    """What every call may have."""

    on: AgentText | None = None
    """The agent; it may be left out where the socket's name says it."""
    timeout: Duration = CALL_TIMEOUT_SECONDS
    """How long the call may take."""
    expect_error: ErrnoName | None = None
    """The call is to fail with this errno."""


class OpenCall(AnyCall):
    """Open a socket; then bind it, listen and connect, as far as they are named."""

    open: Literal["udp", "tcp"]
    """The transport."""
    on: AgentText
    """The agent."""
    ipv6: StrictBool = False
    """An IPv6 socket."""
    bind: AddressText | None = None
    """Its own address: ``":0"`` is any free port on all addresses."""
    listen: Annotated[StrictInt, Field(ge=0, le=65535)] | None = None
    """Wait for connections, with this backlog."""
    connect: TargetText | None = None
    """The peer: a socket's name, ``role:port`` or ``host:port``."""
    as_: Name | None = None
    """The socket's name in later calls."""

    @model_validator(mode="after")
    def _no_contradiction(self) -> Self:
        if self.listen is not None and self.open == "udp":
            raise problem_at(self, "a udp socket does not listen: leave it out, or open tcp", "listen")
        if self.listen is not None and self.connect is not None:
            raise problem_at(self, "a socket that listens does not connect: leave one of them out", "connect")
        return self


class AcceptCall(AnyCall):
    """Take one connection from a listening socket."""

    accept: Name
    """The listening socket."""
    as_: Name | None = None
    """The connection's name in later calls."""


class SendCall(AnyCall):
    """Send text."""

    send: StrictStr
    """The text."""
    from_: Name
    """The socket."""
    to: TargetText | None = None
    """For udp: a socket's name, ``letter.sender``, ``role:port`` or ``host:port``."""
    encoding: Codec = "utf-8"
    """How the text becomes bytes."""

    @model_validator(mode="after")
    def _can_be_encoded(self) -> Self:
        _check_encoded(self, self.send, self.encoding, "send")
        return self

    @property
    def data(self) -> bytes:
        """The bytes to send."""
        return self.send.encode(self.encoding)


class SendHexCall(AnyCall):
    """Send bytes."""

    send_hex: Hexadecimal
    """The bytes, as pairs of hexadecimal digits."""
    from_: Name
    """The socket."""
    to: TargetText | None = None
    """For udp: a socket's name, ``letter.sender``, ``role:port`` or ``host:port``."""

    @property
    def data(self) -> bytes:
        """The bytes to send."""
        return bytes.fromhex(self.send_hex)


class ReceiveCall(AnyCall):
    """Receive what comes: one datagram, or what a stream has; with an expectation, a stream until it is complete."""

    receive: Name
    """The socket."""
    max: MessageSize = 65536
    """At most so many bytes."""
    expect: StrictStr | None = None
    """The text that is to come; ``""`` is a stream's end."""
    expect_hex: Hexadecimal | None = None
    """The bytes that are to come."""
    encoding: Codec = "utf-8"
    """How the bytes become text."""
    as_: Name | None = None
    """A name for what came, in later calls."""

    @model_validator(mode="after")
    def _no_contradiction(self) -> Self:
        if self.expect is not None and self.expect_hex is not None:
            raise problem_at(self, "expect and expect-hex in one call: leave one of them out", "expect-hex")
        if self.expect_error is not None and (self.expect, self.expect_hex) != (None, None):
            raise problem_at(self, "it cannot both fail and bring data: leave one of them out", "expect-error")
        if self.expect is not None:
            _check_encoded(self, self.expect, self.encoding, "expect")
        return self

    @property
    def expected(self) -> bytes | None:
        """The bytes that are to come, None for any."""
        if self.expect_hex is not None:
            return bytes.fromhex(self.expect_hex)
        return None if self.expect is None else self.expect.encode(self.encoding)


class ShutdownCall(AnyCall):
    """End one half of a connection, or both."""

    shutdown: Name
    """The socket."""
    how: Literal["read", "write", "both"] = "both"
    """Which halves."""


class CloseCall(AnyCall):
    """Close a socket."""

    close: Name
    """The socket."""


class CheckCall(Part):
    """Look at what an earlier call brought."""

    check: Annotated[StrictStr, AfterValidator(_checked_value)]
    """Such as ``letter.sender.port`` or ``inbox.local.port``."""
    expect: StrictInt | StrictStr
    """What it is to be."""


CALL_KINDS: Mapping[str, type[Part]] = {
    "open": OpenCall,
    "accept": AcceptCall,
    "send": SendCall,
    "send-hex": SendHexCall,
    "receive": ReceiveCall,
    "shutdown": ShutdownCall,
    "close": CloseCall,
    "check": CheckCall,
}

AnyCallKind = OpenCall | AcceptCall | SendCall | SendHexCall | ReceiveCall | ShutdownCall | CloseCall | CheckCall
Call = Annotated[
    Annotated[OpenCall, Tag("<open>")]
    | Annotated[AcceptCall, Tag("<accept>")]
    | Annotated[SendCall, Tag("<send>")]
    | Annotated[SendHexCall, Tag("<send-hex>")]
    | Annotated[ReceiveCall, Tag("<receive>")]
    | Annotated[ShutdownCall, Tag("<shutdown>")]
    | Annotated[CloseCall, Tag("<close>")]
    | Annotated[CheckCall, Tag("<check>")],
    *known_by_key("a call", CALL_KINDS),
]
"""One call; its kind is told by the key that it has."""


def _check_encoded(call: Part, text: str, encoding: str, key: str) -> None:
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError as error:
        raise problem_at(call, f"{text[error.start]!r} cannot be written in {encoding}", key) from None
    except ValueError:
        raise problem_at(call, f"{shown(text)} cannot be written in {encoding}", key) from None
    if len(data) > LARGEST_MESSAGE_BYTES:
        raise problem_at(call, f"{len(data):,} bytes in one call: at most {LARGEST_MESSAGE_BYTES:,}", key)
