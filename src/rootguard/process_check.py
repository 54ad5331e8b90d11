"""What a process check is: a rule of AWS Config that a person answers, because AWS shows no evidence.

https://docs.aws.amazon.com/config/latest/developerguide/process-checks.html. It is a rule of the conformance pack like
the others, without a function: nothing of it ships.
"""

import ast
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

from rootguard.kit.remediation import Remediation
from rootguard.kit.rule import AnyRule, Controls, Severity, check_name_and_title

SOURCE_IDENTIFIER = "AWS_CONFIG_PROCESS_CHECK"
_PACK_SUFFIX = "-conformance-pack-"
"""What AWS Config puts between a rule's name in a pack and the pack's id."""


@dataclass(frozen=True, slots=True)
class ProcessCheck:
    """One best practice that a person attests.

    Attributes:
        name: The AWS Config rule's name and the folder's, as of a `Rule`.
        title: What must hold, one sentence without "Ensure", at most 256 characters.
        severity: Of a NON_COMPLIANT account.
        practice: The number of the practice in the source document's list of seven.
        controls: The frameworks' controls that the check answers for.
        remediation: How to become compliant.
        compliant_if: What a person has seen, each of it, who attests that the account is compliant.
        not_applicable_if: When there is nothing to attest.

    Raises:
        ValueError: The name or the title does not fit, or nothing is said to be seen.
    """

    name: str
    title: str
    severity: Severity
    practice: int
    controls: Controls
    remediation: Remediation
    compliant_if: tuple[str, ...]
    not_applicable_if: str

    def __post_init__(self) -> None:
        check_name_and_title(self.name, self.title)
        if not (self.compliant_if and all(self.compliant_if) and self.not_applicable_if):
            raise ValueError(f"{self.name}: a process check says what a person has to see, and when it does not apply")

    @property
    def module(self) -> str:
        """The Python module that holds the check: the name in snake case."""
        return self.name.replace("-", "_")


type ConfigRule = AnyRule | ProcessCheck
"""Whatever the conformance pack makes a rule of."""


def declares_process_check(source: bytes) -> bool:
    """Whether a module's RULE is a process check, without running the module; False for what is no Python.

    Args:
        source: The module's text.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return False
    return any(_is_declaration(node) for node in tree.body)


def _is_declaration(node: ast.stmt) -> bool:
    match node:
        case ast.Assign(targets=[ast.Name(id="RULE")], value=ast.Call(func=ast.Name(id="ProcessCheck"))):
            return True
    return False


def process_check_in(config_rule: Mapping[str, Any], names: Container[str]) -> str | None:
    """Our name of a Config rule that is one of our process checks, brought by a conformance pack; else None.

    Args:
        config_rule: As DescribeConfigRules shows it.
        names: Of our process checks.
    """
    if config_rule["Source"].get("SourceIdentifier") != SOURCE_IDENTIFIER:
        return None
    name, suffix, _ = config_rule["ConfigRuleName"].rpartition(_PACK_SUFFIX)
    return name if suffix and name in names else None
