"""Execution environments: as many as there are invocations at once, kept warm, replaced when they break."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import TYPE_CHECKING

from corral_lambda.testing.environment import Environment

if TYPE_CHECKING:
    from corral_lambda.testing.emulation import Place
    from corral_lambda.testing.functions import Function
    from corral_lambda.testing.report import Run

__all__ = ["Pool"]


class Pool:
    """Used in one event loop.

    :param concurrency: invocations at once, as Lambda counts them; one more is refused.
    :param environments: processes at once on this machine; an invocation waits for one.
    """

    def __init__(self, place: Place, concurrency: int, environments: int) -> None:
        self.concurrency = concurrency
        self.running = 0
        self._place = place
        self._numbers = count(1)
        self._slots = asyncio.Semaphore(environments)
        self._environments = environments
        self._all: list[Environment] = []
        self._idle: list[Environment] = []

    async def run(self, function: Function, request: str, payload: bytes) -> Run | None:
        """Run one invocation.

        :returns: how it went; None when it is one too many.
        """
        if self.running >= self.concurrency:
            return None
        self.running += 1
        try:
            async with self._slots:
                return await self._run(function, request, payload)
        finally:
            self.running -= 1

    def retire(self) -> None:
        """End the environments that are idle."""
        for environment in list(self._idle):
            self._end(environment)

    def close(self) -> None:
        """End all environments, busy ones too."""
        for environment in list(self._all):
            self._end(environment)

    async def _run(self, function: Function, request: str, payload: bytes) -> Run:
        environment = self._take(function)
        usable = False
        try:
            run = await environment.invoke(request, payload)
            usable = not run.broken
        finally:
            if usable:
                self._idle.append(environment)
            elif environment in self._all:  # close() may have come before
                self._end(environment)
        return run

    def _take(self, function: Function) -> Environment:
        for environment in reversed(self._idle):
            if environment.function == function:
                self._idle.remove(environment)
                return environment
        if len(self._all) >= self._environments:
            self._end(self._idle.pop(0))  # there is one: no more run than there are slots
        environment = Environment(function, self._place, next(self._numbers))
        self._all.append(environment)
        return environment

    def _end(self, environment: Environment) -> None:
        self._all.remove(environment)
        if environment in self._idle:
            self._idle.remove(environment)
        environment.close()
