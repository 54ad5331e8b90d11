"""Which values the stacks get: what is given, else what they have, else the template's default."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from rootguard.catalog import templates_directory
from rootguard.deploy import names
from rootguard.deploy.choices import Choices, Scope, organization_parameters, scope_of, signing_profile_of
from rootguard.deploy.parameters import DECIDED, OPTION_OF, as_list, check_lengths, effective, parse, plan
from rootguard.deploy.standing import Standing
from rootguard.deploy.template import Constraint, Template, read_template
from rootguard.errors import RootguardError

TEMPLATE = Template("rules.yaml", "", {"ArtifactBucket": None, "Alarms": "disabled", "LogRetentionDays": "365"})
MEMBER_STANDING = Standing("111111111111", "o-1", "999999999999", "aws", "eu-central-1", "DELEGATED_ADMIN")
ARN = "arn:aws:signer:eu-central-1:111111111111:/signing-profiles/mine/v1"


def given(name: str, value: str) -> dict[str, str]:
    return {"ParameterKey": name, "ParameterValue": value}


def kept(name: str) -> dict[str, Any]:
    return {"ParameterKey": name, "UsePreviousValue": True}


@pytest.mark.parametrize(
    ("values", "existing", "planned"),
    [
        pytest.param({"ArtifactBucket": "b"}, None, [given("ArtifactBucket", "b")], id="new: defaults are left to AWS"),
        pytest.param(
            {"ArtifactBucket": "b", "Alarms": "enabled", "OfAnother": "x"},
            None,
            [given("ArtifactBucket", "b"), given("Alarms", "enabled")],
            id="new: what belongs to another template is passed over",
        ),
        pytest.param(
            {"ArtifactBucket": "b"},
            {"ArtifactBucket": "a", "Alarms": "enabled", "LogRetentionDays": "30"},
            [given("ArtifactBucket", "b"), kept("Alarms"), kept("LogRetentionDays")],
            id="update: an earlier choice is kept",
        ),
        pytest.param(
            {"Alarms": "disabled"},
            {"ArtifactBucket": "a", "Alarms": "enabled"},
            [kept("ArtifactBucket"), given("Alarms", "disabled")],
            id="update: a parameter that the stack has not yet gets its default",
        ),
        pytest.param(
            {"Alarms": ""},
            {"ArtifactBucket": "a", "Alarms": "enabled", "Gone": "x"},
            [kept("ArtifactBucket"), given("Alarms", "")],
            id="update: an empty value is a value, and one that the template has no longer is dropped",
        ),
    ],
)
def test_plan(values: Mapping[str, str], existing: Mapping[str, str] | None, planned: Sequence[object]) -> None:
    assert plan(TEMPLATE, values, existing) == planned


@pytest.mark.parametrize("existing", [None, {}, {"Alarms": "enabled"}])
def test_a_parameter_without_any_value_is_asked_for(existing: Mapping[str, str] | None) -> None:
    with pytest.raises(RootguardError, match=r"rules\.yaml needs a value for ArtifactBucket: give --parameter Art"):
        plan(TEMPLATE, {}, existing)


@pytest.mark.parametrize(
    ("assignments", "parsed"),
    [
        pytest.param([], {}, id="none"),
        pytest.param(
            ["Alarms=enabled", "LogRetentionDays=30"], {"Alarms": "enabled", "LogRetentionDays": "30"}, id="2"
        ),
        pytest.param(["Alarms="], {"Alarms": ""}, id="empty value"),
        pytest.param(["Alarms=a=b"], {"Alarms": "a=b"}, id="value with an equals sign"),
    ],
)
def test_parse(assignments: Sequence[str], parsed: Mapping[str, str]) -> None:
    assert parse(assignments, [TEMPLATE]) == parsed


@pytest.mark.parametrize(
    ("assignments", "said"),
    [
        pytest.param(["Alarms"], "--parameter Alarms: write NAME=VALUE", id="no value"),
        pytest.param(["Alarm=x"], "there is none of this name; there are Alarms, LogRetentionDays$", id="unknown"),
        pytest.param(["ArtifactBucket=x"], "--parameter ArtifactBucket: deploy finds its value itself", id="decided"),
        pytest.param(["ExcludedAccounts=1"], "--parameter ExcludedAccounts: use --exclude", id="has an option"),
        pytest.param(["Alarms=a", "Alarms=b"], "--parameter Alarms is given twice", id="twice"),
    ],
)
def test_what_cannot_be_parsed_says_why(assignments: Sequence[str], said: str) -> None:
    with pytest.raises(RootguardError, match=said):
        parse(assignments, [TEMPLATE])


@pytest.mark.parametrize(
    ("choices", "earlier", "scope"),
    [
        pytest.param(Choices(), {}, Scope(("r-root",), (), "organization"), id="first time, nothing chosen"),
        pytest.param(
            Choices(units=("ou-1", "ou-2"), excluded=("2", "1", "2"), pack_deployment="stackset"),
            {},
            Scope(("ou-1", "ou-2"), ("1", "2"), "stackset"),
            id="first time, all chosen",
        ),
        pytest.param(
            Choices(),
            {"OrganizationalUnitIds": "ou-1,ou-2", "ExcludedAccounts": "1, 2", "PackDeployment": "stackset"},
            Scope(("ou-1", "ou-2"), ("1", "2"), "stackset"),
            id="again, nothing chosen: as before",
        ),
        pytest.param(
            Choices(units=("r-root",), excluded=(), pack_deployment="organization"),
            {"OrganizationalUnitIds": "ou-1,ou-2", "ExcludedAccounts": "1,2", "PackDeployment": "stackset"},
            Scope(("r-root",), (), "organization"),
            id="again, all taken back",
        ),
    ],
)
def test_scope(choices: Choices, earlier: Mapping[str, str], scope: Scope) -> None:
    assert scope_of(choices, earlier, "r-root") == scope


@pytest.mark.parametrize(
    ("option", "earlier", "profile"),
    [
        pytest.param(None, {}, None, id="never signed"),
        pytest.param("mine", {}, "mine", id="sign"),
        pytest.param(None, {"SigningProfileVersionArn": ARN}, "mine", id="signed before: signed again"),
        pytest.param("other", {"SigningProfileVersionArn": ARN}, "other", id="another profile"),
        pytest.param("none", {"SigningProfileVersionArn": ARN}, None, id="no longer"),
        pytest.param(None, {"SigningProfileVersionArn": ""}, None, id="unsigned before"),
    ],
)
def test_signing_profile(option: str | None, earlier: Mapping[str, str], profile: str | None) -> None:
    assert signing_profile_of(Choices(signing_profile=option), earlier) == profile


@pytest.mark.parametrize(
    ("choices", "more"),
    [
        pytest.param(Choices(), {}, id="no preferences: those of before stay"),
        pytest.param(
            Choices(concurrency=50, failure_tolerance=0),
            {"MaxConcurrentPercentage": "50", "FailureTolerancePercentage": "0"},
            id="preferences, zero is one",
        ),
    ],
)
def test_organization_parameters(choices: Choices, more: Mapping[str, str]) -> None:
    scope = Scope(("ou-1", "ou-2"), ("1",), "organization")
    assert organization_parameters(scope, MEMBER_STANDING, ["9", "3"], choices) == {
        "OrganizationalUnitIds": "ou-1,ou-2",
        "ExcludedAccounts": "1",
        "PackExcludedAccounts": "3,9",
        "PackDeployment": "organization",
        "CallAs": "DELEGATED_ADMIN",
        **more,
    }


@pytest.mark.parametrize(("value", "items"), [("", []), ("a", ["a"]), (" a , b,,", ["a", "b"])])
def test_as_list(value: str, items: Sequence[str]) -> None:
    assert as_list(value) == items


def test_every_parameter_that_deploy_decides_or_has_an_option_for_is_one_of_the_templates() -> None:
    templates = (
        names.ARTIFACTS_TEMPLATE,
        names.RULES_TEMPLATE,
        names.ORGANIZATION_TEMPLATE,
        names.SECURITY_HUB_TEMPLATE,
    )
    declared = {parameter for name in templates for parameter in read_template(templates_directory(), name).defaults}
    assert declared >= DECIDED | OPTION_OF.keys()


def test_every_parameter_of_organization_yaml_is_known_to_deploy_or_has_a_default() -> None:
    template = read_template(templates_directory(), names.ORGANIZATION_TEMPLATE)
    required = {name for name, default in template.defaults.items() if default is None}
    assert required <= DECIDED | {"OrganizationalUnitIds"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(None, "No such file", id="missing"),
        pytest.param("a: [", "is no CloudFormation template: while parsing", id="not YAML"),
        pytest.param("text", "is no CloudFormation template", id="no mapping"),
    ],
)
def test_what_is_no_template_says_so(tmp_path: Path, content: str | None, said: str) -> None:
    if content is not None:
        (tmp_path / "rules.yaml").write_text(content)
    with pytest.raises(RootguardError, match=said):
        read_template(tmp_path, "rules.yaml")


def test_a_template_is_read_with_its_short_forms_and_kept_as_it_is(tmp_path: Path) -> None:
    text = (
        "Parameters:\n  Days: {Type: Number, Default: 30}\n  Name: {Type: String}\nOutputs: {A: {Value: !Ref Name}}\n"
    )
    (tmp_path / "rules.yaml").write_text(text)
    constraints = {"Days": Constraint(is_number=True), "Name": Constraint()}
    assert read_template(tmp_path, "rules.yaml") == Template(
        "rules.yaml", text, {"Days": "30", "Name": None}, constraints
    )


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        pytest.param("LogRetentionDays", "2", "one of 30, 60, 90, ", id="not among the values"),
        pytest.param("ConcurrencyMode", "FAST", "organization.yaml wants one of SOFT_", id="of a later template"),
        pytest.param("FunctionPrefix", "x" * 19, "wants at most 18 characters", id="too long"),
        pytest.param("FunctionPrefix", "a b", r"wants what matches \^.* \(Names of functions", id="not as the pattern"),
        pytest.param("NoncurrentVersionDays", "x", "wants a number of at least 1 and at most 3650$", id="no number"),
        pytest.param("NoncurrentVersionDays", "0", "wants a number of at least 1", id="too small"),
        pytest.param("NoncurrentVersionDays", "99999", "and at most 3650", id="too large"),
        pytest.param("AccessLogBucket", "Not_A_Bucket", "wants a bucket's name, or nothing$", id="said in words"),
    ],
)
def test_a_value_that_a_template_refuses_is_refused_before_anything_is_deployed(
    name: str, value: str, wanted: str
) -> None:
    folder = templates_directory()
    templates = [
        read_template(folder, each)
        for each in (names.ARTIFACTS_TEMPLATE, names.RULES_TEMPLATE, names.ORGANIZATION_TEMPLATE)
    ]
    with pytest.raises(RootguardError, match=f"^--parameter {name}={value}: .*{wanted}"):
        parse([f"{name}={value}"], templates)


def test_each_item_of_a_list_is_held_to_the_pattern() -> None:
    constraint = Constraint(is_list=True, pattern=r"^\d+$")
    assert not constraint.wants("1, 22,333")
    assert constraint.wants("1,x")


@pytest.mark.parametrize("name", [names.ARTIFACTS_TEMPLATE, names.RULES_TEMPLATE, names.SECURITY_HUB_TEMPLATE])
def test_defaults_are_values_that_a_template_takes(name: str) -> None:
    template = read_template(templates_directory(), name)
    defaults = {each: default for each, default in template.defaults.items() if default is not None}
    assert defaults
    assert {each: template.constraints[each].wants(default) for each, default in defaults.items()} == dict.fromkeys(
        defaults, ""
    )


def exempt(accounts: int) -> str:
    return ",".join(["123456789012:2027-01-31"] * accounts)


def test_what_aws_config_would_refuse_in_every_account_is_refused_at_once() -> None:
    """1,024 characters of a rule's parameters as JSON (API model config, InputParameters)."""
    template = read_template(templates_directory(), names.ORGANIZATION_TEMPLATE)
    given = {"ExemptAccounts": exempt(39)}
    check_lengths(effective(template, given, None))
    given |= {"RootAlarmPresentAlarmReaderRoleArn": "arn:aws:iam::111122223333:role/rootguard-reader"}
    with pytest.raises(
        RootguardError,
        match=r"^the parameters of root-alarm-present have 1,\d{3} characters together, AWS Config takes 1,024: "
        "shorten --parameter ExemptAccounts$",
    ):
        check_lengths(effective(template, given, None))
