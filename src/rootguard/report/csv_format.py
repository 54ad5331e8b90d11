"""An audit for spreadsheets and for programs that read lines: a row per account and rule.

RFC 4180: a header, commas, CRLF, every field in quotes. UTF-8 without a byte order mark; Excel is told so when the file
is imported (Data, From Text/CSV), where the column account_id is made text as well, or its leading zeros are lost.

Spreadsheets take a field that begins with = + - @ for a formula, and account names are anybody's words. Such a field
gets an apostrophe before it, as OWASP advises (https://owasp.org/www-community/attacks/CSV_Injection); so does what
follows a semicolon, at which a spreadsheet may split a field as well. Tabs, line breaks and other control characters,
which may begin a formula too, do not occur.

An account that was not wholly looked into has a row, too, because who counts accounts must not miss it: one without a
rule, its compliance ERROR where the audit was interrupted and empty where the account is not active: no verdict.
"""

import csv
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TextIO

from rootguard.audit.results import Audit, Compliance, Result
from rootguard.kit.links import page_url
from rootguard.kit.rule import AnyRule
from rootguard.printable import printable
from rootguard.report.left_out import INTERRUPTED, inactive_reason
from rootguard.report.naming import controls
from rootguard.report.report import Report

COLUMNS = (
    "account_id",
    "account_name",
    "rule",
    "severity",
    "compliance",
    "reason",
    "controls",
    "remediation",
    "page",
)
_FORMULA = re.compile(r"""((?:^|;)["'\s]*)(?=[=+\-@＝＋－＠])""")  # noqa: RUF001 - the full-width ones do it as well


def write(report: Report, out: TextIO) -> None:
    """Write the rows, those of an account one after another; what was not looked into comes last."""
    rows = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for result in report.audit.results:
        rows.writerow(map(_inert, _row(result, report.rules[result.rule])))
    for row in _not_looked_into(report.audit):
        rows.writerow(map(_inert, row))


def _row(result: Result, rule: AnyRule) -> tuple[str, ...]:
    return (
        result.account_id,
        result.account_name,
        result.rule,
        result.severity,
        result.compliance,
        result.reason,
        controls(rule),
        rule.remediation.text,
        page_url(rule.name),
    )


def _not_looked_into(audit: Audit) -> Iterator[tuple[str, ...]]:
    nothing, unfinished = ("", "", ""), {*audit.unfinished}
    for account in audit.scope.accounts:
        if account.id in unfinished:
            yield account.id, account.name, "", "", Compliance.ERROR, INTERRUPTED, *nothing
        elif not account.is_active:
            yield account.id, account.name, "", "", "", inactive_reason(account), *nothing


@lru_cache(maxsize=1024)
def _inert(said: str) -> str:
    return _FORMULA.sub(r"\1'", printable(said))
