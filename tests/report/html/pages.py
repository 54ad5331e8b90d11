"""Reports and their pages, parsed."""

import json
import re
import zlib
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from html.parser import HTMLParser
from io import StringIO
from typing import Any

from tests.sample_audit import sample_audit, sample_report

from rootguard.audit.comparison import compare
from rootguard.audit.results import AuditedAccount
from rootguard.report.html import write
from rootguard.report.report import Report

VOID = {"meta", "input", "br", "rect", "hr", "link", "img", "base"}


class Parsed(HTMLParser):
    """Elements with their attributes, the text in each, and whether every one that begins also ends."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements = list[tuple[str, Mapping[str, str]]]()
        self.texts = dict[str, list[str]]()
        self.stack = list[str]()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.stack.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in set(self.stack):
            self.texts[tag][-1] += data

    def attributes(self, tag: str) -> list[Mapping[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


@cache
def parsed_page(text: str) -> Parsed:
    """The page, parsed once for all tests."""
    return Parsed(text)


def page(report: Report) -> str:
    out = StringIO()
    write(report, out)
    return out.getvalue()


def said(text: str) -> str:
    """What can be read, on one line."""
    visible = re.sub(r"<(script|style)\b.*?</\1>", " ", text, flags=re.DOTALL)
    return " ".join("".join(Parsed(visible).texts["html"][0].split("\n")).split())


def block(text: str, name: str) -> Any:
    """What the page's script reads there."""
    kind, content = re.findall(rf'<script type="application/([a-z-]+)" id="{name}">([^<]*)</script>', text)[0]
    return json.loads(content if kind == "json" else zlib.decompress(b64decode(content, validate=True)))


def interrupted(report: Report, missing: int) -> Report:
    gone = [account.id for account in report.audit.scope.accounts if account.is_active][-missing:]
    results = [result for result in report.audit.results if result.account_id not in gone]
    return replace(report, audit=replace(report.audit, results=results, missing=tuple(gone)))


def compared(report: Report, accounts: int) -> Report:
    earlier = sample_audit(accounts, seed=2)
    earlier = replace(earlier, generated_at=earlier.generated_at - timedelta(days=7))
    return replace(report, comparison=compare(earlier, report.audit))


def without(report: Report, *accounts: AuditedAccount) -> Report:
    """An audit that has no result, of these accounts."""
    scope = replace(report.audit.scope, accounts=accounts, organization_id="", management_account_id="", role_name="")
    return replace(report, audit=replace(report.audit, scope=scope, results=()))


SAMPLE = sample_report(12)
REPORTS = {
    "an organization": SAMPLE,
    "hostile names": sample_report(14, hostile=True),
    "interrupted": interrupted(sample_report(14, hostile=True), 3),
    "compared": compared(SAMPLE, 12),
    "no accounts": without(SAMPLE),
    "one account, no results": without(SAMPLE, AuditedAccount("222222222222", "")),
    "suspended accounts only": without(SAMPLE, AuditedAccount("222222222222", "gone", "PENDING_CLOSURE")),
}
PAGES = {name: page(report) for name, report in REPORTS.items()}
