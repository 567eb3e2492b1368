from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from corral_core.bundle.wheels import installed_files

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "pack/__init__.py": "",
    "pack/data.json": "",
    "pack/stub.pyi": "",
    "pack/tests/__init__.py": "",
    "pack/tests/test_it.py": "import pack.tests",
    "pack/__pycache__/__init__.cpython-311.pyc": "",
    "pack-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: Pack\nVersion: 1.0\n",
    "pack-1.0.dist-info/entry_points.txt": "",
    "pack-1.0.dist-info/INSTALLER": "uv",
    "pack-1.0.dist-info/direct_url.json": "{}",
    "bin/pack": "#!/here/python",
    ".lock": "",
}
KEPT = ["pack-1.0.dist-info/METADATA", "pack-1.0.dist-info/entry_points.txt"]
KEPT += ["pack/__init__.py", "pack/data.json", "pack/stub.pyi"]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    rows = [f"{name},," for name in FILES if name != ".lock"]
    for name, text in {**FILES, "pack-1.0.dist-info/RECORD": "\n".join(rows)}.items():
        (tmp_path / "site" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "site" / name).write_text(text)
    return tmp_path / "site"


def test_a_distribution_gives_what_runs_and_what_others_ask_about_it(site: Path) -> None:
    assert {part: sorted(files) for part, files in installed_files(site).items()} == {"Pack 1.0": KEPT}


def test_tests_stay_when_the_distribution_imports_them(site: Path) -> None:
    """As numpy.testing does."""
    (site / "pack" / "__init__.py").write_text("def f():\n    from pack.tests import test_it\n")
    assert sorted(installed_files(site)["Pack 1.0"]) == [*KEPT, "pack/tests/__init__.py", "pack/tests/test_it.py"]


def test_what_the_place_provides_is_left_out(site: Path) -> None:
    assert installed_files(site, provided=["PACK"]) == {}


def test_patterns_leave_out_and_keep(site: Path) -> None:
    prune = ("pack/*", "!*.json")
    assert sorted(installed_files(site, prune=prune)["Pack 1.0"]) == [*KEPT[:2], "pack/data.json"]
