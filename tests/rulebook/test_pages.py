"""Every page says all that its module says, and nothing on it turns into something else."""

import re

import pytest
from markdown_it import MarkdownIt

from rootguard.catalog import load_catalog, load_process_checks, load_rules, module_of
from rootguard.kit.evaluation import EXEMPT
from rootguard.kit.links import page_url
from rootguard.kit.rule import AnyRule
from rootguard.pack_names import pack_parameter
from rootguard.permissions import grants
from rootguard.practices import PRACTICES
from rootguard.process_check import ConfigRule, ProcessCheck
from rootguard.rulebook.markdown import escaped, pattern
from rootguard.rulebook.page import page
from rootguard.rulebook.sections import prose

CATALOG = load_catalog()
RULES = load_rules()
PARSER = MarkdownIt("commonmark").enable("table")
every_page = pytest.mark.parametrize("rule", CATALOG, ids=lambda rule: rule.name)
every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
every_check = pytest.mark.parametrize("check", load_process_checks(), ids=lambda check: check.name)


def headings(markdown: str) -> list[str]:
    return re.findall(r"^## (.+)$", markdown, re.MULTILINE)


@every_page
def test_a_page_says_what_must_hold_and_how_to_mend_it(rule: ConfigRule) -> None:
    text = page(rule)
    assert text.startswith(f"# {rule.name}\n\n**{escaped(rule.title)}**\n")
    assert f"- Severity: {rule.severity}\n" in text
    assert f"- Practice {rule.practice}: {escaped(PRACTICES[rule.practice])}\n" in text
    remediation = rule.remediation
    assert all(escaped(said) in text for said in (remediation.text, *remediation.console, remediation.organization))
    [fence] = [token for token in PARSER.parse(text) if token.type == "fence"]
    assert fence.content.splitlines() == list(remediation.commands)
    assert all(f"| {control.framework} | {control.version} |" in text for control in rule.controls)
    assert ("Controls" in headings(text)) is any(rule.controls)


@every_rule
def test_a_rules_page_has_every_answer(rule: AnyRule) -> None:
    text = page(rule)
    assert headings(text)[:5] == ["Why it matters", "How it decides", "How to fix it", "Permissions", "Parameters"]
    for outcome in (*rule.outcomes, EXEMPT):
        assert f"| {outcome.compliance} | {pattern(outcome.reason)} |\n" in text
        assert all(f"- {pattern(variant)}\n" in text for variant in outcome.variants)
    assert all(f"- `{action}`\n" in text for action in (*rule.actions, *rule.assumed_actions))


@every_rule
def test_a_rules_page_has_its_permissions_and_parameters(rule: AnyRule) -> None:
    text = page(rule)
    for grant in grants(rule):
        assert f"| {', '.join(f'`{action}`' for action in grant.actions)} | `{grant.resource}` |\n" in text
    for parameter in rule.parameters:
        named = f"### {parameter.name}\n\n{escaped(parameter.description)}\n\n"
        assert f"{named}- in the pack `{pack_parameter(rule, parameter)}`\n" in text
        assert f"- pattern `{parameter.pattern}`\n" in text
        assert not parameter.default or f"- default `{parameter.default}`\n" in text


@every_check
def test_a_process_checks_page_has_what_a_person_must_see(check: ProcessCheck) -> None:
    text = page(check)
    assert headings(text)[:3] == ["Why it matters", "How it is answered", "How to fix it"]
    assert all(f"- {escaped(seen)}\n" in text for seen in check.compliant_if)
    assert f"| NOT_APPLICABLE | {escaped(check.not_applicable_if)} |\n" in text


@every_page
def test_nothing_on_a_page_turns_into_something_else(rule: ConfigRule) -> None:
    tokens = PARSER.parse(page(rule))
    found = {each.type for token in tokens for each in (token, *(token.children or ()))}
    assert not found & {"html_block", "html_inline", "image", "code_block", "blockquote_open", "hr", "em_open"}
    assert {token.tag for token in tokens if token.type == "heading_open"} <= {"h1", "h2", "h3"}
    shown = "".join(child.content for token in tokens for child in token.children or () if child.type == "text")
    assert "\\" not in shown
    assert "  " not in page(rule).replace("  #", "")


@every_page
def test_the_docstring_first_says_why_and_then_how(rule: ConfigRule) -> None:
    paragraphs = prose(module_of(rule))
    assert len(paragraphs) > 1
    assert all(paragraph.strip() for paragraph in paragraphs)


@every_rule
def test_outcomes_are_listed_once_and_the_best_first(rule: AnyRule) -> None:
    assert len({outcome.reason for outcome in rule.outcomes}) == len(rule.outcomes)
    assert rule.outcomes[0].compliance == "COMPLIANT"
    assert rule.outcomes[-1].compliance == "NON_COMPLIANT"
    assert all(outcome.details or not outcome.variants for outcome in rule.outcomes)


def test_every_practice_has_a_rule() -> None:
    assert list(PRACTICES) == [1, 2, 3, 4, 5, 6, 7]
    assert {rule.practice for rule in CATALOG} == PRACTICES.keys()


def test_a_pages_address_is_where_derive_writes_it() -> None:
    assert re.fullmatch(r"https://\S+/docs/rules/root-mfa-enabled\.md", page_url("root-mfa-enabled"))
