"""Tries again where a deployment did not come through: in accounts, which a stack that has not changed leaves alone.

A StackSet tolerates failures, so that its stack can be complete while accounts lag behind, and AWS Config does not by
itself try a failed pack again (but for a missing recorder, for seven hours:
https://docs.aws.amazon.com/config/latest/developerguide/conformance-pack-organization-apis.html).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from rootguard.aws_session import AwsSession, code_of
from rootguard.deploy.accounts import PackProgress, StackSetProgress, pack_statuses
from rootguard.deploy.fixes import failure_lines
from rootguard.deploy.instances import Instance, stack_instances
from rootguard.deploy.names import PACK, PACK_TEMPLATE, STACK_SET
from rootguard.deploy.pace import Pace
from rootguard.deploy.publication import Publication
from rootguard.deploy.screen import Screen
from rootguard.deploy.standing import Standing
from rootguard.deploy.wording import counted, listed
from rootguard.errors import UnfinishedError


def finish_accounts(
    session: AwsSession, standing: Standing, publication: Publication, screen: Screen, pace: Pace
) -> None:
    """Have another try at every account that is not as it should be; wait for those that are still busy.

    Raises:
        UnfinishedError: Accounts still fail; each has been said, with the reason and the fix.
    """
    failures = {
        **{
            account: f"functions: {reason}"
            for account, reason in _finish_stacks(session, standing, screen, pace).items()
        },
        **{
            account: f"conformance pack: {reason}"
            for account, reason in _finish_pack(session, publication, screen, pace).items()
        },
    }
    for line in failure_lines(failures):
        screen.say(line)
    if failures:
        raise UnfinishedError(
            f"not done in {counted(failures, 'account')}, {listed(sorted(failures))}; mend what is said above and run "
            "the same command again"
        )


def _finish_stacks(session: AwsSession, standing: Standing, screen: Screen, pace: Pace) -> dict[str, str]:
    """The StackSet's instances; what still fails, account -> reason."""
    behind = _settled_instances(session, standing, screen, pace)
    accounts = [each.account_id for each in behind if each.status == "OUTDATED"]
    if accounts:
        screen.say(f"trying again in {counted(accounts, 'account')} behind the StackSet")
        _retry(session, standing, accounts)
        behind = _settled_instances(session, standing, screen, pace)
    return {each.account_id: each.reason or f"the instance is {each.status}" for each in behind}


def _settled_instances(session: AwsSession, standing: Standing, screen: Screen, pace: Pace) -> list[Instance]:
    """Those that are not current once nothing works on any."""
    progress = StackSetProgress(session, standing.call_as)
    instances = stack_instances(session, standing.call_as) or ()
    if any(each.is_busy for each in instances):
        with screen.following("waiting for the accounts' functions") as view:
            for _ in pace:
                view.tallies(progress.tallies())
                instances = stack_instances(session, standing.call_as) or ()
                if not any(each.is_busy for each in instances):
                    break
    return [each for each in instances if not each.is_current and not each.is_skipped]


def _retry(session: AwsSession, standing: Standing, accounts: Sequence[str]) -> None:
    """Create the instances that exist: that tries anew those that are OUTDATED, and leaves the others alone.

    An update would do as much for these, but calls all others OUTDATED when it names the parameters, and forgets the
    parameters that it does not name. https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/
    API_CreateStackInstances.html and API_UpdateStackSet.html.
    """
    client: Any = session.client("cloudformation")
    which = {"StackSetName": STACK_SET, "CallAs": standing.call_as}
    units = client.describe_stack_set(**which)["StackSet"]["OrganizationalUnitIds"]
    client.create_stack_instances(
        **which,
        DeploymentTargets={
            "OrganizationalUnitIds": units,
            "Accounts": list(accounts),
            "AccountFilterType": "INTERSECTION",
        },
        Regions=[standing.region],
        OperationPreferences={"FailureTolerancePercentage": 100, "MaxConcurrentPercentage": 100},
    )


def _finish_pack(session: AwsSession, publication: Publication, screen: Screen, pace: Pace) -> dict[str, str]:
    """The organization conformance pack; what still fails, account -> reason."""
    failures = _settled_pack(session, screen, pace)
    if not failures:
        return {}
    screen.say(f"putting the conformance pack again for {counted(failures, 'account')} without it")
    for _ in pace:
        if _put_pack(session, publication):
            break
    return _settled_pack(session, screen, pace)


def _settled_pack(session: AwsSession, screen: Screen, pace: Pace) -> dict[str, str]:
    progress = PackProgress(session)
    if _pack_is_busy(session):
        with screen.following("waiting for the conformance pack") as view:
            for _ in pace:
                view.tallies(progress.tallies())
                if not _pack_is_busy(session):
                    break
    progress.tallies()
    return progress.failures


def _pack_is_busy(session: AwsSession) -> bool:
    return any(status["Status"].endswith("_IN_PROGRESS") for status in pack_statuses(session))


def _put_pack(session: AwsSession, publication: Publication) -> bool:
    """Put it as it is; AWS does not show the template that it has, so it is named again.

    Returns:
        False when AWS Config is busy with it.
    """
    config: Any = session.client("config")
    described = config.describe_organization_conformance_packs(OrganizationConformancePackNames=[PACK])
    pack: Mapping[str, Any] = described["OrganizationConformancePacks"][0]
    kept = ("DeliveryS3Bucket", "DeliveryS3KeyPrefix", "ConformancePackInputParameters", "ExcludedAccounts")
    try:
        config.put_organization_conformance_pack(
            OrganizationConformancePackName=PACK,
            TemplateS3Uri=f"s3://{publication.bucket}/{publication.prefix}{PACK_TEMPLATE}",
            **{name: pack[name] for name in kept if pack.get(name)},
        )
    except ClientError as error:
        if code_of(error) != "ResourceInUseException":
            raise
        return False
    return True
