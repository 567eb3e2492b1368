"""What a name on the command line stands for, made ready to be checked."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from corral_core.errors import InputError, OutputRecordError, PluginError, UsageError, reason_of
from corral_core.plugins import KNOWN_PACKAGES
from corral_core.settings.api import load_settings
from corral_core.storage.resolve import scheme_of, storage_for
from corral_core.testing.check.subject import Subject
from corral_core.testing.records import PAIRS, records, sample

if TYPE_CHECKING:
    from corral_core.plugins import Plugins

__all__ = ["subjects"]


def subjects(plugins: Plugins, name: str, location: str | None, samples: tuple[str, ...]) -> list[Subject]:
    """Everything that goes by a name.

    :param location: where checks may write.
    :param samples: files of a format.
    :raises UsageError: when there is nothing, or it can't be checked with what was given.
    """
    found = [
        *([_executor(plugins, name, location)] if name in plugins.executors else []),
        *([_storage(plugins, name, location)] if name in plugins.storages or _serves(location, name) else []),
        *([_output_format(plugins, name, samples)] if name in plugins.output_formats else []),
        *([_input_format(plugins, name, samples)] if name in plugins.input_formats else []),
    ]
    if found:
        return found
    if name in KNOWN_PACKAGES or any(broken.name == name for broken in plugins.broken):
        plugins.executor(name)  # says why there is none: its package is not installed, or broken
    raise PluginError(
        f"nothing is registered as {name!r}: name an executor, a format or a storage's scheme that corral plugins "
        "lists, or give a --location of that scheme"
    )


def _serves(location: str | None, scheme: str) -> bool:
    return location is not None and scheme_of(location) == scheme


def _executor(plugins: Plugins, name: str, location: str | None) -> Subject:
    settings, kind = load_settings(flags={"executor": name}), plugins.executor(name)
    if location is None and kind.from_settings(settings).capabilities.remote:
        raise UsageError(
            f"the workers of {name} don't see this machine's files: give a directory that they reach with --location"
        )
    return Subject("executor", name, location, executor=lambda: kind.from_settings(settings))


def _storage(plugins: Plugins, name: str, location: str | None) -> Subject:
    if location is None or not _serves(location, name):
        raise UsageError(
            f"the storage of {name}:// needs a directory to work in: give one with --location {name}://..."
        )
    return Subject("storage", name, location, storage=storage_for(location, plugins.storage_references()))


def _output_format(plugins: Plugins, name: str, samples: tuple[str, ...]) -> Subject:
    """With records of text, or with those of the files that were given."""
    writer = plugins.output_format(name)
    reader = plugins.input_format(writer.reads_as)
    found = tuple(record for path in samples for record in records(reader, path, _read(path))) or PAIRS
    return Subject("output format", name, output_format=writer, input_format=reader, records=found)


def _input_format(plugins: Plugins, name: str, samples: tuple[str, ...]) -> Subject:
    """Over the files that were given, or what the output formats write that it reads."""
    files = [_read(path) for path in samples]
    if not files:
        writers = [writer for _, writer in plugins.output_formats.items() if writer.reads_as == name]
        with suppress(OutputRecordError):  # it holds no text, so only its author has records for it
            files = [sample(writer) for writer in writers]
    if not files:
        raise UsageError(f"the input format {name} is checked over files: give small ones with --sample FILE")
    return Subject("input format", name, input_format=plugins.input_format(name), samples=tuple(files))


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"the sample {path} can't be read: {reason_of(error)}") from error
