"""The root user can do everything in an account, and no policy of the account limits it.

A password alone is one leaked mailbox away from somebody else; a second factor stops a stolen one at the sign-in page.
So every root user that has a password, an access key or a signing certificate needs a device, of whatever kind. The
account summary decides alone: it is current, where the credential report may be four hours old.

A root user without any credential cannot sign in, so there is nothing for a second factor to protect: remove the
credentials of member accounts centrally, and this rule no longer applies to them.
"""

from rootguard.kit.missing_mfa import NO_DEVICE, NOTHING_TO_PROTECT, judge_missing_mfa
from rootguard.kit.readers.account_summary import AccountSummary, read_account_summary
from rootguard.kit.remediation import DELETE_IN_ROOT_SESSION, Remediation
from rootguard.kit.rule import Controls, Parameters, Rule, Severity
from rootguard.kit.runtime import handler
from rootguard.kit.verdict import Verdict, compliant

type Evidence = AccountSummary

HAS_DEVICE = compliant("root has an MFA device")


def decide(evidence: Evidence, parameters: Parameters) -> Verdict:  # noqa: ARG001 - every rule's signature
    """Judge by the account summary alone, which is current; the credential report may be four hours old."""
    if evidence.mfa_enabled:
        return HAS_DEVICE()
    return judge_missing_mfa(evidence)


RULE = Rule(
    name="root-mfa-enabled",
    title="The root user has MFA wherever it has credentials",
    finding_title="The root user has credentials but no MFA device",
    severity=Severity.CRITICAL,
    practice=1,
    controls=Controls(
        cis={"1.4.0": "1.5", "3.0.0": "1.5", "5.0.0": "1.4", "6.0.0": "2.4", "7.0.0": "2.5"},
        nist_800_53_r5=("AC-2(1)", "AC-3(15)", "IA-2(1)", "IA-2(2)", "IA-2(6)", "IA-2(8)"),
        pci_dss_4_0_1=("8.4.2",),
    ),
    remediation=Remediation(
        text=(
            "Sign in as root, open Security credentials and assign an MFA device; a passkey or security key is best. "
            "In a member account, better remove the root credentials centrally (IAM console of the management account, "
            "Root access management)."
        ),
        console=(
            "Sign in to the account as its root user.",
            "Open Security credentials from the account menu and choose Assign MFA device.",
            "Choose a passkey or security key, and register a second device for the day on which the first is lost.",
        ),
        commands=(
            "aws iam enable-organizations-root-credentials-management  # in the management account, once",
            DELETE_IN_ROOT_SESSION,
            "aws iam delete-login-profile  # with the credentials of that session: nothing is left to protect",
        ),
        organization=(
            "Remove the root credentials of member accounts centrally, and only the management account's root needs "
            "a device."
        ),
    ),
    outcomes=(HAS_DEVICE, NOTHING_TO_PROTECT, NO_DEVICE),
    actions=("iam:GetAccountSummary",),
    gather=lambda account, _: read_account_summary(account),
    decide=decide,
)

lambda_handler = handler(RULE)
