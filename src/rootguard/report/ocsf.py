"""An audit in the Open Cybersecurity Schema Framework: a JSON list with a Compliance Finding a line.

They are the findings of the format asff, with the accounts' names besides.
"""

from collections.abc import Iterator
from typing import Any, TextIO

from rootguard.export.documents import ocsf_document
from rootguard.report.findings import findings, write_list
from rootguard.report.report import Report


def write(report: Report, out: TextIO) -> None:
    """Write the findings.

    Raises:
        RootguardError: A finding does not keep to the format, which is a bug of rootguard.
    """
    write_list(_documents(report), out)


def _documents(report: Report) -> Iterator[dict[str, Any]]:
    for result, finding in findings(report):
        yield ocsf_document(finding | ({"AwsAccountName": result.account_name} if result.account_name.strip() else {}))
