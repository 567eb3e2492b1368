"""The driver's own dealings with storage are tried again, as a task's are by the scheduler."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["patient"]

TRIES = 5
_MOST = 4.0
"""Seconds between two tries, at most."""

_FINAL = (FileNotFoundError, FileExistsError, PermissionError, IsADirectoryError, NotADirectoryError)
"""Errors that the next try will meet again."""

_T = TypeVar("_T")
_P = ParamSpec("_P")


def patient(call: Callable[_P, _T], *args: _P.args, **options: _P.kwargs) -> _T:
    """What the call answers, tried again while storage fails. Call only what may be done twice.

    :raises OSError: the last one, after some seconds; at once when it can't get better.
    """
    try:
        return call(*args, **options)
    except _FINAL:
        raise
    except OSError:
        return _again(call, *args, **options)


def _again(call: Callable[..., _T], *args: Any, **options: Any) -> _T:
    # Imported by those alone who need it: it takes as long as a small task.
    import tenacity

    answer: _T = tenacity.Retrying(
        retry=tenacity.retry_if_exception(lambda error: isinstance(error, OSError) and not isinstance(error, _FINAL)),
        wait=tenacity.wait_random_exponential(multiplier=0.1, max=_MOST),
        stop=tenacity.stop_after_attempt(TRIES),
        reraise=True,
    )(call, *args, **options)
    return answer
