"""The way to AWS of every command that needs an account: credentials, Region, retries, and who one is.

Credentials and Region are found as the AWS CLI finds them (profile, SSO, environment, AWS_ENDPOINT_URL); see
https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html.
"""

import functools
import os
import re
from dataclasses import dataclass
from typing import Any, cast

import boto3
import botocore.loaders
import botocore.session
from botocore.config import Config
from botocore.exceptions import NoRegionError
from botocore.model import OperationModel

from rootguard import __version__
from rootguard.aws_errors import ACTION_PREFIX, AwsRefusedError, code_of, explained, explanation
from rootguard.errors import RootguardError
from rootguard.kit.account import Account
from rootguard.kit.connection import SessionConnection

__all__ = ["AwsRefusedError", "AwsSession", "Caller", "code_of", "explained", "explanation", "open_session"]

_ARN = re.compile(r"arn:(?P<partition>[\w-]+):(?:iam|sts)::\d{12}:.+")
_SESSION_NAME = "rootguard"

_MODELS = botocore.loaders.create_loader()
"""Shared by all sessions: reading the service models again makes a client five times as slow."""


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
        answer = self._sts.get_caller_identity()
        match = _ARN.fullmatch(answer["Arn"])
        if match is None:
            raise RootguardError(f"AWS says that the caller is {answer['Arn']!r}, which is no user or role")
        return Caller(answer["Account"], answer["Arn"], match["partition"])

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
        outputs = {each["id"]: each["outputs"] for each in _MODELS.load_data("partitions")["partitions"]}
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
            botocore_session=_core(None),
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
        chosen = region or os.environ.get("AWS_REGION")  # botocore itself reads AWS_DEFAULT_REGION only
        session = AwsSession(botocore_session=_core(profile), region_name=chosen)
        session.client("sts", region_name=session.region)  # reads the configuration; refuses what is malformed
        return session


def _core(profile: str | None) -> botocore.session.Session:
    core = botocore.session.Session(profile=profile)
    core.register_component("data_loader", _MODELS)
    core.set_default_client_config(
        Config(
            retries={"mode": "adaptive", "total_max_attempts": 5},
            connect_timeout=10,
            read_timeout=60,
            user_agent_extra=f"rootguard/{__version__}",
            max_pool_connections=32,
        )
    )
    core.register("after-call", _note_service)
    return core


def _note_service(**event: object) -> None:
    """Note which service an error is of, which botocore's error leaves out."""
    parsed, model = cast("dict[str, object]", event["parsed"]), cast(OperationModel, event["model"])
    if "Error" in parsed:
        parsed[ACTION_PREFIX] = model.service_model.signing_name
