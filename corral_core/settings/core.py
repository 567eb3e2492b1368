"""The core's own settings. The descriptions are what ``--help`` says."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, field_validator

from corral_core.errors import SettingsError
from corral_core.formats.encodings import codec_of
from corral_core.settings.fields import Duration, Factor, Limit, Positive, Share, Size, option
from corral_core.settings.sizes import MIB

__all__ = ["CoreSettings"]

_PRICE = re.compile(r"\s*[a-z0-9.-]+\s*=\s*(\d+(\.\d*)?|\.\d+)([eE]-?\d{1,2})?\s*", re.ASCII)


class CoreSettings(BaseModel):
    """Settings that hold for every executor."""

    model_config = ConfigDict(frozen=True, defer_build=True)  # --help and completion check no value

    executor: str | None = option(
        None, "Where tasks run; local-process if installed, else inline.", group="Run", example="inline"
    )
    max_concurrency: Positive = option(100, "Tasks in flight at once.", group="Run")
    prices: tuple[str, ...] = option((), "Dollars for a unit, in place of list prices: NAME=DOLLARS,...", group="Run")
    max_attempts: Positive = option(4, "Attempts at one task, at most.", group="Failure")
    task_timeout: Duration | None = option(None, "An attempt that takes longer is given up.", group="Failure")
    backup_fraction: Share = option(0.75, "How much of a phase is done before stragglers get backups.", group="Failure")
    backup_factor: Factor = option(2.0, "Times the median that make a straggler; 0: no backups.", group="Failure")
    resume: str | None = option(
        None, "Go on with the location's latest run, or with the run of this id.", group="Failure", example="latest"
    )

    job: str | None = option(None, "Which job, where the file has several.", group="Run", example="words")
    verbose: bool = option(False, "Say more: a line for every task.", group="Run", flags=("-v",))
    progress: Literal["auto", "bars", "plain", "none"] = option(
        "auto", "Bars on a terminal, else plain lines; or one of them always.", group="Run"
    )
    log_format: Literal["text", "json"] = option(
        "text", "What stderr has: text, or a JSON object a line for machines.", group="Run"
    )

    input_format: str = option("text", "How inputs are read: text, kv, jsonl, or a plugin's.", group="Input")
    encoding: str = option("utf-8", "The inputs' encoding; bytes leaves records undecoded.", group="Input")
    split_size: Size = option(100 * MIB, "An input split, at most.", group="Input")
    map_bin_size: Size = option(512 * MIB, "Splits of one mapper, at most.", group="Input")
    max_record_size: Size = option(64 * MIB, "A longer record is an error.", group="Input")
    max_bad_records: Limit = option(
        0, "Bad records to set aside before the run fails: a number, or a share of a map phase's.", group="Input"
    )

    working_location: str = option(
        ".", "Directory of the outputs, local or remote.", group="Output", flags=("-o", "--out")
    )
    output_format: str = option("text", "How outputs are written: text, jsonl, or a plugin's.", group="Output")
    overwrite: bool = option(False, "Replace outputs that are there already.", group="Output")
    cleanup: bool = option(True, "Remove intermediate files after success.", group="Output")
    report: bool = option(True, "Leave a report of the run there, for corral report.", group="Output")

    reducers: Positive | None = option(None, "How many; by default from the size of the input.", group="Shuffle")
    reduce_bin_size: Size = option(512 * MIB, "Input to plan for one reducer.", group="Shuffle")
    task_memory: Size = option(512 * MIB, "Memory budget of one task.", group="Shuffle")
    spill_directory: str | None = option(
        None,
        "Local directory for what exceeds it; by default the system's for temporary files.",
        group="Shuffle",
        example="/var/tmp",  # noqa: S108  (an example)
    )
    shuffle_layout: Literal["auto", "files", "single"] = option(
        "auto", "A file per segment, a single one per mapper, or what suits the store.", group="Shuffle"
    )

    include: tuple[str, ...] = option(
        (), "Files that remote workers open, as globs from the job's directory.", group="Code"
    )
    requirements: str | None = option(
        None,
        "A requirements file for remote workers; by default what the job's file declares.",
        group="Code",
        example="requirements.txt",
    )

    @field_validator("prices")
    @classmethod
    def _dollars_for_names(cls, prices: tuple[str, ...]) -> tuple[str, ...]:
        for price in prices:
            if not _PRICE.fullmatch(price):
                raise ValueError("give NAME=DOLLARS, such as s3.get=0.0000004, with commas between several")
        return prices

    @property
    def own_prices(self) -> dict[str, float]:
        """Dollars by name, for those that are not the list's."""
        pairs = (price.split("=") for price in self.prices)
        return {name.strip(): float(dollars) for name, dollars in pairs}

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, encoding: str) -> str:
        try:
            codec_of(encoding)
        except SettingsError as error:
            raise ValueError(str(error)) from error
        return encoding
