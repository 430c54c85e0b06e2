"""The scenarios that come with Sockrig."""

from importlib.resources import files

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
        raise NotFoundError(f"there is no packaged scenario {name!r}", next=f"There are: {', '.join(names())}")
    return files(__name__).joinpath(f"{name}{_SUFFIX}").read_text(encoding="utf-8")
