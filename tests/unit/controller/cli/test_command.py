"""What makes a typer command of a function."""

from dataclasses import dataclass, field
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from sockrig.cli.command import as_command
from sockrig_wire.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Paint:
    colour: Annotated[str, typer.Option(help="Which colour.")] = "red"
    layer: Annotated[list[str], typer.Option(help="Which layers.")] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brush:
    width: Annotated[int, typer.Option(help="How wide.")] = 3


@pytest.fixture
def app():
    app = typer.Typer(rich_markup_mode=None)

    @app.callback()
    def top(context: typer.Context, *, debug: bool = False) -> None:
        context.obj = debug

    @app.command()
    @as_command
    def paint(wall: str, *, paint: Paint, brush: Brush) -> int:
        """Paint a wall."""
        typer.echo(f"{wall} {paint} {brush}")
        return 3

    @app.command()
    @as_command
    def fail() -> int:
        raise UsageError("wrong")

    return app


def test_each_field_of_a_group_is_an_option_and_arrives_in_the_group(app):
    result = CliRunner().invoke(
        app, ["paint", "north", "--colour", "blue", "--layer", "x", "--layer", "y", "--width", "5"]
    )
    assert result.output.strip() == "north Paint(colour='blue', layer=['x', 'y']) Brush(width=5)"


def test_defaults_are_those_of_the_group_and_lists_are_not_shared(app):
    for _ in range(2):
        result = CliRunner().invoke(app, ["paint", "north"])
        assert result.output.strip() == "north Paint(colour='red', layer=[]) Brush(width=3)"


def test_what_the_function_returns_is_the_exit_code(app):
    assert CliRunner().invoke(app, ["paint", "north"]).exit_code == 3


def test_an_error_ends_the_command_with_its_code(app):
    result = CliRunner().invoke(app, ["fail"])
    assert result.exit_code == 2
    assert "sockrig: wrong" in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("arguments", [["--debug", "fail"], ["fail", "--debug"]])
def test_debug_counts_before_and_after_the_commands_name(app, arguments):
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert "Traceback" in result.output


def test_help_names_the_options_of_all_groups(app):
    output = CliRunner().invoke(app, ["paint", "--help"]).output
    for word in ("--colour", "--layer", "--width", "--debug", "Paint a wall."):
        assert word in output
