"""The files that a scenario includes, read where the scenario is and sent along: the controller may be elsewhere."""

from collections.abc import Mapping
from pathlib import Path

from sockrig.scenario import packaged
from sockrig.scenario.document import MOST_BYTES
from sockrig.scenario.unfolding import included_texts


def read_inclusions(text: str, *, file_name: str, variables: Mapping[str, str]) -> Mapping[str, str]:
    """The texts of all files that a scenario includes, also through others.

    They are sought beside the scenario's file; where it is none, in the working directory. A packaged scenario is
    included by its name, unless a file has that name.

    Args:
        text: of the scenario.
        file_name: its file, or what it is called where it has none.
        variables: values for its variables, which may stand in names of files.

    Raises:
        ScenarioError: one cannot be read, or includes itself, with the place of the include.
    """
    folder = Path(file_name).parent

    def read(name: str) -> str:
        path = folder / name
        if not path.exists() and name in packaged.names():
            return packaged.text(name)
        return _read(path)

    return included_texts(text, file_name=file_name, variables=variables, read=read)


def _read(path: Path) -> str:
    """The text of a file; one byte more than allowed, for the loader to refuse."""
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1).decode("utf-8")
    except OSError as error:
        raise ValueError(error.strerror or "it cannot be read") from None
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8 text") from None
