"""An audit in the AWS Security Finding Format: a JSON list with a finding a line.

Security Hub takes them as they are, and the functions of the deployed rules go on with the same findings, for their
ids are the same. It takes the findings of an account from that account only, whose ProductArn they have
(https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchImportFindings.html): with credentials of that
account that may do securityhub:BatchImportFindings, where Security Hub is on in the audit's home Region, 100 at a time
at most:

    jq '[.[] | select(.AwsAccountId == "111122223333")]' findings.json > one-account.json
    aws securityhub batch-import-findings --findings file://one-account.json

What is NOT_APPLICABLE makes no finding, and an account that was not looked into has none.
"""

from typing import TextIO

from rootguard.report.findings import findings, write_list
from rootguard.report.report import Report


def write(report: Report, out: TextIO) -> None:
    """Write the findings.

    Raises:
        RootguardError: A finding is not as Security Hub takes it, which is a bug of rootguard.
    """
    write_list((finding for _, finding in findings(report)), out)
