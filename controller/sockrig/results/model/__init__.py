"""The result document: one frozen dataclass per object of its JSON, one field per key.

The docstring under a field is its description in the JSON Schema (:mod:`sockrig.results.descriptions`). A figure
that does not apply, or that nobody could measure, is None and becomes ``null``; nothing is invented.
"""
