"""What AWS, or the way to it, refuses: one line with what to do about it instead of a traceback.

The codes are those of "Common errors" (https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html), of the
services' query and JSON protocols, which name the same thing differently, and of S3
(https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore import exceptions as botocore_errors
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from rootguard.errors import RootguardError
from rootguard.kit.errors import DENIED_BY

ACTION_PREFIX = "RootguardActionPrefix"
"""Where a session of ours notes, in an error's answer, how IAM spells the service (`cloudformation`)."""

_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired")
_UNKNOWN_KEY = ("InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "AuthFailure")
_BAD_SIGNATURE = ("SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature", "InvalidToken")
_CLOCK = ("RequestTimeTooSkewed", "RequestInTheFuture")
_OPT_IN = ("OptInRequired", "SubscriptionRequiredException", "RegionDisabledException")
_DENIED = (
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "NotAuthorized",
    "AuthorizationError",
    "403",
)
_THROTTLED = ("Throttl", "TooManyRequests", "RequestLimitExceeded", "SlowDown", "BandwidthLimitExceeded")

_ACTIONS = {"s3:HeadObject": "s3:GetObject", "s3:HeadBucket": "s3:ListBucket"}
"""What allows a call that is not an action of its own name
(https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html)."""
_UNREADABLE = (ResponseParserError, LookupError, ValueError, TypeError, AttributeError)
"""What botocore's parsers raise, mostly unguarded, for an answer of another shape than AWS's."""

_DENIAL = re.compile(
    r"(?P<who>arn:\S+) is not authorized to perform: (?P<action>[\w-]+:\w+)"
    r"(?: on resource: (?P<resource>\S+))?(?P<why>.*)",
    re.DOTALL,
)
_SIGN_IN = "sign in again (`aws sso login` or `aws login`, with --profile if you use one) and run this once more"


class AwsRefusedError(RootguardError):
    """A call that AWS did not answer as asked, or that did not reach it.

    Attributes:
        code: AWS's error code; empty when no answer came.
    """

    def __init__(self, sentence: str, code: str = "") -> None:
        super().__init__(sentence)
        self.code = code


@contextmanager
def explained() -> Iterator[None]:
    """Turn botocore's errors into one line with the fix; also a decorator, `@explained()`.

    Raises:
        AwsRefusedError: In place of a BotoCoreError, a ClientError, an answer that is none of AWS's or a malformed
            AWS_ENDPOINT_URL.
    """
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise AwsRefusedError(explanation(error), code_of(error)) from error
    except ResponseParserError as error:
        raise not_of_aws() from error
    except ValueError as error:
        if not str(error).startswith("Invalid endpoint"):
            raise
        raise AwsRefusedError(f"{error}; correct AWS_ENDPOINT_URL or unset it") from error


@contextmanager
def readable() -> Iterator[None]:
    """Around the first call to AWS: what botocore cannot read there is the answer of a proxy or of another server.

    Raises:
        AwsRefusedError: In place of what botocore's parsers raise.
    """
    try:
        yield
    except _UNREADABLE as error:
        raise not_of_aws() from error


def not_of_aws(call: str = "") -> AwsRefusedError:
    """To be raised where something else than AWS has answered.

    Args:
        call: As IAM spells it, if it is known.
    """
    return AwsRefusedError(_not_of_aws(call))


def code_of(error: Exception) -> str:
    """AWS's error code, "ValidationError"; empty for what is no answer of AWS."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def explanation(error: BotoCoreError | ClientError) -> str:
    """One line: what is wrong, and what to do."""
    if not isinstance(error, ClientError):
        sentence = _of_connection(error)
    elif _is_of_another(error):
        sentence = _not_of_aws(_call(error))
    else:
        sentence = _of_answer(error)
    return " ".join(sentence.split())


def _of_answer(error: ClientError) -> str:
    code = code_of(error)
    message = str(error.response.get("Error", {}).get("Message") or "no message")
    call = _call(error)
    if code in _EXPIRED:
        return f"the credentials have expired: {_SIGN_IN}"
    if code in _UNKNOWN_KEY:
        return f"AWS does not know the access key ({code}): check the profile, the AWS_* variables and the partition"
    if code in _BAD_SIGNATURE:
        return f"AWS does not accept the credentials ({code}): check the secret key and the session token"
    if code in _CLOCK:
        return f"this machine's clock is wrong ({code}): set it and run this again"
    if code in _OPT_IN:
        return f"the account has not enabled this Region or service ({call}: {message}): enable it, or give --region"
    if code in _DENIED:
        return _of_denial(call, message)
    if any(word in code for word in _THROTTLED):
        return f"AWS throttled every attempt at {call} ({code}): wait a minute and run this again"
    return f"AWS refused {call}: {message} ({code})"


def _is_of_another(error: ClientError) -> bool:
    """Whether this is no refusal of AWS, which gives a code, except to HEAD: there an HTTP status stands for it."""
    code = code_of(error)
    return not code or (re.fullmatch(r"4\d\d", code) is not None and not error.operation_name.startswith("Head"))


def _not_of_aws(call: str) -> str:
    return f"what answered{f' {call}' if call else ''} is not AWS: {_check_the_way('check the network and the proxy')}"


def _call(error: ClientError) -> str:
    """The call as IAM spells it where the session has noted the service, `cloudformation:CreateStack`."""
    prefix = error.response.get(ACTION_PREFIX)
    return f"{prefix}:{error.operation_name}" if prefix else str(error.operation_name)


def _of_denial(call: str, message: str) -> str:
    """Who may not do what, and whose policy has to change.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    match = _DENIAL.search(message)
    if match is None:
        return f"access denied to {call} ({message}): grant {_ACTIONS.get(call, 'it')} to the identity that runs this"
    who, action = match["who"], match["action"]
    resource = f" on {match['resource'].rstrip('.')}" if match["resource"] else ""
    other = DENIED_BY.search(match["why"])
    if other:
        return f"{who} may not {action}{resource}: its {other['policy']} is in the way; have it allow {action}"
    if "explicit deny" in match["why"]:
        return f"{who} may not {action}{resource}: one of its own policies denies it; remove the Deny"
    return f"{who} may not {action}{resource}: grant it {action}"


def _of_connection(error: BotoCoreError) -> str:
    for kinds, sentence in _CONNECTION:
        if isinstance(error, kinds):
            return sentence(error)
    return f"the AWS SDK cannot go on: {error}"


def _unreachable(error: BotoCoreError) -> str:
    advice = _check_the_way("check the network, the proxy and whether the Region has this service")
    return f"AWS cannot be reached ({error}): {advice}"


def _check_the_way(without_endpoint: str) -> str:
    given = next((name for name in os.environ if name.startswith("AWS_ENDPOINT_URL")), None)
    return f"check {given}" if given else without_endpoint


def _profile(error: BotoCoreError) -> str:
    return f"{error}: `aws configure list-profiles` shows which there are; give --profile or set AWS_PROFILE"


type _Sentence = Callable[[Any], str]

_CONNECTION: tuple[tuple[tuple[type[BotoCoreError], ...], _Sentence], ...] = (
    (
        (botocore_errors.NoCredentialsError, botocore_errors.NoAuthTokenError),
        lambda _: "there are no AWS credentials: give --profile, or set AWS_PROFILE or AWS_ACCESS_KEY_ID",
    ),
    (
        (botocore_errors.PartialCredentialsError,),
        lambda error: f"the AWS credentials are incomplete ({error}): set both keys or neither",
    ),
    (
        (botocore_errors.SSOError, botocore_errors.LoginError, botocore_errors.TokenRetrievalError),
        lambda error: f"the sign-in session has ended or was never begun ({error}): {_SIGN_IN}",
    ),
    (
        (botocore_errors.CredentialRetrievalError, botocore_errors.MetadataRetrievalError),
        lambda error: f"the AWS credentials cannot be had ({error}): mend the profile or give another with --profile",
    ),
    ((botocore_errors.ProfileNotFound,), _profile),
    (
        (botocore_errors.ConfigParseError, botocore_errors.ConfigNotFound, botocore_errors.InvalidConfigError),
        lambda error: f"the AWS configuration cannot be used ({error}): correct ~/.aws/config or ~/.aws/credentials",
    ),
    (
        (botocore_errors.NoRegionError,),
        lambda _: "no Region is given: give --region, or set AWS_REGION or the profile's region",
    ),
    (
        (
            botocore_errors.InvalidRegionError,
            botocore_errors.UnknownRegionError,
            botocore_errors.EndpointVariantError,
            botocore_errors.UnknownEndpointError,
        ),
        lambda error: f"{error}: give a Region such as eu-central-1 with --region",
    ),
    ((botocore_errors.SSLError,), lambda error: f"{error}: set AWS_CA_BUNDLE if a proxy intercepts TLS"),
    ((botocore_errors.ConnectionError, botocore_errors.HTTPClientError), _unreachable),
    (
        (botocore_errors.ParamValidationError,),
        lambda error: f"a value cannot be sent to AWS: {str(error).removeprefix('Parameter validation failed:')}",
    ),
)
