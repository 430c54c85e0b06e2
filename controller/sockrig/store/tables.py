"""The tables of the store; the comment of a column says what it holds, here and in archives.

Only :mod:`sockrig.store.migrations` make and change them; a test holds that both say the same.
"""

import zlib
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator

SCHEMA_VERSION = 1
"""That of the newest migration; a store with a higher one was made by a newer version of Sockrig."""

VERSION_TABLE = "sockrig_version"
"""Where alembic keeps the version; by its name a database is known as a store."""

metadata = MetaData()


class PackedText(TypeDecorator[str]):
    """A long text, compressed (zlib, RFC 1950)."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """From the text to what is stored."""
        del dialect
        return None if value is None else zlib.compress(value.encode())

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        """From what is stored to the text."""
        del dialect
        return None if value is None else zlib.decompress(value).decode()


def _run_column() -> "Column[int]":
    return Column("run", ForeignKey("runs.number", ondelete="CASCADE"), primary_key=True, comment="Of which run.")


def _column(name: str, type_: Any, comment: str, *, key: bool = False, optional: bool = False) -> "Column[Any]":
    return Column(name, type_, primary_key=key, nullable=optional, autoincrement=False, comment=comment)


runs = Table(
    "runs",
    metadata,
    Column("number", Integer, primary_key=True, comment="Within this store."),
    Column("run_id", Text, nullable=False, unique=True, comment="Unique everywhere."),
    _column("name", Text, "Of the run."),
    _column("source", Text, "Where the scenario came from: a file's name, or the command that stands for one."),
    _column("scenario", Text, "The scenario's text, as it was started."),
    _column("included", JSON, "The texts of the files that it includes, by their names in it."),
    _column("variables", JSON, "The values that were given for its variables."),
    _column("versions", JSON, "Of the controller's software and system."),
    _column("baseline", Text, "Id of the earlier run that it is compared with.", optional=True),
    Column("started_at_seconds", Double, nullable=False, index=True, comment="Since 1970-01-01 UTC."),
    _column("seen_at_seconds", Double, "When its controller last wrote, since 1970-01-01 UTC."),
    _column(
        "duration_seconds", Double, "From its beginning to its end; null where it never came to one.", optional=True
    ),
    _column("verdict", Text, "How it ended; null where its controller did not live to say so.", optional=True),
    _column("problem", Text, "Why it could not begin or was interrupted.", optional=True),
    _column("document", PackedText, "The result document as JSON, without its steps.", optional=True),
    comment="Every run; one without a verdict is running or, if its controller has not written lately, interrupted.",
)

agents = Table(
    "agents",
    metadata,
    _run_column(),
    _column("name", Text, "Its human name.", key=True),
    _column("status", JSON, "Ids, versions, labels, addresses, host, clock and limits, when the run began."),
    _column("problem", Text, "Why it was lost on the way; null where it was not.", optional=True),
    comment="Who took part.",
)

steps = Table(
    "steps",
    metadata,
    _run_column(),
    _column("number", Integer, "In order, from 0.", key=True),
    _column("name", Text, "As the scenario has it."),
    _column("verdict", Text, "How it ended; null where it did not come to its end.", optional=True),
    _column("document", PackedText, "The step of the result document, as JSON; of what did not end, what was known."),
    comment="The steps that were begun.",
)

histograms = Table(
    "histograms",
    metadata,
    _run_column(),
    _column("step", Integer, "The number of the step.", key=True),
    _column("flow", Integer, "The place of the flow in the step's document, from 0.", key=True),
    _column("name", Text, "What was measured.", key=True),
    _column("document", PackedText, "HdrHistogram bins and their counts, minimum, maximum and sum in nanoseconds."),
    ForeignKeyConstraint(["run", "step"], ["steps.run", "steps.number"], ondelete="CASCADE"),
    comment="How times were spread, exactly, so that percentiles over several flows stay exact.",
)

flows = Table(
    "flows",
    metadata,
    _run_column(),
    _column("number", Integer, "In the order in which they began, from 0.", key=True),
    _column("step", Integer, "The number of the step."),
    _column("name", Text, "Unique within its step, but for a search: there each trial has flows of the same names."),
    _column("group", Text, "The name that the scenario gave it; empty where it gave none."),
    _column("kind", Text, "What traffic; empty where only samples are known."),
    _column("source", Text, "Name of the agent that sends, asks or connects."),
    _column("destination", Text, "Name of the agent that receives, answers or accepts."),
    _column("direction", Text, "Who connected: forward, the source; reverse, the destination."),
    _column("mode", Text, "How workers are carried: parallel (processes) or concurrent (threads)."),
    _column("workers", Integer, "At each end."),
    _column("warmup_seconds", Double, "Traffic before the measured window."),
    _column("duration_seconds", Double, "The measured window that was asked for."),
    _column("interval_seconds", Double, "Between samples."),
    comment="The flows that were begun.",
)

samples = Table(
    "samples",
    metadata,
    Column("run", Integer, nullable=False, comment="Of which run."),
    Column("flow", Integer, nullable=False, comment="The number of the flow."),
    _column("at_source", Boolean, "Whether the worker was at the flow's source, or at its destination."),
    _column("worker", Integer, "The worker's number."),
    _column("at_seconds", Double, "The interval's end, from the flow's start."),
    _column("interval_seconds", Double, "Its real length."),
    _column("bytes", BigInteger, "Of payload, sent by a source, received by a destination."),
    _column("packets", BigInteger, "Datagrams, messages or blocks."),
    _column("transactions", BigInteger, "Answers that came."),
    _column("connections", BigInteger, "Connections established, used once and closed."),
    _column(
        "retransmits", BigInteger, "Of TCP_INFO: segments sent again so far; null without TCP_INFO.", optional=True
    ),
    _column("round_trip_seconds", Double, "Of TCP_INFO: smoothed.", optional=True),
    _column("minimum_round_trip_seconds", Double, "Of TCP_INFO.", optional=True),
    _column("congestion_window", BigInteger, "Of TCP_INFO: in segments.", optional=True),
    _column("delivery_rate_bits_per_second", Double, "Of TCP_INFO.", optional=True),
    _column("busy_seconds", Double, "Of TCP_INFO: with data under way so far.", optional=True),
    _column("receive_window_limited_seconds", Double, "Of TCP_INFO: so far.", optional=True),
    _column("send_buffer_limited_seconds", Double, "Of TCP_INFO: so far.", optional=True),
    ForeignKeyConstraint(["run", "flow"], ["flows.run", "flows.number"], ondelete="CASCADE"),
    Index("samples_of_flow", "run", "flow"),
    comment="What each worker did in each interval.",
)

events = Table(
    "events",
    metadata,
    _run_column(),
    _column("number", Integer, "In order, from 0.", key=True),
    _column("at_seconds", Double, "Since the run began."),
    _column("kind", Text, "What happened."),
    _column("body", JSON, "Its particulars."),
    comment="Steps, their phases, and notices, as they happened.",
)

log_lines = Table(
    "log_lines",
    metadata,
    _run_column(),
    _column("number", Integer, "In order, from 0.", key=True),
    _column("at_seconds", Double, "Since the run began."),
    _column("level", Text, "INFO, WARNING, ERROR or CRITICAL."),
    _column("logger", Text, "The module that wrote it."),
    _column("text", Text, "The line."),
    comment="What the controller logged while the run went on.",
)
