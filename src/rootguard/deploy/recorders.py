"""Which accounts record with AWS Config: those that do not take no conformance pack.

"Ensure AWS Config recording is on" (https://docs.aws.amazon.com/config/latest/developerguide/cpack-prerequisites.html).
One such account is enough for CloudFormation to take the organization's whole pack back
(https://github.com/superwerker/superwerker/issues/291).
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from rootguard.aws_session import AwsSession
from rootguard.deploy.members import NotSeen, look_into
from rootguard.deploy.names import DEFAULT_ROLE
from rootguard.deploy.wording import counted


class Recorder(StrEnum):
    """The state of an account's configuration recorder in a Region."""

    ON = "on"
    STOPPED = "stopped"
    MISSING = "missing"


def recorder_in(session: AwsSession) -> Recorder:
    """The recorder of the session's account and Region.

    https://docs.aws.amazon.com/config/latest/APIReference/API_DescribeConfigurationRecorderStatus.html

    Raises:
        ClientError: AWS refuses.
    """
    config: Any = session.client("config")
    statuses = config.describe_configuration_recorder_status()["ConfigurationRecordersStatus"]
    if any(status.get("recording") for status in statuses):
        return Recorder.ON
    return Recorder.STOPPED if statuses else Recorder.MISSING


def recorders(
    session: AwsSession, account_ids: Iterable[str], role_name: str = DEFAULT_ROLE
) -> dict[str, Recorder | NotSeen]:
    """Each account's recorder in the session's Region, or why it cannot be seen.

    Args:
        session: Of the management account or a delegated administrator.
        account_ids: Of the organization.
        role_name: To assume in every account but the session's own; it needs
            config:DescribeConfigurationRecorderStatus.
    """
    return look_into(session, account_ids, role_name, recorder_in)


def silent(found: Mapping[str, Recorder | NotSeen]) -> dict[str, Recorder]:
    """The accounts that are seen not to record."""
    return {account: state for account, state in found.items() if state in {Recorder.STOPPED, Recorder.MISSING}}


def silence(accounts: Sequence[str], region: str, excluded: Sequence[str] = ()) -> str:
    """That these do not record, and both ways out of it; they are all named, for each needs something done.

    Args:
        accounts: Which.
        region: Where.
        excluded: Accounts that are left out already: --exclude names them all or forgets them.
    """
    options = " ".join(f"--exclude {account}" for account in sorted({*accounts, *excluded}))
    return (
        f"AWS Config does not record in {region} in {counted(accounts, 'account')} and takes no conformance pack there "
        f"({', '.join(accounts)}): turn the recorder on in each, or leave them out by {options}"
    )
