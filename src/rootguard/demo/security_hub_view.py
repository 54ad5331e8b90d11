"""Security Hub as an analyst sees it: what its console lists, read back through GetFindings."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from rootguard.demo.organization import DemoAccount
from rootguard.export.documents import ASFF_FILE
from rootguard.kit.findings.asff import NAME, Finding
from rootguard.printable import printable
from rootguard.sandbox.administrators import Clients

_OFF = "InvalidAccessException"
_MOST_ROWS = 10
_SEVERITIES = {
    "CRITICAL": "bold red",
    "HIGH": "red",
    "MEDIUM": "yellow",
    "LOW": "cyan",
    "INFORMATIONAL": "dim",
}
"""The worst first, and how each looks."""
_OPEN_WORKFLOW = ("NEW", "NOTIFIED")


@dataclass(frozen=True, slots=True)
class HubView:
    """What the hubs have.

    Attributes:
        findings: Every finding of ours, those that are closed as well, the worst first.
        names: The accounts' names by their ids.
        off: The ids of the accounts without Security Hub.
    """

    findings: tuple[Finding, ...]
    names: Mapping[str, str]
    off: tuple[str, ...]

    @property
    def listed(self) -> tuple[Finding, ...]:
        """What the console lists unless it is asked for more: active, and new or notified.

        https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-viewing.html
        """
        return tuple(each for each in self.findings if _is_listed(each))


def read_hubs(administrator: Clients, accounts: Sequence[DemoAccount]) -> HubView:
    """Ask Security Hub.

    Args:
        administrator: Of the account that administers Security Hub, whose hub has every member's findings.
        accounts: All of the organization.
    """
    off = tuple(account.id for account in accounts if not hub_is_on(account.administrator))
    names = {account.id: account.name for account in accounts}
    return HubView(tuple(sorted(_findings(administrator), key=_order)), names, off)


def _findings(administrator: Clients) -> list[Finding]:
    hub: Any = administrator.client("securityhub")
    ours = {"ProductName": [{"Value": NAME, "Comparison": "EQUALS"}]}
    pages = hub.get_paginator("get_findings").paginate(Filters=ours)
    return [finding for page in pages for finding in page["Findings"]]


def hub_is_on(clients: Clients) -> bool:
    """Whether an account has Security Hub.

    Raises:
        ClientError: It does not say.
    """
    hub: Any = clients.client("securityhub")
    try:
        hub.describe_hub()
    except ClientError as error:
        if error.response["Error"]["Code"] == _OFF:
            return False
        raise
    return True


def _order(finding: Finding) -> tuple[int, str, str]:
    return list(_SEVERITIES).index(finding["Severity"]["Label"]), finding["GeneratorId"], finding["AwsAccountId"]


def _is_listed(finding: Finding) -> bool:
    return finding["RecordState"] == "ACTIVE" and finding["Workflow"]["Status"] in _OPEN_WORKFLOW


def show_hubs(console: Console, view: HubView) -> None:
    """Print how many findings there are of which severity, the worst of them, and what is not there.

    Args:
        console: Where to.
        view: What the hubs have.
    """
    listed = view.listed
    console.print(_counts(listed), end="\n\n")
    if listed:
        console.print(_table(listed[:_MOST_ROWS], view.names))
    if len(listed) > _MOST_ROWS:
        rest = len(listed) - _MOST_ROWS
        console.print(f"… and {rest} more findings; --output writes all of them to {ASFF_FILE}", highlight=False)
    console.print(_closed(view, len(listed)), highlight=False)
    for account_id in view.off:
        console.print(
            Text.assemble(
                "Security Hub is off in ",
                (printable(view.names[account_id]), "bold"),
                f" ({account_id}): AWS Config has its evaluations, and nobody its findings.",
            )
        )


def _counts(listed: Sequence[Finding]) -> Text:
    found = Counter(finding["Severity"]["Label"] for finding in listed)
    counts = (
        Text(f"{found[label]} {label.lower()}", style if found[label] else "") for label, style in _SEVERITIES.items()
    )
    return Text.assemble(("Security Hub findings", "bold"), "  ", Text("  ").join(counts))


def _closed(view: HubView, listed: int) -> str:
    closed = sum(finding["RecordState"] == "ARCHIVED" for finding in view.findings)
    others = len(view.findings) - listed - closed
    settled = f", {others} suppressed or resolved by people" if others else ""
    return f"\nNot listed: {closed} archived, which pass, do not apply or could be evaluated again{settled}."


def _table(findings: Sequence[Finding], names: Mapping[str, str]) -> Table:
    """The columns of the console that tell findings of one product apart."""
    table = Table(header_style="bold", box=SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("severity", no_wrap=True)
    table.add_column("account", overflow="fold", min_width=12, max_width=19)
    table.add_column("title", overflow="fold", min_width=20)
    table.add_column("resource", no_wrap=True)
    table.add_column("status", no_wrap=True)
    for finding in findings:
        label = finding["Severity"]["Label"]
        account_id = finding["AwsAccountId"]
        table.add_row(
            Text(label, _SEVERITIES[label]),
            Text(f"{printable(names[account_id])}\n{account_id}"),
            Text(printable(finding["Title"])),
            Text(finding["Resources"][0]["Type"]),
            Text(f"{finding['Workflow']['Status']}\n{finding['Compliance']['Status']}"),
        )
    return table
