"""The scenarios that come with Sockrig."""

from collections.abc import Mapping
from importlib.resources import files

_SUFFIX = ".yaml"


def packaged_scenarios() -> Mapping[str, str]:
    """Their texts by their names."""
    folder = files("sockrig.scenario") / "packaged"
    return {
        file.name.removesuffix(_SUFFIX): file.read_text(encoding="utf-8")
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(_SUFFIX)
    }
