"""The scenarios that come with Sockrig."""

from importlib.resources import files

from sockrig.scenario.suggestions import did_you_mean
from sockrig_wire.errors import NotFoundError

_SUFFIX = ".yaml"


def names() -> tuple[str, ...]:
    """Their names, sorted."""
    return tuple(
        sorted(entry.name.removesuffix(_SUFFIX) for entry in files(__name__).iterdir() if entry.name.endswith(_SUFFIX))
    )


def text(name: str) -> str:
    """The text of one.

    Raises:
        NotFoundError: there is none of that name.
    """
    if name not in names():
        guess = did_you_mean(name, names())
        message = f"there is no packaged scenario {name!r}"
        raise NotFoundError(message, next=f"{guess[:1].upper()}{guess[1:]}There are: {', '.join(names())}")
    return files(__name__).joinpath(f"{name}{_SUFFIX}").read_text(encoding="utf-8")
