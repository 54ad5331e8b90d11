"""What is published where, with and without signatures, and what is refused."""

import base64
import hashlib
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rootguard.artifacts import Manifest, build
from rootguard.catalog import rules_directory
from rootguard.cli import main
from rootguard.deploy.publication import (
    TEMPLATES,
    Publication,
    PublicationError,
    content_prefix,
    publish,
    published_templates,
)
from rootguard.errors import RootguardError
from rootguard.sandbox.credentials import Keys, operator
from rootguard.sandbox.dispatch import failing
from rootguard.sandbox.server import Sandbox
from rootguard.sandbox.signing import signature_of

RULES = ("root-mfa-enabled", "root-no-access-keys")
GIVEN = {"rules.yaml": b"Resources: {}\n", "conformance-pack.yaml": b"Resources: {A: {}}\n"}
PLATFORM = "AWSLambda-SHA384-ECDSA"

type Publish = Callable[..., Publication]


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def session(running: Sandbox) -> Any:
    return running.session(running.management_account_id)


@pytest.fixture(scope="module")
def s3(session: Any) -> Any:
    return session.client("s3")


@pytest.fixture(scope="module")
def profile_arn(session: Any) -> str:
    signer = session.client("signer")
    return str(signer.put_signing_profile(profileName="functions", platformId=PLATFORM)["profileVersionArn"])


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("publication")
    for rule in RULES:
        shutil.copytree(rules_directory() / rule, folder / "rules" / rule)
    build(folder / "rules", folder / "build")
    return folder / "build"


@pytest.fixture
def changeable(built: Path, tmp_path: Path) -> Path:
    """A copy of the build that a test may change."""
    return shutil.copytree(built, tmp_path / "build")


@pytest.fixture
def bucket(s3: Any, request: pytest.FixtureRequest) -> str:
    name = "artifacts-" + hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:16]
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


@pytest.fixture
def run(session: Any, bucket: str, built: Path) -> Publish:
    def call(prefix: str | None = None, profile: str | None = None, **changes: Any) -> Publication:
        given = {"session": session, "bucket": bucket, "build_directory": built, "templates": GIVEN} | changes
        return publish(prefix=prefix, signing_profile=profile, **given)

    return call


def content(s3: Any, bucket: str, key: str) -> bytes:
    return bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())


def versions(s3: Any, bucket: str) -> int:
    return len(s3.list_object_versions(Bucket=bucket).get("Versions", []))


def test_every_zip_and_both_templates_lie_under_the_digest_of_it_all(
    run: Publish, s3: Any, bucket: str, built: Path
) -> None:
    done = run()
    names = [*(f"{rule}.zip" for rule in RULES), *GIVEN]
    assert done.prefix == content_prefix(Manifest.read(built), GIVEN)
    assert done.written == tuple(f"{done.prefix}{name}" for name in names)
    assert done.unchanged == ()
    for rule in RULES:
        assert content(s3, bucket, f"{done.prefix}{rule}.zip") == (built / f"{rule}.zip").read_bytes()
    for name, text in GIVEN.items():
        assert content(s3, bucket, f"{done.prefix}{name}") == text
    head = s3.head_object(Bucket=bucket, Key=f"{done.prefix}rules.yaml", ChecksumMode="ENABLED")
    assert head["ChecksumSHA256"] == base64.b64encode(hashlib.sha256(GIVEN["rules.yaml"]).digest()).decode()


def test_a_second_run_writes_nothing(run: Publish, s3: Any, bucket: str) -> None:
    first, second = run(prefix="a1b2/"), run(prefix="a1b2/")
    assert second.written == ()
    assert second.unchanged == first.written
    assert versions(s3, bucket) == len(first.written)


def test_an_interrupted_run_is_finished(run: Publish, s3: Any, bucket: str, built: Path) -> None:
    key = f"a1b2/{RULES[0]}.zip"
    s3.put_object(Bucket=bucket, Key=key, Body=(built / f"{RULES[0]}.zip").read_bytes(), ChecksumAlgorithm="SHA256")
    done = run(prefix="a1b2/")
    assert done.unchanged == (key,)
    assert len(done.written) == len(RULES) + len(GIVEN) - 1


@pytest.mark.parametrize("checksum", ["SHA256", "CRC32"], ids=["with a SHA-256", "with another checksum"])
def test_what_is_published_stays(run: Publish, s3: Any, bucket: str, checksum: str) -> None:
    s3.put_object(Bucket=bucket, Key="a1b2/rules.yaml", Body=b"reviewed", ChecksumAlgorithm=checksum)
    with pytest.raises(PublicationError, match=r"a1b2/rules\.yaml has other content.*--prefix"):
        run(prefix="a1b2/")
    assert content(s3, bucket, "a1b2/rules.yaml") == b"reviewed"
    assert versions(s3, bucket) == 1


@pytest.mark.parametrize(
    ("appeared", "refused"),
    [(b"other", True), (GIVEN["rules.yaml"], False)],
    ids=["other content is not overwritten", "the same content is as good"],
)
def test_an_object_that_appears_meanwhile(
    running: Sandbox, run: Publish, s3: Any, bucket: str, appeared: bytes, *, refused: bool
) -> None:
    key = "a1b2/rules.yaml"
    session = running.session(running.management_account_id)

    def write_first(params: Any, **_: Any) -> None:
        if params["url_path"].endswith("rules.yaml"):
            s3.put_object(Bucket=bucket, Key=key, Body=appeared, ChecksumAlgorithm="SHA256")

    session.events.register("before-call.s3.PutObject", write_first)
    if refused:
        with pytest.raises(PublicationError, match="has other content"):
            run(prefix="a1b2/", session=session)
    else:
        assert key in run(prefix="a1b2/", session=session).unchanged
    assert content(s3, bucket, key) == appeared


@pytest.mark.parametrize("code", ["ConditionalRequestConflict", "PreconditionFailed"])
def test_an_object_that_is_not_there_after_all_is_not_called_published(
    run: Publish, s3: Any, bucket: str, code: str
) -> None:
    """S3 refuses a write that another write or a deletion crosses; whatever that was, nothing may have come of it."""
    with failing("s3:PutObject", code), pytest.raises(PublicationError, match=rf"a1b2/{RULES[0]}\.zip .*run again"):
        run(prefix="a1b2/")
    assert versions(s3, bucket) == 0
    assert len(run(prefix="a1b2/").written) == len(RULES) + len(GIVEN)


def test_signed_zips_carry_the_profiles_signature(run: Publish, s3: Any, bucket: str, profile_arn: str) -> None:
    done = run(profile="functions")
    assert done.signing_profile_version_arn == profile_arn
    assert done.prefix != run().prefix
    for rule in RULES:
        signature = signature_of(content(s3, bucket, f"{done.prefix}{rule}.zip"))
        assert signature is not None
        assert signature.profile_version_arn == profile_arn
    again = run(profile="functions")
    assert again.written == ()
    assert again.unchanged == done.written


def test_signed_and_unsigned_code_do_not_share_a_prefix(run: Publish, profile_arn: str) -> None:
    del profile_arn
    run(prefix="a1b2/")
    with pytest.raises(PublicationError, match="has other content"):
        run(prefix="a1b2/", profile="functions")
    run(prefix="c3d4/", profile="functions")
    with pytest.raises(PublicationError, match="has other content"):
        run(prefix="c3d4/")


def test_a_new_version_of_the_profile_needs_a_new_prefix(session: Any, run: Publish) -> None:
    signer = session.client("signer")
    signer.put_signing_profile(profileName="first", platformId=PLATFORM)
    signer.put_signing_profile(profileName="second", platformId=PLATFORM)
    prefixes = {run(profile=name).prefix for name in ("first", "second")}
    assert len(prefixes) == 2
    run(prefix="a1b2/", profile="first")
    with pytest.raises(PublicationError, match="has other content"):
        run(prefix="a1b2/", profile="second")


@pytest.mark.parametrize("prefix", ["", "a1b2", "/a1b2/", "a1 b2/", "signing/", "signing/x/"], ids=repr)
def test_no_prefix(run: Publish, prefix: str) -> None:
    with pytest.raises(PublicationError, match="is no prefix"):
        run(prefix=prefix)


def test_a_bucket_that_is_not_there_is_named_with_where_one_comes_from(run: Publish) -> None:
    with pytest.raises(PublicationError, match=r"no bucket nowhere; templates/artifacts\.yaml makes one"):
        run(bucket="nowhere")


def test_code_cannot_be_signed_in_a_bucket_without_versions(run: Publish, s3: Any, profile_arn: str) -> None:
    del profile_arn
    s3.create_bucket(Bucket="without-versions")
    with pytest.raises(RootguardError, match="keeps no versions"):
        run(bucket="without-versions", profile="functions")


@pytest.mark.parametrize(
    ("name", "platform", "canceled", "sentence"),
    [
        ("missing", None, False, "there is no signing profile missing in us-east-1"),
        ("devices", "AWSIoTDeviceManagement-SHA256-ECDSA", False, "is for AWSIoT"),
        ("over", PLATFORM, True, "is canceled; choose another"),
    ],
    ids=["missing", "for something else", "canceled"],
)
def test_a_profile_that_cannot_sign(
    session: Any, run: Publish, name: str, platform: str | None, sentence: str, *, canceled: bool
) -> None:
    signer = session.client("signer")
    if platform:
        signer.put_signing_profile(profileName=name, platformId=platform)
    if canceled:
        signer.cancel_signing_profile(profileName=name)
    with pytest.raises(RootguardError, match=sentence):
        run(profile=name)


def test_a_job_that_fails_is_told_with_signers_reason(
    run: Publish, s3: Any, bucket: str, changeable: Path, profile_arn: str
) -> None:
    """A zip that Signer has signed is built into a manifest, as if somebody had put it there."""
    del profile_arn
    signed = content(s3, bucket, f"{run(profile='functions').prefix}{RULES[0]}.zip")
    (changeable / f"{RULES[0]}.zip").write_bytes(signed)
    manifest = Manifest.read(changeable)
    changed = replace(manifest.rules[RULES[0]], sha256=hashlib.sha256(signed).hexdigest())
    rules = {**manifest.rules, RULES[0]: changed}
    (changeable / "manifest.json").write_text(replace(manifest, rules=rules).text(), "utf-8")
    with pytest.raises(RootguardError, match=rf"{RULES[0]}\.zip: The zip file already has a signature"):
        run(prefix="a1b2/", profile="functions", build_directory=changeable)


def test_polling_that_is_refused_says_what_was_refused(run: Publish, profile_arn: str) -> None:
    del profile_arn
    denied = failing("signer:DescribeSigningJob", "AccessDeniedException")
    with denied, pytest.raises(ClientError, match="AccessDenied"):
        run(profile="functions")


def test_a_zip_that_was_changed_after_the_build_is_not_published(run: Publish, changeable: Path) -> None:
    (changeable / f"{RULES[1]}.zip").write_bytes(b"changed")
    with pytest.raises(PublicationError, match="run `rootguard build` again"):
        run(build_directory=changeable)


@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
def test_the_permissions_that_the_documentation_names_suffice(
    running: Sandbox, session: Any, s3: Any, built: Path, profile_arn: str, *, signed: bool
) -> None:
    iam, name = session.client("iam"), f"publisher-{signed}".lower()
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    objects = f"arn:aws:s3:::{name}/a1b2/*"
    statements: list[tuple[list[str], str]] = [
        (["s3:ListBucket"], f"arn:aws:s3:::{name}"),
        (["s3:GetObject", "s3:PutObject"], objects),
    ]
    if signed:
        temporary = f"arn:aws:s3:::{name}/signing/*"
        statements += [
            (["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"], temporary),
            (["signer:GetSigningProfile", "signer:StartSigningJob"], profile_arn.rsplit("/", 1)[0]),
            (["signer:DescribeSigningJob"], "*"),
        ]
    document = [{"Effect": "Allow", "Action": actions, "Resource": resource} for actions, resource in statements]
    policy = json.dumps({"Version": "2012-10-17", "Statement": document})
    iam.put_user_policy(UserName=name, PolicyName="publish", PolicyDocument=policy)
    caller = running.session_for(Keys(key["AccessKeyId"], key["SecretAccessKey"]))
    done = publish(caller, name, "a1b2/", built, "functions" if signed else None, templates=GIVEN)
    assert len(done.written) == len(RULES) + len(GIVEN)


def test_the_prefix_says_what_lies_under_it(built: Path) -> None:
    manifest = Manifest.read(built)
    prefix = content_prefix(manifest, GIVEN)
    assert prefix == content_prefix(
        replace(manifest, rules=dict(reversed(list(manifest.rules.items())))), dict(reversed(list(GIVEN.items())))
    )
    assert prefix.endswith("/")
    others = {
        content_prefix(manifest, {**GIVEN, "rules.yaml": b"changed"}),
        content_prefix(replace(manifest, rules={RULES[0]: manifest.rules[RULES[0]]}), GIVEN),
        content_prefix(manifest, GIVEN, "arn:aws:signer:us-east-1:123456789012:/signing-profiles/p/1"),
    }
    assert len(others | {prefix}) == 4


def test_templates_that_are_not_there_are_named(tmp_path: Path) -> None:
    (tmp_path / TEMPLATES[0]).write_text("", "utf-8")
    with pytest.raises(PublicationError, match=r"has no signed-rules\.yaml and no conformance-pack\.yaml; run"):
        published_templates(tmp_path)


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--prefix", "0123abcd"), 0, "ArtifactPrefix=0123abcd/"),
        (("--prefix", "0123abcd/", "--signing-profile", "functions"), 0, "SigningProfileVersionArn=arn:aws:signer:"),
        (("--prefix", "0123abcd", "--bucket", "nowhere"), 2, "there is no bucket nowhere"),
        (("--prefix", "a b"), 2, "'a b/' is no prefix"),
        (("--build-dir", "nothing"), 2, "is no manifest of `rootguard build`"),
    ],
    ids=["published", "signed", "no bucket", "no prefix", "nothing built"],
)
def test_the_command(
    command_line: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
    *,
    code: int,
    said: str,
) -> None:
    assert command_line(*options) == code
    done = capsys.readouterr()
    assert said in (done.err if code else done.out)
    assert not code or len(done.err.splitlines()) == 1


@pytest.fixture
def command_line(
    running: Sandbox, bucket: str, built: Path, profile_arn: str, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., int]:
    """`rootguard publish` with an administrator's credentials; its exit code."""
    del profile_arn
    for name, value in running.environment(operator(running.management_account_id)).items():
        monkeypatch.setenv(name, value)

    def run(*options: str) -> int:
        arguments = ["rootguard", "publish", "--bucket", bucket, "--build-dir", str(built), *options]
        monkeypatch.setattr(sys, "argv", arguments)
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0)

    return run
