"""CodeBuild report groups, which moto lacks (codebuild, API model)."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from rootguard.sandbox.dispatch import Answer, Call, operation
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.paging import InvalidTokenError, page
from rootguard.sandbox.state import state

_PAGE = 100


@dataclass
class ReportGroups:
    """An account's report groups in a Region, by ARN, as BatchGetReportGroups shows them."""

    by_arn: dict[str, dict[str, Any]] = field(default_factory=dict)


@operation("codebuild:CreateReportGroup")
def create_report_group(call: Call) -> Answer:
    """Create a report group."""
    asked, groups = call.parameters, state(ReportGroups, call.account_id, call.region).by_arn
    arn = f"arn:{call.partition}:codebuild:{call.region}:{call.account_id}:report-group/{asked['name']}"
    if arn in groups:
        raise AwsError("ResourceAlreadyExistsException", f"Report group already exists: {arn}")
    now = _now()
    groups[arn] = {**asked, "arn": arn, "status": "ACTIVE", "created": now, "lastModified": now}
    return {"reportGroup": groups[arn]}


@operation("codebuild:UpdateReportGroup")
def update_report_group(call: Call) -> Answer:
    """Change where a group exports to, or its tags."""
    groups = state(ReportGroups, call.account_id, call.region).by_arn
    arn = call.parameters["arn"]
    if arn not in groups:
        raise AwsError("ResourceNotFoundException", f"Report group does not exist: {arn}")
    groups[arn] |= {**call.parameters, "lastModified": _now()}
    return {"reportGroup": groups[arn]}


@operation("codebuild:DeleteReportGroup")
def delete_report_group(call: Call) -> Answer:
    """Delete a group; no build runs here, so there are no reports in it that would have to be deleted first."""
    state(ReportGroups, call.account_id, call.region).by_arn.pop(call.parameters["arn"], None)
    return {}


@operation("codebuild:BatchGetReportGroups")
def batch_get_report_groups(call: Call) -> Answer:
    """Show groups, and say which there are not."""
    groups, asked = state(ReportGroups, call.account_id, call.region).by_arn, call.parameters["reportGroupArns"]
    found = {"reportGroups": [groups[arn] for arn in asked if arn in groups]}
    missing = {"reportGroupsNotFound": [arn for arn in asked if arn not in groups]}
    return {name: each for name, each in (found | missing).items() if each}  # the model has no empty lists here


@operation("codebuild:ListReportGroups")
def list_report_groups(call: Call) -> Answer:
    """List the ARNs of the groups, by name."""
    arns = sorted(state(ReportGroups, call.account_id, call.region).by_arn)
    size = int(call.parameters.get("maxResults", _PAGE))
    try:
        shown, token = page(arns, lambda arn: (arn,), size, call.parameters.get("nextToken"))
    except InvalidTokenError:
        raise AwsError("InvalidInputException", "Invalid next token") from None
    listed: dict[str, Any] = {"reportGroups": list(shown)} if shown else {}
    return listed | ({"nextToken": token} if token else {})


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
