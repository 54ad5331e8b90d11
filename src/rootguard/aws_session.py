"""The way to AWS of the commands that work with an account or an organization: a boto3 session, and who one is."""

import functools
from typing import Any

import boto3
from botocore.exceptions import NoRegionError

from rootguard.aws_core import MODELS, core_session, region_variable
from rootguard.aws_errors import AwsRefusedError, code_of, explained, explanation, readable
from rootguard.caller import Caller
from rootguard.kit.account import Account
from rootguard.kit.connection import SessionConnection

__all__ = ["AwsRefusedError", "AwsSession", "Caller", "code_of", "explained", "explanation", "open_session"]

_SESSION_NAME = "rootguard"


class AwsSession(boto3.Session):
    """A boto3 session whose clients retry within bounds and say who they are; it goes wherever a boto3 session goes."""

    @property
    def region(self) -> str:
        """The home Region.

        Raises:
            NoRegionError: None is configured; `explained` says what to do.
        """
        if not self.region_name:
            raise NoRegionError
        return self.region_name

    @functools.cached_property
    def caller(self) -> Caller:
        """Who this is; asked once.

        Raises:
            RootguardError: What answered is not AWS.
        """
        sts = self._sts
        with readable():
            answer = sts.get_caller_identity()
            return Caller.parse(answer["Account"], answer["Arn"])

    @property
    def account(self) -> Account:
        """The caller's account as the kit's readers see it."""
        return Account(self.caller.account_id, self.caller.partition, self.region, SessionConnection(self))

    @functools.cached_property
    def _sts(self) -> Any:  # noqa: ANN401 - boto3's clients have no type of their own
        return self.client("sts")

    @property
    def dns_suffix(self) -> str:
        """What the names of the Region's endpoints end in, `amazonaws.com`."""
        partition = self.get_partition_for_region(self.region)
        outputs = {each["id"]: each["outputs"] for each in MODELS.load_data("partitions")["partitions"]}
        return str(outputs[partition]["dnsSuffix"])

    def assuming(self, role_arn: str, session_name: str = _SESSION_NAME) -> "AwsSession":
        """A session of a role, for an hour; many threads may ask at once, after `caller` was asked for.

        Args:
            role_arn: The role's ARN, usually in another account.
            session_name: What CloudTrail shows.

        Raises:
            ClientError: The role cannot be assumed.
        """
        answer = self._sts.assume_role(RoleArn=role_arn, RoleSessionName=session_name)
        keys = answer["Credentials"]
        return AwsSession(
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
            region_name=self.region,
            botocore_session=core_session(None),
        )


def open_session(profile: str | None = None, region: str | None = None) -> AwsSession:
    """A session as the command line asks for it; no call is made yet.

    Args:
        profile: --profile; None for AWS_PROFILE, else the environment's or the default credentials.
        region: --region; None for AWS_REGION, AWS_DEFAULT_REGION or the profile's.

    Raises:
        AwsRefusedError: The profile or the Region is unknown, or the configuration cannot be read.
    """
    with explained():
        session = AwsSession(botocore_session=core_session(profile), region_name=region or region_variable())
        session.client("sts", region_name=session.region)  # reads the configuration; refuses what is malformed
        return session
