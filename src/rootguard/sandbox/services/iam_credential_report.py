"""GenerateCredentialReport and GetCredentialReport: one report per account, reused for four hours."""

from typing import Any

from rootguard.sandbox.credential_report import credential_report
from rootguard.sandbox.dispatch import Call, operation
from rootguard.sandbox.errors import AwsError

_UNKNOWN = "Unknown"  # all that AWS says in these errors


@operation("iam:GenerateCredentialReport")
def generate_credential_report(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateCredentialReport.html.

    STARTED, then INPROGRESS while it takes, then COMPLETE; a report of the past four hours is COMPLETE at once.
    """
    kept = credential_report(call.account_id)
    if kept.in_progress():
        return {"State": "INPROGRESS"}
    if kept.report is not None and not kept.report.expired:
        return {"State": "COMPLETE"}
    kept.start(call.account_id, call.partition)
    return {"State": "STARTED", "Description": "No report exists. Starting a new report generation task"}


@operation("iam:GetCredentialReport")
def get_credential_report(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetCredentialReport.html.

    Raises:
        AwsError: ReportNotPresent, ReportInProgress, or ReportExpired after four hours.
    """
    kept = credential_report(call.account_id)
    if kept.report is None:
        raise AwsError("ReportNotPresent", _UNKNOWN)
    if kept.in_progress():
        raise AwsError("ReportInProgress", _UNKNOWN)
    if kept.report.expired:
        raise AwsError("ReportExpired", _UNKNOWN)
    return {
        "Content": kept.report.content.encode(),
        "ReportFormat": "text/csv",
        "GeneratedTime": kept.report.generated,
    }
