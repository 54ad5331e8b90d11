"""Deploys the organization's conformance pack again when a new account has received its functions: a Lambda function.

AWS Config gives the pack to an account that joins the organization, and so does the StackSet with the functions. If the
pack comes first, AWS Config cannot invoke them, PutConfigRule is refused (InsufficientPermissionsException, API model
config) and the pack stays CREATE_FAILED in that account: what AWS Config tries again, for seven hours, is an account
whose recorder is missing
(https://docs.aws.amazon.com/config/latest/developerguide/conformance-pack-organization-apis.html).

So EventBridge invokes this at each stack instance that has been created. A pack in progress cannot be put
(ResourceInUseException): then it waits, as long as Lambda lets it, and by failing gets Lambda's two further attempts. A
state machine would wait more cheaply, but the same logic in its language could not be tested as it stands here.

organization.yaml carries this text, so it needs nothing but boto3.
"""

import json
import os
import sys
import time
from typing import Any, Protocol

import boto3

DONE = ("CREATE_SUCCESSFUL", "UPDATE_SUCCESSFUL")
FAILED = ("CREATE_FAILED", "UPDATE_FAILED")
LONGEST_PAUSE, RESERVE = 20, 10
"""Seconds between two looks at the pack, at most, and that are left when it gives up."""
KEPT = (
    "OrganizationConformancePackName",
    "ConformancePackInputParameters",
    "DeliveryS3Bucket",
    "DeliveryS3KeyPrefix",
    "ExcludedAccounts",
)
UNKNOWN = {"Status": "UNKNOWN"}
"""Of an account that AWS Config has not come to yet."""


class RedeploymentError(Exception):
    """The account has no working pack yet; Lambda tries again, then reports the failure."""


class Context(Protocol):
    """What is used of Lambda's context object."""

    def get_remaining_time_in_millis(self) -> int:
        """Until Lambda ends the invocation."""


def lambda_handler(event: dict[str, Any], context: Context) -> str:
    """See that the account of a stack instance gets the pack; returns the pack's status there, or EXCLUDED.

    Args:
        event: "CloudFormation StackSet StackInstance Status Change"
            (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/event-detail-stackset-stack-instance-status-change.html).
        context: Lambda's.

    Raises:
        RedeploymentError: The pack failed again, or is still in progress when the time is over.
    """
    account_id = event["detail"]["stack-id"].split(":")[4]
    name, pause = os.environ["PACK_NAME"], float(os.environ.get("FIRST_PAUSE_SECONDS", "1"))
    config: Any = boto3.client("config")
    pack = config.describe_organization_conformance_packs(OrganizationConformancePackNames=[name])
    pack = pack["OrganizationConformancePacks"][0]
    if account_id in pack.get("ExcludedAccounts", ()):
        return _log(account_id, "EXCLUDED")
    put_over = None
    while True:
        found = _status(config, name, account_id)
        if found["Status"] in DONE:
            return _log(account_id, found["Status"])
        if found["Status"] in FAILED and put_over is not None and found != put_over:
            reason = f"{found.get('ErrorCode')}: {found.get('ErrorMessage')}"
            raise RedeploymentError(f"account {account_id}: the pack failed again, {reason}")
        if found["Status"] in (*FAILED, "UNKNOWN") and put_over is None and _put(config, pack):
            put_over = found
            _log(account_id, "PUT")
        if context.get_remaining_time_in_millis() < (pause + RESERVE) * 1000:
            raise RedeploymentError(f"account {account_id}: the pack is still {found['Status']}")
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def _status(config: Any, name: str, account_id: str) -> dict[str, Any]:  # noqa: ANN401 - a boto3 client
    answer = config.get_organization_conformance_pack_detailed_status(
        OrganizationConformancePackName=name, Filters={"AccountId": account_id}
    )
    return next(iter(answer["OrganizationConformancePackDetailedStatuses"]), UNKNOWN)


def _put(config: Any, pack: dict[str, Any]) -> bool:  # noqa: ANN401 - a boto3 client
    """Put the pack as it is; False while it is in progress. AWS Config does not give its template back."""
    kept = {member: pack[member] for member in KEPT if pack.get(member)}
    try:
        config.put_organization_conformance_pack(TemplateS3Uri=os.environ["TEMPLATE_S3_URI"], **kept)
    except config.exceptions.ResourceInUseException:
        return False
    return True


def _log(account_id: str, outcome: str) -> str:
    sys.stdout.write(json.dumps({"event": "redeployment", "account": account_id, "outcome": outcome}) + "\n")
    return outcome
