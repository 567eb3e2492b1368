"""A function's instances: as many as there are invocations at once, kept warm, replaced when they break."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["Instance", "Pool", "Run"]


class Run(Protocol):
    """How an invocation went."""

    @property
    def broken(self) -> bool:
        """Whether its instance is of no more use."""
        ...


class Instance(Protocol):
    """Runs one invocation at a time."""

    def close(self) -> None:
        """End its processes."""
        ...


_Function = TypeVar("_Function")
_Instance = TypeVar("_Instance", bound=Instance)
_Run = TypeVar("_Run", bound=Run)


class Pool(Generic[_Function, _Instance]):
    """Used in one event loop.

    :param make: makes an instance of a function, given its number.
    :param concurrency: invocations at once; one more is refused.
    :param most: instances at once on this machine; an invocation waits for one.
    """

    def __init__(self, make: Callable[[_Function, int], _Instance], concurrency: int, most: int) -> None:
        self.concurrency = concurrency
        self.running = 0
        self._make = make
        self._numbers = count(1)
        self._slots = asyncio.Semaphore(most)
        self._most = most
        self._all: list[tuple[_Function, _Instance]] = []
        self._idle: list[tuple[_Function, _Instance]] = []

    async def run(self, function: _Function, invoke: Callable[[_Instance], Awaitable[_Run]]) -> _Run | None:
        """Run one invocation on an instance of the function.

        :returns: how it went; None when it is one too many.
        """
        if self.running >= self.concurrency:
            return None
        self.running += 1
        try:
            async with self._slots:
                return await self._run(function, invoke)
        finally:
            self.running -= 1

    def retire(self) -> None:
        """End the instances that are idle."""
        for entry in list(self._idle):
            self._end(entry)

    def close(self) -> None:
        """End all instances, busy ones too."""
        for entry in list(self._all):
            self._end(entry)

    async def _run(self, function: _Function, invoke: Callable[[_Instance], Awaitable[_Run]]) -> _Run:
        entry = self._take(function)
        usable = False
        try:
            run = await invoke(entry[1])
            usable = not run.broken
        finally:
            if usable:
                self._idle.append(entry)
            elif entry in self._all:  # close() may have come before
                self._end(entry)
        return run

    def _take(self, function: _Function) -> tuple[_Function, _Instance]:
        for entry in reversed(self._idle):
            if entry[0] == function:
                self._idle.remove(entry)
                return entry
        if len(self._all) >= self._most:
            self._end(self._idle.pop(0))  # there is one: no more run than there are slots
        entry = function, self._make(function, next(self._numbers))
        self._all.append(entry)
        return entry

    def _end(self, entry: tuple[_Function, _Instance]) -> None:
        self._all.remove(entry)
        if entry in self._idle:
            self._idle.remove(entry)
        entry[1].close()
