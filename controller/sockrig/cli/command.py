"""What makes a typer command of a function: its groups of options, and the exit code of whatever happens in it."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import wraps
from inspect import Parameter
from typing import Annotated, Any

from typer import Context, Option

from sockrig.cli.outcome import exit_code_of

DEBUG_HELP = "Log more, and show tracebacks."

_DEBUG = Parameter(
    "debug",
    Parameter.KEYWORD_ONLY,
    default=False,
    annotation=Annotated[bool, Option("--debug", help=DEBUG_HELP)],
)
_CONTEXT = Parameter("context", Parameter.KEYWORD_ONLY, annotation=Context)


def as_command(function: Callable[..., int]) -> Callable[..., None]:
    """A command whose options are the function's parameters; one that is a dataclass stands for all of its fields.

    The command exits with what the function returns, or with the code of what it raises. Every command has
    ``--debug``; the one before the command's name counts as well.
    """
    signature = inspect.signature(function)
    groups: dict[str, Any] = {
        each.name: each.annotation for each in signature.parameters.values() if is_dataclass(each.annotation)
    }

    @wraps(function)
    def command(context: Context, *, debug: bool, **values: Any) -> None:
        for name, group in groups.items():
            values[name] = group(**{each.name: values.pop(each.name) for each in fields(group)})
        debug = debug or bool(context.obj)
        if debug:
            _log_to_stderr()
        if context.invoked_subcommand is None:  # otherwise it is the turn of that one
            raise SystemExit(exit_code_of(lambda: function(**values), debug=debug))

    parameters = [each for parameter in signature.parameters.values() for each in _expanded(parameter)]
    parameters += [_DEBUG, _CONTEXT]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return command


def _expanded(parameter: Parameter) -> Iterator[Parameter]:
    if not is_dataclass(parameter.annotation):
        yield parameter.replace(kind=Parameter.KEYWORD_ONLY)
        return
    for each in fields(parameter.annotation):
        yield Parameter(each.name, Parameter.KEYWORD_ONLY, default=_default(each), annotation=each.type)


def _default(of_field: "Field[Any]") -> object:
    return of_field.default if of_field.default_factory is MISSING else of_field.default_factory()


def _log_to_stderr() -> None:
    import logging  # noqa: PLC0415 - who asks for it can wait for it

    logging.basicConfig(level=logging.DEBUG, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("asyncio").setLevel(logging.INFO)
