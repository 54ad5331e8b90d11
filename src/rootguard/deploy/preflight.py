"""What can be known to go wrong before anything is changed."""

from collections.abc import Collection, Mapping

from rootguard.aws_session import AwsSession
from rootguard.deploy import names
from rootguard.deploy.choices import Scope
from rootguard.deploy.instances import stack_instances
from rootguard.deploy.members import NotSeen
from rootguard.deploy.recorders import Recorder, recorders, silence, silent
from rootguard.deploy.screen import Screen
from rootguard.deploy.standing import Standing
from rootguard.deploy.wording import listed, together
from rootguard.errors import RootguardError


def check_not_elsewhere(session: AwsSession, standing: Standing) -> None:
    """See, where this account has no stack of ours, that no other account of the organization has deployed.

    Raises:
        RootguardError: One has.
    """
    if stack_instances(session, standing.call_as) is None:
        return
    raise RootguardError(
        f"the organization has a StackSet {names.STACK_SET} already, which is not of this account's deployment: run "
        "this in the account that has deployed it, the management account or a delegated administrator, or "
        "`rootguard destroy` there first"
    )


class Recording:
    """Whether the accounts that are to get the conformance pack can take it.

    Args:
        session: Of the account that deploys.
        scope: Which accounts get what.
        accounts: Those that are to get the pack.
        role_name: To assume in the other accounts.
        screen: Shows what was found.
    """

    def __init__(
        self, session: AwsSession, scope: Scope, accounts: Collection[str], role_name: str, screen: Screen
    ) -> None:
        self._session, self._scope, self._role_name, self._screen = session, scope, role_name, screen
        self._accounts = accounts

    def check(self, *, is_new: bool) -> None:
        """Say which accounts do not record, as far as can be seen.

        Args:
            is_new: Nothing is deployed yet; then an account without a recorder would undo it all.

        Raises:
            RootguardError: The organization's pack is sure to fail.
        """
        found = self._found()
        unseen = ((account, state.reason) for account, state in found.items() if isinstance(state, NotSeen))
        for unknown, reason in together(unseen):
            self._screen.say(f"whether AWS Config records in {listed(unknown)} cannot be seen: {reason}")
        quiet = silent(found)
        if is_new and self._scope.has_organization_pack and Recorder.MISSING in quiet.values():
            raise RootguardError(self._line(quiet))
        if quiet:
            self._screen.say(self._line(quiet))

    def explain(self, known: Collection[str]) -> None:
        """After a failure, say which accounts do not record: of a pack that is gone AWS gives their number only.

        Args:
            known: Accounts of whose failure the user has been told.
        """
        if quiet := [account for account in silent(self._found()) if account not in known]:
            self._screen.say(self._line(quiet))

    def _found(self) -> Mapping[str, Recorder | NotSeen]:
        return recorders(self._session, self._accounts, self._role_name)

    def _line(self, accounts: Collection[str]) -> str:
        return silence(list(accounts), self._session.region, self._scope.excluded)
