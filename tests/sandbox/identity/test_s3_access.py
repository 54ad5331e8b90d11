import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rootguard.sandbox.credentials import Keys
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.function_package import zipped
from rootguard.sandbox.objects import read_object

pytestmark = pytest.mark.slow

type Statement = Mapping[str, Any]

READ: Statement = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "*"}
GET: Statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
TLS_ONLY: Statement = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ["BUCKET", "BUCKET/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def for_principal(principal: Any, action: str = "s3:GetObject", **condition: Any) -> Statement:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": ["BUCKET", "BUCKET/*"]}
    return {**statement, "Condition": condition} if condition else statement


@dataclass
class Place:
    """An organization whose management account has a bucket, a member of it, and an account outside."""

    world: Any
    organization_id: str
    owner: str
    member: str
    outsider: str

    def bucket(self, *policy: Statement, owner: str | None = None) -> str:
        """A new bucket with an object `a/key` and this policy, in which BUCKET, OWNER and so on are filled in."""
        name = f"bucket-{self.world.new_name()}"
        s3 = self.world.client("s3", owner or self.owner)
        s3.create_bucket(Bucket=name)
        s3.put_object(Bucket=name, Key="a/key", Body=b"content")
        if policy:
            self.put_policy(name, *policy)
        return name

    def put_policy(self, bucket: str, *policy: Statement) -> None:
        text = self.filled(json.dumps({"Version": "2012-10-17", "Statement": policy}), bucket)
        self.world.client("s3", self.owner).put_bucket_policy(Bucket=bucket, Policy=text)

    def filled(self, text: str, bucket: str) -> str:
        names = {"OWNER": self.owner, "MEMBER": self.member, "OUTSIDER": self.outsider}
        for word, value in {"BUCKET": f"arn:aws:s3:::{bucket}", "ORGANIZATION": self.organization_id, **names}.items():
            text = text.replace(word, value)
        return text

    def role(self, account_id: str, *permissions: Statement, name: str | None = None) -> Keys:
        arguments = {"RoleName": name} if name else {}
        role = self.world.role(account_id, permissions=permissions, **arguments)
        keys: Keys = self.world.assume(account_id, role)
        return keys


@pytest.fixture(scope="module")
def place(world: Any) -> Place:
    owner = world.organization()
    organization = world.client("organizations", owner).describe_organization()["Organization"]
    return Place(world, organization["Id"], owner, world.member(owner), world.standalone_account())


def code_of(call: Callable[[], object]) -> str:
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "allowed"


@pytest.mark.parametrize(
    ("who", "permissions", "policy", "answer"),
    [
        pytest.param("OWNER", (GET,), (), "allowed", id="own account, identity policy"),
        pytest.param("OWNER", (), (), "AccessDenied", id="own account, nobody allows"),
        pytest.param(
            "OWNER", (), (for_principal({"AWS": "arn:aws:iam::OWNER:role/ROLE"}),), "allowed", id="own account, named"
        ),
        pytest.param("OWNER", (), (for_principal({"AWS": "OWNER"}),), "AccessDenied", id="own account, only as such"),
        pytest.param("OWNER", (GET,), (TLS_ONLY,), "allowed", id="TLS only"),
        pytest.param(
            "OWNER",
            (GET,),
            ({**TLS_ONLY, "Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}}},),
            "allowed",
            id="new TLS only",
        ),
        pytest.param(
            "OWNER",
            (GET,),
            ({**TLS_ONLY, "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-other"}}},),
            "AccessDenied",
            id="own account, denied",
        ),
        pytest.param("MEMBER", (GET,), (), "AccessDenied", id="another account without policy"),
        pytest.param("MEMBER", (GET,), (for_principal({"AWS": "MEMBER"}),), "allowed", id="another account, both"),
        pytest.param("MEMBER", (), (for_principal({"AWS": "MEMBER"}),), "AccessDenied", id="policy only"),
        pytest.param(
            "MEMBER", (GET,), (for_principal({"AWS": "OUTSIDER"}),), "AccessDenied", id="policy for a third account"
        ),
        pytest.param(
            "MEMBER",
            (GET,),
            (for_principal("*", StringEquals={"aws:PrincipalOrgID": "ORGANIZATION"}),),
            "allowed",
            id="organization, member",
        ),
        pytest.param(
            "OUTSIDER",
            (GET,),
            (for_principal("*", StringEquals={"aws:PrincipalOrgID": "ORGANIZATION"}),),
            "AccessDenied",
            id="organization, outsider",
        ),
        pytest.param(
            "MEMBER",
            (GET,),
            (for_principal("*", ArnLike={"aws:PrincipalArn": "arn:aws:iam::*:role/ROLE"}),),
            "allowed",
            id="role by name",
        ),
        pytest.param(
            "MEMBER",
            (GET,),
            (for_principal("*", Bool={"aws:PrincipalIsAWSService": "true"}),),
            "AccessDenied",
            id="services only",
        ),
        pytest.param(
            "MEMBER",
            (GET,),
            (for_principal({"AWS": "MEMBER"}), TLS_ONLY),
            "allowed",
            id="another account, TLS only",
        ),
        pytest.param(
            "MEMBER",
            ({**GET, "Condition": {"StringEquals": {"s3:ResourceAccount": "OWNER"}}},),
            (for_principal({"AWS": "MEMBER"}),),
            "allowed",
            id="owner demanded",
        ),
        pytest.param(
            "MEMBER",
            ({**GET, "Condition": {"StringEquals": {"s3:ResourceAccount": "MEMBER"}}},),
            (for_principal({"AWS": "MEMBER"}),),
            "AccessDenied",
            id="another owner demanded",
        ),
    ],
)
def test_an_object_is_read_by_whom_both_sides_let(
    place: Place, who: str, permissions: tuple[Statement, ...], policy: tuple[Statement, ...], answer: str
) -> None:
    name = place.world.new_name()
    bucket = place.bucket()
    account_id = place.filled(who, bucket)
    keys = place.role(
        account_id, *(json.loads(place.filled(json.dumps(each), bucket)) for each in permissions), name=name
    )
    if policy:
        place.put_policy(bucket, *(json.loads(json.dumps(each).replace("ROLE", name)) for each in policy))
    s3 = place.world.client("s3", keys)
    assert code_of(lambda: s3.get_object(Bucket=bucket, Key="a/key")) == answer
    head = {"allowed": "allowed", "AccessDenied": "403"}[answer]
    assert code_of(lambda: s3.head_object(Bucket=bucket, Key="a/key")) == head


@pytest.mark.parametrize(
    ("operation", "arguments", "action"),
    [
        ("get_object", {"Key": "a/key"}, "s3:GetObject"),
        ("get_object", {"Key": "a/key", "VersionId": "VERSION"}, "s3:GetObjectVersion"),
        ("get_object_tagging", {"Key": "a/key"}, "s3:GetObjectTagging"),
        ("put_object", {"Key": "b", "Body": b""}, "s3:PutObject"),
        ("delete_object", {"Key": "b"}, "s3:DeleteObject"),
        ("delete_objects", {"Delete": {"Objects": [{"Key": "b"}]}}, "s3:DeleteObject"),
        ("create_multipart_upload", {"Key": "b"}, "s3:PutObject"),
        ("list_objects", {}, "s3:ListBucket"),
        ("list_objects_v2", {"Prefix": "a/"}, "s3:ListBucket"),
        ("list_object_versions", {}, "s3:ListBucketVersions"),
        ("head_bucket", {}, "s3:ListBucket"),
        ("get_bucket_policy", {}, "s3:GetBucketPolicy"),
        ("get_bucket_location", {}, "s3:GetBucketLocation"),
        ("get_bucket_versioning", {}, "s3:GetBucketVersioning"),
        ("put_bucket_versioning", {"VersioningConfiguration": {"Status": "Enabled"}}, "s3:PutBucketVersioning"),
    ],
)
def test_each_operation_needs_its_action_on_both_sides(
    place: Place, operation: str, arguments: dict[str, Any], action: str
) -> None:
    bucket = place.bucket()
    owner = place.world.client("s3", place.owner)
    owner.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    version = owner.put_object(Bucket=bucket, Key="a/key", Body=b"new")["VersionId"]
    given = {name: version if value == "VERSION" else value for name, value in arguments.items()}
    allowed = place.role(place.member, {"Effect": "Allow", "Action": action, "Resource": "*"})
    others = place.role(place.member, {"Effect": "Allow", "NotAction": action, "Resource": "*"})

    def outcome(keys: Keys) -> str:
        return code_of(lambda: getattr(place.world.client("s3", keys), operation)(Bucket=bucket, **given))

    place.put_policy(bucket, for_principal({"AWS": "MEMBER"}, "s3:*"))
    assert outcome(allowed) == "allowed"
    assert outcome(others) in {"AccessDenied", "403"}
    everything_else = {name: value for name, value in for_principal({"AWS": "MEMBER"}).items() if name != "Action"}
    place.put_policy(bucket, {**everything_else, "NotAction": action})
    assert outcome(allowed) in {"AccessDenied", "403"}


def test_listing_may_be_limited_to_a_prefix(place: Place) -> None:
    keys = place.role(place.member, READ)
    bucket = place.bucket(for_principal({"AWS": "MEMBER"}, "s3:ListBucket", StringLike={"s3:prefix": "a/*"}))
    s3 = place.world.client("s3", keys)
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=bucket, Prefix="a/k")["Contents"]] == ["a/key"]
    assert code_of(lambda: s3.list_objects_v2(Bucket=bucket, Prefix="b")) == "AccessDenied"
    assert code_of(lambda: s3.list_objects_v2(Bucket=bucket)) == "AccessDenied"


def test_what_another_account_puts_is_the_owners(place: Place) -> None:
    keys = place.role(place.member, {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"})
    bucket = place.bucket(for_principal({"AWS": "MEMBER"}, "s3:PutObject"))
    place.world.client("s3", keys).put_object(Bucket=bucket, Key="b", Body=b"from the member")
    read = place.world.client("s3", place.owner).get_object(Bucket=bucket, Key="b")["Body"].read()
    assert read == b"from the member"


def test_copying_needs_to_read_the_source(place: Place) -> None:
    source, target = place.bucket(), place.bucket(owner=place.member)
    keys = place.role(place.member, {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "*"})
    s3, origin = place.world.client("s3", keys), {"Bucket": source, "Key": "a/key"}
    assert code_of(lambda: s3.copy_object(Bucket=target, Key="copy", CopySource=origin)) == "AccessDenied"
    place.put_policy(source, for_principal({"AWS": "MEMBER"}))
    s3.copy_object(Bucket=target, Key="copy", CopySource=origin)
    assert place.world.client("s3", place.member).get_object(Bucket=target, Key="copy")["Body"].read() == b"content"


def test_a_source_without_a_key_is_none(place: Place) -> None:
    s3, target = place.world.client("s3", place.owner), place.bucket()
    assert code_of(lambda: s3.copy_object(Bucket=target, Key="copy", CopySource="a-bucket")) == "InvalidArgument"


def test_a_denial_binds_the_administrator_of_the_own_account_too(place: Place) -> None:
    everything = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["BUCKET", "BUCKET/*"]}
    bucket = place.bucket(everything)
    s3 = place.world.client("s3", place.owner)
    assert code_of(lambda: s3.get_object(Bucket=bucket, Key="a/key")) == "AccessDenied"
    s3.delete_bucket_policy(Bucket=bucket)
    assert s3.get_object(Bucket=bucket, Key="a/key")["Body"].read() == b"content"


@pytest.mark.parametrize(
    ("permissions", "code"), [((READ,), "NoSuchKey"), ((GET,), "AccessDenied")], ids=["may list", "may not list"]
)
def test_only_who_may_list_learns_that_an_object_is_missing(
    place: Place, permissions: tuple[Statement, ...], code: str
) -> None:
    keys, bucket = place.role(place.owner, *permissions), place.bucket()
    assert code_of(lambda: place.world.client("s3", keys).get_object(Bucket=bucket, Key="gone")) == code


def test_a_refusal_says_who_what_and_why(place: Place, refusal: Any) -> None:
    keys, bucket = place.role(place.owner), place.bucket()
    s3 = place.world.client("s3", keys)
    code, message, status = refusal(lambda: s3.get_object(Bucket=bucket, Key="a/key"))
    assert (code, status) == ("AccessDenied", 403)
    assert message == (
        f"User: {place.world.identity(keys)} is not authorized to perform: s3:GetObject on resource: "
        f"arn:aws:s3:::{bucket}/a/key because no identity-based policy allows the s3:GetObject action"
    )


@pytest.mark.parametrize(
    ("call", "code"),
    [
        pytest.param(lambda s3: s3.get_object(Bucket="not-there", Key="a"), "NoSuchBucket", id="no such bucket"),
        pytest.param(lambda s3: s3.list_objects_v2(Bucket="not-there"), "NoSuchBucket", id="nothing to list"),
        pytest.param(lambda s3: s3.head_bucket(Bucket="not-there"), "404", id="no such head"),
    ],
)
def test_a_bucket_that_is_not_there_is_s3s_to_say(place: Place, call: Callable[[Any], object], code: str) -> None:
    s3 = place.world.client("s3", place.owner)
    assert code_of(lambda: call(s3)) == code


def test_a_key_that_nobody_has_reads_nothing(place: Place) -> None:
    bucket, nobody = place.bucket(), Keys("AKIAIOSFODNN7EXAMPLE", "secret")
    s3 = place.world.client("s3", nobody)
    assert code_of(lambda: s3.get_object(Bucket=bucket, Key="a/key")) == "InvalidAccessKeyId"


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        pytest.param("", "MalformedPolicy", id="nothing"),
        pytest.param("{", "MalformedPolicy", id="no JSON"),
        pytest.param([], "MalformedPolicy", id="no statement"),
        pytest.param({**for_principal({"AWS": "MEMBER"}), "Action": "ec2:*"}, "MalformedPolicy", id="another service"),
        pytest.param({"Effect": "Allow", "Action": "s3:*", "Resource": "BUCKET"}, "MalformedPolicy", id="no principal"),
        pytest.param({"Effect": "Allow", "Principal": "*", "Action": "s3:*"}, "MalformedPolicy", id="no resource"),
        pytest.param(
            {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::other/*"},
            "MalformedPolicy",
            id="another bucket's resource",
        ),
        pytest.param(for_principal("*"), "AccessDenied", id="public"),
        pytest.param(
            for_principal("*", StringLike={"aws:PrincipalOrgID": "o-*"}), "AccessDenied", id="public to organizations"
        ),
        pytest.param(
            for_principal("*", StringNotEquals={"aws:PrincipalOrgID": "o-1"}), "AccessDenied", id="public but for one"
        ),
        pytest.param(for_principal("*", StringEquals={"aws:PrincipalOrgID": "o-1"}), "allowed", id="an organization"),
        pytest.param(for_principal({"AWS": "MEMBER"}), "allowed", id="an account"),
        pytest.param(TLS_ONLY, "allowed", id="denials only"),
    ],
)
def test_a_bucket_that_blocks_public_policies_takes_no_other(place: Place, policy: Any, code: str) -> None:
    bucket = place.bucket()
    s3 = place.world.client("s3", place.owner)
    block = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block)
    text = policy if isinstance(policy, str) else json.dumps({"Version": "2012-10-17", "Statement": policy})
    assert code_of(lambda: s3.put_bucket_policy(Bucket=bucket, Policy=place.filled(text, bucket))) == code


@pytest.mark.parametrize(
    ("who", "key", "version", "answer"),
    [
        pytest.param("reader", "a/key", None, "content", id="an object"),
        pytest.param("operator", "a/key", None, "content", id="by the administrator"),
        pytest.param("stranger", "a/key", None, "AccessDenied", id="without permission"),
        pytest.param("getter", "gone", None, "AccessDenied", id="gone, may not list"),
        pytest.param("reader", "gone", None, "NoSuchKey", id="gone"),
        pytest.param("reader", "a/key", "first", "AccessDenied", id="a version, without permission"),
        pytest.param("operator", "a/key", "first", "old content", id="a version"),
        pytest.param("operator", "a/key", "no-such-version", "NoSuchVersion", id="no such version"),
        pytest.param("operator", "deleted", None, "NoSuchKey", id="deleted"),
        pytest.param("operator", "archived", None, "InvalidObjectState", id="archived"),
        pytest.param("nobody", "a/key", None, "InvalidAccessKeyId", id="a key of nobody"),
    ],
)
def test_services_read_objects_as_their_caller(
    place: Place, who: str, key: str, version: str | None, answer: str
) -> None:
    bucket, s3 = place.bucket(), place.world.client("s3", place.owner)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket=bucket, Key="a/key", Body=b"old content")["VersionId"]
    s3.put_object(Bucket=bucket, Key="a/key", Body=b"content")
    s3.put_object(Bucket=bucket, Key="deleted", Body=b"")
    s3.delete_object(Bucket=bucket, Key="deleted")
    s3.put_object(Bucket=bucket, Key="archived", Body=b"", StorageClass="GLACIER")
    access_keys: dict[str, Callable[[], str]] = {
        "reader": lambda: place.role(place.owner, READ).access_key_id,
        "getter": lambda: place.role(place.owner, GET).access_key_id,
        "stranger": lambda: place.role(place.owner).access_key_id,
        "operator": lambda: place.world.sandbox.session(place.owner).get_credentials().access_key,
        "nobody": lambda: "AKIAIOSFODNN7EXAMPLE",
    }
    wanted = first if version == "first" else version
    try:
        found = read_object(access_keys[who](), bucket, key, wanted).decode()
    except AwsError as refused:
        found = refused.code
    assert found == answer


ECHO = "def handler(event, context):\n    return event"


@pytest.mark.parametrize(
    ("policy", "refused"),
    [
        pytest.param((for_principal({"AWS": "MEMBER"}),), None, id="open to the account"),
        pytest.param(
            (for_principal("*", StringEquals={"aws:PrincipalOrgID": "ORGANIZATION"}),), None, id="to the organization"
        ),
        pytest.param((), "AccessDeniedException", id="closed"),
    ],
)
def test_a_function_s_code_is_read_from_another_account_s_bucket_as_its_creator(
    place: Place, policy: tuple[Statement, ...], refused: str | None
) -> None:
    bucket, world = place.bucket(*policy), place.world
    world.client("s3", place.owner).put_object(Bucket=bucket, Key="rule.zip", Body=zipped(module=ECHO))
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    name, client = world.new_name(), world.client("lambda", place.member)
    code = {"S3Bucket": bucket, "S3Key": "rule.zip"}
    function = {"Runtime": "python3.13", "Handler": "module.handler", "Role": world.role(place.member, trust)}
    if refused is None:
        client.create_function(FunctionName=name, Code=code, **function)
        client.update_function_code(FunctionName=name, **code)
        assert client.invoke(FunctionName=name, Payload=b"[1]")["Payload"].read() == b"[1]"
        return
    with pytest.raises(ClientError, match=f"permission to GetObject for {bucket}/rule.zip") as caught:
        client.create_function(FunctionName=name, Code=code, **function)
    assert caught.value.response["Error"]["Code"] == refused


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        pytest.param((for_principal({"AWS": "MEMBER"}),), "allowed", id="open"),
        pytest.param((), "InsufficientPermissionsException", id="closed"),
    ],
)
def test_a_pack_s_template_is_read_from_another_account_s_bucket_as_its_caller(
    place: Place, policy: tuple[Statement, ...], code: str
) -> None:
    bucket, world = place.bucket(*policy), place.world
    rule = {"ConfigRuleName": "mfa", "Source": {"Owner": "AWS", "SourceIdentifier": "ROOT_ACCOUNT_MFA_ENABLED"}}
    template = {"Resources": {"Rule": {"Type": "AWS::Config::ConfigRule", "Properties": rule}}}
    world.client("s3", place.owner).put_object(Bucket=bucket, Key="pack.json", Body=json.dumps(template).encode())
    config, uri = world.client("config", place.member), f"s3://{bucket}/pack.json"
    name = world.new_name()
    role = world.role(place.member)
    config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": role})
    put = functools.partial(config.put_conformance_pack, ConformancePackName=name, TemplateS3Uri=uri)
    assert code_of(put) == code
