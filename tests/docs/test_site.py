"""The site builds without a warning, from what is in the repository and nothing else, and holds what it should."""

from __future__ import annotations

import subprocess
import sys
import zlib
from typing import TYPE_CHECKING

import pytest

import corral_core
from corral_core import diagnosis, errors, events, executor, hookspecs
from corral_core.formats import api as formats
from corral_core.storage import api as storage
from tests.docs.conftest import PAGES, ROOT

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType


PUBLIC = (corral_core, diagnosis, errors, events, executor, formats, hookspecs, storage)


BUILD = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--keep-going", "-c", str(ROOT / "docs")]


def build(source: Path, scratch: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    command = [*BUILD, *flags, "-d", str(scratch / "doctrees"), str(source), str(scratch / "site")]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scratch = tmp_path_factory.mktemp("docs")
    done = build(ROOT, scratch)
    assert done.returncode == 0, done.stderr
    return scratch / "site"


def names(site: Path) -> set[str]:
    """What the API pages describe, by the site's own inventory."""
    packed = (site / "objects.inv").read_bytes().split(b"\n", 4)[4]
    lines = [line.split() for line in zlib.decompress(packed).decode("utf-8").splitlines()]
    return {line[0] for line in lines if line[1].startswith("py:")}


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_every_page_is_on_the_site(site: Path) -> None:
    pages = {page.relative_to(ROOT).with_suffix(".html") for page in PAGES}
    assert {page for page in pages if not (site / page).is_file()} == set()
    assert (site / "index.html").is_file()


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("module", PUBLIC, ids=lambda module: module.__name__)
def test_every_public_name_is_described(site: Path, module: ModuleType) -> None:
    described = names(site)
    for name in module.__all__:
        home = getattr(getattr(module, name), "__module__", module.__name__)
        assert {f"{module.__name__}.{name}", f"{home}.{name}"} & described, f"{name} is on no page"


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_no_page_asks_for_anything_by_network(site: Path) -> None:
    pages = [page.read_text("utf-8") for page in site.rglob("*.html")]
    assert len(pages) > len(PAGES)
    assert not [page for page in pages if 'src="http' in page or 'rel="stylesheet" href="http' in page]


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_dead_link_fails_the_build(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "index.md").write_text("# One\n\n[two](two.md), [three](#three)\n", encoding="utf-8")
    done = build(source, tmp_path, "-D", "root_doc=index", "-D", "html_additional_pages=")
    assert done.returncode != 0
    assert "two.md" in done.stderr
    assert "three" in done.stderr
