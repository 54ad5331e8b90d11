"""A headless Chromium, one for each file of tests, and pages in it that note whatever they should not do."""

import os
import shutil
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright
from tests.report.html.shown import Show, Shown

from rootguard.report.html import write
from rootguard.report.report import Report


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        assert "CI" not in os.environ, "there is no Chromium: apt-get install chromium"
        pytest.skip("there is no Chromium to show the report in")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path)
        yield chromium
        chromium.close()


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Show]:
    """Shows a report, at a fragment, in a context of the browser with the options given."""
    contexts = []

    def shown(report: Report, fragment: str = "", **options: Any) -> Shown:
        out = StringIO()
        write(report, out)
        file = tmp_path / "report.html"
        file.write_text(out.getvalue(), encoding="utf-8")
        context = browser.new_context(
            **{"reduced_motion": "reduce", "viewport": {"width": 1280, "height": 800}} | options
        )
        contexts.append(context)
        page = Shown(context.new_page())
        page.go(file, fragment)
        page.requested.remove(file.as_uri())
        return page

    yield shown
    for context in contexts:
        context.close()
