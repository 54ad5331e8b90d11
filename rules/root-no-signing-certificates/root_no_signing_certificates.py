"""A signing certificate is the older kind of access key: a private key that signs requests as root, from anywhere.

A few older services check such signatures and nothing needs root's, so one that is there was probably forgotten, and
with it who holds the private key. Tools that look at access keys pass it by. The account summary counts active and
inactive certificates alike, and both fail: an inactive one is one click from active. The summary is current as well;
the credential report is not, and knows active certificates only. Nowhere does AWS say when a certificate was last used.
"""

from rootguard.kit.account import Account
from rootguard.kit.readers.account_summary import AccountSummary, read_account_summary
from rootguard.kit.remediation import DELETE_IN_ROOT_SESSION, Remediation
from rootguard.kit.rule import Controls, Parameters, Rule, Severity
from rootguard.kit.runtime import handler
from rootguard.kit.verdict import Verdict, compliant, non_compliant

type Evidence = AccountSummary

NO_CERTIFICATE = compliant("root has no signing certificate")
HAS_CERTIFICATE = non_compliant("root has a signing certificate, active or inactive")


def gather(account: Account, parameters: Parameters) -> Evidence:  # noqa: ARG001 - every rule's signature
    """Ask for the account summary."""
    return read_account_summary(account)


def decide(evidence: Evidence, parameters: Parameters) -> Verdict:  # noqa: ARG001 - every rule's signature
    """Any certificate fails, active or not."""
    return HAS_CERTIFICATE() if evidence.signing_certificates_present else NO_CERTIFICATE()


RULE = Rule(
    name="root-no-signing-certificates",
    title="The root user has no signing certificates, active or inactive",
    finding_title="The root user has signing certificates",
    severity=Severity.HIGH,
    practice=5,
    controls=Controls(),
    remediation=Remediation(
        text=(
            "Sign in as root, open Security credentials and delete every X.509 signing certificate; deactivating is "
            "not enough. In a member account, delete the root credentials centrally. If somebody else may hold the "
            "private key, look in CloudTrail for what root did."
        ),
        console=(
            "Sign in to the account as its root user and open Security credentials from the account menu.",
            "Under X.509 signing certificates, deactivate it; when nothing has failed for a day, delete it.",
        ),
        commands=(
            DELETE_IN_ROOT_SESSION,
            "aws iam list-signing-certificates  # with the credentials of that session",
            "aws iam delete-signing-certificate --certificate-id CERTIFICATE_ID",
        ),
        organization=(
            "Under Root access management in the IAM console of the management account, delete the root credentials of "
            "the member accounts; that deletes signing certificates as well."
        ),
    ),
    outcomes=(NO_CERTIFICATE, HAS_CERTIFICATE),
    actions=("iam:GetAccountSummary",),
    gather=gather,
    decide=decide,
)

lambda_handler = handler(RULE)
