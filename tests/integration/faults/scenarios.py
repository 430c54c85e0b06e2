"""Scenarios whose runs are disturbed."""


def stream(kind: str, *, seconds: float, workers: int = 1, settings: str = "") -> str:
    """One flow from agent a to agent b."""
    return f"""
scenario: disturbed
agents: {{a: {{}}, b: {{}}}}
steps:
  - name: stream
    flow: {{kind: {kind}, from: a, to: b, workers: {workers}, duration: {seconds}s{settings}}}
"""


SLOW = ", rate: 8 Mbit/s, size: 1 KB"
"""What leaves the machine to others."""
