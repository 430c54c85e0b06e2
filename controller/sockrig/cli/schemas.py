"""``sockrig schema``: the JSON Schema of a scenario or of a result document."""

import json

from sockrig.cli.output import print_result
from sockrig.results.document import json_schema
from sockrig.scenario.schema import scenario_json_schema
from sockrig_wire.errors import UsageError


def print_schema(what: str) -> int:
    """Print it; returns the exit code.

    Raises:
        UsageError: there is no such document.
    """
    match what:
        case "scenario":
            schema = scenario_json_schema()
        case "result":
            schema = json_schema()
        case _:
            raise UsageError(f"there is no schema of {what!r}", next="Ask for `scenario` or `result`.")
    print_result(json.dumps(schema, indent=2, ensure_ascii=False))
    return 0
