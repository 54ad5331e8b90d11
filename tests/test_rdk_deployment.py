"""RDK's own way to an account: its real command deploys the build output into the sandbox, and takes it away again.

What docs/rdk.md says about it is shown here. RDK looks at a stack every five seconds, so an account's worth of tests
takes that long; accounts that do not depend on each other are deployed at the same time.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.patience import LONGEST_WAIT

from rootguard.artifacts import Manifest, build
from rootguard.catalog import load_rules, rules_directory
from rootguard.kit.runtime import RUNTIME_ACTIONS
from rootguard.sandbox import background
from rootguard.sandbox.administrators import Administrators
from rootguard.sandbox.credentials import operator
from rootguard.sandbox.root_user import Password, root_user
from rootguard.sandbox.server import Sandbox

pytestmark = pytest.mark.slow

RULES = {rule.name: rule for rule in load_rules()}
MFA = "root-mfa-enabled"
WHOLE, NARROW, BARE, EXEMPT, FUNCTIONS, GOVERNED, FOREIGN = (f"{number}11122223333" for number in range(1, 8))
EXEMPTION = f"{EXEMPT}:2099-12-31"
DEPLOYED_AT_ONCE = {
    NARROW: (MFA, "--lambda-role-name", "narrow"),
    BARE: (MFA,),
    EXEMPT: (MFA, "--lambda-timeout", "120"),
    FUNCTIONS: ("--functions-only", "--all"),
}
"""Accounts that are deployed while the whole story is told, and what RDK is told to deploy."""

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}


type Done = subprocess.CompletedProcess[str]


def function_name(rule: str) -> str:
    return f"RDK-Rule-Function-{rule}"


@dataclass(frozen=True)
class Workspace:
    """A copy of the build output, and the account that RDK deploys it to."""

    account_id: str
    folder: Path
    environment: Mapping[str, str]
    administrators: Administrators = field(repr=False)

    def client(self, service: str) -> Any:
        return self.administrators.of(self.account_id).client(service)

    def started(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(  # noqa: S603 - an entry point of this environment
            [Path(sys.executable).with_name("rdk"), *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def rdk(self, *arguments: str, answer: str = "") -> Done:
        return ended(self.started(*arguments), answer)

    def prepare(self) -> None:
        """Give the account what `rdk init` would, but the recorder as an organization has it."""
        config, s3 = self.client("config"), self.client("s3")
        role = f"arn:aws:iam::{self.account_id}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
        group = {"allSupported": True, "includeGlobalResourceTypes": True}
        recorder = {"name": "org", "roleARN": role, "recordingGroup": group}
        s3.create_bucket(Bucket=f"history-{self.account_id}")
        config.put_configuration_recorder(ConfigurationRecorder=recorder)
        config.put_delivery_channel(DeliveryChannel={"name": "org", "s3BucketName": f"history-{self.account_id}"})
        config.start_configuration_recorder(ConfigurationRecorderName="org")
        self.make_code_bucket()

    def make_code_bucket(self) -> None:
        self.client("s3").create_bucket(Bucket=f"config-rule-code-bucket-{self.account_id}-us-east-1")

    def change(self, rule: str, **parameters: object) -> None:
        """Edit a rule's parameters.json in the workspace."""
        path = self.folder / rule / "parameters.json"
        document = json.loads(path.read_text("utf-8"))
        document["Parameters"] |= parameters
        path.write_text(json.dumps(document), "utf-8")

    def rules(self) -> dict[str, dict[str, Any]]:
        return {rule["ConfigRuleName"]: rule for rule in self.client("config").describe_config_rules()["ConfigRules"]}

    def functions(self) -> dict[str, dict[str, Any]]:
        return {each["FunctionName"]: each for each in self.client("lambda").list_functions()["Functions"]}

    def verdicts(self) -> dict[str, str]:
        """Have every rule evaluated; its result and reason."""
        config, rules = self.client("config"), list(self.rules())
        config.start_config_rules_evaluation(ConfigRuleNames=rules)
        assert background.idle(60)
        found = {rule: config.get_compliance_details_by_config_rule(ConfigRuleName=rule) for rule in rules}
        return {
            rule: f"{result['ComplianceType']}: {result['Annotation']}"
            for rule, details in found.items()
            for result in details["EvaluationResults"]
        }

    def stacks(self) -> dict[str, str]:
        stacks = self.client("cloudformation").list_stacks()["StackSummaries"]
        return {stack["StackName"]: stack["StackStatus"] for stack in stacks}

    def inventory(self) -> dict[str, set[str]]:
        """The names of everything that RDK makes."""
        config, iam = self.client("config"), self.client("iam")
        log_groups = self.client("logs").describe_log_groups()["logGroups"]
        return {
            "rules": set(self.rules()),
            "functions": set(self.functions()),
            "roles": {role["RoleName"] for role in iam.list_roles()["Roles"]},
            "stacks": {name for name, status in self.stacks().items() if status != "DELETE_COMPLETE"},
            "log groups": {group["logGroupName"] for group in log_groups},
            "buckets": {bucket["Name"] for bucket in self.client("s3").list_buckets()["Buckets"]},
            "recorders": {each["name"] for each in config.describe_configuration_recorders()["ConfigurationRecorders"]},
            "channels": {each["name"] for each in config.describe_delivery_channels()["DeliveryChannels"]},
        }


def ended(process: subprocess.Popen[str], answer: str = "") -> Done:
    try:
        output, errors = process.communicate(answer, timeout=LONGEST_WAIT)
    except subprocess.TimeoutExpired:
        process.kill()
        output, errors = process.communicate()
        pytest.fail(f"{process.args!r} did not end:\n{output}\n{errors}")
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


def succeeded(done: Done) -> Done:
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rdk") / "build"
    build(rules_directory(), folder)
    return folder


@pytest.fixture(scope="module")
def workspaces(sandbox: Sandbox, built: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Workspace]:
    """One per account; RDK packs in the temporary folder under the rule's name, so each has one of its own."""
    administrators = Administrators(sandbox)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
    found = {}
    for account_id in (WHOLE, NARROW, BARE, EXEMPT, FUNCTIONS, GOVERNED, FOREIGN):
        root_user(account_id).password = Password()
        folder = tmp_path_factory.mktemp("workspace")
        shutil.copytree(built, folder / "build")
        (folder / "tmp").mkdir()
        environment = clean | sandbox.environment(operator(account_id)) | {"TMPDIR": str(folder / "tmp")}
        found[account_id] = Workspace(account_id, folder / "build", environment, administrators)
    return found


@pytest.fixture(scope="module")
def deployments(workspaces: dict[str, Workspace]) -> Iterator[dict[str, subprocess.Popen[str]]]:
    """`rdk deploy`, running in several accounts."""
    for account_id in (NARROW, EXEMPT, FUNCTIONS):
        workspaces[account_id].prepare()
    workspaces[BARE].make_code_bucket()
    narrow = workspaces[NARROW].client("iam")
    narrow.create_role(RoleName="narrow", AssumeRolePolicyDocument=json.dumps(TRUST))
    narrow.put_role_policy(RoleName="narrow", PolicyName="p", PolicyDocument=json.dumps(least_privilege(MFA)))
    workspaces[EXEMPT].change(MFA, OptionalParameters=json.dumps({"ExemptAccounts": EXEMPTION}))
    running = {account: workspaces[account].started("deploy", *what) for account, what in DEPLOYED_AT_ONCE.items()}
    yield running
    for process in running.values():
        process.kill()
        process.communicate()


def least_privilege(rule: str) -> dict[str, Any]:
    group = f"arn:aws:logs:*:*:log-group:/aws/lambda/{function_name(rule)}:*"
    write = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    statements = [
        {"Effect": "Allow", "Action": [*RULES[rule].actions, *RUNTIME_ACTIONS], "Resource": "*"},
        {"Effect": "Allow", "Action": write, "Resource": group},
    ]
    return {"Version": "2012-10-17", "Statement": statements}


@dataclass
class Story:
    """What an account looked like, from `rdk init` to `rdk clean`."""

    empty: dict[str, set[str]]
    initialised: dict[str, set[str]]
    recorder_role_policies: list[str]
    init_again: str
    deployed: dict[str, set[str]]
    packed: dict[str, list[str]]
    rules: dict[str, dict[str, Any]]
    functions: dict[str, dict[str, Any]]
    permissions: dict[str, list[dict[str, Any]]]
    role: dict[str, Any]
    verdicts: dict[str, str]
    logs: dict[str, str]
    again: str
    versions: list[str]
    kept: dict[str, set[str]]
    undeployed: dict[str, set[str]]
    cleaned: dict[str, set[str]]


@pytest.fixture(scope="module")
def story(workspaces: dict[str, Workspace], deployments: dict[str, subprocess.Popen[str]]) -> Story:
    """Init, deploy, evaluate, logs, deploy again, undeploy, clean; each has to succeed."""
    del deployments  # which run meanwhile
    account = workspaces[WHOLE]
    told: dict[str, Any] = {"empty": account.inventory()}
    succeeded(account.rdk("init"))
    told["initialised"] = account.inventory()
    policies = account.client("iam").list_attached_role_policies(RoleName="config-role")["AttachedPolicies"]
    told["recorder_role_policies"] = [policy["PolicyName"] for policy in policies]
    told["init_again"] = succeeded(account.rdk("init")).stdout
    assert account.inventory() == told["initialised"]
    succeeded(account.rdk("deploy", "--all"))
    told |= {
        "deployed": account.inventory(),
        "packed": {rule: zipfile.ZipFile(account.folder / rule / f"{rule}.zip").namelist() for rule in RULES},
        "rules": account.rules(),
        "functions": account.functions(),
        "permissions": {rule: statements(account, rule) for rule in RULES},
        "role": role_of(account, MFA),
        "verdicts": account.verdicts(),
        "logs": {rule: succeeded(account.rdk("logs", rule, "-n", "9")).stdout for rule in RULES},
        "again": succeeded(account.rdk("deploy", MFA)).stdout,
    }
    versions = account.client("lambda").list_versions_by_function(FunctionName=function_name(MFA))["Versions"]
    told["versions"] = [each["Version"] for each in versions]
    succeeded(account.rdk("undeploy", "--all", answer="n\n"))
    told["kept"] = account.inventory()
    succeeded(account.rdk("undeploy", "--all", "--force"))
    told["undeployed"] = account.inventory()
    succeeded(account.rdk("clean", "--force"))
    told["cleaned"] = account.inventory()
    return Story(**told)


def statements(account: Workspace, rule: str) -> list[dict[str, Any]]:
    policy = account.client("lambda").get_policy(FunctionName=function_name(rule))["Policy"]
    found: list[dict[str, Any]] = json.loads(policy)["Statement"]
    return found


def role_of(account: Workspace, rule: str) -> dict[str, Any]:
    """The attached policies and the inline statements of a function's role."""
    iam, role = account.client("iam"), account.functions()[function_name(rule)]["Role"].rsplit("/", 1)[1]
    attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    inline = {each["Sid"]: (each["Action"], each["Resource"]) for each in document["Statement"]}
    return {"attached": [policy["PolicyName"] for policy in attached], "inline": inline}


def test_init_makes_the_recorder_its_role_and_two_buckets(story: Story) -> None:
    assert not any(story.empty.values())
    assert story.initialised == {
        **story.empty,
        "roles": {"config-role"},
        "buckets": {f"config-bucket-{WHOLE}", f"config-rule-code-bucket-{WHOLE}-us-east-1"},
        "recorders": {"default"},
        "channels": {"default"},
    }
    assert sorted(story.recorder_role_policies) == ["AWS_ConfigRole", "ReadOnlyAccess"]


def test_init_takes_an_account_that_has_a_recorder_for_control_tower_s(story: Story) -> None:
    assert "Found Config Recorder: default" in story.init_again
    assert "part of a Control Tower managed Organization" in story.init_again


def test_deploy_makes_a_stack_a_function_and_a_rule_of_each_folder(story: Story) -> None:
    assert story.deployed["rules"] == set(RULES)
    assert story.deployed["stacks"] == set(RULES)
    assert story.deployed["functions"] == {function_name(rule) for rule in RULES}


@pytest.mark.parametrize("name", RULES)
def test_rule_is_as_its_module_says(story: Story, name: str) -> None:
    rule = story.rules[name]
    assert rule["Description"] == RULES[name].title
    assert rule["Source"]["SourceIdentifier"] == story.functions[function_name(name)]["FunctionArn"]
    assert rule["Source"]["SourceDetails"] == [
        {
            "EventSource": "aws.config",
            "MessageType": "ScheduledNotification",
            "MaximumExecutionFrequency": str(RULES[name].frequency),
        }
    ]
    assert json.loads(rule["InputParameters"]) == {
        parameter.name: parameter.default for parameter in RULES[name].parameters if parameter.default
    }


@pytest.mark.parametrize("name", RULES)
def test_function_gets_no_layer_and_other_settings_than_ours(story: Story, name: str, built: Path) -> None:
    function, artifact = story.functions[function_name(name)], Manifest.read(built).rules[name]
    assert (function["Runtime"], function["Handler"]) == ("python3.13", artifact.handler)
    assert not function.get("Layers")
    assert (function["Timeout"], function["Architectures"]) == (60, ["x86_64"])
    assert function["CodeSha256"] != artifact.code_sha256


@pytest.mark.parametrize("name", RULES)
def test_zip_of_rdk_is_ours_with_the_folder_s_other_files(story: Story, name: str, built: Path) -> None:
    ours = set(zipfile.ZipFile(built / f"{name}.zip").namelist())
    module = RULES[name].module
    packed = {path for path in story.packed[name] if not path.endswith("/")}
    assert packed - ours == {"parameters.json", f"{module}_test.py"}
    assert ours <= packed


@pytest.mark.parametrize("name", RULES)
def test_any_account_s_config_may_invoke(story: Story, name: str) -> None:
    (statement,) = story.permissions[name]
    assert statement["Principal"] == {"Service": "config.amazonaws.com"}
    assert "Condition" not in statement


def test_role_is_wide(story: Story) -> None:
    assert story.role["attached"] == ["ReadOnlyAccess"]
    assert story.role["inline"]["ReadIamResources"] == (["iam:List*", "iam:Get*"], "*")
    assert story.role["inline"]["AllowRoleAssumption"] == (["sts:AssumeRole"], "*")


def test_every_rule_judges_the_account(story: Story) -> None:
    verdicts = dict(story.verdicts)
    used = verdicts.pop("root-not-used")  # tells the time
    assert used.startswith("COMPLIANT: root's password and access keys were never used, as far as AWS knows (as of ")
    assert verdicts == {
        "hardware-mfa-for-root": "NON_COMPLIANT: root has a password but no MFA device",
        "organization-root-management": (
            "NOT_APPLICABLE: the account is in no organization, so there is nothing to manage centrally"
        ),
        "root-alarm-present": "NON_COMPLIANT: no trail records the account's activity",
        "root-credentials-removed": (
            "NOT_APPLICABLE: the account is in no organization that could manage its root user"
        ),
        "root-denied-by-scp": (
            "NOT_APPLICABLE: the account is in no organization, so no service control policy can bind its root"
        ),
        "root-mfa-enabled": "NON_COMPLIANT: root has a password but no MFA device",
        "root-no-access-keys": "COMPLIANT: root has no access key",
        "root-no-signing-certificates": "COMPLIANT: root has no signing certificate",
        "root-security-contact": "NON_COMPLIANT: no security contact is set",
    }


@pytest.mark.parametrize("name", RULES)
def test_logs_show_the_evaluation(story: Story, name: str) -> None:
    text = re.sub(r"\n {22}", "", story.logs[name])  # RDK wraps lines
    record, *_ = re.findall(r"- (\{.*\})$", text, re.MULTILINE)
    verdict = story.verdicts[name].split(": ")[0]
    assert {"rule": name, "account": WHOLE, "compliance": verdict}.items() <= json.loads(record).items()
    assert "REPORT RequestId" in text


def test_deploying_again_changes_no_rule_and_publishes_the_code_again(story: Story) -> None:
    assert "No changes to Config Rule." in story.again
    assert "Lambda code updated." in story.again
    assert story.versions == ["$LATEST", "1"]


def test_undeploy_asks_first(story: Story) -> None:
    assert {kind: story.kept[kind] for kind in ("rules", "functions", "stacks")} == {
        kind: story.deployed[kind] for kind in ("rules", "functions", "stacks")
    }


def test_undeploy_leaves_the_logs_and_what_init_made(story: Story) -> None:
    assert story.undeployed == {
        **story.initialised,
        "log groups": {f"/aws/lambda/{function_name(rule)}" for rule in RULES},
    }


def test_clean_leaves_the_logs_only(story: Story) -> None:
    assert story.cleaned == {**story.empty, "log groups": story.undeployed["log groups"]}


def test_role_of_your_own_may_be_as_narrow_as_the_rule_s_actions(
    workspaces: dict[str, Workspace], deployments: dict[str, subprocess.Popen[str]]
) -> None:
    account = workspaces[NARROW]
    succeeded(ended(deployments[NARROW]))
    assert account.inventory()["roles"] == {"narrow"}
    assert account.verdicts() == {MFA: "NON_COMPLIANT: root has a password but no MFA device"}
    assert "root has a password" in re.sub(r"\n {22}", "", succeeded(account.rdk("logs", MFA)).stdout)
    too_many = account.rdk("logs", MFA, "-n", "51")
    assert (too_many.returncode, "less than or equal to 50" in too_many.stderr) == (1, True)


def test_other_account_s_rule_may_use_the_function_which_refuses_to_judge_it(
    workspaces: dict[str, Workspace], deployments: dict[str, subprocess.Popen[str]]
) -> None:
    """RDK's permission lets it in; the kit's runtime does not."""
    ended(deployments[FUNCTIONS])
    arn = workspaces[FUNCTIONS].functions()[function_name(MFA)]["FunctionArn"]
    foreign = workspaces[FOREIGN]
    foreign.prepare()
    details = [{"EventSource": "aws.config", "MessageType": "ScheduledNotification"}]
    source = {"Owner": "CUSTOM_LAMBDA", "SourceIdentifier": arn, "SourceDetails": details}
    foreign.client("config").put_config_rule(ConfigRule={"ConfigRuleName": "borrowed", "Source": source})
    assert foreign.verdicts() == {}
    (status,) = foreign.client("config").describe_config_rule_evaluation_status()["ConfigRulesEvaluationStatus"]
    assert FOREIGN in status["LastErrorMessage"]


def test_functions_only_makes_functions_and_no_rules(
    workspaces: dict[str, Workspace], deployments: dict[str, subprocess.Popen[str]]
) -> None:
    account = workspaces[FUNCTIONS]
    ended(deployments[FUNCTIONS])
    found = account.inventory()
    assert found["stacks"] == {"RDK-Config-Rule-Functions"}
    assert found["functions"] == {function_name(rule) for rule in RULES}
    assert found["rules"] == set()
    assert [function.get("Layers") or [] for function in account.functions().values()] == [[]] * len(RULES)


def test_parameters_edited_in_the_workspace_reach_the_rule(
    workspaces: dict[str, Workspace], deployments: dict[str, subprocess.Popen[str]]
) -> None:
    account = workspaces[EXEMPT]
    succeeded(ended(deployments[EXEMPT]))
    assert json.loads(account.rules()[MFA]["InputParameters"]) == {"ExemptAccounts": EXEMPTION}
    assert account.functions()[function_name(MFA)]["Timeout"] == 120
    assert account.verdicts()[MFA].startswith("NOT_APPLICABLE: ")
    account.change(MFA, OptionalParameters='{"ExemptAccounts": ""}', Description="changed")
    assert "No changes" not in succeeded(account.rdk("deploy", MFA)).stdout
    assert account.rules()[MFA]["Description"] == "changed"
    assert json.loads(account.rules()[MFA]["InputParameters"]) == {}


def test_deploy_without_a_recorder_rolls_back_and_exits_0(
    workspaces: dict[str, Workspace], deployments: dict[str, subprocess.Popen[str]]
) -> None:
    """The next attempt fails on the stack that is left, until it is undeployed."""
    account = workspaces[BARE]
    first = ended(deployments[BARE])
    assert (first.returncode, account.stacks()) == (0, {MFA: "ROLLBACK_COMPLETE"})
    assert "Rolled Back" in first.stdout
    assert "Config deploy complete." in first.stdout
    assert not account.inventory()["functions"] | account.inventory()["rules"]
    second = account.rdk("deploy", MFA)
    assert second.returncode == 1
    assert "ROLLBACK_COMPLETE state and can not be updated" in second.stdout
    succeeded(account.rdk("undeploy", MFA, "--force"))
    assert account.stacks() == {MFA: "DELETE_COMPLETE"}


def test_deploy_without_the_code_bucket_fails(workspaces: dict[str, Workspace]) -> None:
    done = workspaces[GOVERNED].rdk("deploy", MFA)
    assert done.returncode == 1
    assert "NoSuchBucket" in done.stderr


def test_rule_that_is_not_there_is_skipped_beside_one_that_is(workspaces: dict[str, Workspace]) -> None:
    done = workspaces[GOVERNED].rdk("deploy", "root-mfa-enable", "root-no-access-keys")
    assert "Zipping root-no-access-keys" in done.stdout
    assert "root-mfa-enable" not in done.stdout + done.stderr


def test_clean_takes_a_recorder_and_a_history_that_rdk_has_not_made(workspaces: dict[str, Workspace]) -> None:
    account = workspaces[GOVERNED]
    account.prepare()
    account.client("s3").put_object(Bucket=f"history-{GOVERNED}", Key="2026/snapshot.json", Body=b"{}")
    succeeded(account.rdk("clean", "--force"))
    assert not any(account.inventory().values())


def test_modify_takes_the_handler_away(workspaces: dict[str, Workspace]) -> None:
    account = workspaces[GOVERNED]
    succeeded(account.rdk("modify", "hardware-mfa-for-root", "--maximum-frequency", "Twelve_Hours"))
    path = account.folder / "hardware-mfa-for-root" / "parameters.json"
    parameters = json.loads(path.read_text("utf-8"))["Parameters"]
    assert parameters["SourcePeriodic"] == "Twelve_Hours"
    assert "SourceHandler" not in parameters
    assert parameters["SourceRuntime"] == "python3.14-lib"
    assert parameters["Description"] == "hardware-mfa-for-root"
