from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement

from corral_core.compatible import refused_by

NUMBERS = st.lists(st.integers(0, 3), min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts)))
CLAUSES = st.tuples(st.sampled_from(["==", "!=", "<=", ">=", "<", ">"]), NUMBERS).map("".join)


@given(st.lists(CLAUSES, min_size=1, max_size=3), NUMBERS, st.sampled_from([",", ", ", " , "]))
def test_plain_requirements_mean_what_packaging_says(clauses: list[str], version: str, comma: str) -> None:
    requirement = f"corral-core{comma.join(clauses)}"
    expected = Requirement(requirement).specifier.contains(version, prereleases=True)
    assert (refused_by([requirement], lambda: version) is None) is expected


@pytest.mark.parametrize(
    ("requirement", "version", "fits"),
    [
        ("corral-core", "0.1.0", True),
        ("Corral_Core[s3]>=0.1,<0.2", "0.1.7", True),
        ("corral-core (>=0.2)", "0.1.0", False),
        ("corral-core~=0.1.2", "0.1.9", True),
        ("corral-core==0.1.*", "0.2.0", False),
        ("corral-core<0.2", "0.2.0rc1", False),
        ("corral-core>=0.1", "0.2.0.dev3", True),
        ('corral-core>=9; extra == "test"', "0.1.0", True),
        ('corral-core>=9; python_version > "3"', "0.1.0", False),
        ("corral-core @ file:///somewhere", "0.1.0", True),
        ("corral-core>=nonsense", "0.1.0", True),
        ("corral-core-extras>=9", "0.1.0", True),
        ("pluggy>=99", "0.1.0", True),
    ],
)
def test_any_requirement_is_understood(requirement: str, version: str, fits: bool) -> None:
    refused = refused_by(["click", requirement], lambda: version)
    assert refused == (None if fits else requirement.partition(";")[0])


def test_a_package_that_says_nothing_of_corral_costs_nothing() -> None:
    def version() -> str:
        raise AssertionError("nobody needs to know")

    assert refused_by(["click>=8", "corral-other==1"], version) is None


def test_the_usual_requirements_need_no_packaging() -> None:
    code = (
        "import sys; from corral_core.compatible import refused_by; "
        "assert refused_by(['corral-core[s3]>=0.1,<0.2'], lambda: '0.1.0') is None; print('packaging' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
