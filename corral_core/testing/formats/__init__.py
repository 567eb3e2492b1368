r"""The contracts of formats as test suites.

A plugin's test file subclasses them and gives a few whole files and records::

    from corral_core.testing.formats import InputFormatSuite, OutputFormatSuite

    class TestCsvInput(InputFormatSuite):
        format = CsvInput
        samples = (b"", b"a,b\n1,2\n", b"a,b\n1,2")

    class TestCsvOutput(OutputFormatSuite):
        format = CsvOutput
        reader = CsvInput

Needs pytest: ``pip install 'corral-core[testing]'``. Each test is a promise, and its docstring says which.
"""

from __future__ import annotations

from corral_core.testing.formats.inputs import InputFormatSuite
from corral_core.testing.formats.outputs import OutputFormatSuite
from corral_core.testing.formats.reading import read_records, source_of

__all__ = ["InputFormatSuite", "OutputFormatSuite", "read_records", "source_of"]
