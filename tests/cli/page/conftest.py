"""A real browser, and what it says of a page."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import pytest

from corral_core.cli.page.page import page_of
from tests.report.conftest import decoded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from playwright.sync_api import Browser, Page

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = (
    "no browser to show the page in; as root on Debian or Ubuntu: "
    "apt-get install --no-install-recommends chromium-headless-shell"
)


@dataclass
class Shown:
    """A page in the browser, and what it did beside being shown."""

    page: Page
    noise: list[str] = field(default_factory=list)
    """Lines on its console, errors in its scripts, requests for anything but itself."""

    def ink(self, selector: str) -> int:
        """The colours in which a canvas is drawn."""
        return int(
            self.page.eval_on_selector(
                selector,
                """canvas => {
                    const pen = canvas.getContext("2d");
                    const dots = new Uint32Array(pen.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
                    return new Set(dots).size;
                }""",
            )
        )

    @property
    def tip(self) -> str:
        """What the tooltip says; nothing while it is hidden."""
        return self.page.inner_text("#tip") if self.page.is_visible("#tip") else ""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip(MISSING)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # A container's root has no sandbox to put it into.
        browser = playwright.chromium.launch(executable_path=path, chromium_sandbox=os.geteuid() != 0)
        yield browser
        browser.close()


@pytest.fixture
def shown(browser: Browser, tmp_path: Path) -> Callable[..., AbstractContextManager[Shown]]:
    """Shows a report's page, once its charts are drawn."""

    @contextmanager
    def shown(
        report: bytes, scheme: Literal["light", "dark"] = "light", width: int = 1280, **more: Any
    ) -> Iterator[Shown]:
        path = tmp_path / "report.html"
        path.write_text(page_of(decoded(report)), encoding="utf-8")
        context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900}, **more)
        context.set_default_timeout(60_000)
        page = context.new_page()
        seen = Shown(page)
        page.on("console", lambda message: seen.noise.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: seen.noise.append(str(error)))
        page.on("request", lambda made: None if made.url == path.as_uri() else seen.noise.append(made.url))
        page.goto(path.as_uri())
        try:
            page.wait_for_selector("html[data-drawn]", state="attached")
            yield seen
        finally:
            context.close()

    return shown
