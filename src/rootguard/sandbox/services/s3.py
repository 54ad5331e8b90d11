"""Amazon S3: policies are judged, and a bucket's policy is checked when it is put.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
"""

from rootguard.sandbox import s3_access
from rootguard.sandbox.bucket_policies import check_policy
from rootguard.sandbox.dispatch import Call, check
from rootguard.sandbox.objects import find_bucket

s3_access.install()


@check
def check_bucket_policy(call: Call) -> None:
    """Refuse a bucket policy that S3 would not take; moto takes any text."""
    if call.action != "s3:PutBucketPolicy":
        return
    bucket = find_bucket(call.parameters["Bucket"])
    if bucket is not None:
        check_policy(call.parameters.get("Policy") or "", bucket)
