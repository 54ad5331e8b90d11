"""The root user can do everything in an account, and no policy of the account limits it.

A password alone is one leaked mailbox away from somebody else. A second factor stops a stolen password at the sign-in
page, so every root user that has a password or a key needs one. A root user without any credential cannot sign in, so
there is nothing for a second factor to protect: remove the credentials of member accounts centrally, and this rule no
longer applies to them.
"""

from rootguard.kit.missing_mfa import judge_missing_mfa
from rootguard.kit.readers.account_summary import AccountSummary, read_account_summary
from rootguard.kit.rule import Controls, Parameters, Rule, Severity
from rootguard.kit.runtime import handler
from rootguard.kit.verdict import Verdict, compliant

type Evidence = AccountSummary


def decide(evidence: Evidence, parameters: Parameters) -> Verdict:  # noqa: ARG001 - every rule's signature
    """Judge by the account summary alone, which is current; the credential report may be four hours old."""
    if evidence.mfa_enabled:
        return compliant("root has an MFA device")
    return judge_missing_mfa(evidence)


RULE = Rule(
    name="root-mfa-enabled",
    title="The root user has MFA wherever it has credentials",
    severity=Severity.CRITICAL,
    practice=1,
    controls=Controls(
        cis={"1.4.0": "1.5", "3.0.0": "1.5", "5.0.0": "1.4", "6.0.0": "2.4", "7.0.0": "2.5"},
        nist_800_53_r5=("AC-2(1)", "AC-3(15)", "IA-2(1)", "IA-2(2)", "IA-2(6)", "IA-2(8)"),
        pci_dss_4_0_1=("8.4.2",),
    ),
    remediation=(
        "Sign in as root, open Security credentials and assign an MFA device; a passkey or security key is best. "
        "In a member account, better remove the root credentials centrally (IAM console of the management account, "
        "Root access management)."
    ),
    actions=("iam:GetAccountSummary",),
    gather=lambda account, _: read_account_summary(account),
    decide=decide,
)

lambda_handler = handler(RULE)
