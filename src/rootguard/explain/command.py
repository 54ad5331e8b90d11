"""`rootguard explain ACCOUNT RULE`: find the rule, look into the account, show the explanation."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import msgspec
import typer
from rich.console import Console

from rootguard.audit.clients import open_connection
from rootguard.audit.operator import Operator, Role
from rootguard.audit.plan import OWN_CREDENTIALS, Wish, make_plan
from rootguard.audit.results import Compliance
from rootguard.audit.scope import Choice, find_accounts, find_place
from rootguard.aws_errors import explained
from rootguard.catalog import load_catalog, load_rules, named
from rootguard.errors import RootguardError, UnfinishedError
from rootguard.explain.explaining import Subject, explain
from rootguard.explain.explanation import Explanation
from rootguard.explain.screen import show
from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.rule import AnyRule
from rootguard.process_check import ProcessCheck

UNSEEN = 3
_CONNECTIONS = 4


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says.

    Attributes:
        account_id: The account whose verdict is explained.
        rule: The rule's name.
        profile: As `rootguard.aws_core.core_session`.
        region: As `rootguard.aws_core.region_of`.
        role: To assume in another account than the caller's.
        wish: The rule's parameters and roles; its rules are passed over.
        as_json: Whether the explanation is for programs.
    """

    account_id: str
    rule: str
    profile: str | None
    region: str | None
    role: Role
    wish: Wish
    as_json: bool


def run(options: Options) -> int:
    """Explain one verdict on standard output.

    Returns:
        0, or 3 where there is no verdict because something could not be seen.

    Raises:
        RootguardError: An unknown rule or account, or an account that cannot be looked into.
    """
    rule = judging_rule(options.rule)
    choice = Choice(accounts=(options.account_id,))
    with explained():
        operator = Operator(*open_connection(options.profile, options.region, _CONNECTIONS), remembers=False)
        place = find_place(operator)
        account = find_accounts(operator, choice, place)[0]
    in_management_account = operator.caller.account_id == place.management_account_id
    wish = replace(options.wish, rules=(rule.name,))
    plan = make_plan(load_rules(), wish, operator, in_management_account=in_management_account)
    try:
        entrance = operator.enter(account.id, options.role)
    except EvidenceUnavailable as error:
        raise UnfinishedError(str(error)) from error
    caller = operator.caller
    subject = Subject(account.id, account.name, caller.partition, operator.region, entrance.view)
    explanation = explain(rule, subject, plan.parameters[rule.name], datetime.now(UTC).date())
    write(_without_stand_in(explanation, operator), Console(), as_json=options.as_json)
    return UNSEEN if explanation.compliance is Compliance.ERROR else 0


def _without_stand_in(explanation: Explanation, operator: Operator) -> Explanation:
    """What stands for the operator's own credentials is no role that anybody could look up."""
    text = msgspec.json.encode(explanation).replace(operator.own_role_arn.encode(), OWN_CREDENTIALS.encode())
    return msgspec.json.decode(text, type=Explanation)


def judging_rule(name: str) -> AnyRule:
    """The rule of that name.

    Raises:
        RootguardError: There is none, or a person answers it.
    """
    found = named(load_catalog(), name)
    if isinstance(found, ProcessCheck):
        raise RootguardError(f"{name} is answered by a person: rootguard decides nothing in it that it could explain")
    return found


def write(explanation: Explanation, console: Console, *, as_json: bool) -> None:
    """Print an explanation, for people or for programs."""
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(explanation), indent=2))
    else:
        show(console, explanation)
