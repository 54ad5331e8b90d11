"""What is read back where AWS Config says nothing: an error, never silence."""

from collections.abc import Iterator, Mapping

import pytest

from rootguard.catalog import load_process_checks, load_rules
from rootguard.demo.cases import MANAGEMENT
from rootguard.demo.compliance_view import ERROR, OPEN, Cell, as_document, last_run_failed, read_cells
from rootguard.demo.organization import DemoAccount
from rootguard.sandbox.administrators import Administrators
from rootguard.sandbox.server import Sandbox

RULES = load_rules()
ACCOUNT_ID = "111122223333"


@pytest.fixture
def account() -> Iterator[DemoAccount]:
    """An account of AWS Config's without any rule."""
    with Sandbox() as sandbox:
        yield DemoAccount(ACCOUNT_ID, "payments", MANAGEMENT, Administrators(sandbox).of(ACCOUNT_ID))


def put_rule(account: DemoAccount, name: str) -> None:
    """A rule that AWS evaluates itself, which the sandbox never does."""
    config = account.administrator.client("config")
    role = f"arn:aws:iam::{ACCOUNT_ID}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
    config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": role})
    source = {"Owner": "AWS", "SourceIdentifier": "ROOT_ACCOUNT_MFA_ENABLED"}
    config.put_config_rule(ConfigRule={"ConfigRuleName": name, "Source": source})


def test_an_account_without_the_rules_has_an_error_for_each(account: DemoAccount) -> None:
    assert list(read_cells(account, RULES)) == [
        Cell(ACCOUNT_ID, "payments", rule.name, ERROR, "AWS Config does not have this rule") for rule in RULES
    ]


def test_a_rule_without_a_result_is_an_error(account: DemoAccount) -> None:
    put_rule(account, f"{RULES[0].name}-conformance-pack-abcdefghi")
    reasons = [(cell.rule, cell.compliance, cell.reason) for cell in read_cells(account, RULES[:2])]
    assert reasons == [
        (RULES[0].name, ERROR, "AWS Config has no result for this rule"),
        (RULES[1].name, ERROR, "AWS Config does not have this rule"),
    ]


def test_a_check_without_a_result_is_open(account: DemoAccount) -> None:
    check = load_process_checks()[0]
    put_rule(account, f"{check.name}-conformance-pack-abcdefghi")
    assert list(read_cells(account, [check])) == [Cell(ACCOUNT_ID, "payments", check.name, OPEN, "nobody has attested")]


def test_a_check_that_is_not_deployed_is_an_error(account: DemoAccount) -> None:
    [cell] = read_cells(account, load_process_checks()[:1])
    assert (cell.compliance, cell.reason) == (ERROR, "AWS Config does not have this rule")


def test_a_rule_outside_of_the_pack_is_not_ours(account: DemoAccount) -> None:
    put_rule(account, RULES[0].name)
    assert [cell.reason for cell in read_cells(account, RULES[:1])] == ["AWS Config does not have this rule"]


@pytest.mark.parametrize(
    ("status", "failed"),
    [
        pytest.param({}, False, id="never run"),
        pytest.param({"LastSuccessfulEvaluationTime": 2}, False, id="succeeded"),
        pytest.param({"LastFailedEvaluationTime": 1}, True, id="function failed"),
        pytest.param({"LastFailedInvocationTime": 1}, True, id="function could not be invoked"),
        pytest.param({"LastFailedEvaluationTime": 1, "LastSuccessfulEvaluationTime": 2}, False, id="succeeded since"),
        pytest.param({"LastFailedEvaluationTime": 3, "LastSuccessfulEvaluationTime": 2}, True, id="failed since"),
        pytest.param(
            {"LastFailedEvaluationTime": 1, "LastFailedInvocationTime": 3, "LastSuccessfulEvaluationTime": 2},
            True,
            id="failed, succeeded, could not be invoked",
        ),
    ],
)
def test_the_last_run_counts(status: Mapping[str, int], *, failed: bool) -> None:
    assert last_run_failed({**status, "LastErrorMessage": "of some run"}) is failed


def test_errors_and_what_is_open_stand_apart_from_results() -> None:
    cells = [
        Cell("1", "one", "a-rule", "COMPLIANT", "well"),
        Cell("1", "one", "b-rule", ERROR, "denied"),
        Cell("1", "one", "c-check", OPEN, "nobody has attested"),
    ]
    assert as_document(cells) == {
        "results": [
            {"account_id": "1", "account_name": "one", "rule": "a-rule", "compliance": "COMPLIANT", "reason": "well"}
        ],
        "errors": [{"account_id": "1", "account_name": "one", "rule": "b-rule", "error": "denied"}],
        "open": [{"account_id": "1", "account_name": "one", "rule": "c-check"}],
    }
