"""What a rule is: the value that people, templates, IAM and the runtime read."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from rootguard.kit.account import Account
from rootguard.kit.errors import InvalidParameters
from rootguard.kit.exemption import EXEMPT_ACCOUNTS_PATTERN
from rootguard.kit.remediation import Remediation
from rootguard.kit.verdict import Compliance, Outcome, Verdict

type Parameters = Mapping[str, str]
"""A rule's parameters by name, every declared one present; "" where none was given and there is no default."""

# A rule's name becomes the Config rule's, and RDK's function "RDK-Rule-Function-<name>" has 64 characters at most.
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_NAME_LENGTH = 46
_ACTION = re.compile(r"[a-z]+:[A-Za-z]+")
_ASSUME_ROLE = "sts:AssumeRole"
_PARAMETER_NAME = re.compile(r"[A-Z][A-Za-z]+")
_DESCRIPTION_LENGTH = 256


def check_name_and_title(name: str, title: str) -> None:
    """Refuse what a Config rule of ours cannot be called or described as.

    Raises:
        ValueError: The name is not kebab case or too long, or the title is empty or too long.
    """
    if not _NAME.fullmatch(name) or len(name) > _NAME_LENGTH:
        raise ValueError(f"rule name {name!r} is not kebab case of at most {_NAME_LENGTH} characters")
    if not 1 <= len(title) <= _DESCRIPTION_LENGTH:
        raise ValueError(f"{name}: a title has 1 to {_DESCRIPTION_LENGTH} characters")


class Severity(StrEnum):
    """How much a finding matters, in Security Hub's words."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for the gravest; sorts."""
        return list(Severity).index(self)


class Frequency(StrEnum):
    """How often AWS Config evaluates a rule (API model config, MaximumExecutionFrequency)."""

    ONE_HOUR = "One_Hour"
    THREE_HOURS = "Three_Hours"
    SIX_HOURS = "Six_Hours"
    TWELVE_HOURS = "Twelve_Hours"
    TWENTY_FOUR_HOURS = "TwentyFour_Hours"


class Control(NamedTuple):
    """One control of one version of one framework."""

    framework: str
    version: str
    id: str


@dataclass(frozen=True, slots=True)
class Controls:
    """The controls that a rule answers for, each with the version that numbers it so.

    Attributes:
        cis: CIS AWS Foundations Benchmark: version -> recommendation.
        fsbp: AWS Foundational Security Best Practices, by Security Hub's control ids.
        nist_800_53_r5: NIST SP 800-53 Rev. 5, as Security Hub maps its controls to it.
        pci_dss_4_0_1: PCI DSS 4.0.1, as Security Hub maps its controls to it.
    """

    cis: Mapping[str, str] = field(default_factory=dict)
    fsbp: tuple[str, ...] = ()
    nist_800_53_r5: tuple[str, ...] = ()
    pci_dss_4_0_1: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Control]:
        yield from (Control("CIS AWS Foundations Benchmark", version, number) for version, number in self.cis.items())
        yield from (Control("AWS Foundational Security Best Practices", "1.0.0", number) for number in self.fsbp)
        yield from (Control("NIST SP 800-53", "Rev. 5", number) for number in self.nist_800_53_r5)
        yield from (Control("PCI DSS", "4.0.1", number) for number in self.pci_dss_4_0_1)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A rule parameter: a string, as AWS Config passes them.

    Attributes:
        name: UpperCamelCase, as in AWS's managed rules.
        description: One sentence with the format and an example.
        pattern: What a given value must match, whole.
        default: Used when the parameter is absent or empty.
        required: Without it the rule can judge hardly any account: the conformance pack leaves the rule out until it
            is given.
    """

    name: str
    description: str
    pattern: str
    default: str = ""
    required: bool = False

    def __post_init__(self) -> None:
        if not _PARAMETER_NAME.fullmatch(self.name):
            raise ValueError(f"parameter name {self.name!r} is not UpperCamelCase")
        if self.default and not re.fullmatch(self.pattern, self.default):
            raise ValueError(f"default of {self.name} does not match its own pattern")

    def parse(self, given: str) -> str:
        """The value to use for what was given.

        Raises:
            InvalidParameters: The value does not match the pattern.
        """
        value = given.strip()
        if not value:
            return self.default
        if not re.fullmatch(self.pattern, value):
            raise InvalidParameters(f"{self.name} is {given!r}; expected: {self.description}")
        return value


ROLE_ARN = r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+"
"""The pattern of a parameter that names a role: the function may assume that one, so that no wildcard is among it."""

EXEMPT_ACCOUNTS = Parameter(
    name="ExemptAccounts",
    description="Accounts that are not judged, each with its last exempt day (UTC): 123456789012:2027-01-31,…",
    pattern=EXEMPT_ACCOUNTS_PATTERN,
)
"""The parameter that every rule has."""


@dataclass(frozen=True, slots=True)
class Rule[Evidence]:
    """One best practice, judged.

    Attributes:
        name: The AWS Config rule's name and the folder's: kebab case, at most 46 characters.
        title: What must hold, one sentence without "Ensure", at most 256 characters.
        finding_title: What is wrong with a NON_COMPLIANT account, likewise.
        severity: Of a NON_COMPLIANT account.
        practice: The number of the practice in the source document's list of seven.
        controls: The frameworks' controls that the rule answers for.
        remediation: How to become compliant.
        outcomes: Every answer that `decide` can give, the best first; a test compares them with those it gave.
        actions: The IAM actions that `gather` needs, exactly; a test compares them with the calls made.
        assumed_actions: Those that it needs only as another principal: as a role that a ...RoleArn parameter names, or
            in a session that this role opens. The function's own role is not granted them.
        gather: Asks AWS: (account, parameters) -> evidence. Raises EvidenceUnavailable.
        decide: Judges: (evidence, parameters) -> verdict. Pure; raises EvidenceUnavailable where the evidence lacks the
            one fact that would decide.
        frequency: How often AWS Config runs it.
        own_parameters: Beside ExemptAccounts, which every rule has.
    """

    name: str
    title: str
    finding_title: str
    severity: Severity
    practice: int
    controls: Controls
    remediation: Remediation
    outcomes: tuple[Outcome, ...]
    actions: tuple[str, ...]
    gather: Callable[[Account, Parameters], Evidence]
    decide: Callable[[Evidence, Parameters], Verdict]
    frequency: Frequency = Frequency.TWENTY_FOUR_HOURS
    own_parameters: tuple[Parameter, ...] = ()
    assumed_actions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_name_and_title(self.name, self.title)
        check_name_and_title(self.name, self.finding_title)
        self._check_actions()
        given = {outcome.compliance for outcome in self.outcomes}
        if not given >= {Compliance.COMPLIANT, Compliance.NON_COMPLIANT}:
            raise ValueError(f"{self.name}: a rule can say COMPLIANT and NON_COMPLIANT; its outcomes: {sorted(given)}")

    def _check_actions(self) -> None:
        for actions in (self.actions, self.assumed_actions):
            wild = [action for action in actions if not _ACTION.fullmatch(action)]
            if wild or list(actions) != sorted(set(actions)):
                raise ValueError(
                    f"{self.name}: actions are whole IAM actions, sorted, each once; look at {wild or actions}"
                )
        if twice := sorted({*self.actions} & {*self.assumed_actions}):
            raise ValueError(f"{self.name}: actions that the function itself needs are in `actions` only; not {twice}")
        if self.assumed_actions and _ASSUME_ROLE not in self.actions:
            raise ValueError(f"{self.name}: assumed_actions need {_ASSUME_ROLE} among the actions")

    @property
    def module(self) -> str:
        """The Python module that holds the rule: the name in snake case."""
        return self.name.replace("-", "_")

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The rule's own parameters and those that every rule has."""
        return (*self.own_parameters, EXEMPT_ACCOUNTS)

    @property
    def required_parameters(self) -> tuple[Parameter, ...]:
        """Those without which the conformance pack leaves the rule out."""
        return tuple(each for each in self.own_parameters if each.required)

    def parse(self, given: Mapping[str, object]) -> Parameters:
        """The parameters to judge by, from what AWS Config or a person gave.

        Raises:
            InvalidParameters: An unknown name, or a value that is no string or does not match.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        unknown = sorted(given.keys() - known.keys())
        if unknown:
            raise InvalidParameters(f"{self.name} has no parameter {', '.join(unknown)}; it has {', '.join(known)}")
        return {name: parameter.parse(_text(name, given.get(name, ""))) for name, parameter in known.items()}


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise InvalidParameters(f"{name} is {value!r}; AWS Config passes every parameter as a string")
    return value


type AnyRule = Rule[Any]
