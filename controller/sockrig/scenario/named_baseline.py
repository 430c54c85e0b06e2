"""The baseline that a scenario's text names, for a client that reads no more of it than that."""

from collections.abc import Mapping

from sockrig.scenario.document import MappingNode, ScalarNode, read_document
from sockrig.scenario.variables import VARIABLES_KEY, Variables, declarations

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
    _, section = root.entries.get(VARIABLES_KEY, (root.position, None))
    of_document = Variables(declarations(section, file_name), variables, file_name)
    node = of_document.replace(root.entries[BASELINE_KEY][1])
    return node.value if isinstance(node, ScalarNode) and isinstance(node.value, str) else None
