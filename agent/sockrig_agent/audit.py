"""The audit log: one line for every socket, worker and run that this host opened or closed, and for whom."""

import logging

_log = logging.getLogger("sockrig_agent.audit")


def audit(action: str, *, controller: str, run: str, **facts: object) -> None:
    """Write one line, e.g. ``run closed controller=… run=… sockets=2 workers=4 reason="grace passed"``."""
    pairs = {"controller": controller, "run": run, **facts}
    _log.info("%s %s", action, " ".join(f"{key}={_quoted(value)}" for key, value in pairs.items()))


def _quoted(value: object) -> str:
    text = str(value)
    return repr(text) if not text or any(c.isspace() or c in "\"'=" for c in text) else text
