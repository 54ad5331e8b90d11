"""Writes the page: its template, style sheet and script in one file, and a policy that lets nothing else in."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from importlib import resources
from typing import TextIO

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from rootguard import __version__
from rootguard.kit.facts import timestamp
from rootguard.kit.links import page_url
from rootguard.kit.rule import Severity
from rootguard.printable import printable
from rootguard.report.changes import every_change
from rootguard.report.headline import Headline
from rootguard.report.html.frameworks import frameworks
from rootguard.report.html.matrix import FAILS, NOT_APPLICABLE, PASSES, UNSEEN, counted, rows
from rootguard.report.html.overview import BAR_WIDTH, headline, rule_totals, worst_first
from rootguard.report.html.script_data import deflated_block, detail_data, json_block, matrix_data
from rootguard.report.priorities import what_could_not_be_seen
from rootguard.report.report import Report

_PACKAGE = "rootguard.report.html"


def write(report: Report, out: TextIO) -> None:
    """Write one file that loads nothing, whatever accounts are called. `out` must take UTF-8, which the page says."""
    out.writelines(_template().stream(_context(report)))


def _template() -> Template:
    environment = Environment(
        loader=PackageLoader(_PACKAGE, package_path=""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"printable": printable, "page_url": page_url, "time": _time}
    return environment.get_template("report.html.jinja")


def _context(report: Report) -> Mapping[str, object]:
    audit = report.audit
    lines = rows(audit)
    totals = rule_totals(report, lines)
    style = f":root{{--rules:{len(totals) or 1}}}\n{_own('report.css')}"
    script = _own("report.js")
    return {
        "version": __version__,
        "policy": f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(style)}; "
        "base-uri 'none'; form-action 'none'",
        "style": Markup(style),  # noqa: S704 - our own file
        "script": Markup(script),  # noqa: S704 - our own file
        "audit": audit,
        "generated_at": timestamp(audit.generated_at),
        "known": {row.account.id: row.account for row in lines},
        "rows": lines,
        "headline": headline(lines),
        "verdict": Headline.of(audit).verdict,
        "totals": totals,
        "worst": worst_first(totals),
        "marks": (FAILS, UNSEEN, NOT_APPLICABLE, PASSES),
        "found": counted([mark for row in lines for mark in row.marks]),
        "severities": [each for each in Severity if any(total.rule.severity is each for total in totals)],
        "frameworks": frameworks(report, lines),
        "blanks": what_could_not_be_seen(audit),
        "since": timestamp(report.comparison.since) if report.comparison else "",
        "changes": every_change(report.comparison) if report.comparison else (),
        "bar_width": BAR_WIDTH,
        "matrix_data": json_block(matrix_data(report, lines)),
        "detail_data": deflated_block(detail_data(audit, lines)),
    }


def _own(name: str) -> str:
    return resources.files(_PACKAGE).joinpath(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    """A source of a Content-Security-Policy: the inline element with this text (CSP Level 3, hash-source)."""
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _time(moment: str) -> str:
    """2026-11-23T05:30:00Z as people write it: 2026-11-23 05:30 UTC."""
    return f"{moment[:10]} {moment[11:16]} UTC"
