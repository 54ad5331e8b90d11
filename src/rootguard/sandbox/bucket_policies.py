"""What S3 refuses of a bucket policy when it is put, and when such a policy makes the bucket public.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
"""

from moto.s3.models import FakeBucket

from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.policy import Document, Effect, MalformedPolicyError, UnsupportedPolicyError, parse
from rootguard.sandbox.policy.document import Statement

_FIXING_KEYS = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "s3:dataaccesspointarn",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
    }
)
"""Keys whose fixed values make a policy non-public.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html, "The meaning of public"
"""

_BOUND_BY = ("Equals", "Like", "IpAddress")


def check_policy(text: str, bucket: FakeBucket) -> None:
    """Refuse what is no policy for this bucket, and a public one where the bucket blocks those.

    Raises:
        AwsError: MalformedPolicy; AccessDenied; SandboxNotImplemented for what the sandbox does not judge.
    """
    try:
        document = parse(text)
    except MalformedPolicyError as error:
        raise AwsError("MalformedPolicy", f"Policies must be valid JSON: {error}") from None
    except UnsupportedPolicyError as error:
        raise AwsError(NOT_IMPLEMENTED, f"The sandbox does not judge a bucket policy with {error}.") from None
    if not document.statements:
        raise AwsError("MalformedPolicy", "Could not parse the policy: Statement is empty!")
    for statement in document.statements:
        _check_statement(statement, f"arn:{bucket.partition}:s3:::{bucket.name}")
    if _blocks_public_policies(bucket) and is_public(document):
        message = "User is not authorized to perform: s3:PutBucketPolicy because public policies are prevented by the "
        raise AwsError("AccessDenied", f"{message}BlockPublicPolicy setting in S3 Block Public Access.", 403)


def is_public(document: Document) -> bool:
    """Whether a statement lets anybody in whom no condition narrows down."""
    return any(_is_public(statement) for statement in document.statements)


def _check_statement(statement: Statement, bucket_arn: str) -> None:
    if statement.principals is None:
        raise AwsError("MalformedPolicy", "Missing required field Principal")
    if not all(action.lower().startswith("s3:") or action == "*" for action in statement.actions.values):
        raise AwsError("MalformedPolicy", "Policy has invalid action")
    if statement.resources is None:
        raise AwsError("MalformedPolicy", "Missing required field Resource")
    for resource in statement.resources.values:
        if resource.partition("/")[0] != bucket_arn:
            raise AwsError("MalformedPolicy", "Policy has invalid resource")


def _is_public(statement: Statement) -> bool:
    if statement.effect is not Effect.ALLOW or "*" not in (statement.principals or {}).get("AWS", ()):
        return False
    return not any(
        condition.key.lower() in _FIXING_KEYS
        and condition.operator.endswith(_BOUND_BY)
        and not condition.operator.startswith(("StringNot", "ArnNot", "Not"))
        and not condition.if_exists
        and all("*" not in value and "?" not in value for value in condition.values)
        for condition in statement.conditions
    )


def _blocks_public_policies(bucket: FakeBucket) -> bool:
    block = bucket.public_access_block
    return block is not None and str(block.block_public_policy).lower() == "true"
