"""The core resource types in stacks: what depends on what, what a change replaces, whose permissions count."""

import copy
import json
from typing import Any

import pytest

from rootguard.sandbox import background
from rootguard.sandbox.config_rules.settings import Settings
from rootguard.sandbox.state import state

SOURCE = "def handler(event, context):\n    return 'judged'\n"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
LOGGING = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": {"Fn::GetAtt": ["Log", "Arn"]},
        }
    ],
}
TELLING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sns:Publish", "Resource": {"Ref": "Topic"}}],
}
PUBLISHING = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": {"Ref": "Topic"},
        }
    ],
}

TEMPLATE: dict[str, Any] = {
    "Parameters": {
        "Name": {"Type": "String", "Default": "rule"},
        "Days": {"Type": "Number", "Default": "90"},
        "Description": {"Type": "String", "Default": "judges"},
    },
    "Resources": {
        "Log": {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {
                "LogGroupName": {"Fn::Sub": "/aws/lambda/${Name}"},
                "RetentionInDays": {"Ref": "Days"},
            },
        },
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"KmsMasterKeyId": "alias/aws/sns"}},
        "TopicPolicy": {
            "Type": "AWS::SNS::TopicPolicy",
            "Properties": {"Topics": [{"Ref": "Topic"}], "PolicyDocument": PUBLISHING},
        },
        "Telling": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": TELLING}},
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": {"Ref": "Name"},
                "AssumeRolePolicyDocument": TRUST,
                "ManagedPolicyArns": [{"Ref": "Telling"}],
                "Policies": [{"PolicyName": "log", "PolicyDocument": LOGGING}],
            },
        },
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": {"Ref": "Name"},
                "Description": {"Ref": "Description"},
                "Runtime": "python3.13",
                "Architectures": ["arm64"],
                "Handler": "index.handler",
                "MemorySize": 256,
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Code": {"ZipFile": SOURCE},
                "LoggingConfig": {"LogGroup": {"Ref": "Log"}},
            },
        },
        "Permission": {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "FunctionName": {"Ref": "Function"},
                "Action": "lambda:InvokeFunction",
                "Principal": "config.amazonaws.com",
                "SourceAccount": {"Ref": "AWS::AccountId"},
            },
        },
        "Destination": {
            "Type": "AWS::Lambda::EventInvokeConfig",
            "Properties": {
                "FunctionName": {"Ref": "Function"},
                "Qualifier": "$LATEST",
                "DestinationConfig": {"OnFailure": {"Destination": {"Ref": "Topic"}}},
            },
        },
        "Alarm": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "AlarmActions": [{"Ref": "Topic"}],
                "Namespace": "AWS/Lambda",
                "MetricName": "Errors",
                "Dimensions": [{"Name": "FunctionName", "Value": {"Ref": "Function"}}],
                "Statistic": "Sum",
                "Period": 3600,
                "EvaluationPeriods": 1,
                "Threshold": 1,
                "ComparisonOperator": "GreaterThanOrEqualToThreshold",
                "TreatMissingData": "notBreaching",
            },
        },
        "Event": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "EventPattern": {"source": ["aws.config"]},
                "Targets": [{"Id": "topic", "Arn": {"Ref": "Topic"}}],
            },
        },
        "Rule": {
            "Type": "AWS::Config::ConfigRule",
            "DependsOn": "Permission",
            "Properties": {
                "ConfigRuleName": {"Ref": "Name"},
                "MaximumExecutionFrequency": "TwentyFour_Hours",
                "Source": {
                    "Owner": "CUSTOM_LAMBDA",
                    "SourceIdentifier": {"Fn::GetAtt": ["Function", "Arn"]},
                    "SourceDetails": [{"EventSource": "aws.config", "MessageType": "ScheduledNotification"}],
                },
            },
        },
    },
    "Outputs": {
        "Rule": {"Value": {"Fn::GetAtt": ["Rule", "Arn"]}},
        "Log": {"Value": {"Fn::GetAtt": ["Log", "Arn"]}},
    },
}


@pytest.fixture
def recording(account: Any) -> Any:
    """The account, with a recorder that a stack made."""
    state(Settings).evaluate_on_creation = False
    account.client("s3").create_bucket(Bucket="records")
    role = f"arn:aws:iam::{account.id}:role/recorder"
    resources = {
        "Recorder": {"Type": "AWS::Config::ConfigurationRecorder", "Properties": {"RoleARN": role}},
        "Channel": {
            "Type": "AWS::Config::DeliveryChannel",
            "DependsOn": "Recorder",
            "Properties": {"S3BucketName": "records"},
        },
    }
    assert put(account, "create_stack", {"Resources": resources}, name="recorder") == "CREATE_COMPLETE"
    return account


def put(account: Any, operation: str, template: dict[str, Any], *, name: str = "core", **parameters: str) -> str:
    """Create or update a stack; tells its status."""
    cloudformation = account.client("cloudformation")
    getattr(cloudformation, operation)(
        StackName=name,
        TemplateBody=json.dumps(template),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        Capabilities=["CAPABILITY_NAMED_IAM"],
        Tags=[{"Key": "team", "Value": "security"}],
    )
    assert background.idle(60)
    return str(cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])


def left(account: Any) -> list[Any]:
    """Everything that the template makes and that is there."""
    return [
        account.client("logs").describe_log_groups()["logGroups"],
        account.client("sns").list_topics()["Topics"],
        account.client("iam").list_policies(Scope="Local")["Policies"],
        [each["RoleName"] for each in account.client("iam").list_roles()["Roles"] if each["Path"] == "/"],
        account.client("lambda").list_functions()["Functions"],
        account.client("cloudwatch").describe_alarms()["MetricAlarms"],
        account.client("events").list_rules()["Rules"],
        account.client("config").describe_config_rules()["ConfigRules"],
    ]


def physical_ids(account: Any) -> dict[str, str]:
    found = account.client("cloudformation").describe_stack_resources(StackName="core")["StackResources"]
    return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in found}


def test_a_stack_of_everything_comes_changes_and_goes(recording: Any) -> None:
    assert put(recording, "create_stack", TEMPLATE) == "CREATE_COMPLETE"
    before = physical_ids(recording)
    assert (before["Function"], before["Rule"], before["Log"]) == ("rule", "rule", "/aws/lambda/rule")
    answer = recording.client("lambda").invoke(FunctionName="rule")
    assert json.loads(answer["Payload"].read()) == "judged"
    assert len(recording.client("logs").describe_log_streams(logGroupName="/aws/lambda/rule")["logStreams"]) == 1
    role = recording.client("iam").list_role_tags(RoleName="rule")["Tags"]
    assert role == [{"Key": "team", "Value": "security"}]
    function = recording.client("lambda").get_function(FunctionName="rule")["Tags"]
    assert function["team"] == "security"
    assert function["aws:cloudformation:logical-id"] == "Function"

    assert put(recording, "update_stack", TEMPLATE, Days="365", Description="d") == "UPDATE_COMPLETE"
    assert physical_ids(recording) == before
    (group,) = recording.client("logs").describe_log_groups()["logGroups"]
    assert group["retentionInDays"] == 365
    assert recording.client("lambda").get_function_configuration(FunctionName="rule")["Description"] == "d"

    assert put(recording, "update_stack", TEMPLATE, Name="other") == "UPDATE_COMPLETE"
    after = physical_ids(recording)
    assert (after["Function"], after["Rule"], after["Log"]) == ("other", "other", "/aws/lambda/other")
    assert after["Topic"] == before["Topic"]
    assert [len(each) for each in left(recording)] == [1] * 8

    recording.client("cloudformation").delete_stack(StackName="core")
    assert background.idle(60)
    assert left(recording) == [[]] * 8


def test_a_stack_whose_last_resource_fails_leaves_nothing(recording: Any) -> None:
    template = copy.deepcopy(TEMPLATE)
    template["Resources"]["Rule"]["Properties"]["Source"]["SourceIdentifier"] = "arn:aws:lambda:us-east-1:1:function:no"
    assert put(recording, "create_stack", template) == "ROLLBACK_COMPLETE"
    assert left(recording) == [[]] * 8


def test_an_update_that_fails_is_taken_back(recording: Any) -> None:
    assert put(recording, "create_stack", TEMPLATE) == "CREATE_COMPLETE"
    before = recording.client("lambda").get_function_configuration(FunctionName="rule")
    template = copy.deepcopy(TEMPLATE)
    template["Resources"]["Function"]["Properties"] |= {"MemorySize": 512, "Code": {"ZipFile": "nothing = 0\n"}}
    template["Resources"]["Rule"]["Properties"]["InputParameters"] = {"empty": " "}
    assert put(recording, "update_stack", template, Days="30") == "UPDATE_ROLLBACK_COMPLETE"
    after = recording.client("lambda").get_function_configuration(FunctionName="rule")
    assert {key: after[key] for key in ("MemorySize", "CodeSha256")} == {
        key: before[key] for key in ("MemorySize", "CodeSha256")
    }
    (group,) = recording.client("logs").describe_log_groups()["logGroups"]
    assert group["retentionInDays"] == 90
