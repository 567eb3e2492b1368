"""The values that a run's parameters get, checked before anything is written.

::

    texts of flags ──texts.py──┐
    params= in code ───────────┼─> pydantic ─> values as JSON ─> TaskOptions.params ─> arguments.py on a worker
    defaults ──────────────────┘
"""

from __future__ import annotations

from dataclasses import fields
from math import isfinite
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from corral_core.engine.arguments import plain
from corral_core.engine.texts import choices, from_text
from corral_core.errors import ParameterError
from corral_core.parameters import MADE, REQUIRED, Parameter, is_pydantic, shape_of, united
from corral_core.settings.advice import advice, in_a_sentence, shown
from corral_core.settings.names import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic_core import ErrorDetails

    from corral_core.engine.loading import JobSource
    from corral_core.job import Job

__all__ = ["packages_of", "parameters_of", "values_of"]


def parameters_of(source: JobSource) -> dict[str, Parameter]:
    """The parameters of all jobs of a run, by name.

    :raises JobError: when one is declared wrongly, or differently by two jobs.
    """
    return united(parameter for job in source.jobs for parameter in job.parameters.values())


def packages_of(jobs: Iterable[Job]) -> tuple[str, ...]:
    """The distributions that workers need to read the parameters."""
    return ("pydantic",) if any(is_pydantic(job.params) for job in jobs) else ()


def values_of(source: JobSource) -> dict[str, Any]:
    """The values of all parameters of a run, as JSON holds them.

    :raises JobError: when a parameter is declared wrongly.
    :raises ParameterError: when one is missing or unknown, or has a bad value.
    """
    parameters = parameters_of(source)
    given = _Given(parameters, source.flags, source.params)
    models = {id(job.params): job.params for job in source.jobs if job.params is not None}
    values: dict[str, Any] = {}
    for model in models.values():
        values |= given.by_pydantic(model) if is_pydantic(model) else given.by_dataclass(model)
    for name in parameters.keys() - values.keys():
        values[name] = given.checked(name)
    return {name: given.travelling(name, values[name]) for name in parameters}


class _Given:
    """What was given for the parameters of a run.

    :param flags: as texts, from the command line.
    :param code: which comes first.
    """

    def __init__(self, parameters: Mapping[str, Parameter], flags: Mapping[str, Any], code: Mapping[str, Any]) -> None:
        self._parameters, self._flags, self._code = parameters, flags, code
        for name in code:
            if name not in parameters:
                raise ParameterError(_unknown(name, parameters))
        for parameter in parameters.values():
            if parameter.default is REQUIRED and parameter.name not in {**flags, **code}:
                raise ParameterError(
                    f"parameter {parameter.name} of {parameter.where} is missing: give {parameter.flag}, or "
                    f"params={{{parameter.name!r}: ...}} in code"
                )

    def checked(self, name: str) -> Any:
        """The value of a parameter in its type."""
        parameter = self._parameters[name]
        adapter: TypeAdapter[Any] = TypeAdapter(parameter.annotation, config={"allow_inf_nan": False})
        try:
            return adapter.validate_python(self._plain(name))
        except ValidationError as error:
            raise self._refused(parameter, error.errors(include_url=False)[0]) from error

    def by_dataclass(self, model: Any) -> dict[str, Any]:
        """The values of a dataclass's fields."""
        names = [field.name for field in fields(model) if field.init]
        there = [name for name in names if self._has(name) or self._parameters[name].default is not MADE]
        instance = self._together(model, {name: self.checked(name) for name in there})
        return {name: getattr(instance, name) for name in names}

    def by_pydantic(self, model: Any) -> dict[str, Any]:
        """The values of a pydantic model's fields."""
        there = {name: self._plain(name) for name in model.model_fields if self._has(name)}
        try:
            made = model.model_validate(there, strict=False, by_name=True, by_alias=False)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            if first["loc"] and first["loc"][0] in self._parameters:
                raise self._refused(self._parameters[str(first["loc"][0])], first) from error
            raise ParameterError(_misfit(model, first["msg"])) from error
        return {name: getattr(made, name) for name in model.model_fields}

    def travelling(self, name: str, value: Any) -> Any:
        """A value as JSON holds it."""
        parameter, value = self._parameters[name], plain(value)
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, float) and not isfinite(item):
                raise self._bad(parameter, item, "give a finite number")
            if isinstance(item, str) and not _is_unicode(item):
                raise self._bad(parameter, item, "give a text in the terminal's encoding")
        return value

    def _has(self, name: str) -> bool:
        return name in self._code or name in self._flags

    def _plain(self, name: str) -> Any:
        """What was given, or the default, as pydantic should see it."""
        parameter = self._parameters[name]
        if name not in self._code and name in self._flags:
            try:
                return from_text(parameter, self._flags[name])
            except ValueError as error:
                raise self._bad(parameter, self._flags[name], str(error)) from None
        value = self._code.get(name, parameter.default)
        shape = shape_of(parameter.annotation)
        if isinstance(value, bool) and shape and not shape.many and shape.items[0] in (int, float):
            raise self._bad(parameter, value, "give a number")  # pydantic takes true for 1
        return value

    def _together(self, model: Any, values: Mapping[str, Any]) -> Any:
        try:
            return model(**values)
        except Exception as error:  # whatever the user's own __post_init__ raises
            raise ParameterError(_misfit(model, str(error))) from error

    def _refused(self, parameter: Parameter, error: ErrorDetails) -> ParameterError:
        return self._bad(parameter, error["input"], advice(error, choices(parameter)))

    def _bad(self, parameter: Parameter, value: Any, wanted: str) -> ParameterError:
        name = parameter.name
        if name in self._code:
            where = f"parameter {name} in code"
        else:
            where = parameter.flag if name in self._flags else f"parameter {name}, its default in {parameter.where}"
        return ParameterError(f"bad value {shown(value)} for {where}: {wanted}")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # what Python makes of bytes that are no text
        return False
    return True


def _misfit(model: Any, message: str) -> str:
    reason = in_a_sentence(message).removeprefix("value error, ")
    return f"the parameters of model {model.__qualname__} don't fit together: {reason}"


def _unknown(name: str, parameters: Mapping[str, Parameter]) -> str:
    close = nearest(name, parameters)
    there = f"did you mean {close}?" if close else f"its parameters: {', '.join(parameters) or 'none'}"
    return f"the job has no parameter {name!r}; {there}"
