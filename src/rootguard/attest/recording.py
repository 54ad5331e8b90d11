"""Records an answer in the accounts that it is about."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rootguard.account_ids import check_account_ids
from rootguard.attest.answer import Answer
from rootguard.aws_session import AwsSession
from rootguard.deploy.coverage import active_accounts
from rootguard.deploy.members import NotSeen, look_into
from rootguard.errors import RootguardError
from rootguard.process_check import process_check_in


@dataclass(frozen=True, slots=True)
class Recorded:
    """An account's answer is recorded.

    Attributes:
        config_rules: AWS Config's names of the rules that have it: one, unless two packs brought the check.
    """

    config_rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotDeployed:
    """The account has no such rule."""


type Outcome = Recorded | NotDeployed | NotSeen


def given_accounts(given: Sequence[str]) -> tuple[str, ...]:
    """The account ids of --account, which may name several with commas, each once.

    Raises:
        RootguardError: There are none, or one is no account id.
    """
    accounts = tuple(dict.fromkeys(part.strip() for each in given for part in each.split(",")))
    if not accounts:
        raise RootguardError("say which accounts it is true of: --account ID, or --all-accounts")
    check_account_ids("--account", accounts)
    return accounts


def check_known(session: AwsSession, accounts: Sequence[str]) -> None:
    """See that the accounts can be entered; one's own needs no organization, nor a permission to read it.

    Raises:
        RootguardError: One is not of the organization, or not active; then nothing is recorded anywhere.
        ClientError: The organization cannot be read.
    """
    caller = session.caller.account_id
    if set(accounts) == {caller}:
        return
    if strangers := sorted(set(accounts) - set(active_accounts(session))):
        raise RootguardError(
            f"--account {', '.join(strangers)}: no active account of the organization that account {caller} belongs to"
        )


def record(session: AwsSession, accounts: Sequence[str], answer: Answer, role_name: str) -> dict[str, Outcome]:
    """Record the answer in each account, whatever becomes of the others; by account id, in the order given.

    Args:
        session: Of an account that may assume the role, or whose own account it is.
        accounts: Of the organization.
        answer: What is true of each.
        role_name: To assume in the other accounts, with config:DescribeConfigRules and config:PutExternalEvaluation.
    """

    def recorded(there: AwsSession) -> Recorded | NotDeployed:
        config: Any = there.client("config")
        names = tuple(_rules(config, answer.check))
        for name in names:
            config.put_external_evaluation(
                ConfigRuleName=name, ExternalEvaluation=answer.evaluation_of(there.caller.account_id)
            )
        return Recorded(names) if names else NotDeployed()

    return dict(look_into(session, accounts, role_name, recorded))


def _rules(config: Any, check: str) -> Iterator[str]:  # noqa: ANN401 - boto3's clients have no type of their own
    """AWS Config's names of the check in the client's account."""
    for page in config.get_paginator("describe_config_rules").paginate():
        for rule in page["ConfigRules"]:
            if process_check_in(rule, (check,)):
                yield str(rule["ConfigRuleName"])
