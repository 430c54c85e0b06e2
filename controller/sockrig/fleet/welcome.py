"""Whether a controller can work with an agent, decided from its Hello. Pure."""

from sockrig_wire import PROTOCOL
from sockrig_wire.model.failures import Error, ErrorCode
from sockrig_wire.model.session import Hello


def refusal_of(hello: Hello, own_version: str) -> Error | None:
    """Why this agent is refused; None where it is welcome. Unknown capabilities are no reason."""
    if hello.protocol != PROTOCOL or _major(hello.version) != _major(own_version):
        return Error(
            ErrorCode.INCOMPATIBLE,
            f"agent {hello.name} runs Sockrig {hello.version} (protocol {hello.protocol}), "
            f"this controller {own_version} (protocol {PROTOCOL})",
            next="Install the same major version on both.",
        )
    return None


def _major(version: str) -> str:
    return version.partition(".")[0]
