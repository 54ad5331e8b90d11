"""What deployment reads from S3: the functions' zips and the templates, under one prefix that never changes meaning.

A key once published keeps its content, so that what was reviewed is what is deployed, and a new prefix is what makes
CloudFormation update the functions. What is there already is left alone; other content under the same key is an error.
"""

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from rootguard.artifacts import Manifest
from rootguard.aws_errors import code_of, not_of_aws
from rootguard.catalog import templates_directory
from rootguard.deploy.names import PACK_TEMPLATE, RULES_TEMPLATE, SIGNED_RULES_TEMPLATE
from rootguard.deploy.signing import SIGNING_PREFIX, SigningProfile, find_profile, sign
from rootguard.errors import RootguardError

TEMPLATES = (RULES_TEMPLATE, SIGNED_RULES_TEMPLATE, PACK_TEMPLATE)
"""What is published of templates/: those that AWS fetches itself."""

_PREFIX = re.compile(r"(?:[A-Za-z0-9._-]+/)+")
_DIGEST_LENGTH = 32
_SOURCE, _PROFILE = "rootguard-source-sha256", "rootguard-signing-profile"
"""Metadata of a signed zip: the digest of what was signed, and with which version of which profile."""

_ABSENT = frozenset({"404", "NoSuchKey", "NotFound"})
_TAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})

type Templates = Mapping[str, bytes]
"""Content by file name."""


class PublicationError(RootguardError):
    """Something that must not be published; the message says what and how to mend it."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What stands in the bucket.

    Attributes:
        prefix: Ends with a slash; what `ArtifactPrefix` of the templates takes.
        written: The keys that this run has written.
        unchanged: The keys that had this content already.
        signing_profile_version_arn: Whose signature the zips carry, empty for none.
    """

    bucket: str
    prefix: str
    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    signing_profile_version_arn: str = ""


@dataclass(frozen=True, slots=True)
class _Object:
    """Something to publish."""

    key: str
    content: bytes
    content_type: str

    @property
    def digest(self) -> str:
        """SHA-256, in hex."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def is_code(self) -> bool:
        """Whether Lambda runs it: only that can be signed."""
        return self.key.endswith(".zip")


def published_templates(directory: Path | None = None) -> dict[str, bytes]:
    """The templates that are published, by file name.

    Args:
        directory: Where they are; rootguard's own templates if not given.

    Raises:
        PublicationError: One is missing.
    """
    folder = directory or templates_directory()
    missing = [name for name in TEMPLATES if not (folder / name).is_file()]
    if missing:
        raise PublicationError(f"{folder} has no {' and no '.join(missing)}; run `rootguard derive`")
    return {name: (folder / name).read_bytes() for name in TEMPLATES}


def content_prefix(manifest: Manifest, templates: Templates, signing_profile_version_arn: str = "") -> str:
    """The prefix that says what lies under it: the same for the same content wherever it was built.

    Args:
        manifest: Of the build.
        templates: Content by file name.
        signing_profile_version_arn: Whose signature the zips get; signed zips are other zips.

    Returns:
        32 hexadecimal digits and a slash.
    """
    digests = {artifact.zip: artifact.sha256 for artifact in manifest.rules.values()}
    digests |= {name: hashlib.sha256(content).hexdigest() for name, content in templates.items()}
    lines = [f"{name} {digests[name]}" for name in sorted(digests)]
    text = "\n".join([*lines, signing_profile_version_arn])
    return f"{hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_LENGTH]}/"


def publish(  # noqa: PLR0913 - what to publish, where to, and under whose signature
    session: boto3.Session,
    bucket: str,
    prefix: str | None,
    build_directory: Path,
    signing_profile: str | None = None,
    *,
    templates: Templates | None = None,
) -> Publication:
    """Upload a build and its templates; a second run finds everything there, an interrupted one is finished.

    Args:
        session: Needs s3:PutObject on the prefix, s3:GetObject on it and, so that a missing object is known from a
            hidden one, s3:ListBucket; to sign, what `signing.sign` needs.
        bucket: The artifact bucket.
        prefix: Ends with a slash, or None for `content_prefix`.
        build_directory: What `rootguard build` has written.
        signing_profile: The name of an AWS Signer profile of this account and Region; the zips stay unsigned without.
        templates: Content by file name; rootguard's own if not given.

    Raises:
        RootguardError: The build is not what its manifest says, the profile cannot sign, or a key has other content.
        ClientError: AWS refuses.
    """
    manifest = Manifest.read(build_directory)
    given = published_templates() if templates is None else templates
    profile = find_profile(session, signing_profile) if signing_profile else None
    arn = profile.version_arn if profile else ""
    chosen = _checked_prefix(prefix) if prefix is not None else content_prefix(manifest, given, arn)
    objects = tuple(_objects(manifest, build_directory, given, chosen))
    place = _Bucket(session, bucket, profile)
    absent = [each for each in objects if not place.holds(each)]
    code = {each.key: each.content for each in absent if each.is_code}
    signed = sign(session, bucket, profile, code) if profile and code else {}
    # In the order of `objects`: templates last, so that what they name is there.
    written = tuple(each.key for each in absent if place.put(each, signed.get(each.key)))
    return Publication(bucket, chosen, written, tuple(each.key for each in objects if each.key not in written), arn)


def _checked_prefix(prefix: str) -> str:
    if not _PREFIX.fullmatch(prefix) or prefix.startswith(SIGNING_PREFIX):
        example = "a1b2c3/"
        raise PublicationError(
            f"{prefix!r} is no prefix: letters, digits, dots, hyphens and underscores, a slash at the end ({example}), "
            f"and not {SIGNING_PREFIX}"
        )
    return prefix


def _objects(manifest: Manifest, build_directory: Path, templates: Templates, prefix: str) -> Iterator[_Object]:
    for artifact in manifest.rules.values():
        path = build_directory / artifact.zip
        made = _Object(f"{prefix}{artifact.zip}", path.read_bytes(), "application/zip")
        if made.digest != artifact.sha256:
            raise PublicationError(f"{path} is not what its manifest says; run `rootguard build` again")
        yield made
    for name, content in templates.items():
        yield _Object(f"{prefix}{name}", content, "application/yaml")


class _Bucket:
    """Where objects are published, their code signed with `profile` if there is one."""

    def __init__(self, session: boto3.Session, name: str, profile: SigningProfile | None) -> None:
        self._s3: Any = session.client("s3")
        self._name = name
        self._profile = profile

    def holds(self, wanted: _Object) -> bool:
        """Whether the object is there as wanted.

        Raises:
            PublicationError: Something else is there, or there is no bucket.
            AwsRefusedError: It was not S3 that answered.
        """
        try:
            head = self._s3.head_object(Bucket=self._name, Key=wanted.key, ChecksumMode="ENABLED")
        except ClientError as error:
            if code_of(error) not in _ABSENT:
                self._s3.list_objects_v2(Bucket=self._name, MaxKeys=1)  # a GET, which unlike HEAD is told why
                raise
            self._check()
            return False
        if "ETag" not in head:
            raise not_of_aws("s3:HeadObject")
        if self._profile and wanted.is_code:
            same = head["Metadata"] == _provenance(wanted, self._profile)
        else:
            same = head.get("ChecksumSHA256") == _base64_digest(wanted.content)
        if not same:
            place = f"s3://{self._name}/{wanted.key}"
            raise PublicationError(f"{place} has other content, and what is published stays; choose another --prefix")
        return True

    def _check(self) -> None:
        """HeadObject answers the same 404 for a bucket that does not exist."""
        try:
            self._s3.head_bucket(Bucket=self._name)
        except ClientError as error:
            if code_of(error) not in _ABSENT:
                raise
            made = "templates/artifacts.yaml makes one, which its output ArtifactBucket names"
            raise PublicationError(f"there is no bucket {self._name}; {made}") from error

    def put(self, wanted: _Object, signed: bytes | None) -> bool:
        """Write an object that is not there; S3 itself refuses one that has appeared meanwhile.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html

        Args:
            wanted: What to publish.
            signed: The same, signed; None for what is published as it is.

        Returns:
            Whether it was written; False where somebody else has just published the same.

        Raises:
            PublicationError: Something else has appeared there, or S3 refused and nothing is there.
        """
        content = wanted.content if signed is None else signed
        try:
            self._s3.put_object(
                Bucket=self._name,
                Key=wanted.key,
                Body=content,
                ContentType=wanted.content_type,
                ChecksumAlgorithm="SHA256",
                ChecksumSHA256=_base64_digest(content),
                Metadata=_provenance(wanted, self._profile) if self._profile and signed is not None else {},
                IfNoneMatch="*",
            )
        except ClientError as error:
            if code_of(error) not in _TAKEN:
                raise
            if not self.holds(wanted):  # a deletion or a write that is not over yet was in the way
                place = f"s3://{self._name}/{wanted.key}"
                raise PublicationError(f"{place} was changed at the same time; run again") from error
            return False
        return True


def _provenance(wanted: _Object, profile: SigningProfile) -> dict[str, str]:
    return {_SOURCE: wanted.digest, _PROFILE: profile.version_arn}


def _base64_digest(content: bytes) -> str:
    return base64.b64encode(hashlib.sha256(content).digest()).decode()
