from collections.abc import Callable
from typing import Any

import pytest

DEFAULT = [
    {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": [], "ExcludeManagementEventSources": []}
]
MANAGEMENT_EVENTS = [{"Field": "eventCategory", "Equals": ["Management"]}]

type Refusal = Callable[..., tuple[str, str]]
type Clients = Callable[..., Any]


@pytest.fixture
def trail(client: Clients, deliver: Callable[..., Any]) -> Callable[..., str]:
    """Create a trail in the management account and answer its ARN."""
    delivery = deliver()

    def make(name: str = "root-trail", region: str = "us-east-1", **changes: Any) -> str:
        made = client("cloudtrail", region=region).create_trail(Name=name, S3BucketName=delivery.bucket, **changes)
        return str(made["TrailARN"])

    return make


def arns(answer: dict[str, Any]) -> list[str]:
    return [each["TrailARN"] for each in answer.get("trailList", answer.get("Trails", []))]


def test_a_new_trail_logs_all_management_events_but_is_off(client: Clients, trail: Callable[..., str]) -> None:
    arn = trail()
    cloudtrail = client("cloudtrail")
    answer = cloudtrail.get_event_selectors(TrailName="root-trail")
    assert (answer["TrailARN"], answer["EventSelectors"]) == (arn, DEFAULT)
    assert "AdvancedEventSelectors" not in answer
    assert cloudtrail.get_trail_status(Name="root-trail")["IsLogging"] is False
    (described,) = cloudtrail.describe_trails()["trailList"]
    assert described == cloudtrail.get_trail(Name="root-trail")["Trail"]
    assert described["HomeRegion"] == "us-east-1"
    assert described["HasCustomEventSelectors"] is False
    assert not {"KmsKeyId", "SnsTopicARN", "CloudWatchLogsLogGroupArn", "S3KeyPrefix"} & set(described)


def test_logging_starts_and_stops(client: Clients, trail: Callable[..., str]) -> None:
    trail()
    cloudtrail = client("cloudtrail")
    cloudtrail.start_logging(Name="root-trail")
    running = cloudtrail.get_trail_status(Name="root-trail")
    assert running["IsLogging"] is True
    assert running["LatestDeliveryTime"] >= running["StartLoggingTime"]
    assert "LatestCloudWatchLogsDeliveryTime" not in running
    cloudtrail.stop_logging(Name="root-trail")
    stopped = cloudtrail.get_trail_status(Name="root-trail")
    assert stopped["IsLogging"] is False
    assert stopped["LatestDeliveryTime"] == stopped["StopLoggingTime"]


def test_delivery_to_a_log_group_is_seen_to_work_and_to_fail(
    client: Clients, deliver: Callable[..., Any], organization: Any
) -> None:
    member = deliver(organization.member)
    cloudtrail = client("cloudtrail", organization.member)
    cloudtrail.create_trail(
        Name="own",
        S3BucketName=member.bucket,
        CloudWatchLogsLogGroupArn=member.log_group_arn,
        CloudWatchLogsRoleArn=member.role_arn,
    )
    cloudtrail.start_logging(Name="own")
    status = cloudtrail.get_trail_status(Name="own")
    assert status["LatestCloudWatchLogsDeliveryTime"] == status["LatestDeliveryTime"]
    client("iam", organization.member).delete_role(RoleName="delivery")
    assert cloudtrail.get_trail_status(Name="own")["LatestCloudWatchLogsDeliveryError"] == "AccessDenied"
    client("logs", organization.member).delete_log_group(logGroupName="trail")
    client("s3", organization.member).delete_bucket(Bucket=member.bucket)
    status = cloudtrail.get_trail_status(Name="own")
    assert status["LatestCloudWatchLogsDeliveryError"] == "ResourceNotFoundException"
    assert status["LatestDeliveryError"] == "NoSuchBucket"
    assert not {"LatestCloudWatchLogsDeliveryTime", "LatestDeliveryTime"} & set(status)


@pytest.mark.parametrize(
    ("log_group", "role", "code", "message"),
    [
        pytest.param("trail:*", None, "InvalidCloudWatchLogsRoleArnException", "as well as a log group", id="no-role"),
        pytest.param(None, "delivery", "InvalidCloudWatchLogsLogGroupArnException", "as well as a role", id="no-group"),
        pytest.param("x:*", "delivery", "InvalidCloudWatchLogsLogGroupArnException", "validate", id="unknown-group"),
        pytest.param("trail", "delivery", "InvalidCloudWatchLogsLogGroupArnException", "validate", id="no-asterisk"),
        pytest.param("trail:*", "x", "InvalidCloudWatchLogsRoleArnException", "Access denied", id="unknown-role"),
        pytest.param("trail:*", "other", "InvalidCloudWatchLogsRoleArnException", "trust", id="role-for-another"),
    ],
)
def test_log_delivery_refused(
    client: Clients,
    deliver: Callable[..., Any],
    refusal: Refusal,
    *,
    log_group: str | None,
    role: str | None,
    code: str,
    message: str,
) -> None:
    delivery = deliver()
    trust = '{"Version": "2012-10-17", "Statement": []}'
    client("iam").create_role(RoleName="other", AssumeRolePolicyDocument=trust)
    arns = {
        "CloudWatchLogsLogGroupArn": log_group and f"arn:aws:logs:us-east-1:123456789012:log-group:{log_group}",
        "CloudWatchLogsRoleArn": role and f"arn:aws:iam::123456789012:role/{role}",
    }
    given = {name: arn for name, arn in arns.items() if arn}
    cloudtrail = client("cloudtrail")
    answered = refusal(cloudtrail.create_trail, Name="trail", S3BucketName=delivery.bucket, **given)
    assert answered[0] == code
    assert message in answered[1]
    assert arns_of_all(cloudtrail) == []
    cloudtrail.create_trail(Name="trail", S3BucketName=delivery.bucket)
    assert refusal(cloudtrail.update_trail, Name="trail", **given)[0] == code


def arns_of_all(cloudtrail: Any) -> list[str]:
    return arns(cloudtrail.list_trails())


def test_a_log_group_in_another_account_or_region_is_refused(
    client: Clients, deliver: Callable[..., Any], organization: Any, refusal: Refusal
) -> None:
    own, foreign = deliver(), deliver(organization.member)
    for region, group in (("us-east-1", foreign.log_group_arn), ("eu-west-1", own.log_group_arn)):
        code, _ = refusal(
            client("cloudtrail", region=region).create_trail,
            Name="trail",
            S3BucketName=own.bucket,
            CloudWatchLogsLogGroupArn=group,
            CloudWatchLogsRoleArn=own.role_arn,
        )
        assert code == "InvalidCloudWatchLogsLogGroupArnException"


@pytest.mark.parametrize(
    ("multi_region", "region", "filters", "seen"),
    [
        pytest.param(False, "us-east-1", {}, True, id="single-region-at-home"),
        pytest.param(False, "eu-west-1", {}, False, id="single-region-elsewhere"),
        pytest.param(True, "eu-west-1", {}, True, id="multi-region-elsewhere"),
        pytest.param(True, "eu-west-1", {"includeShadowTrails": False}, False, id="shadow-left-out"),
        pytest.param(True, "us-east-1", {"includeShadowTrails": False}, True, id="no-shadow-at-home"),
        pytest.param(True, "us-east-1", {"trailNameList": ["root-trail"]}, True, id="name-at-home"),
        pytest.param(True, "eu-west-1", {"trailNameList": ["root-trail"]}, False, id="name-elsewhere"),
        pytest.param(False, "eu-west-1", {"trailNameList": ["ARN"]}, True, id="arn-elsewhere"),
        pytest.param(True, "us-east-1", {"trailNameList": ["unknown"]}, False, id="unknown-name"),
    ],
)
def test_shadow_trails(
    client: Clients,
    trail: Callable[..., str],
    *,
    multi_region: bool,
    region: str,
    filters: dict[str, Any],
    seen: bool,
) -> None:
    arn = trail(IsMultiRegionTrail=multi_region)
    if "trailNameList" in filters:
        filters = {"trailNameList": [arn if name == "ARN" else name for name in filters["trailNameList"]]}
    assert arns(client("cloudtrail", region=region).describe_trails(**filters)) == ([arn] if seen else [])


def test_another_region_reads_by_arn_and_changes_nothing(
    client: Clients, trail: Callable[..., str], refusal: Refusal
) -> None:
    arn = trail(IsMultiRegionTrail=True)
    elsewhere = client("cloudtrail", region="eu-west-1")
    assert elsewhere.get_trail(Name=arn)["Trail"]["HomeRegion"] == "us-east-1"
    assert elsewhere.get_trail_status(Name=arn)["IsLogging"] is False
    assert elsewhere.get_event_selectors(TrailName=arn)["EventSelectors"] == DEFAULT
    assert arns(elsewhere.list_trails()) == [arn]
    for change in (elsewhere.start_logging, elsewhere.stop_logging, elsewhere.update_trail, elsewhere.delete_trail):
        assert refusal(change, Name=arn)[0] == "InvalidHomeRegionException"
    assert refusal(elsewhere.put_event_selectors, TrailName=arn, EventSelectors=DEFAULT)[0] == (
        "InvalidHomeRegionException"
    )
    code, message = refusal(elsewhere.get_trail_status, Name="root-trail")
    assert code == "TrailNotFoundException"
    assert message == (
        "Unknown trail: arn:aws:cloudtrail:eu-west-1:123456789012:trail/root-trail for the user: 123456789012"
    )


@pytest.mark.parametrize(
    ("name", "code"),
    [
        pytest.param("unknown", "TrailNotFoundException", id="unknown-name"),
        pytest.param(
            "arn:aws:cloudtrail:us-east-1:123456789012:trail/x", "TrailNotFoundException", id="unknown-trail-of-ours"
        ),
        pytest.param(
            "arn:aws:cloudtrail:us-east-1:999999999999:trail/x", "TrailNotFoundException", id="unknown-account"
        ),
        pytest.param("arn:aws:cloudtrail:xx-east-1:123456789012:trail/x", "TrailNotFoundException", id="no-region"),
        pytest.param("arn:aws:cloudtrail:us-east-1:123456789012:x", "CloudTrailARNInvalidException", id="bad-arn"),
        pytest.param("ab", "InvalidTrailNameException", id="short"),
        pytest.param("a" * 129, "InvalidTrailNameException", id="long"),
        pytest.param("-abc", "InvalidTrailNameException", id="starts-with-dash"),
        pytest.param("abc.", "InvalidTrailNameException", id="ends-with-period"),
        pytest.param("a/b", "InvalidTrailNameException", id="slash"),
        pytest.param("my-_namespace", "InvalidTrailNameException", id="adjacent"),
        pytest.param("192.168.5.4", "InvalidTrailNameException", id="address"),
    ],
)
def test_trails_not_found(client: Clients, refusal: Refusal, name: str, code: str) -> None:
    cloudtrail = client("cloudtrail")
    assert refusal(cloudtrail.get_trail_status, Name=name)[0] == code
    assert refusal(cloudtrail.get_trail, Name=name)[0] == code
    assert refusal(cloudtrail.get_event_selectors, TrailName=name)[0] == code


def test_creation_refused(client: Clients, trail: Callable[..., str], refusal: Refusal) -> None:
    trail()
    create = client("cloudtrail").create_trail
    wanted = {"Name": "another", "S3BucketName": "trails-of-123456789012"}
    assert refusal(create, **(wanted | {"Name": "root-trail"})) == (
        "TrailAlreadyExistsException",
        "Trail root-trail already exists for customer: 123456789012",
    )
    assert refusal(create, **(wanted | {"S3BucketName": "nobodys"}))[0] == "S3BucketDoesNotExistException"
    assert refusal(create, **(wanted | {"Name": "a--b"}))[0] == "InvalidTrailNameException"
    both = {"IsMultiRegionTrail": True, "IncludeGlobalServiceEvents": False}
    assert refusal(create, **wanted, **both)[0] == "InvalidParameterCombinationException"
    assert refusal(create, **wanted, IsOrganizationTrail=True)[0] == "OrganizationsNotInUseException"
    for number in range(4):
        create(**(wanted | {"Name": f"trail-{number}"}))
    assert refusal(create, **wanted)[0] == "MaximumNumberOfTrailsExceededException"


def test_an_update_changes_what_it_names(client: Clients, trail: Callable[..., str]) -> None:
    trail(EnableLogFileValidation=True)
    cloudtrail = client("cloudtrail")
    delivery = {
        "CloudWatchLogsLogGroupArn": "arn:aws:logs:us-east-1:123456789012:log-group:trail:*",
        "CloudWatchLogsRoleArn": "arn:aws:iam::123456789012:role/delivery",
    }
    updated = cloudtrail.update_trail(Name="root-trail", IsMultiRegionTrail=True, **delivery)
    assert {name: updated[name] for name in delivery} == delivery
    assert (updated["IsMultiRegionTrail"], updated["LogFileValidationEnabled"]) == (True, True)
    cloudtrail.update_trail(Name="root-trail", CloudWatchLogsLogGroupArn="", CloudWatchLogsRoleArn="")
    assert not set(delivery) & set(cloudtrail.get_trail(Name="root-trail")["Trail"])
    cloudtrail.delete_trail(Name="root-trail")
    assert arns(cloudtrail.list_trails()) == []


def test_selectors_of_one_kind_replace_the_other(client: Clients, trail: Callable[..., str]) -> None:
    arn = trail()
    cloudtrail = client("cloudtrail")
    advanced = [{"Name": "management", "FieldSelectors": MANAGEMENT_EVENTS}]
    answer = cloudtrail.put_event_selectors(TrailName=arn, AdvancedEventSelectors=advanced)
    assert (answer["AdvancedEventSelectors"], "EventSelectors" in answer) == (advanced, False)
    assert cloudtrail.get_trail(Name=arn)["Trail"]["HasCustomEventSelectors"] is True
    basic = [{"ReadWriteType": "WriteOnly"}]
    cloudtrail.put_event_selectors(TrailName=arn, EventSelectors=basic)
    answer = cloudtrail.get_event_selectors(TrailName=arn)
    assert answer["EventSelectors"] == [DEFAULT[0] | basic[0]]
    assert "AdvancedEventSelectors" not in answer


@pytest.mark.parametrize(
    "selectors",
    [
        pytest.param({}, id="none"),
        pytest.param(
            {"EventSelectors": DEFAULT, "AdvancedEventSelectors": [{"FieldSelectors": MANAGEMENT_EVENTS}]}, id="both"
        ),
        pytest.param({"EventSelectors": DEFAULT * 6}, id="six"),
        pytest.param(
            {"EventSelectors": [{"DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn"] * 251}]}]},
            id="251-resources",
        ),
        pytest.param(
            {"AdvancedEventSelectors": [{"FieldSelectors": [{"Field": "readOnly", "Equals": ["true"]}]}]},
            id="no-category",
        ),
        pytest.param(
            {"AdvancedEventSelectors": [{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"] * 501}]}]},
            id="501-values",
        ),
    ],
)
def test_selectors_refused(
    client: Clients, trail: Callable[..., str], refusal: Refusal, selectors: dict[str, Any]
) -> None:
    trail()
    cloudtrail = client("cloudtrail")
    code, _ = refusal(cloudtrail.put_event_selectors, TrailName="root-trail", **selectors)
    assert code == "InvalidEventSelectorsException"
    assert cloudtrail.get_event_selectors(TrailName="root-trail")["EventSelectors"] == DEFAULT


def test_members_see_an_organization_trail(
    client: Clients, organization: Any, trail: Callable[..., str], refusal: Refusal
) -> None:
    arn = trail(IsOrganizationTrail=True, IsMultiRegionTrail=True)
    trail("own-trail", IsMultiRegionTrail=True)
    client("cloudtrail").start_logging(Name="root-trail")
    for region in ("us-east-1", "eu-west-1"):
        member = client("cloudtrail", organization.member, region)
        (seen,) = member.describe_trails()["trailList"]
        assert (seen["TrailARN"], seen["IsOrganizationTrail"], seen["HomeRegion"]) == (arn, True, "us-east-1")
        assert arns(member.describe_trails(includeShadowTrails=False)) == []
        assert arns(member.describe_trails(trailNameList=[arn])) == [arn]
        assert arns(member.describe_trails(trailNameList=["root-trail"])) == []
        assert arns(member.list_trails()) == [arn]
        assert member.get_trail(Name=arn)["Trail"] == seen
        assert member.get_trail_status(Name=arn)["IsLogging"] is True
        assert member.get_event_selectors(TrailName=arn)["EventSelectors"] == DEFAULT
        code, message = refusal(member.get_trail_status, Name="root-trail")
        assert (code, organization.member in message) == ("TrailNotFoundException", True)
        assert refusal(member.get_trail, Name=arn.replace("root-", "own-"))[0] == "TrailNotFoundException"


def test_members_do_not_change_an_organization_trail(
    client: Clients, organization: Any, trail: Callable[..., str], refusal: Refusal
) -> None:
    arn = trail(IsOrganizationTrail=True)
    member = client("cloudtrail", organization.member)
    for change in (member.start_logging, member.stop_logging, member.update_trail, member.delete_trail):
        assert refusal(change, Name=arn)[0] == "NotOrganizationMasterAccountException"
    assert refusal(member.put_event_selectors, TrailName=arn, EventSelectors=DEFAULT)[0] == (
        "NotOrganizationMasterAccountException"
    )
    assert refusal(member.list_tags, ResourceIdList=[arn]) == (
        "CloudTrailARNInvalidException",
        f"AccountID in ARN is wrong, you can only access resources with AccountID {organization.member}.",
    )
    create = {"Name": "another", "S3BucketName": "trails-of-123456789012", "IsOrganizationTrail": True}
    assert refusal(member.create_trail, **create)[0] == "NotOrganizationMasterAccountException"


def test_a_single_region_organization_trail_stays_in_its_region(
    client: Clients, organization: Any, trail: Callable[..., str]
) -> None:
    arn = trail(IsOrganizationTrail=True)
    assert arns(client("cloudtrail", organization.member).describe_trails()) == [arn]
    assert arns(client("cloudtrail", organization.member, "eu-west-1").describe_trails()) == []


def test_an_organization_trail_comes_and_goes(
    client: Clients, organization: Any, trail: Callable[..., str], refusal: Refusal
) -> None:
    cloudtrail, member = client("cloudtrail"), client("cloudtrail", organization.member)
    organizations = client("organizations")
    arn = trail()
    assert arns(member.list_trails()) == []
    cloudtrail.update_trail(Name=arn, IsOrganizationTrail=True)
    assert arns(member.list_trails()) == [arn]
    organizations.remove_account_from_organization(AccountId=organization.other)
    assert arns(client("cloudtrail", organization.other).list_trails()) == []
    organizations.disable_aws_service_access(ServicePrincipal="cloudtrail.amazonaws.com")
    organizations.enable_aws_service_access(ServicePrincipal="cloudtrail.amazonaws.com")
    assert arns(member.list_trails()) == []
    assert cloudtrail.get_trail(Name=arn)["Trail"]["IsOrganizationTrail"] is False
    organizations.disable_aws_service_access(ServicePrincipal="cloudtrail.amazonaws.com")
    code, _ = refusal(cloudtrail.update_trail, Name=arn, IsOrganizationTrail=True)
    assert code == "CloudTrailAccessNotEnabledException"


def test_a_delegated_administrator_works_for_the_management_account(
    client: Clients, organization: Any, deliver: Callable[..., Any], refusal: Refusal
) -> None:
    client("organizations").register_delegated_administrator(
        AccountId=organization.member, ServicePrincipal="cloudtrail.amazonaws.com"
    )
    delivery = deliver(organization.member)
    administrator = client("cloudtrail", organization.member)
    made = administrator.create_trail(
        Name="org-trail",
        S3BucketName=delivery.bucket,
        IsOrganizationTrail=True,
        IsMultiRegionTrail=True,
        CloudWatchLogsLogGroupArn=delivery.log_group_arn,
        CloudWatchLogsRoleArn=delivery.role_arn,
    )
    arn = made["TrailARN"]
    assert arn == f"arn:aws:cloudtrail:us-east-1:{organization.management}:trail/org-trail"
    assert refusal(administrator.start_logging, Name="org-trail")[0] == "TrailNotFoundException"
    administrator.start_logging(Name=arn)
    status = client("cloudtrail", organization.other).get_trail_status(Name=arn)
    assert (status["IsLogging"], "LatestCloudWatchLogsDeliveryTime" in status) == (True, True)
    code, _ = refusal(administrator.update_trail, Name=arn, IsOrganizationTrail=False)
    assert code == "NotOrganizationMasterAccountException"
    administrator.delete_trail(Name=arn)
    assert arns(client("cloudtrail").list_trails()) == []
