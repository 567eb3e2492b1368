"""What of the stack lives in its event loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp

from corral_core.testing.instances import Pool
from corral_lambda.testing.emulation import Place
from corral_lambda.testing.environment import Environment
from corral_lambda.testing.front import Front
from corral_lambda.testing.functions import Code
from corral_lambda.testing.invoke import Invoker
from corral_lambda.testing.logs import Logs
from corral_lambda.testing.moto import Moto
from corral_lambda.testing.runtime import link_runtime
from corral_lambda.testing.uploads import Uploads

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from corral_lambda.testing.functions import Function

__all__ = ["Backend", "Options"]


@dataclass(frozen=True)
class Options:
    """What a backend is made of.

    :param folder: its own; ``buckets`` in it is S3's.
    """

    folder: Path
    emulator: Path
    moto: str
    region: str
    concurrency: int
    environments: int
    memory_factor: float
    announce: Callable[[str], None]


class Backend:
    """Made and used in one event loop."""

    def __init__(self, options: Options) -> None:
        self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), auto_decompress=False)
        self.moto = Moto(options.moto, options.region, self._http)
        self.logs = Logs(self.moto)
        code = Code(options.folder / "code")
        link_runtime(options.folder / "runtime")
        self._variables: dict[str, str] = {}
        place = Place(
            emulator=options.emulator,
            runtime=options.folder / "runtime",
            code=code,
            scratch=options.folder,
            variables=self._variables,
            memory_factor=options.memory_factor,
            announce=options.announce,
            http=self._http,
        )
        self.pool: Pool[Function, Environment] = Pool(
            lambda function, number: Environment(function, place, number), options.concurrency, options.environments
        )
        self.invoker = Invoker(self.moto, self.pool, self.logs)
        self.front = Front(self.moto, self.invoker, Uploads(code, options.folder / "buckets"), self.logs)

    async def start(self, variables: Callable[[str], Mapping[str, str]]) -> str:
        """Listen.

        :param variables: gives functions' environment, from the address.
        :returns: the address.
        """
        self._runner, url = await self.front.start()
        self._variables.update(variables(url))
        return url

    async def reset(self) -> None:
        """An empty account, and nothing in the way."""
        self.pool.retire()
        self.logs.forget()
        self.invoker.forget()
        await self.moto.reset()

    async def close(self) -> None:
        """End all."""
        await self._runner.cleanup()
        self.pool.close()
        await self._http.close()
