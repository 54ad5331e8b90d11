"""Tries again where a deployment did not come through: in accounts, which a stack that has not changed leaves alone.

A StackSet tolerates failures, so that its stack can be complete while accounts lag behind, and AWS Config does not by
itself try a failed pack again (but for a missing recorder, for seven hours:
https://docs.aws.amazon.com/config/latest/developerguide/conformance-pack-organization-apis.html).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from rootguard.aws_session import AwsSession, code_of
from rootguard.deploy.accounts import PackProgress, StackSetProgress, is_busy, pack_statuses
from rootguard.deploy.fixes import failure_lines
from rootguard.deploy.instances import Instance, begun, stack_instances, targeting
from rootguard.deploy.names import PACK, PACK_TEMPLATE, STACK_SET
from rootguard.deploy.pace import Pace
from rootguard.deploy.publication import Publication
from rootguard.deploy.screen import Screen
from rootguard.deploy.standing import Standing
from rootguard.deploy.wording import counted, listed
from rootguard.errors import UnfinishedError


@dataclass(frozen=True, slots=True)
class Targets:
    """Where functions and pack are to be.

    Attributes:
        units: The StackSet's targets: organizational units, or the root.
        members: The accounts below them, besides those that are left out and the management account.
        active: All accounts of the organization in which anything can be done: what lags behind in another stays so.
    """

    units: tuple[str, ...]
    members: Collection[str]
    active: Collection[str]


def finish_accounts(  # noqa: PLR0913, PLR0917 - of whom, of what, and how it is shown
    session: AwsSession,
    standing: Standing,
    publication: Publication,
    targets: Targets,
    screen: Screen,
    pace: Pace,
) -> None:
    """Have another try at every account that is not as it should be; wait for those that are still busy.

    Args:
        session: Of the account that deploys.
        standing: What that is.
        publication: Where the pack's template is.
        targets: What is to be finished.
        screen: Shows it.
        pace: How often to look.

    Raises:
        UnfinishedError: Accounts still fail; each has been said, with the reason and the fix.
    """
    failing = {
        "functions": _finish_stacks(session, standing, targets, screen, pace),
        "conformance pack": _finish_pack(session, publication, targets, screen, pace),
    }
    for what, reasons in failing.items():
        for line in failure_lines({account: f"{what}: {reason}" for account, reason in reasons.items()}):
            screen.say(line)
    if failed := sorted({account for reasons in failing.values() for account in reasons}):
        raise UnfinishedError(
            f"not done in {counted(failed, 'account')}, {listed(failed)}; mend what is said above and run the same "
            "command again"
        )


def _finish_stacks(
    session: AwsSession, standing: Standing, targets: Targets, screen: Screen, pace: Pace
) -> dict[str, str]:
    """The StackSet's instances; what still fails, account -> reason."""
    instances = _settled_instances(session, standing, screen, pace)
    accounts = [each.account_id for each in _behind(instances, targets) if each.status == "OUTDATED"]
    accounts += _without(targets.members, instances)
    if accounts:
        screen.say(f"trying again in {counted(accounts, 'account')} behind the StackSet")
        _retry(session, standing, targets.units, accounts, pace)
        instances = _settled_instances(session, standing, screen, pace)
    failing = {each.account_id: each.reason or f"the instance is {each.status}" for each in _behind(instances, targets)}
    return failing | dict.fromkeys(_without(targets.members, instances), "the StackSet has no instance there")


def _behind(instances: Sequence[Instance], targets: Targets) -> list[Instance]:
    return [each for each in instances if not each.is_current and each.account_id in targets.active]


def _without(members: Collection[str], instances: Sequence[Instance]) -> list[str]:
    """Who has none: it was deleted by itself, or the account was moved here while nothing looked."""
    return sorted(set(members) - {each.account_id for each in instances})


def _settled_instances(session: AwsSession, standing: Standing, screen: Screen, pace: Pace) -> Sequence[Instance]:
    """All of them, once nothing works on any."""
    progress = StackSetProgress(session, standing.call_as)
    instances = stack_instances(session, standing.call_as) or ()
    if any(each.is_busy for each in instances):
        with screen.following("waiting for the accounts' functions") as view:
            for _ in pace:
                view.tallies(progress.tallies())
                instances = stack_instances(session, standing.call_as) or ()
                if not any(each.is_busy for each in instances):
                    break
    return instances


def _retry(session: AwsSession, standing: Standing, units: Sequence[str], accounts: Sequence[str], pace: Pace) -> None:
    """Create the instances, also those that exist: that tries anew what is OUTDATED, and leaves the others alone.

    An update would do as much for these, but calls all others OUTDATED when it names the parameters, and forgets the
    parameters that it does not name. https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/
    API_CreateStackInstances.html and API_UpdateStackSet.html.
    """
    client: Any = session.client("cloudformation")
    request = targeting(STACK_SET, standing, units, accounts)
    begun(lambda: client.create_stack_instances(**request), pace)


def _finish_pack(
    session: AwsSession, publication: Publication, targets: Targets, screen: Screen, pace: Pace
) -> dict[str, str]:
    """The organization conformance pack, if there is one; what still fails, account -> reason."""
    failures = _settled_pack(session, targets, screen, pace)
    if not failures:
        return {}
    screen.say(f"putting the conformance pack again for {counted(failures, 'account')} without it")
    for _ in pace:
        if _put_pack(session, publication):
            break
    return _settled_pack(session, targets, screen, pace)


def _settled_pack(session: AwsSession, targets: Targets, screen: Screen, pace: Pace) -> dict[str, str]:
    progress = PackProgress(session)
    if _pack_is_busy(session):
        with screen.following("waiting for the conformance pack") as view:
            for _ in pace:
                view.tallies(progress.tallies())
                if not _pack_is_busy(session):
                    break
    progress.tallies()
    missing = sorted(set(targets.members) - progress.accounts) if progress.accounts else ()
    failures = {account: reason for account, reason in progress.failures.items() if account in targets.active}
    return failures | dict.fromkeys(missing, "AWS Config has not put it there")


def _pack_is_busy(session: AwsSession) -> bool:
    """As a whole, which is so as soon as it is put, or in an account, which may be so for longer."""
    return is_busy((*pack_statuses(session), *_pack_as_a_whole(session)))


def _pack_as_a_whole(session: AwsSession) -> Sequence[Any]:
    """https://docs.aws.amazon.com/config/latest/APIReference/API_DescribeOrganizationConformancePackStatuses.html."""
    config: Any = session.client("config")
    try:
        found = config.describe_organization_conformance_pack_statuses(OrganizationConformancePackNames=[PACK])
    except ClientError as error:
        if code_of(error) == "NoSuchOrganizationConformancePackException":
            return ()
        raise
    return list(found["OrganizationConformancePackStatuses"])


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
