"""The root user's password opens everything in the account, and nothing that AWS shows says how good it is.

AWS itself asks for eight characters only, and the account's IAM password policy, which many checks look at, does not
apply to root. So a person who knows how the password was made says whether it is good enough, and AWS Config keeps the
answer: `rootguard attest root-password-policy-attested --account ACCOUNT_ID --compliant --note "..."`.

Until somebody has answered, AWS Config has no result for the account. An answer does not expire in AWS: `rootguard
status` lists those that are older than a year, and the accounts that have none. Answers belong to the rule in the
conformance pack and go when the pack is deleted; CloudTrail keeps who called PutExternalEvaluation.
"""

from rootguard.kit.remediation import DELETE_IN_ROOT_SESSION, Remediation
from rootguard.kit.rule import Controls, Severity
from rootguard.process_check import ProcessCheck

RULE = ProcessCheck(
    name="root-password-policy-attested",
    title="A person has verified that the root user's password is long, random and used for nothing else",
    severity=Severity.MEDIUM,
    practice=3,
    controls=Controls(),
    compliant_if=(
        "A password manager has made the password: at random, at least 20 characters long.",
        "It is used for nothing else, and no account shares it with another.",
        "It was changed when somebody who could read it left, and after it was used in an emergency.",
    ),
    not_applicable_if="Root has no password, as in member accounts whose root credentials were removed centrally.",
    remediation=Remediation(
        text=(
            "Sign in as root and set a random password of at least 20 characters from a password manager, then attest "
            "it with `rootguard attest`. In a member account, better remove the root credentials centrally."
        ),
        console=(
            "Sign in to the account as its root user.",
            "Open Security credentials from the account menu and set a password that a password manager has made.",
            "Attest it: on the rule's page in AWS Config, choose Edit compliance, or use the command.",
        ),
        commands=(
            "rootguard attest root-password-policy-attested --account ACCOUNT_ID --compliant --note NOTE",
            f"{DELETE_IN_ROOT_SESSION}  # or, for a member account, from the management account",
            "aws iam delete-login-profile  # with the credentials of that session; then attest --not-applicable",
        ),
        organization=(
            "Remove the root credentials of member accounts centrally; then only the management account's root has a "
            "password to attest."
        ),
    ),
)
