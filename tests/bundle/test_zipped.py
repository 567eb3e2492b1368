from __future__ import annotations

import os
from typing import TYPE_CHECKING
from zipfile import ZipFile

from hypothesis import given
from hypothesis import strategies as st

from corral_core.bundle import zipped

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

NAMES = st.text("abc/._é", min_size=1, max_size=8)
CONTENTS = st.dictionaries(NAMES, st.binary(max_size=50), max_size=6)


@given(base=CONTENTS, more=CONTENTS, data=st.data())
def test_the_order_of_files_shows_nowhere(
    base: dict[str, bytes], more: dict[str, bytes], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("zips")
    more = {name: content for name, content in more.items() if name not in base}
    for copy in "ab":
        order = {name: base[name] for name in data.draw(st.permutations(sorted(base)))}
        zipped.write(folder / f"{copy}.base", order)
        order = {name: more[name] for name in data.draw(st.permutations(sorted(more)))}
        zipped.write(folder / f"{copy}.zip", order, folder / f"{copy}.base")
    assert (folder / "a.zip").read_bytes() == (folder / "b.zip").read_bytes()
    with ZipFile(folder / "a.zip") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == base | more
    assert {name: size for name, (size, _) in zipped.sizes(folder / "a.zip").items()} == {
        name: len(content) for name, content in (base | more).items()
    }


def test_time_and_permissions_of_this_machine_show_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zipped.write(tmp_path / "a.zip", {"x": b"x"})
    before = os.umask(0o077)
    try:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
        zipped.write(tmp_path / "b.zip", {"x": b"x"})
    finally:
        os.umask(before)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with ZipFile(tmp_path / "a.zip") as archive:
        (info,) = archive.infolist()
    assert (info.date_time, info.external_attr >> 16) == ((1980, 1, 1, 0, 0, 0), 0o100644)
