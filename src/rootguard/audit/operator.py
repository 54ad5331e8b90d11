"""Whoever runs an audit, and the accounts as he sees them.

A deployed function looks outside its account by assuming a role from there. In an audit it is the operator who assumes
those roles, or looks with his own credentials: he may well be allowed what a role of the account is not.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from rootguard.audit.clients import PooledConnection
from rootguard.audit.shared_answers import SharedAnswers
from rootguard.caller import Caller
from rootguard.kit.account import Account
from rootguard.kit.connection import Keys, Reply
from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.facts import Facts

SESSION_NAME = "rootguard"


@dataclass(frozen=True, slots=True)
class Role:
    """The role that is assumed in every account.

    Attributes:
        name: With its path, if it has one: `audit/reader`.
        external_id: "" for none.
        seconds: For which its credentials are valid, 900 to 43,200.
    """

    name: str
    external_id: str = ""
    seconds: int = 3600


class Operator:
    """Who asks.

    Attributes:
        caller: By GetCallerIdentity.
        region: The home Region.
    """

    def __init__(self, connection: PooledConnection, region: str) -> None:
        self.region = region
        self._pooled = connection
        self._shared = SharedAnswers(connection)
        answer = self._shared.call("sts:GetCallerIdentity", region, {}).members
        self.caller = Caller.parse(answer["Account"], answer["Arn"])

    @property
    def own_role_arn(self) -> str:
        """Stands, as a rule's parameter, for the operator's own credentials; `AuditedView` knows it."""
        return f"arn:{self.caller.partition}:iam::{self.caller.account_id}:role/whoever-runs-the-audit"

    def ask(self, action: str, **parameters: object) -> Reply:
        """Ask with the operator's credentials in the home Region; raises as botocore does."""
        return self._shared.call(action, self.region, parameters)

    def ask_pages(self, action: str, **parameters: object) -> Iterator[Reply]:
        """As `ask`, every page of a list."""
        return self._shared.pages(action, self.region, parameters)

    def view(self, facts: Facts) -> Account:
        """The operator's own account, what it tells to be added to those facts."""
        seen = Account(self.caller.account_id, self.caller.partition, self.region, self._shared)
        seen.facts = facts
        return seen

    def enter(self, account_id: str, role: Role) -> "Entrance":
        """The way into an account: his own, or by the role.

        Raises:
            EvidenceUnavailable: The role cannot be assumed.
        """
        if account_id == self.caller.account_id:
            return Entrance(account_id, self, self._shared)
        return Entrance(
            account_id, self, SharedAnswers(self._pooled.signed_by(self._assume(account_id, role), self.region))
        )

    def _assume(self, account_id: str, role: Role) -> Keys:
        arn = f"arn:{self.caller.partition}:iam::{account_id}:role/{role.name}"
        asker = Account(account_id, self.caller.partition, self.region, self._pooled)
        external = {"ExternalId": role.external_id} if role.external_id else {}
        try:
            answer = asker.call(
                "sts:AssumeRole", RoleArn=arn, RoleSessionName=SESSION_NAME, DurationSeconds=role.seconds, **external
            )
        except EvidenceUnavailable as error:
            if not error.denied:
                raise
            raise error.advising(
                f"see that {arn} is there and trusts {self.caller.arn}, who may sts:AssumeRole it; or give --role-name"
            ) from error
        found = answer.structure("Credentials")
        return Keys(*(found.text(name) for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")))


@dataclass(frozen=True, slots=True)
class Entrance:
    """An account that can be looked into; what it answers is shared by all that look."""

    account_id: str
    operator: Operator
    connection: SharedAnswers

    def view(self) -> "AuditedView":
        """The account for one rule, with no facts yet."""
        return AuditedView(self)


class AuditedView(Account):
    """An account as a rule sees it in an audit."""

    def __init__(self, entrance: Entrance) -> None:
        operator = entrance.operator
        super().__init__(entrance.account_id, operator.caller.partition, operator.region, entrance.connection)
        self._operator = operator

    def assume(self, role_arn: str, session_name: str = SESSION_NAME) -> Account:
        """The account of a role, as the operator sees it by that role; or his own account as he sees it."""
        own = self._operator.view(self.facts)
        return own if role_arn == self._operator.own_role_arn else own.assume(role_arn, session_name)
