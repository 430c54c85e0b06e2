"""The baseline that a scenario's text names, for a client that reads no more of it than that."""

from collections.abc import Mapping

from sockrig.scenario.document import MappingNode, ScalarNode, read_document
from sockrig.scenario.variables import VARIABLES_KEY, substitute

BASELINE_KEY = "baseline"


def named_baseline(text: str, *, file_name: str, variables: Mapping[str, str]) -> str | None:
    """The value of the scenario's ``baseline:``, with its variables put in; None where it has none.

    Raises:
        ScenarioError: the text is no document, or a variable is wrong.
    """
    if BASELINE_KEY not in text:
        return None
    root = read_document(text, file_name)
    if not isinstance(root, MappingNode) or BASELINE_KEY not in root.entries:
        return None
    kept = {key: root.entries[key] for key in (VARIABLES_KEY, BASELINE_KEY) if key in root.entries}
    replaced = substitute(MappingNode(root.position, kept), variables, file_name)
    assert isinstance(replaced, MappingNode), "variables leave a mapping one"
    _, node = replaced.entries[BASELINE_KEY]
    return node.value if isinstance(node, ScalarNode) and isinstance(node.value, str) else None
