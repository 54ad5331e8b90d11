"""When AWS sees that an account is abused, it writes to the root user's address and to the account's security contact.

The root user's address is often a mailbox that nobody reads, and it may be the one that was taken over. The security
contact is the second way to whoever can act. AWS checks little of it: a name of blanks, a phone number of dashes and an
address at example.com are all taken, and AWS's own managed rule (security-account-information-provided) asks only that
there is one.

The rule passes one whose name is a name, whose e-mail address is on a domain that somebody can own and, where
AllowedEmailDomains says which, on one of those, and whose phone number has at least seven digits, not all the same.
Blanks around a value do not count. A listed domain does not include its subdomains, which others often run: list them
too. The contact's title is not judged. Whether anybody reads the mail, AWS cannot show; reasons name the e-mail's
domain and nothing else of the contact, because many people read them.

AWS offers Account Management in its commercial Regions and in China. In AWS GovCloud (US) there is nothing to ask, so
the rule ends in an error there: leave it out.
"""

from rootguard.kit.contact_faults import CONTACT_FAULTS, email_fault, name_fault, phone_fault, shown_domain
from rootguard.kit.errors import EvidenceUnavailable, attempt
from rootguard.kit.readers.alternate_contact import AlternateContact, read_security_contact
from rootguard.kit.remediation import Remediation
from rootguard.kit.rule import Controls, Parameter, Parameters, Rule, Severity
from rootguard.kit.runtime import handler
from rootguard.kit.verdict import Verdict, compliant, non_compliant

type Evidence = AlternateContact | None

PROVIDED = compliant("a security contact with name, e-mail address (on {domain}) and phone number is set")
NOT_SET = non_compliant("no security contact is set")
UNUSABLE = non_compliant("the security contact is of no use: {faults}", *CONTACT_FAULTS)


def decide(evidence: Evidence, parameters: Parameters) -> Verdict:
    """One known fault is enough to fail; a contact without fault takes all three members."""
    if evidence is None:
        return NOT_SET()
    allowed = [domain.strip().lower() for domain in parameters["AllowedEmailDomains"].split(",") if domain]
    found = (
        attempt(lambda: name_fault(evidence.name)),
        attempt(lambda: email_fault(evidence.email_address, allowed)),
        attempt(lambda: phone_fault(evidence.phone_number)),
    )
    if faults := "; ".join(fault for fault in found if fault and not isinstance(fault, EvidenceUnavailable)):
        return UNUSABLE(faults=faults)
    for unavailable in found:
        if isinstance(unavailable, EvidenceUnavailable):
            raise unavailable
    return PROVIDED(domain=shown_domain(evidence.email_address))


RULE = Rule(
    name="root-security-contact",
    title="The account has a security contact that AWS can reach",
    finding_title="AWS cannot reach a security contact of this account",
    severity=Severity.MEDIUM,
    practice=4,
    controls=Controls(
        cis={"1.4.0": "1.2", "3.0.0": "1.2", "5.0.0": "1.2", "6.0.0": "2.2", "7.0.0": "2.3"},
        fsbp=("Account.1",),
        nist_800_53_r5=("CM-2", "CM-2(2)"),
    ),
    remediation=Remediation(
        text=(
            "On the account's Account page, under Alternate contacts, enter a security contact: a team, its mailing "
            "list on a domain of your own, and a phone number that is answered. For a member account it can be done "
            "in the management account, in AWS Organizations, under the account's Contact info."
        ),
        console=(
            "Sign in to the account, choose Account from the account menu and scroll to Alternate contacts.",
            "Choose Edit and enter the name, title, e-mail address and phone number of the security contact.",
            "Write to the address yourself, and see that it arrives.",
        ),
        commands=(
            (
                "aws account put-alternate-contact --alternate-contact-type SECURITY --name NAME --title TITLE "
                "--email-address EMAIL --phone-number PHONE"
            ),
        ),
        organization=(
            "In the management account, enable trusted access for account.amazonaws.com, then run the command with "
            "--account-id for every member; for the management account itself without."
        ),
    ),
    outcomes=(PROVIDED, NOT_SET, UNUSABLE),
    actions=("account:GetAlternateContact",),
    gather=lambda account, _: read_security_contact(account),
    decide=decide,
    own_parameters=(
        Parameter(
            "AllowedEmailDomains",
            "Domains that the contact's e-mail address may be on, each without its subdomains: anycompany.com,…",
            r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(\s*,\s*[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+)*",
        ),
    ),
)

lambda_handler = handler(RULE)
