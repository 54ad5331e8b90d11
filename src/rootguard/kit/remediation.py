"""How an account becomes compliant."""

from dataclasses import dataclass

TEXT_LENGTH = 512
"""The longest Remediation.Recommendation.Text of a finding.

https://docs.aws.amazon.com/securityhub/latest/userguide/asff-top-level-attributes.html
"""

DELETE_IN_ROOT_SESSION = (
    "aws sts assume-root --target-principal ACCOUNT_ID --duration-seconds 900 --region REGION "
    "--task-policy-arn arn=arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials"
)
"""Opens, from the management account, a session in which a member's root credentials can be deleted.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoot.html
"""


@dataclass(frozen=True, slots=True)
class Remediation:
    """What to do about a NON_COMPLIANT account.

    Attributes:
        text: In short, 1 to 512 characters; findings show it.
        console: Steps in the AWS console, imperative sentences.
        commands: For a shell with the aws CLI; what the reader must fill in is in capitals.
        organization: How to do it for all accounts at once.

    Raises:
        ValueError: The text does not fit into a finding, or a way is missing.
    """

    text: str
    console: tuple[str, ...]
    commands: tuple[str, ...]
    organization: str

    def __post_init__(self) -> None:
        if not 1 <= len(self.text) <= TEXT_LENGTH:
            raise ValueError(f"a remediation's text has 1 to {TEXT_LENGTH} characters, not {len(self.text)}")
        if not (self.console and self.commands and self.organization):
            raise ValueError(f"a remediation says what to do in the console, by commands and everywhere: {self.text}")
