"""The root user's credentials as the account summary counts them.

`iam:GetAccountSummary` is the freshest source: the credential report may be four hours old. Its keys AccountMFAEnabled,
AccountPasswordPresent, AccountAccessKeysPresent and AccountSigningCertificatesPresent are the root user's alone
(https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html); inactive access keys count.
"""

from dataclasses import dataclass

from rootguard.kit.account import Account, Answer

_ACTION = "iam:GetAccountSummary"
_CREDENTIALS = {
    "AccountPasswordPresent": "a password",
    "AccountAccessKeysPresent": "access keys",
    "AccountSigningCertificatesPresent": "signing certificates",
}


@dataclass(frozen=True, slots=True)
class AccountSummary:
    """What the summary says of the root user. A key that it lacks is unknown, never 0.

    Each property raises EvidenceUnavailable when a key is missing that would decide it.
    """

    answer: Answer

    @property
    def mfa_enabled(self) -> bool:
        """Whether root has at least one MFA device of any kind."""
        return self._counts("AccountMFAEnabled")

    @property
    def password_present(self) -> bool:
        """Whether root can sign in to the console."""
        return self._counts("AccountPasswordPresent")

    @property
    def access_keys_present(self) -> bool:
        """Whether root has an access key, active or not. AWS says whether, not how many."""
        return self._counts("AccountAccessKeysPresent")

    @property
    def signing_certificates_present(self) -> bool:
        """Whether root has a signing certificate, active or not."""
        return self._counts("AccountSigningCertificatesPresent")

    @property
    def known_credentials(self) -> tuple[str, ...]:
        """Which credentials root is known to have, in words; empty when it is known to have none.

        One that is known to be there is enough to say that there are some; that there are none needs all three facts.
        """
        present = tuple(words for key, words in _CREDENTIALS.items() if key in self.answer and self._counts(key))
        if not present:
            for key in _CREDENTIALS:
                self._counts(key)
        return present

    def _counts(self, key: str) -> bool:
        return self.answer.number(key) > 0


def read_account_summary(account: Account) -> AccountSummary:
    """Read the account summary (iam:GetAccountSummary).

    Raises:
        EvidenceUnavailable: The call failed, or answered without a SummaryMap.
    """
    return AccountSummary(account.call(_ACTION).structure("SummaryMap"))
