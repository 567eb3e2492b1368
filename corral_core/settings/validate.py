"""Checks the values of one model, and says in one sentence what is wrong and where it came from.

The models are plain pydantic ones, without pydantic-settings: its sources know neither where a value came from nor
that one name has several spellings, which is most of what the layers do here, and it doubles the time of the import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from corral_core.errors import SettingsError
from corral_core.settings.advice import advice, in_a_sentence, shown
from corral_core.settings.fields import choices
from corral_core.storage.api import is_utf8

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_core import ErrorDetails

    from corral_core.settings.schema import Setting
    from corral_core.settings.sources import Entry

__all__ = ["validated"]

Model = TypeVar("Model", bound=BaseModel)


def validated(model: type[Model], given: Mapping[Setting, Entry]) -> Model:
    """The model with the values that were given to its settings, and defaults for the others.

    :raises SettingsError: for the first bad value.
    """
    mine = {setting.attribute: (setting, entry) for setting, entry in given.items() if setting.model is model}
    try:
        values = {attribute: _plain(*found) for attribute, found in mine.items()}
        return model.model_validate(values, by_name=True, by_alias=False)
    except ValidationError as error:
        # Without its cause: pydantic's message shows the value, which may be a secret.
        raise SettingsError(_sentence(model, error.errors(include_url=False)[0], mine)) from None


def _plain(setting: Setting, entry: Entry) -> Any:
    """The value as pydantic should see it."""
    if setting.kind == "list" and isinstance(entry.value, str):
        return [part.strip() for part in entry.value.split(",")]
    if isinstance(entry.value, bool) and setting.kind in ("integer", "number"):
        # pydantic takes true for 1.
        raise SettingsError(_bad_value(setting, entry, "give a number"))
    if isinstance(entry.value, str) and not is_utf8(entry.value):
        raise SettingsError(_bad_value(setting, entry, "it is not UTF-8, and tasks' messages are; rename it"))
    return entry.value


def _sentence(model: type[BaseModel], error: ErrorDetails, given: Mapping[str, tuple[Setting, Entry]]) -> str:
    # A model's own validator has no place: it looks at several settings at once.
    place = error["loc"][0] if error["loc"] else ""
    for attribute, (setting, entry) in given.items():
        if place in (attribute, setting.name):
            return _bad_value(setting, entry, advice(error, choices(setting.field)))
    origins = ", ".join(str(entry.origin) for _, entry in given.values())
    reason = in_a_sentence(error["msg"])
    return f"the settings of {model.__name__} don't fit together: {reason} (from {origins or 'defaults'})"


def _bad_value(setting: Setting, entry: Entry, wanted: str) -> str:
    what = "bad value" if setting.kind == "secret" else f"bad value {shown(entry.value)}"
    return f"{what} for {setting.name} from {entry.origin}: {wanted}"
