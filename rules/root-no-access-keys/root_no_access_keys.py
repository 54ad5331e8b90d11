"""A root access key opens the whole account to whoever finds it, from anywhere, without a second factor.

Nothing needs one: what only root can do is done in the console or in a root session of the management account. An
inactive key is one click from active and counts as well. The account summary tells that a key exists; the credential
report, where it can be had, adds which slot is active and when it last signed a request.
"""

from dataclasses import dataclass

from rootguard.kit.account import Account
from rootguard.kit.errors import EvidenceUnavailable, attempt
from rootguard.kit.readers.account_summary import AccountSummary, read_account_summary
from rootguard.kit.readers.credential_report import AccessKey, CredentialReport, read_credential_report
from rootguard.kit.remediation import DELETE_IN_ROOT_SESSION, Remediation
from rootguard.kit.rule import Controls, Parameters, Rule, Severity
from rootguard.kit.runtime import handler
from rootguard.kit.verdict import Verdict, compliant, non_compliant, shortened

NO_KEY = compliant("root has no access key")
HAS_KEY = non_compliant("root has an access key; {detail}")


@dataclass(frozen=True, slots=True)
class Evidence:
    """The account summary decides; the report, or why there is none, adds detail."""

    summary: AccountSummary
    report: CredentialReport | EvidenceUnavailable | None = None


def gather(account: Account, parameters: Parameters) -> Evidence:  # noqa: ARG001 - every rule's signature
    """Ask for the report only where there is a key to tell about."""
    summary = read_account_summary(account)
    if not summary.access_keys_present:
        return Evidence(summary)
    return Evidence(summary, attempt(lambda: read_credential_report(account)))


def decide(evidence: Evidence, parameters: Parameters) -> Verdict:  # noqa: ARG001 - every rule's signature
    """Any key fails, active or not."""
    if not evidence.summary.access_keys_present:
        return NO_KEY()
    return HAS_KEY(detail=_detail(evidence.report))


def _detail(report: CredentialReport | EvidenceUnavailable | None) -> str:
    try:
        if isinstance(report, CredentialReport):
            known = filter(None, map(_described, report.access_keys))
            source = f"(credential report of {report.generated:%Y-%m-%d %H:%M} UTC)"
            return f"{'; '.join(known) or 'none is active'} {source}"
    except EvidenceUnavailable as unavailable:
        report = unavailable
    return f"active or last used is not known: {shortened(str(report), 180)}"


def _described(key: AccessKey) -> str:
    """What the report knows of a slot; it does not tell an inactive key that was never used from an empty slot."""
    used = f"last used {shortened(key.last_used, 32)}" if key.last_used else "never used"
    if key.active:
        return f"key {key.slot} is active, {used}"
    return f"key {key.slot} is inactive, {used}" if key.last_used else ""


RULE = Rule(
    name="root-no-access-keys",
    title="The root user has no access keys, active or inactive",
    finding_title="The root user has access keys",
    severity=Severity.CRITICAL,
    practice=5,
    controls=Controls(
        cis={"1.4.0": "1.4", "3.0.0": "1.4", "5.0.0": "1.3", "6.0.0": "2.3", "7.0.0": "2.4"},
        fsbp=("IAM.4",),
        nist_800_53_r5=("AC-2(1)", "AC-3(15)", "AC-3(7)", "AC-6", "AC-6(10)", "AC-6(2)"),
    ),
    remediation=Remediation(
        text=(
            "Find what uses the key (its last use is in the reason and in CloudTrail) and give that an IAM role. Then "
            "sign in as root, open Security credentials and delete the key; deactivating is not enough. In a member "
            "account, delete the root credentials centrally."
        ),
        console=(
            "In CloudTrail's event history, look the key's id up under AWS access key, and give what uses it a role.",
            "Sign in to the account as its root user and open Security credentials from the account menu.",
            "Under Access keys, deactivate the key; when nothing has failed for a day, delete it.",
        ),
        commands=(
            DELETE_IN_ROOT_SESSION,
            "aws iam list-access-keys  # with the credentials of that session",
            "aws iam delete-access-key --access-key-id KEY_ID",
        ),
        organization=(
            "Under Root access management in the IAM console of the management account, delete the root credentials of "
            "the member accounts; a service control policy that denies root stops what is left from being used."
        ),
    ),
    outcomes=(NO_KEY, HAS_KEY),
    actions=("iam:GenerateCredentialReport", "iam:GetAccountSummary", "iam:GetCredentialReport"),
    gather=gather,
    decide=decide,
)

lambda_handler = handler(RULE)
