"""`rootguard destroy`: the deployment backwards, until nothing of it is left."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from rootguard.aws_session import AwsSession, code_of
from rootguard.deploy import names
from rootguard.deploy.accounts import PackProgress, StackSetProgress, pack_statuses
from rootguard.deploy.execution import Execution
from rootguard.deploy.instances import stack_instances
from rootguard.deploy.pace import Pace
from rootguard.deploy.screen import Screen
from rootguard.deploy.security_hub import FUNCTIONS, say_elsewhere
from rootguard.deploy.stacks import Stack
from rootguard.deploy.standing import CallAs, Standing, find_standing
from rootguard.deploy.unreachable import UnreachableAccounts
from rootguard.deploy.wording import counted, listed
from rootguard.errors import UnfinishedError

_NO_BUCKET = frozenset({"NoSuchBucket", "404"})
_EMPTY = frozenset({"REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE"})
"""States of a stack that has nothing in it: a StackSet of its name is another account's."""
_BATCH = 1000
"""https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html"""


def destroy(session: AwsSession, call_as: CallAs | None, screen: Screen, pace: Pace, *, delete_artifacts: bool) -> None:
    """Take everything away; what is gone already is no obstacle.

    Args:
        session: Of the account that has deployed.
        call_as: As for deploy.
        screen: Shows it and asks.
        pace: How often to look at what AWS does.
        delete_artifacts: Also the artifact bucket with all that was ever published.

    Raises:
        UnfinishedError: The user does not agree, something cannot be deleted, or something is left.
        ClientError: AWS refuses.
    """
    standing = find_standing(session, call_as)
    _Removal(session, standing, screen, pace, delete_artifacts=delete_artifacts).run()


def _imports(organization: Stack) -> bool:
    """Whether the functions import findings, so that the account that administers Security Hub may have our stack."""
    return organization.parameters.get(FUNCTIONS) == "own"


def _described_accounts(unreachable: Mapping[str, str]) -> str:
    return listed([f"{account}, which {why}" for account, why in unreachable.items()])


class _Removal:
    def __init__(
        self, session: AwsSession, standing: Standing, screen: Screen, pace: Pace, *, delete_artifacts: bool
    ) -> None:
        self._session, self._standing, self._screen, self._pace = session, standing, screen, pace
        self._names = [names.SECURITY_HUB_STACK, names.ORGANIZATION_STACK, names.RULES_STACK]
        if delete_artifacts:
            self._names.append(names.ARTIFACTS_STACK)
        self._unreachable = UnreachableAccounts(session, standing, screen, pace)
        self._execution = Execution(
            session,
            screen,
            pace,
            lambda: (StackSetProgress(session, standing.call_as), PackProgress(session)),
            before_deletion=self._take_out,
            command="rootguard destroy",
        )

    def run(self) -> None:
        """Ask, delete, look whether anything is left."""
        found = {name: self._execution.stacks.find(name) for name in self._names}
        stacks = [stack for stack in found.values() if stack is not None]
        for stack in stacks:
            self._screen.say(f"to be deleted: {self._described(stack)}")
        if stacks and not self._screen.agree("Delete all of this?"):
            raise UnfinishedError("nothing is deleted: you did not agree")
        for stack in stacks:
            self._delete(stack)
        self._check()
        organization = found[names.ORGANIZATION_STACK]
        if organization is not None and found[names.SECURITY_HUB_STACK] is None and _imports(organization):
            say_elsewhere(self._session, self._standing, self._screen)
        kept = self._execution.stacks.find(names.ARTIFACTS_STACK)
        place = f"of account {self._standing.account_id} in {self._standing.region}"
        self._screen.say("nothing is left" if stacks else f"there was nothing to delete: no stack {place} is ours")
        if kept:
            self._screen.say(
                f"kept: {kept.name} with the bucket {kept.outputs.get('ArtifactBucket', '')}; --delete-artifacts "
                "deletes it, too"
            )

    def _described(self, stack: Stack) -> str:
        if stack.name == names.ARTIFACTS_STACK:
            return (
                f"{stack.name}, the bucket {stack.outputs.get('ArtifactBucket', '')} and every version of its objects"
            )
        if stack.name == names.SECURITY_HUB_STACK:
            return f"{stack.name}, the automation rules, saved searches and topic of Security Hub"
        if stack.name == names.RULES_STACK:
            return f"{stack.name}, the functions of this account, their roles and logs"
        if stack.status in _EMPTY:
            return f"{stack.name}, which is {stack.status}"
        instances = stack_instances(self._session, self._standing.call_as) or ()
        unreachable = self._unreachable.found(stack)
        reached = [each for each in instances if each.account_id not in unreachable]
        stay = f" (they stay in {_described_accounts(unreachable)})" if unreachable else ""
        packs = pack_statuses(self._session)
        return (
            f"{stack.name}, the functions, roles and logs in {counted(reached, 'account')}{stay} and the conformance "
            f"pack with its results in {len(packs)}"
        )

    def _take_out(self, stack: Stack) -> None:
        if stack.name == names.ORGANIZATION_STACK:
            self._unreachable.take_out(stack)

    def _delete(self, stack: Stack) -> None:
        settled = self._execution.quiet(stack)
        if settled is None:
            return
        if stack.name == names.ARTIFACTS_STACK and (bucket := settled.outputs.get("ArtifactBucket")):
            self._delete_bucket(bucket)  # first: the stack, which leaves it be, is what the next run finds it by
        self._execution.delete(settled)

    def _delete_bucket(self, bucket: str) -> None:
        s3: Any = self._session.client("s3")
        number = 0
        try:
            for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
                versions = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
                keys = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in versions]
                number += len(keys)
                for start in range(0, len(keys), _BATCH):
                    self._delete_objects(bucket, keys[start : start + _BATCH])
            s3.delete_bucket(Bucket=bucket)
        except ClientError as error:
            if code_of(error) not in _NO_BUCKET:
                raise
            return
        self._screen.say(f"{bucket}: deleted, with {number} versions of objects")

    def _delete_objects(self, bucket: str, keys: list[dict[str, str]]) -> None:
        s3: Any = self._session.client("s3")
        answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
        for error in answer.get("Errors", []):
            raise UnfinishedError(
                f"s3://{bucket}/{error['Key']} cannot be deleted: {error.get('Message', '')} ({error.get('Code', '')})"
            )

    def _check(self) -> None:
        """See that nothing is left.

        Raises:
            UnfinishedError: Something is.
        """
        left = [name for name in self._names if self._execution.stacks.find(name) is not None]
        if stack_instances(self._session, self._standing.call_as) is not None:
            left.append(f"the StackSet {names.STACK_SET}")
        if pack_statuses(self._session):
            left.append(f"the organization conformance pack {names.PACK}")
        if left:
            raise UnfinishedError(
                f"left over: {', '.join(left)}: run this in the account that has deployed it if that is another one, "
                "else run it again or delete it in the AWS console"
            )
