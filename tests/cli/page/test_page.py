"""The page in a real browser."""

from __future__ import annotations

import re
import time
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import pytest

from corral_core.cli.page.page import page_of
from corral_core.errors import RunError
from tests.report.conftest import Made, decoded, made

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

Scheme = Literal["light", "dark"]
HOSTILE = (
    "</script><script>window.hit = 1</script><img src=x onerror='window.hit = 2'><!--\u2028]]>\"'`${window.hit = 3}"
)
CANVASES = ("#lanes", "#strip-records", "#strip-bytes", "#strip-running", "#strip-memory", "canvas.bars")
SIX_MEGABYTES = 6 * 10**6
PATIENCE = 60.0

run = cache(made)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("tasks", "slots"), [(1000, 40), (20_000, 400)], ids=["1,000 tasks", "20,000 tasks"])
def test_its_charts_are_drawn_and_it_loads_nothing(
    shown: Callable[..., Any], tasks: int, slots: int, scheme: Scheme
) -> None:
    with shown(run(tasks, slots), scheme) as seen:
        assert {selector: seen.ink(selector) > 3 for selector in CANVASES} == dict.fromkeys(CANVASES, True)
        paper = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
        light = sum(map(int, re.findall(r"\d+", paper))) > 3 * 128
        assert light == (scheme == "light")
        assert seen.noise == []


@pytest.mark.parametrize("tasks", [1000, 20_000])
def test_a_page_is_small_enough_to_send(tasks: int) -> None:
    page = page_of(decoded(run(tasks, 400)))
    assert len(page.encode()) < SIX_MEGABYTES
    assert "http://" not in page
    assert "https://" not in page


@pytest.mark.parametrize("width", [400, 1280])
def test_nothing_is_wider_than_the_screen(shown: Callable[..., Any], width: int) -> None:
    long = f"/{'a-very-long-name-without-a-space' * 8}"
    with shown(made(300, words=long), width=width) as seen:
        document = "document.documentElement"
        assert seen.page.evaluate(f"{document}.scrollWidth <= {document}.clientWidth")


def test_the_pointer_finds_attempts_and_moments(shown: Callable[..., Any]) -> None:
    with shown(run(1000, 40)) as seen:
        seen.page.hover("#lanes", position={"x": 300, "y": 60})
        assert re.search(r"stage 0 map \d+", seen.tip)
        assert re.search(r"/in/\d+\.txt, bytes [\d,]+ to [\d,]+", seen.tip)
        assert re.search(r" at \d", seen.page.inner_text("#now-records"))
        seen.page.hover("canvas.bars >> nth=0", position={"x": 110, "y": 100})
        assert "partition 0" in seen.tip
        seen.page.hover("h1")
        assert seen.tip == ""


def test_the_keyboard_walks_through_attempts(shown: Callable[..., Any]) -> None:
    with shown(run(1000, 40)) as seen:
        seen.page.focus("#lanes")
        seen.page.keyboard.press("ArrowRight")
        first = seen.tip
        seen.page.keyboard.press("ArrowRight")
        second = seen.tip
        seen.page.keyboard.press("ArrowDown")
        assert "stage 0 map" in first
        assert len({first, second, seen.tip}) == 3
        seen.page.keyboard.press("f")
        assert "outcome" in seen.tip
        seen.page.focus("canvas.bars >> nth=0")
        seen.page.keyboard.press("ArrowRight")
        assert "partition 0" in seen.tip


def test_dragging_zooms_and_a_double_click_shows_all_again(shown: Callable[..., Any]) -> None:
    with shown(run(1000, 40)) as seen:
        page = seen.page
        picture = "document.getElementById('lanes').toDataURL()"
        page.mouse.move(0, 0)
        whole = page.evaluate(picture)
        box = page.locator("#lanes").bounding_box()
        page.mouse.move(box["x"] + 300, box["y"] + 60)
        page.mouse.down()
        page.mouse.move(box["x"] + 500, box["y"] + 60)
        page.mouse.up()
        page.mouse.move(0, 0)
        assert page.evaluate(picture) != whole
        page.dblclick("#lanes", position={"x": 300, "y": 60})
        page.mouse.move(0, 0)
        assert page.evaluate(picture) == whole


@pytest.mark.parametrize("failed", [False, True], ids=["ended well", "failed"])
def test_what_comes_from_data_is_text_and_does_nothing(*, shown: Callable[..., Any], failed: bool) -> None:
    hostile = Made(HOSTILE)
    hostile.start()
    hostile.phase("map", 200, 8, failing=0.2)
    hostile.phase("reduce", 5, 8)
    error = RunError(f"no more{HOSTILE}") if failed else None
    with shown(hostile.report(error, counters={f"lines{HOSTILE}": 1}, usage=HOSTILE)) as seen:
        for selector in ("#lanes", "canvas.bars >> nth=0"):
            seen.page.focus(selector)
            for key in ("ArrowRight", "f", "f", "f"):
                seen.page.keyboard.press(key)
        seen.page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
        assert seen.page.evaluate("window.hit") is None
        assert seen.page.evaluate("document.images.length") == 0
        shown_text = seen.page.inner_text("body")
        assert shown_text.count("<script>window.hit = 1</script>") > 10
        assert seen.noise == []


def test_its_colours_follow_the_system(shown: Callable[..., Any]) -> None:
    with shown(run(1000, 40)) as seen:
        picture = "document.getElementById('lanes').toDataURL()"
        before, deadline = seen.page.evaluate(picture), time.monotonic() + PATIENCE
        seen.page.emulate_media(color_scheme="dark")
        while seen.page.evaluate(picture) == before:  # not the browser's own waiting, which the page's policy forbids
            assert time.monotonic() < deadline, "it stays light"


def test_without_scripts_there_is_still_a_report(shown: Callable[..., Any], tmp_path: Any, browser: Any) -> None:
    path = tmp_path / "plain.html"
    path.write_text(page_of(decoded(run(1000, 40))), encoding="utf-8")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path.as_uri())
    text = page.inner_text("main")
    context.close()
    assert "What stands out" in text
    assert "flag --split-size" in text
