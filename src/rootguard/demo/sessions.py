"""What the commands work with in the demo: a session that stays within the sandbox, in other accounts as well."""

from rootguard.aws_session import AwsSession
from rootguard.sandbox.credentials import Keys, operator
from rootguard.sandbox.server import Sandbox, core_at

_SESSION_NAME = "rootguard"


class SandboxSession(AwsSession):
    """As `open_session` would give it if the environment named the sandbox."""

    def __init__(self, sandbox: Sandbox, keys: Keys) -> None:
        super().__init__(
            aws_access_key_id=keys.access_key_id,
            aws_secret_access_key=keys.secret_access_key,
            aws_session_token=keys.session_token,
            region_name=sandbox.region,
            botocore_session=core_at(sandbox.endpoint_url),
        )
        self._sandbox = sandbox

    def assuming(self, role_arn: str, session_name: str = _SESSION_NAME) -> AwsSession:
        """A session of a role, whose clients go to the sandbox, too."""
        answer = self._sts.assume_role(RoleArn=role_arn, RoleSessionName=session_name)["Credentials"]
        keys = Keys(answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"])
        return SandboxSession(self._sandbox, keys)


def management_session(sandbox: Sandbox) -> AwsSession:
    """The management account's administrator."""
    return SandboxSession(sandbox, operator(sandbox.management_account_id))
