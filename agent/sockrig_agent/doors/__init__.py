"""The doors of an agent: the only place that knows gRPC.

Messages become values here and errors statuses; behind every door the same :mod:`~sockrig_agent.doors.dialogue` runs.
"""
