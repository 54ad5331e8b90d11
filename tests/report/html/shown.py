"""A report in a browser."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page


class Shown:
    """A report in a browser.

    Attributes:
        page: Where it is shown.
        requested: Every address that was asked for.
        complaints: Errors, messages of the console (violations of the policy too) and dialogs: there should be none.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requested = list[str]()
        self.complaints = list[str]()
        page.on("request", lambda request: self.requested.append(request.url.partition("#")[0]))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", self._refuse)

    def _refuse(self, dialog: Any) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def go(self, file: Path, fragment: str = "") -> None:
        # A new fragment alone would not load the page again.
        self.page.goto("about:blank")
        self.page.goto(f"{file.as_uri()}{fragment}")

    @property
    def fragment(self) -> str:
        return str(self.page.evaluate("decodeURIComponent(location.hash)"))

    @property
    def names(self) -> list[str]:
        """The ids of the accounts that the matrix shows, from above."""
        found = self.page.eval_on_selector_all("#matrix tbody tr", "rows => rows.filter(r => !r.hidden).map(r => r.id)")
        return [str(each) for each in found]

    @property
    def focused(self) -> str:
        """Where the focus is: the row's id (or `head`) and the column from 0, or the element's id."""
        return str(
            self.page.evaluate(
                """() => {
                  const here = document.activeElement;
                  const cell = here.closest("#matrix :is(th, td)");
                  return cell ? `${cell.parentElement.id || "head"} ${cell.cellIndex}` : here.id || here.localName;
                }"""
            )
        )


type Show = Callable[..., Shown]
