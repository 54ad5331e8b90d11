"""What a process check is, and how one is told from everything else."""

from typing import Any

import pytest
from tests.sample_rule import REMEDIATION

from rootguard.catalog import load_process_checks, module_of
from rootguard.kit.rule import Controls, Severity
from rootguard.process_check import ProcessCheck, declares_process_check, process_check_in


def check(**changes: Any) -> ProcessCheck:
    fields: dict[str, Any] = {
        "name": "root-sample",
        "title": "A sample",
        "severity": Severity.LOW,
        "practice": 3,
        "controls": Controls(),
        "remediation": REMEDIATION,
        "compliant_if": ("It was seen.",),
        "not_applicable_if": "There is nothing to see.",
    }
    return ProcessCheck(**(fields | changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"name": "Root_Sample"}, "is not kebab case", id="name"),
        pytest.param({"title": "x" * 257}, "a title has 1 to 256 characters", id="title too long"),
        pytest.param({"compliant_if": ()}, "says what a person has to see", id="nothing to see"),
        pytest.param({"compliant_if": ("It was seen.", "")}, "says what a person has to see", id="an empty point"),
        pytest.param({"not_applicable_if": ""}, "and when it does not apply", id="no word on when it does not apply"),
    ],
)
def test_what_is_no_process_check_is_refused(changes: dict[str, Any], message: str) -> None:
    assert check().module == "root_sample"
    with pytest.raises(ValueError, match=message):
        check(**changes)


@pytest.mark.parametrize("ours", load_process_checks(), ids=lambda ours: ours.name)
def test_ours_tell_how_to_answer_them(ours: ProcessCheck) -> None:
    command = f"rootguard attest {ours.name} --account ACCOUNT_ID --compliant --note "
    assert any(each.startswith(command) for each in ours.remediation.commands)
    assert command in " ".join((module_of(ours).__doc__ or "").split())


@pytest.mark.parametrize(
    ("source", "answer"),
    [
        pytest.param('RULE = ProcessCheck(name="x")', True, id="a process check"),
        pytest.param('RULE = Rule(name="x")', False, id="a rule"),
        pytest.param("OTHER = ProcessCheck()", False, id="a process check that is not the RULE"),
        pytest.param('"""RULE = ProcessCheck()"""', False, id="words about one"),
        pytest.param("def make():\n    RULE = ProcessCheck()", False, id="one that is never made"),
        pytest.param("RULE = ", False, id="no Python"),
        pytest.param("\0", False, id="no text"),
        pytest.param("", False, id="nothing"),
    ],
)
def test_a_module_shows_without_being_run_whether_people_answer_it(source: str, answer: bool) -> None:  # noqa: FBT001 - a parameter
    assert declares_process_check(source.encode()) is answer


def config_rule(name: str, identifier: str = "AWS_CONFIG_PROCESS_CHECK", owner: str = "AWS") -> dict[str, Any]:
    return {"ConfigRuleName": name, "Source": {"Owner": owner, "SourceIdentifier": identifier}}


@pytest.mark.parametrize(
    ("rule", "ours"),
    [
        pytest.param(config_rule("root-a-conformance-pack-abc123def"), "root-a", id="ours"),
        pytest.param(config_rule("root-b-conformance-pack-abc123def"), None, id="another process check of a pack"),
        pytest.param(config_rule("root-a"), None, id="of our name, made by hand"),
        pytest.param(
            config_rule("root-a-conformance-pack-x", "IAM_ROOT_ACCESS_KEY_CHECK"), None, id="a managed rule of our name"
        ),
        pytest.param(
            config_rule("root-a-conformance-pack-x", "arn:aws:lambda:eu-central-1:1:function:f", "CUSTOM_LAMBDA"),
            None,
            id="a function's rule of our name",
        ),
        pytest.param(
            {"ConfigRuleName": "root-a-conformance-pack-x", "Source": {"Owner": "CUSTOM_POLICY"}},
            None,
            id="a Guard rule of our name",
        ),
    ],
)
def test_ours_among_an_accounts_rules(rule: dict[str, Any], ours: str | None) -> None:
    assert process_check_in(rule, ("root-a",)) == ours
