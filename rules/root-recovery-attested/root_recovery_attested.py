"""Whoever reads the mail of the root user's address can set a new root password; whoever cannot may lose the account.

AWS shows neither who reads a mailbox, nor whose telephone rings, nor where a spare MFA device lies. So a person who has
seen to all of it says so, and AWS Config keeps the answer:
`rootguard attest root-recovery-attested --account ACCOUNT_ID --compliant --note "..."`. The note is the place for what
an auditor will ask: the date of the last drill, the number of the envelope, the ticket.

Until somebody has answered, AWS Config has no result for the account. An answer does not expire in AWS: `rootguard
status` lists those that are older than a year, and the accounts that have none. Answers belong to the rule in the
conformance pack and go when the pack is deleted; CloudTrail keeps who called PutExternalEvaluation. Whether AWS has
somebody to warn is another question, and root-security-contact answers it.
"""

from rootguard.kit.remediation import DELETE_IN_ROOT_SESSION, Remediation
from rootguard.kit.rule import Controls, Severity
from rootguard.process_check import ProcessCheck

RULE = ProcessCheck(
    name="root-recovery-attested",
    title="A person has verified that what recovers the root user is current, shared and locked away",
    severity=Severity.MEDIUM,
    practice=4,
    controls=Controls(cis={"1.4.0": "1.1", "3.0.0": "1.1", "5.0.0": "1.1", "6.0.0": "2.1", "7.0.0": "2.2"}),
    compliant_if=(
        "The root user's e-mail address is in a domain of the organization; two people or more can read its mail.",
        "Whoever reads that mail signs in with a second factor.",
        "The telephone number of the account's contact reaches the organization, not one person's pocket.",
        "The password and a spare MFA device are in a vault or safe that shows who opened it.",
        "Somebody has walked through the recovery, or through its records, within the last year.",
    ),
    not_applicable_if=(
        "Root has no credentials and the organization manages root access of its members centrally: then it is the "
        "management account that lets a member recover them."
    ),
    remediation=Remediation(
        text=(
            "Point the root user's e-mail address and the contact's telephone number at the organization, lock away "
            "password and spare MFA device, rehearse the recovery, then attest it with `rootguard attest`."
        ),
        console=(
            "Sign in to the account as its root user and open Account from the account menu.",
            "Change the e-mail address to a group's mailbox, and the contact's telephone number to the organization's.",
            "Register a second MFA device under Security credentials and lock it away together with the password.",
            "Attest it: on the rule's page in AWS Config, choose Edit compliance, or use the command.",
        ),
        commands=(
            "rootguard attest root-recovery-attested --account ACCOUNT_ID --compliant --note NOTE",
            f"{DELETE_IN_ROOT_SESSION}  # or, for a member account, from the management account",
            "aws iam delete-login-profile  # with the credentials of that session; then attest --not-applicable",
        ),
        organization=(
            "Change the addresses of member accounts centrally with account:StartPrimaryEmailUpdate, or remove their "
            "root credentials, so that only the management account's recovery is left to see to."
        ),
    ),
)
