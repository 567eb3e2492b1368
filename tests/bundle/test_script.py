from __future__ import annotations

import pytest

from corral_core.bundle import Target
from corral_core.bundle.script import declared
from corral_core.errors import JobError

BLOCK = (
    "# /// script\n# dependencies = [\n#   'rich>=13',\n#   \"requests[socks]; python_version < '3.13'\",\n# ]\n# ///\n"
)
EXPECTED = ["rich>=13", "requests[socks]; python_version < '3.13'"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import json\n", []),
        ("", []),
        (BLOCK, EXPECTED),
        ("#!/usr/bin/env python\n'''a job'''\n" + BLOCK + "import rich\n", EXPECTED),
        (BLOCK.replace("\n", "\r\n"), EXPECTED),
        ("# /// other\n# ?\n# ///\n" + BLOCK, EXPECTED),
        ("# /// script\n#\n# ///\n", []),
        ("# /// script\n# dependencies = ['a']\n# [tool.x]\n# y = '''\n# ///\n# '''\n# ///\n", ["a"]),
        ("    # /// script\n", []),
    ],
    ids=["none", "empty", "first", "below", "crlf", "others", "nothing in it", "the last end counts", "indented"],
)
def test_dependencies_stand_in_the_jobs_block(source: str, expected: list[str]) -> None:
    assert declared(source, "job.py", Target()) == expected


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("# /// script\n# dependencies = [\n# ///\n", r"the block '# /// script' of job\.py is no TOML: "),
        ("# /// script\n# dependencies = []\n", r"of job\.py is not closed: end it with the line '# ///'"),
        ("# /// script\n# dependencies = []\nx = 1\n# ///\n", "is not closed"),
        (BLOCK + BLOCK, r"job\.py has 2 blocks '# /// script', in lines 1 and 7: keep one"),
        ("# /// script\n# dependencies = 'rich'\n# ///\n", "are a list of texts, not 'rich'"),
        ("# /// script\n# dependencies = [3]\n# ///\n", "the dependency 3, which is none"),
        ("# /// script\n# dependencies = ['a b']\n# ///\n", "the dependency 'a b', which is none"),
        ("# /// script\n# requires-python = 3\n# ///\n", "requires-python in job.py is 3, which is no version"),
        ("# /// script\n# requires-python = 'new'\n# ///\n", "is 'new', which is no version specifier"),
    ],
)
def test_a_block_that_cannot_be_read_says_why(source: str, message: str) -> None:
    with pytest.raises(JobError, match=message):
        declared(source, "job.py", Target())


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (">=3.12", True),
        (">=3.12.4", True),
        ("<3.13", True),
        ("==3.12.*", True),
        ("~=3.11", True),
        (">=3.13", False),
        ("<3.12", False),
        ("!=3.12.*", False),
        (">=3.11,<3.12", False),
    ],
)
def test_the_python_that_a_job_requires_is_the_targets(wanted: str, fits: bool) -> None:
    source = f"# /// script\n# requires-python = '{wanted}'\n# ///\n"
    target = Target(python="3.12", architecture="arm64", name="the moon")
    if fits:
        assert declared(source, "job.py", target) == []
        return
    with pytest.raises(JobError, match=r"job\.py requires Python .*, .* on the moon with Python 3\.12 on arm64"):
        declared(source, "job.py", target)
