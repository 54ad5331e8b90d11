"""The derived parts of `templates/organization.yaml`: what it passes on to rules.yaml and the pack, and inline code."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rootguard.derive.marked import with_parts
from rootguard.derive.parameters import MAYBE_SIGNED, TemplateParameter, pack_parameters, rules_parameters
from rootguard.derive.rules_template import interface
from rootguard.derive.template_text import either, ref, template_text
from rootguard.kit.rule import AnyRule

FILE = "templates/organization.yaml"
_REDEPLOYMENT = Path(__file__).parents[1] / "pack_redeployment.py"


def organization_template(text: str, rules: Sequence[AnyRule]) -> str:
    """The text of organization.yaml with its derived parts as they must be.

    Raises:
        DerivationError: A mark is missing.
    """
    parameters = rules_parameters(rules, MAYBE_SIGNED)
    headings = interface(parameters)
    passed = ["FunctionPrefix", *(each.name for each in pack_parameters(rules))]
    parts = {
        "groups": template_text(headings["ParameterGroups"]),
        "labels": template_text(headings["ParameterLabels"]),
        "parameters": template_text({each.name: dict(each.definition) for each in parameters}),
        "rules-parameters": template_text(_passed_on(parameters)),
        "pack-parameters": template_text([_pair(name) for name in passed]),
        "redeployment": _REDEPLOYMENT.read_text("utf-8"),
    }
    return with_parts(text, parts, FILE)


def _passed_on(parameters: Sequence[TemplateParameter]) -> list[Any]:
    """For a StackSet, which refuses parameters that its template does not declare: rules.yaml has none for signing."""
    return [either("CodeIsSigned", _passed(each)) if each is MAYBE_SIGNED else _passed(each) for each in parameters]


def _passed(parameter: TemplateParameter) -> dict[str, Any]:
    return {"ParameterKey": parameter.name, "ParameterValue": ref(parameter.name)}


def _pair(name: str) -> dict[str, Any]:
    return {"ParameterName": name, "ParameterValue": ref(name)}
