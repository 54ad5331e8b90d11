"""What it means that root has no MFA device: the same for every rule about MFA."""

from rootguard.kit.readers.account_summary import AccountSummary
from rootguard.kit.verdict import Verdict, non_compliant, not_applicable

NOTHING_TO_PROTECT = not_applicable(
    "root has no password, access key or signing certificate, so there is nothing to protect"
)
NO_DEVICE = non_compliant("root has {credentials} but no MFA device")


def judge_missing_mfa(summary: AccountSummary) -> Verdict:
    """Judge a root user without MFA: NOT_APPLICABLE where there is nothing to protect, as AWS's managed rules answer.

    https://docs.aws.amazon.com/config/latest/developerguide/root-account-mfa-enabled.html

    Raises:
        EvidenceUnavailable: No credential is known to be there, and the summary does not say of each that it is not.
    """
    if not summary.known_credentials:
        return NOTHING_TO_PROTECT()
    return NO_DEVICE(credentials=" and ".join(summary.known_credentials))
