"""Whoever runs an audit, and the accounts as seen by them.

A deployed function looks outside its account by assuming a role from there. In an audit it is the operator who assumes
those roles, or looks with their own credentials: they may well be allowed what a role of the account is not.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rootguard.audit.clients import PooledConnection
from rootguard.audit.shared_answers import SharedAnswers
from rootguard.aws_errors import readable
from rootguard.caller import Caller
from rootguard.kit.account import Account
from rootguard.kit.connection import Connection, Keys, Reply
from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.facts import Facts

SESSION_NAME = "rootguard"

type Wrap = Callable[[Connection, str, str], Connection]
"""Puts something around a connection, by whose credentials it has, an ARN, and the account that they belong to."""


def unwrapped(connection: Connection, _arn: str, _account_id: str) -> Connection:
    """The connection as it is."""
    return connection


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

    Args:
        connection: With the operator's own credentials.
        region: The home Region.
        remembers: Whether rules share what AWS says, or every one of them asks anew.
    """

    def __init__(self, connection: PooledConnection, region: str, *, remembers: bool = True) -> None:
        self.region = region
        self._pooled = connection
        self._remembers = remembers
        self._shared = self._shared_answers(connection)
        with readable():
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

    def view(self, facts: Facts, wrap: Wrap = unwrapped) -> Account:
        """The operator's own account, what it tells to be added to those facts."""
        account_id = self.caller.account_id
        connection = wrap(self._shared, self.caller.arn, account_id)
        seen = Account(account_id, self.caller.partition, self.region, connection)
        seen.facts = facts
        return seen

    def enter(self, account_id: str, role: Role) -> "Entrance":
        """The way into an account: the own one, or by the role.

        Raises:
            EvidenceUnavailable: The role cannot be assumed.
        """
        if account_id == self.caller.account_id:
            return Entrance(account_id, self, self._shared, self.caller.arn)
        arn = f"arn:{self.caller.partition}:iam::{account_id}:role/{role.name}"
        keys = self._assume(account_id, arn, role)
        return Entrance(account_id, self, self._shared_answers(self._pooled.signed_by(keys, self.region)), arn)

    def _shared_answers(self, connection: PooledConnection) -> Connection:
        return SharedAnswers(connection) if self._remembers else connection

    def _assume(self, account_id: str, arn: str, role: Role) -> Keys:
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
    """An account that can be looked into; what it answers is shared by all that look.

    Attributes:
        seen_as: Whose credentials they are, an ARN.
    """

    account_id: str
    operator: Operator
    connection: Connection
    seen_as: str

    def view(self, wrap: Wrap = unwrapped) -> "AuditedView":
        """The account for one rule, with no facts yet."""
        return AuditedView(self, wrap)


class AuditedView(Account):
    """An account as a rule sees it in an audit."""

    def __init__(self, entrance: Entrance, wrap: Wrap) -> None:
        operator = entrance.operator
        connection = wrap(entrance.connection, entrance.seen_as, entrance.account_id)
        super().__init__(entrance.account_id, operator.caller.partition, operator.region, connection)
        self._operator, self._wrap = operator, wrap

    def assume(self, role_arn: str, session_name: str = SESSION_NAME) -> Account:
        """The account of a role, as the operator sees it by that role; or the operator's own account."""
        own = self._operator.view(self.facts, self._wrap)
        return own if role_arn == self._operator.own_role_arn else own.assume(role_arn, session_name)
