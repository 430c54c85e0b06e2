"""``sockrig schema``: the JSON Schema of a scenario, of a result document, or of an event."""

import json

from sockrig.cli.output import print_result
from sockrig.report.events import event_json_schema
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
        case "event":
            schema = event_json_schema()
        case _:
            raise UsageError(f"there is no schema of {what!r}", next="Ask for `scenario`, `result` or `event`.")
    print_result(json.dumps(schema, indent=2, ensure_ascii=False))
    return 0
