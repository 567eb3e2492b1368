"""Where a setting's value came from, and how messages speak of each layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from corral_core.settings.schema import Setting

__all__ = ["Layer", "Origin"]

Layer = Literal["code", "flag", "environment", "rc file", "default"]
"""The layers, highest first."""

_VALUE = {"code": "option {} in code", "flag": "flag {}", "environment": "variable {}", "rc file": "rc file {}"}
_PLACE = {"code": "the options in code", "flag": "the flags", "environment": "the environment"}


@dataclass(frozen=True)
class Origin:
    """The layer, and within it the option, flag, variable or file."""

    layer: Layer
    where: str = ""

    def __str__(self) -> str:
        """As people read it: ``variable CORRAL_SPLITSIZE``."""
        return _VALUE.get(self.layer, self.layer).format(self.where)

    @property
    def place(self) -> str:
        """The layer as a whole: ``the environment``, ``rc file corralrc``."""
        return _PLACE.get(self.layer, str(self))

    def spell(self, setting: Setting, like: str) -> str:
        """A setting's name as this layer writes it, in the manner of the name that somebody wrote."""
        match self.layer:
            case "flag":
                return setting.flag
            case "environment":
                return setting.variable
            case _:
                return setting.attribute if "_" in like else setting.name
