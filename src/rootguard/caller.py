"""Who runs a command, as AWS sees it."""

import re
from dataclasses import dataclass

from rootguard.errors import RootguardError

_ARN = re.compile(r"arn:(?P<partition>[\w-]+):(?:iam|sts)::\d{12}:.+")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who the credentials belong to, by GetCallerIdentity.

    Attributes:
        account_id: Twelve digits.
        arn: Of the user, the role's session or the root user.
        partition: `aws`, `aws-us-gov`, `aws-cn`.
    """

    account_id: str
    arn: str
    partition: str

    @property
    def is_root(self) -> bool:
        """Whether it is the account's root user."""
        return self.arn.endswith(":root")

    @classmethod
    def parse(cls, account_id: str, arn: str) -> "Caller":
        """What GetCallerIdentity answers.

        Raises:
            RootguardError: What answered is not AWS.
        """
        match = _ARN.fullmatch(arn)
        if match is None:
            raise RootguardError(f"AWS says that the caller is {arn!r}, which is no user or role")
        return cls(account_id, arn, match["partition"])
