"""The person or team that AWS writes to about an account's security, beside the root user's own address."""

from dataclasses import dataclass

from rootguard.kit.account import Account, Answer
from rootguard.kit.errors import EvidenceUnavailable

_ACTION = "account:GetAlternateContact"
_NOT_SET = "ResourceNotFoundException"


@dataclass(frozen=True, slots=True)
class AlternateContact:
    """An alternate contact, without the white space around its members, which AWS keeps.

    AWS holds them against patterns and lengths only (API model account): a name may be all blanks, a phone number all
    dashes, and the domain of an e-mail address may have empty labels. Each property raises EvidenceUnavailable when
    the member is missing.
    """

    answer: Answer

    @property
    def name(self) -> str:
        """Of a person or a team."""
        return self.answer.text("Name").strip()

    @property
    def email_address(self) -> str:
        """Where AWS writes to."""
        return self.answer.text("EmailAddress").strip()

    @property
    def phone_number(self) -> str:
        """Digits, blanks and `+-()`, in any form."""
        return self.answer.text("PhoneNumber").strip()


def read_security_contact(account: Account) -> AlternateContact | None:
    """The account's own SECURITY contact, None where none is set (account:GetAlternateContact).

    The account is not named in the call: an account that asks about itself must not say its id, the management account
    included (https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-api-modes-of-operation.html).

    Raises:
        EvidenceUnavailable: The call failed otherwise than for want of the contact.
    """
    try:
        answer = account.call(_ACTION, AlternateContactType="SECURITY")
    except EvidenceUnavailable as error:
        if error.code == _NOT_SET:
            return None
        raise
    return AlternateContact(answer.structure("AlternateContact"))
