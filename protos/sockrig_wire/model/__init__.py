"""The contract's messages as frozen dataclasses, for every layer that must not know protobuf.

A class here has the name and the field names of its message in ``v1``; :mod:`sockrig_wire.codec` turns one into the
other. A field annotated with a union of dataclasses stands for the ``oneof`` of that name.
"""
