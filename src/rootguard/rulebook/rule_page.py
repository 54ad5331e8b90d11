"""The page of a rule: all that its module says, in Markdown."""

from collections.abc import Iterator, Mapping

from rootguard.catalog import module_of
from rootguard.kit.connection import ATTEMPTS
from rootguard.kit.evaluation import EXEMPT
from rootguard.kit.rule import AnyRule, Frequency, Parameter
from rootguard.kit.verdict import Outcome
from rootguard.pack_names import pack_parameter
from rootguard.permissions import LOG_ACTIONS, grants, reader_role_parameters
from rootguard.rulebook.markdown import bullets, code, escaped, pattern, table
from rootguard.rulebook.sections import assembled, control_table, fixes, head, prose

_EVERY: Mapping[Frequency, str] = {
    Frequency.ONE_HOUR: "hour",
    Frequency.THREE_HOURS: "three hours",
    Frequency.SIX_HOURS: "six hours",
    Frequency.TWELVE_HOURS: "twelve hours",
    Frequency.TWENTY_FOUR_HOURS: "24 hours",
}
_ERROR = (
    "What could not be seen is **ERROR**: the invocation fails, says which call, in which account and what to grant, "
    f"and records nothing. It comes where one of these would decide and is denied, throttled in all {ATTEMPTS} "
    "attempts, unreachable, or answers without what it must say, and where a parameter is malformed:"
)


def rule_page(rule: AnyRule) -> str:
    """The Markdown of a rule's page.

    Raises:
        UnknownActionError: See `rootguard.permissions.grants`.
    """
    why, *how = prose(module_of(rule))
    kind = f"Lambda rule, evaluated every {_EVERY[rule.frequency]}"
    sections = {
        "Why it matters": (why,),
        "How it decides": (*how, *_answers(rule)),
        "How to fix it": fixes(rule.remediation),
        "Permissions": _permissions(rule),
        "Parameters": (_parameter(rule, each) for each in rule.parameters),
        "Controls": (control_table(rule.controls),),
    }
    return assembled(rule.name, head(rule.title, rule.severity, rule.practice, kind), sections)


def _answers(rule: AnyRule) -> Iterator[str]:
    outcomes = (*rule.outcomes, EXEMPT)
    yield "Every answer that it can give:"
    yield table(("answer", "reason"), ((each.compliance, pattern(each.reason)) for each in outcomes))
    yield from (_variants(each) for each in outcomes if each.variants)
    yield _ERROR
    yield bullets(map(code, sorted((*rule.actions, *rule.assumed_actions))))


def _variants(outcome: Outcome) -> str:
    last = outcome.details[-1]
    return f"{pattern(f'{{{last}}}')} of this answer can say:\n\n{bullets(map(pattern, outcome.variants))}"


def _permissions(rule: AnyRule) -> Iterator[str]:
    yield "Its function's role may do this and nothing else:"
    granted = [(", ".join(map(code, grant.actions)), code(grant.resource)) for grant in grants(rule)]
    logs = (", ".join(map(code, LOG_ACTIONS)), "the function's own log group")
    assumed = [(code("sts:AssumeRole"), f"the role that {code(name)} names") for name in reader_role_parameters(rule)]
    yield table(("actions", "resource"), (*granted, logs, *assumed))
    if rule.assumed_actions:
        yield "As a role that it assumes, or in a session that such a role opens, it needs these:"
        yield bullets(map(code, rule.assumed_actions))


def _parameter(rule: AnyRule, parameter: Parameter) -> str:
    facts = [f"in the pack {code(pack_parameter(rule, parameter))}", f"pattern {code(parameter.pattern)}"]
    facts.append(f"default {code(parameter.default)}" if parameter.default else "no default")
    if parameter.required:
        facts.append("required: the pack leaves the rule out until it is given")
    return f"### {parameter.name}\n\n{escaped(parameter.description)}\n\n{bullets(facts)}"
