"""Checks of the caller's own account and home Region."""

from rootguard.caller import Caller
from rootguard.deploy.security_hub import hub_is_on
from rootguard.doctor.finding import Check, Finding, Status
from rootguard.doctor.standing import Standing
from rootguard.kit.account import Account

_RECORDER_ROLE = "AWSServiceRoleForConfig"


def identity(caller: Caller) -> Finding:
    """Who asks; the root user can see nothing of the other accounts, for it can assume no role.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    """
    if not caller.is_root:
        return Finding("identity", Status.OK, caller.arn)
    message = f"{caller.arn}: the rules report every use of it, and it cannot look into other accounts"
    return Finding("identity", Status.ADVICE, message, "use the credentials of a role instead")


def _recorder(standing: Standing) -> Finding:
    """Without a recorder that records, AWS Config evaluates nothing and takes no pack.

    https://docs.aws.amazon.com/config/latest/developerguide/conformance-pack-organization-apis.html
    """
    account, check, region = standing.account, "configuration recorder", f"--region {standing.account.region}"
    answer = account.call("config:DescribeConfigurationRecorderStatus")
    recorders = answer.structures("ConfigurationRecordersStatus", [])
    if not recorders:
        return Finding(check, Status.FAILED, f"none in {account.region}", _commands_for_a_recorder(account))
    recording = [each for each in recorders if each.flag("recording", default=False)]
    if not recording:
        name = recorders[0].text("name")
        fix = f"aws configservice start-configuration-recorder --configuration-recorder-name {name} {region}"
        return Finding(check, Status.FAILED, f"{name} in {account.region} is stopped", fix)
    failing = [each for each in recording if each.text("lastStatus", "") == "Failure"]
    if failing:
        code = failing[0].text("lastErrorCode", "without a code")
        fix = f"see why: aws configservice describe-configuration-recorder-status {region}"
        return Finding(check, Status.FAILED, f"its last delivery in {account.region} failed: {code}", fix)
    return Finding(check, Status.OK, f"records in {account.region}")


def _commands_for_a_recorder(account: Account) -> str:
    """https://docs.aws.amazon.com/config/latest/developerguide/gs-cli-subscribe.html."""
    role = f"arn:{account.partition}:iam::{account.id}:role/aws-service-role/config.amazonaws.com/{_RECORDER_ROLE}"
    commands = (
        f"put-configuration-recorder --configuration-recorder name=default,roleARN={role}",
        "put-delivery-channel --delivery-channel name=default,s3BucketName=BUCKET",
        "start-configuration-recorder --configuration-recorder-name default",
    )
    config = "; ".join(f"aws configservice {each} --region {account.region}" for each in commands)
    return f"aws iam create-service-linked-role --aws-service-name config.amazonaws.com; {config}"


def _security_hub(standing: Standing) -> Finding:
    region = standing.account.region
    if hub_is_on(standing.account):
        return Finding("Security Hub", Status.OK, f"is on in {region}")
    fix = f"aws securityhub enable-security-hub --region {region}"
    return Finding("Security Hub", Status.ADVICE, f"is off in {region}: no findings there", fix)


ACCOUNT_CHECKS: tuple[Check[Standing], ...] = (
    Check("configuration recorder", _recorder),
    Check("Security Hub", _security_hub),
)
"""Those of the account but for its quotas."""
