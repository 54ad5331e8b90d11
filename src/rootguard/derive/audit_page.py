"""The parts of docs/audit.md that repeat the rules: what an auditor must be allowed."""

import json
from collections.abc import Sequence
from typing import Any

from rootguard.derive.readme import replaced
from rootguard.kit.rule import AnyRule
from rootguard.rulebook.markdown import code, code_block, table

FILE = "docs/audit.md"
_ASSUME_ROLE = "sts:AssumeRole"


def audit_page(text: str, rules: Sequence[AnyRule]) -> str:
    """The page with its policy and its table of what looks outside as they are.

    Raises:
        DerivationError: Marks are missing.
    """
    text = replaced(text, "policy", code_block(json.dumps(policy(rules), indent=2).splitlines(), "json"), FILE)
    return replaced(text, "outside", table(("rule", "actions"), _outside(rules)), FILE)


def policy(rules: Sequence[AnyRule]) -> dict[str, Any]:
    """The IAM policy by which every rule can judge the account that it is granted in.

    It lacks sts:AssumeRole: in an audit it is the caller who assumes roles.
    """
    actions = sorted({action for rule in rules for action in rule.actions} - {_ASSUME_ROLE})
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}


def _outside(rules: Sequence[AnyRule]) -> list[tuple[str, str]]:
    return [
        (f"[`{rule.name}`](rules/{rule.name}.md)", ", ".join(map(code, rule.assumed_actions)))
        for rule in rules
        if rule.assumed_actions
    ]
