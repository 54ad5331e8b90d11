"""AWS Signer's jobs for Lambda code: a zip is read, gets a signature file and a name of its own, and is written.

https://docs.aws.amazon.com/signer/latest/developerguide/signing-jobs-lambda.html
"""

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

from moto.signer.models import SigningProfile

SIGNATURE_FILE = "META_INF/aws_signer_signature_v1.0.SF"
"""What signing adds to a zip; its content here is no cryptographic signature, `signing` stands in for that."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
_DAYS = {"DAYS": 1, "MONTHS": 30, "YEARS": 365}


class UnsignableError(Exception):
    """A file that a job cannot sign; the message is the job's statusReason."""


@dataclass(frozen=True, slots=True)
class Job:
    """A signing job that is done.

    Attributes:
        answer: What DescribeSigningJob says of it, as botocore parses it.
        request: What StartSigningJob was asked.
    """

    id: str
    request: Mapping[str, Any]
    answer: dict[str, Any]


@dataclass
class Jobs:
    """An account's jobs in a Region, by id and by the token that makes a repeated request the same."""

    by_id: dict[str, Job] = field(default_factory=dict)
    by_token: dict[str, Job] = field(default_factory=dict)


def signed_zip(content: bytes, profile: SigningProfile, job_id: str) -> bytes:
    """The zip with a signature file.

    Raises:
        UnsignableError: "Signing fails for a zip file if the file is empty, already has a signature, or is malformed."
    """
    signed = BytesIO(content)
    try:
        with zipfile.ZipFile(signed, "a") as package:
            names = package.namelist()
            if not names or package.testzip() is not None:
                raise UnsignableError("The zip file is empty or malformed.")
            if SIGNATURE_FILE in names:
                raise UnsignableError("The zip file already has a signature.")
            note = {
                "jobId": job_id,
                "profileVersionArn": profile.profile_version_arn,
                "sha256": hashlib.sha256(content).hexdigest(),
            }
            package.writestr(zipfile.ZipInfo(SIGNATURE_FILE, _EPOCH), json.dumps(note))
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        raise UnsignableError("The zip file is empty or malformed.") from error
    return signed.getvalue()


def expiry(profile: SigningProfile, now: datetime) -> datetime:
    """When a signature made now stops to be valid; a month is taken as 30 days."""
    period = profile.signature_validity_period
    return now + timedelta(days=int(period["value"]) * _DAYS[period["type"]])


def current_time() -> datetime:
    """Now, to the second."""
    return datetime.now(UTC).replace(microsecond=0)
