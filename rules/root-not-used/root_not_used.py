"""Every use of root is a use without limits; a root user of daily life will one day be the mistake or the break-in.

The credential report dates the last sign-in with root's password and the last request signed with each of its two
access keys. Each of the three is judged: an old sign-in does not excuse a key used today, nor one key the other. A key
counts whether or not it is still active. A date that the report does not give matters only where the account summary
says that the credential is there and no other use decides; then the rule ends in an error, not in a verdict. A root
user without any credential cannot be used; what it did with earlier ones went with them.

The report may be four hours old and speaks up to that time, which the reason says. A sign-in is dated when it happens,
but its session (`aws login` has one as well) can go on for half a day. Sessions that the management account opens with
sts:AssumeRoot sign in nowhere and have keys of their own, so by AWS's description of the report they do not count;
CloudTrail shows them, in the member as root. No report dates the use of a signing certificate; the certificate itself
fails root-no-signing-certificates.

AllowedUses states windows in which an account's root may be used, for a test of the emergency access. The report keeps
only the last use of each credential, so a use inside a window hides earlier ones outside it: the reason says so, and an
alarm (root-alarm-present) is what sees them all. A window says nothing any more once it lies MaxDaysSinceLastUse back;
take it out then, for a rule has room for about eighteen.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from rootguard.kit.account import Account
from rootguard.kit.allowed_uses import ALLOWED_USES_PATTERN, Window, allowed_windows
from rootguard.kit.errors import EvidenceUnavailable, attempt
from rootguard.kit.readers.account_summary import AccountSummary, read_account_summary
from rootguard.kit.readers.credential_report import Credential, CredentialReport, LastUse, read_credential_report
from rootguard.kit.remediation import DELETE_IN_ROOT_SESSION, Remediation
from rootguard.kit.rule import Controls, Parameter, Parameters, Rule, Severity
from rootguard.kit.runtime import handler
from rootguard.kit.verdict import Verdict, compliant, non_compliant, not_applicable

NEVER_USED = compliant("root's password and access keys were never used, as far as AWS knows (as of {time})")
NOT_LATELY = compliant("root was not used within {period}; its last use: {use} (as of {time})")
ALLOWED = compliant("root was used as allowed: {use} in {window}{more}; earlier uses are not visible (as of {time})")
NO_CREDENTIALS = not_applicable(
    "root has no password, access key or signing certificate; uses of earlier ones are not judged"
)
USED = non_compliant("root was used within {period}: {uses} (as of {time})")


@dataclass(frozen=True, slots=True)
class Evidence:
    """The summary, the account's windows, when it was asked, and the report where root has a credential."""

    summary: AccountSummary
    windows: tuple[Window, ...]
    observed: datetime
    report: CredentialReport | None = None


def gather(account: Account, parameters: Parameters) -> Evidence:
    """Ask for the report only where there is a credential to use."""
    windows = allowed_windows(parameters["AllowedUses"], account.id)
    summary = read_account_summary(account)
    report = read_credential_report(account) if summary.known_credentials else None
    return Evidence(summary, windows, datetime.now(UTC), report)


def decide(evidence: Evidence, parameters: Parameters) -> Verdict:
    """One use that is neither old nor allowed is enough to fail, whatever is unknown of the others."""
    report = evidence.report
    if report is None:
        return NO_CREDENTIALS()
    report.require_recent(evidence.observed)
    days = int(parameters["MaxDaysSinceLastUse"])
    found = tuple(_last_use(evidence.summary, report, each) for each in Credential)
    uses = sorted((each for each in found if isinstance(each, LastUse)), key=lambda use: use.date, reverse=True)
    lately = [use for use in uses if use.date >= evidence.observed - timedelta(days=days)]
    period, time = f"{days} day{'s' * (days > 1)}", f"{report.generated:%Y-%m-%d %H:%M} UTC"
    if failing := [use for use in lately if _window(use, evidence.windows) is None]:
        return USED(period=period, uses="; ".join(map(str, failing)), time=time)
    for unseen in found:
        if isinstance(unseen, EvidenceUnavailable):
            raise unseen
    if lately:
        more = f" and {len(lately) - 1} more" if len(lately) > 1 else ""
        return ALLOWED(use=lately[0], window=_window(lately[0], evidence.windows), more=more, time=time)
    return NOT_LATELY(period=period, use=uses[0], time=time) if uses else NEVER_USED(time=time)


def _last_use(
    summary: AccountSummary, report: CredentialReport, credential: Credential
) -> LastUse | EvidenceUnavailable | None:
    use = attempt(lambda: report.last_use(credential))
    if not isinstance(use, EvidenceUnavailable):
        return use
    present = summary.password_present if credential is Credential.PASSWORD else summary.access_keys_present
    return use if present else None


def _window(use: LastUse, windows: tuple[Window, ...]) -> Window | None:
    return next((window for window in windows if use.date in window), None)


RULE = Rule(
    name="root-not-used",
    title="The root user has not been used lately, except in stated windows",
    finding_title="The root user was used lately, outside any stated window",
    severity=Severity.HIGH,
    practice=2,
    controls=Controls(cis={"1.4.0": "1.7", "3.0.0": "1.7", "5.0.0": "1.6", "6.0.0": "2.6", "7.0.0": "2.7"}),
    remediation=Remediation(
        text=(
            "Find in CloudTrail what root did (userIdentity.type Root) and who it was; if nobody knows, treat it as a "
            "break-in. Do such work with a role from now on. The account is compliant again when the last use is old "
            "enough; state a planned use in AllowedUses before it happens."
        ),
        console=(
            "In CloudTrail's event history, look up the user name root; sign-ins in us-east-1, us-east-2, us-west-2.",
            "Give whoever worked as root a role with what the work needs.",
            "If root's access key was used, replace the key by a role and delete it.",
        ),
        commands=(
            "aws cloudtrail lookup-events --lookup-attributes AttributeKey=Username,AttributeValue=root  # per Region",
            f"{DELETE_IN_ROOT_SESSION}  # if a member's root is not needed",
            "aws iam delete-login-profile  # with the credentials of that session",
        ),
        organization=(
            "Remove the root credentials of member accounts centrally and do root's tasks there in root sessions of "
            "the management account; a service control policy that denies root stops the rest."
        ),
    ),
    outcomes=(NEVER_USED, NOT_LATELY, ALLOWED, NO_CREDENTIALS, USED),
    actions=("iam:GenerateCredentialReport", "iam:GetAccountSummary", "iam:GetCredentialReport"),
    gather=gather,
    decide=decide,
    own_parameters=(
        Parameter(
            "MaxDaysSinceLastUse",
            "Days that must have passed since root's last use, 1 to 999",
            r"[1-9][0-9]{0,2}",
            "30",
        ),
        Parameter(
            "AllowedUses",
            "Windows (UTC, at most 7 days each) in which an account's root may be used: "
            "123456789012:2026-11-20T08:00Z/2026-11-20T12:00Z,…",
            ALLOWED_USES_PATTERN,
        ),
    ),
)

lambda_handler = handler(RULE)
