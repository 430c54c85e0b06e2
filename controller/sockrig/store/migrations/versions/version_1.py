"""Version 1: runs, their agents, steps, flows, samples, histograms, events and log lines."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None


def upgrade() -> None:
    """Make the tables of a new store."""
    op.create_table(
        "runs",
        _needed("number", sa.Integer()),
        _needed("run_id", sa.Text()),
        _needed("name", sa.Text()),
        _needed("source", sa.Text()),
        _needed("scenario", sa.Text()),
        _needed("included", sa.JSON()),
        _needed("variables", sa.JSON()),
        _needed("versions", sa.JSON()),
        sa.Column("baseline", sa.Text()),
        _needed("started_at_seconds", sa.Double()),
        _needed("seen_at_seconds", sa.Double()),
        sa.Column("duration_seconds", sa.Double()),
        sa.Column("verdict", sa.Text()),
        sa.Column("problem", sa.Text()),
        sa.Column("document", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("run_id"),
    )
    op.create_index("ix_runs_started_at_seconds", "runs", ["started_at_seconds"])
    op.create_table(
        "agents",
        *_of_run("name"),
        _needed("name", sa.Text()),
        _needed("status", sa.JSON()),
        sa.Column("problem", sa.Text()),
    )
    op.create_table(
        "steps",
        *_of_run("number"),
        _needed("number", sa.Integer()),
        _needed("name", sa.Text()),
        sa.Column("verdict", sa.Text()),
        _needed("document", sa.LargeBinary()),
    )
    op.create_table(
        "histograms",
        *_of_run("step", "flow", "name"),
        _needed("step", sa.Integer()),
        _needed("flow", sa.Integer()),
        _needed("name", sa.Text()),
        _needed("document", sa.LargeBinary()),
        sa.ForeignKeyConstraint(["run", "step"], ["steps.run", "steps.number"], ondelete="CASCADE"),
    )
    op.create_table(
        "flows",
        *_of_run("number"),
        _needed("number", sa.Integer()),
        _needed("step", sa.Integer()),
        *(_needed(name, sa.Text()) for name in ("name", "group", "kind", "source", "destination", "direction", "mode")),
        _needed("workers", sa.Integer()),
        *(_needed(name, sa.Double()) for name in ("warmup_seconds", "duration_seconds", "interval_seconds")),
    )
    op.create_table(
        "samples",
        _needed("run", sa.Integer()),
        _needed("flow", sa.Integer()),
        _needed("at_source", sa.Boolean()),
        _needed("worker", sa.Integer()),
        _needed("at_seconds", sa.Double()),
        _needed("interval_seconds", sa.Double()),
        *(_needed(name, sa.BigInteger()) for name in ("bytes", "packets", "transactions", "connections")),
        sa.Column("retransmits", sa.BigInteger()),
        sa.Column("round_trip_seconds", sa.Double()),
        sa.Column("minimum_round_trip_seconds", sa.Double()),
        sa.Column("congestion_window", sa.BigInteger()),
        sa.Column("delivery_rate_bits_per_second", sa.Double()),
        sa.Column("busy_seconds", sa.Double()),
        sa.Column("receive_window_limited_seconds", sa.Double()),
        sa.Column("send_buffer_limited_seconds", sa.Double()),
        sa.ForeignKeyConstraint(["run", "flow"], ["flows.run", "flows.number"], ondelete="CASCADE"),
    )
    op.create_index("samples_of_flow", "samples", ["run", "flow"])
    op.create_table(
        "events",
        *_of_run("number"),
        _needed("number", sa.Integer()),
        _needed("at_seconds", sa.Double()),
        _needed("kind", sa.Text()),
        _needed("body", sa.JSON()),
    )
    op.create_table(
        "log_lines",
        *_of_run("number"),
        _needed("number", sa.Integer()),
        _needed("at_seconds", sa.Double()),
        *(_needed(name, sa.Text()) for name in ("level", "logger", "text")),
    )


def _needed(name: str, type_: sa.types.TypeEngine[Any]) -> "sa.Column[Any]":
    return sa.Column(name, type_, nullable=False, autoincrement="auto" if name == "number" else False)


def _of_run(*key: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        _needed("run", sa.Integer()),
        sa.ForeignKeyConstraint(["run"], ["runs.number"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run", *key),
    )
