"""One rule, one account, one verdict: the same in Lambda and in the terminal."""

from collections.abc import Mapping
from datetime import date

from rootguard.kit.account import Account
from rootguard.kit.exemption import exempt_until
from rootguard.kit.rule import EXEMPT_ACCOUNTS, AnyRule
from rootguard.kit.verdict import Verdict, not_applicable

EXEMPT = not_applicable(f"exempt until {{day}}, by the rule parameter {EXEMPT_ACCOUNTS.name}")
"""The outcome that every rule has beside its own."""


def evaluate(rule: AnyRule, account: Account, given: Mapping[str, object], today: date) -> Verdict:
    """Judge an account by a rule.

    Args:
        rule: The rule.
        account: The account to judge.
        given: The rule's parameters as AWS Config or a person gave them.
        today: The day in UTC, against which exemptions end.

    Raises:
        RuleError: See `rootguard.kit.errors`.
    """
    parameters = rule.parse(given)
    until = exempt_until(parameters[EXEMPT_ACCOUNTS.name], account.id)
    if until is not None and today <= until:
        return EXEMPT(day=until)
    verdict = rule.decide(rule.gather(account, parameters), parameters)
    return verdict if until is None else verdict.noting(f"exemption expired {until}")
