"""Which rules an audit evaluates, and with which parameters."""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rootguard.audit.operator import Operator
from rootguard.catalog import by_severity, hint
from rootguard.errors import RootguardError
from rootguard.kit.errors import InvalidParameters
from rootguard.kit.rule import AnyRule, Parameter, Severity
from rootguard.pack_names import pack_parameter, wanting
from rootguard.permissions import reader_role_parameters

_ASSUME_ROOT = "sts:AssumeRoot"
OWN_CREDENTIALS = "own credentials"
"""What a report says of a role's parameter where the operator's own credentials serve."""


@dataclass(frozen=True, slots=True)
class Wish:
    """The rules as the command line chooses them; without any choice, all.

    Attributes:
        rules: These, by their names.
        severity: Those at least so severe.
        parameters: `NAME=VALUE` each, by the names of the conformance pack's parameters.
        reader_role_arn: The role that reads what other accounts own; "" for the operator's own credentials in the
            management account, else for none.
        assume_root: Whether root's MFA devices are listed in sts:AssumeRoot sessions, which the operator opens.
    """

    rules: tuple[str, ...] = ()
    severity: Severity | None = None
    parameters: tuple[str, ...] = ()
    reader_role_arn: str = ""
    assume_root: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What is evaluated in each account.

    Attributes:
        rules: The most severe first.
        parameters: Rule -> what it is given, by the rule's own names.
        told: What they are given other than their defaults, by the names of the conformance pack's parameters.
        notes: What is left out, and why: a line each.
    """

    rules: tuple[AnyRule, ...]
    parameters: Mapping[str, Mapping[str, str]]
    told: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


def make_plan(catalog: Sequence[AnyRule], wish: Wish, operator: Operator, *, in_management_account: bool) -> Plan:
    """Choose the rules and give them their parameters.

    Raises:
        RootguardError: An unknown rule or parameter, a malformed value, or no rule that could be evaluated.
    """
    reader = wish.reader_role_arn or (operator.own_role_arn if in_management_account else "")
    values = _parsed(catalog, wish.parameters)
    for rule in catalog:
        for name in reader_role_parameters(rule):
            audits_root = _ASSUME_ROOT in rule.assumed_actions
            role = (operator.own_role_arn if wish.assume_root else "") if audits_root else reader
            values.setdefault(pack_parameter(rule, _named(rule, name)), role)
    chosen = _chosen(catalog, wish)
    left_out = [rule for rule in chosen if wanting(rule, values)]
    rules = tuple(by_severity(rule for rule in chosen if rule not in left_out))
    notes = tuple(_note(rule, wanting(rule, values)) for rule in left_out)
    if not rules:
        raise RootguardError("; ".join(notes) or f"no rule is {wish.severity} or graver: choose others")
    given = {rule.name: _given(rule, values) for rule in rules}
    told = {
        name: value.replace(operator.own_role_arn, OWN_CREDENTIALS)
        for rule in rules
        for name, value in _told(rule, given[rule.name])
    }
    return Plan(rules, given, tuple(sorted(told.items())), notes)


def _chosen(catalog: Sequence[AnyRule], wish: Wish) -> list[AnyRule]:
    known = {rule.name: rule for rule in catalog}
    chosen = [_found(known, name) for name in dict.fromkeys(wish.rules)] or list(catalog)
    return [rule for rule in chosen if wish.severity is None or rule.severity.rank <= wish.severity.rank]


def _found(known: Mapping[str, AnyRule], name: str) -> AnyRule:
    if name in known:
        return known[name]
    raise RootguardError(f"--rule {name}: there is no such rule that AWS can answer; {hint(name, known)}")


def _parsed(catalog: Iterable[AnyRule], assignments: Iterable[str]) -> dict[str, str]:
    known = {pack_parameter(rule, parameter) for rule in catalog for parameter in rule.parameters}
    values = dict[str, str]()
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals:
            raise RootguardError(f"--parameter {assignment}: write NAME=VALUE")
        if name not in known:
            near = " or ".join(difflib.get_close_matches(name, known, n=3)) or ", ".join(sorted(known))
            raise RootguardError(f"--parameter {name}: there is none of this name; there is {near}")
        if name in values:
            raise RootguardError(f"--parameter {name} is given twice")
        values[name] = value
    return values


def _named(rule: AnyRule, name: str) -> Parameter:
    return next(parameter for parameter in rule.parameters if parameter.name == name)


def _given(rule: AnyRule, values: Mapping[str, str]) -> dict[str, str]:
    given = {each.name: values.get(pack_parameter(rule, each), "") for each in rule.parameters}
    try:
        return dict(rule.parse(given))
    except InvalidParameters as error:
        raise RootguardError(f"{rule.name}: {error}") from error


def _told(rule: AnyRule, given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for each in rule.parameters:
        if given[each.name] != each.default:
            yield pack_parameter(rule, each), given[each.name]


def _note(rule: AnyRule, lacking: Sequence[str]) -> str:
    return f"{rule.name} is left out: give --reader-role-arn for {' and '.join(lacking)}"
