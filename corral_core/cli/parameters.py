"""Makes flags of the parameters that a job declares. The job named on the command line is loaded for it: only when the
line has flags that nobody else knows, or asks for help.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from corral_core.errors import JobError
from corral_core.parameters import MADE, REQUIRED, shape_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from corral_core.engine.loading import JobSource
    from corral_core.parameters import Parameter

__all__ = ["ParameterOption", "asks_for_more", "given_parameters", "job_in", "parameter_options", "read_leniently"]

_PREFIX = "parameter_"

_METAVARS = {"str": "TEXT", "int": "N", "float": "NUMBER", "Decimal": "NUMBER", "date": "DATE", "datetime": "TIME"}


class ParameterOption(click.Option):
    """The flag of one parameter. Its value stays a text: all values are checked in one place, before the run."""

    group = "Parameters of the job"

    def __init__(self, parameter: Parameter) -> None:
        self.parameter = parameter
        shape = shape_of(parameter.annotation)
        self.many = shape is not None and shape.many
        switch = shape is not None and not shape.many and shape.items == (bool,)
        flag = parameter.flag
        super().__init__(
            [_PREFIX + parameter.name, f"{flag}/--no-{flag[2:]}" if switch else flag],
            default=None,
            help=_help(parameter),
            is_flag=switch,
            multiple=self.many,
            metavar=None if switch else _metavar(parameter, many=self.many),
        )


def parameter_options(source: JobSource, taken: Mapping[str, str]) -> list[ParameterOption]:
    """A flag for every parameter of a run's jobs.

    :param taken: flags that the command has already, and what they are.
    :raises JobError: when two flags are the same.
    """
    from corral_core.engine.given import parameters_of

    options = [ParameterOption(parameter) for parameter in parameters_of(source).values()]
    owners = dict(taken)
    for option in options:
        for flag in (*option.opts, *option.secondary_opts):
            if flag in owners:
                raise JobError(
                    f"parameter {option.parameter.name} of {option.parameter.where} would be the flag {flag}, which is "
                    f"{owners[flag]} already: rename the parameter"
                )
            owners[flag] = f"parameter {option.parameter.name}"
    return options


def given_parameters(options: Iterable[click.Parameter], values: Mapping[str, Any]) -> dict[str, Any]:
    """What the command line gave, by the parameters' names."""
    found = {
        option.parameter.name: values.get(_PREFIX + option.parameter.name)
        for option in options
        if isinstance(option, ParameterOption)
    }
    return {name: value for name, value in found.items() if value not in (None, ())}


def job_in(values: Mapping[str, Any]) -> str | None:
    """Which of a line's arguments is JOB, when flags that nobody knows yet, and their values, may stand before it."""
    arguments: list[str] = [
        argument for argument in (values.get("job"), *values.get("inputs", ())) if argument is not None
    ]
    if arguments and not arguments[0].startswith("-"):
        return arguments[0]
    return next((argument for argument in arguments if argument.partition(":")[0].endswith(".py")), None)


def asks_for_more(command: click.Command, arguments: Sequence[str]) -> bool:
    """Whether a line has flags that the command does not know, or asks for help."""
    known = {flag for option in command.params for flag in (*option.opts, *option.secondary_opts)}
    flags = {argument.partition("=")[0] for argument in arguments if argument.startswith("--") and argument != "--"}
    return not flags <= known or not {"-h", "--help"}.isdisjoint(arguments)


def read_leniently(command: click.Command, context: click.Context, arguments: Sequence[str]) -> dict[str, Any]:
    """The values of the flags that a command knows, and all else as arguments."""
    parser = command.make_parser(context)
    parser.ignore_unknown_options = True
    with suppress(click.UsageError):  # the real reading of the line tells it
        values, _, _ = parser.parse_args(list(arguments))
        # Click has a mark of its own for what is missing.
        return {name: value for name, value in values.items() if isinstance(value, str | bool | list | tuple)}
    return {}


def _help(parameter: Parameter) -> str:
    from corral_core.engine.texts import text_of

    text = parameter.description
    if parameter.default is REQUIRED:
        return f"{text}  [required]".strip()
    if parameter.default in (None, False, "", (), []) or parameter.default is MADE:
        return text
    return f"{text}  [{text_of(parameter.default)}]".strip()


def _metavar(parameter: Parameter, *, many: bool) -> str:
    from corral_core.engine.texts import choices

    named = "|".join(choices(parameter))
    if many:
        return "A,B"
    shape = shape_of(parameter.annotation)
    return named or _METAVARS.get(getattr(shape.items[0], "__name__", ""), "TEXT") if shape else "TEXT"
