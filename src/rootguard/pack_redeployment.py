"""Deploys the organization's conformance pack again when a new account has received its functions: a Lambda function.

AWS Config gives the pack to an account that joins the organization, and so does the StackSet with the functions. If the
pack comes first, AWS Config cannot invoke them, PutConfigRule is refused (InsufficientPermissionsException, API model
config) and the pack stays CREATE_FAILED in that account: what AWS Config tries again, for seven hours, is an account
whose recorder is missing
(https://docs.aws.amazon.com/config/latest/developerguide/conformance-pack-organization-apis.html).

So EventBridge invokes this at each stack instance that has been created. A pack in progress cannot be put
(ResourceInUseException), and while the stack is changed CloudFormation may be about to put it: then it waits, as long
as Lambda lets it, and by failing gets Lambda's two further attempts. A state machine would wait more cheaply, but the
same logic in its language could not be tested as it stands here.

Putting the pack tries again in every account that lacks it. So a thousand accounts that receive their functions at once
ask for it a thousand times, and one of them gets it put; what the others then find is their own account's answer. Those
whose functions came after AWS Config had passed them by are served by the next one to put it.

organization.yaml carries this text, so it needs nothing but boto3.
"""

import json
import os
import random
import sys
import time
from typing import Any, Protocol

import boto3
from botocore.config import Config

DONE = ("CREATE_SUCCESSFUL", "UPDATE_SUCCESSFUL")
IN_PROGRESS = "_IN_PROGRESS"
LONGEST_PAUSE, RESERVE = 60, 10
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
PATIENT = Config(retries={"mode": "standard", "total_max_attempts": 10})
"""For many accounts that ask at once."""


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
        RedeploymentError: The pack failed again, or is still missing when the time is over.
    """
    account_id = event["detail"]["stack-id"].split(":")[4]
    config: Any = boto3.client("config", config=PATIENT)
    if account_id in _pack(config).get("ExcludedAccounts", ()):
        return _log(account_id, "EXCLUDED")
    pause = float(os.environ.get("FIRST_PAUSE_SECONDS", "1"))
    before, is_put = None, False
    while True:
        found = _status(config, account_id)
        if found["Status"] in DONE:
            return _log(account_id, found["Status"])
        if not found["Status"].endswith(IN_PROGRESS):
            if before not in (None, found):  # whoever put the pack, it was after the functions
                reason = f"{found.get('ErrorCode')}: {found.get('ErrorMessage')}"
                raise RedeploymentError(f"account {account_id}: the pack failed again, {reason}")
            before = found
            is_put = is_put or _put(config, account_id)
        if context.get_remaining_time_in_millis() < (pause + RESERVE) * 1000:
            raise RedeploymentError(f"account {account_id}: the pack is still {found['Status']}")
        time.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - keeps many accounts from asking in step
        pause = min(2 * pause, LONGEST_PAUSE)


def _pack(config: Any) -> dict[str, Any]:  # noqa: ANN401 - a boto3 client
    name = os.environ["PACK_NAME"]
    found = config.describe_organization_conformance_packs(OrganizationConformancePackNames=[name])
    return dict(found["OrganizationConformancePacks"][0])


def _status(config: Any, account_id: str) -> dict[str, Any]:  # noqa: ANN401 - a boto3 client
    answer = config.get_organization_conformance_pack_detailed_status(
        OrganizationConformancePackName=os.environ["PACK_NAME"], Filters={"AccountId": account_id}
    )
    return next(iter(answer["OrganizationConformancePackDetailedStatuses"]), UNKNOWN)


def _put(config: Any, account_id: str) -> bool:  # noqa: ANN401 - a boto3 client
    """Put the pack as it is by now; False while it is in progress or its stack is, which may be about to change it.

    AWS Config does not give the pack's template back; the stack's parameters say where it is.
    """
    [stack] = boto3.client("cloudformation", config=PATIENT).describe_stacks(StackName=os.environ["STACK_ID"])["Stacks"]
    if stack["StackStatus"].endswith(IN_PROGRESS):
        return False
    given = {each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]}
    template = f"s3://{given['ArtifactBucket']}/{given['ArtifactPrefix']}conformance-pack.yaml"
    pack = _pack(config)
    kept = {member: pack[member] for member in KEPT if pack.get(member)}
    try:
        config.put_organization_conformance_pack(TemplateS3Uri=template, **kept)
    except config.exceptions.ResourceInUseException:
        return False
    _log(account_id, "PUT")
    return True


def _log(account_id: str, outcome: str) -> str:
    sys.stdout.write(json.dumps({"event": "redeployment", "account": account_id, "outcome": outcome}) + "\n")
    return outcome
