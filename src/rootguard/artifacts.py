"""The Lambda deployment packages: one zip per rule, the same bytes wherever and whenever it is built.

    <output>/manifest.json
    <output>/<rule>.zip                  the module of the rule, rootguard.kit, rdklib
    <output>/<rule>/                     the same, unpacked, with parameters.json and a test: what RDK deploys

A rule that a person answers has no function, and so no package.

Equal bytes let CloudFormation and people tell "unchanged" from "changed", so nothing of the machine may enter a zip:
not its clock, time zone, locale, umask, nor the order in which it lists folders.
"""

import base64
import hashlib
import json
import string
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath

from rootguard import __version__
from rootguard.errors import RootguardError
from rootguard.process_check import declares_process_check
from rootguard.vendored import rdklib_files

SCHEMA_VERSION = 1
LARGEST_ZIP = 120_000
"""Bytes. A rule needs about 100,000; more means that something got in that does not belong there."""

_PACKAGE = Path(__file__).parent
_TEST = _PACKAGE / "rule_test.template"
_MANIFEST = "manifest.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip can hold."""
_FILE_MODE, _FOLDER_MODE = 0o644, 0o755
_SHIPPED_SUFFIXES = frozenset({".py", ".json"})

type Files = Mapping[str, bytes]
"""Content by path within the package, with slashes."""


class ArtifactError(RootguardError):
    """A package that must not be built; the message says which rule and why."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """One rule's deployment package.

    Attributes:
        zip: File name, relative to the manifest.
        sha256: Of the zip, in hex.
        code_sha256: The same digest in base64, as Lambda's CodeSha256 shows it.
        size: In bytes.
        handler: What Lambda is to call.
    """

    zip: str
    sha256: str
    code_sha256: str
    size: int
    handler: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was built, by rule."""

    rules: Mapping[str, Artifact]
    schema_version: int = SCHEMA_VERSION
    rootguard_version: str = __version__

    def text(self) -> str:
        """The JSON of manifest.json."""
        document = {
            "schema_version": self.schema_version,
            "rootguard_version": self.rootguard_version,
            "rules": {name: asdict(artifact) for name, artifact in self.rules.items()},
        }
        return json.dumps(document, indent=2) + "\n"

    @classmethod
    def read(cls, output_directory: Path) -> "Manifest":
        """The manifest of an earlier build.

        Raises:
            ArtifactError: There is none, or one of another schema version.
        """
        path = output_directory / _MANIFEST
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            if document["schema_version"] != SCHEMA_VERSION:
                raise ArtifactError(f"{path} has schema version {document['schema_version']}; build again")
            rules = {name: Artifact(**artifact) for name, artifact in document["rules"].items()}
            return cls(rules, rootguard_version=document["rootguard_version"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ArtifactError(f"{path} is no manifest of `rootguard build`: {error}") from error


def build(rules_directory: Path, output_directory: Path) -> Manifest:
    """Build every rule's package; an earlier output is replaced only when all are built.

    Args:
        rules_directory: Holds a folder per rule.
        output_directory: Made or replaced.

    Raises:
        ArtifactError: A rule's folder is not as it must be, a zip is too large, rdklib is not the pinned one, or the
            output folder is not one that a build has made.
    """
    found = sorted(path for path in rules_directory.iterdir() if path.is_dir() and "-" in path.name)
    folders = [folder for folder in found if not _is_answered_by_people(folder)]
    if not folders:
        raise ArtifactError(f"no rules in {rules_directory}")
    shared = {**_kit_files(), **rdklib_files()}
    with _replacing(output_directory) as unfinished:
        manifest = Manifest({folder.name: _build(folder, shared, unfinished) for folder in folders})
        _write(unfinished / _MANIFEST, manifest.text().encode())
    return manifest


def _build(folder: Path, shared: Files, output: Path) -> Artifact:
    module = folder.name.replace("-", "_")
    files = {f"{module}.py": _module_of(folder, module), **shared}
    content = _zip(files)
    if len(content) > LARGEST_ZIP:
        raise ArtifactError(f"{folder.name}: the zip has {len(content)} bytes, more than {LARGEST_ZIP}")
    _write(output / f"{folder.name}.zip", content)
    test = string.Template(_TEST.read_text(encoding="utf-8")).substitute(rule=folder.name, module=module)
    extras = {"parameters.json": _parameters(folder, module), f"{module}_test.py": test.encode()}
    for path, data in {**files, **extras}.items():
        _write(output / folder.name / path, data)
    digest = hashlib.sha256(content)
    code_sha256 = base64.b64encode(digest.digest()).decode()
    return Artifact(f"{folder.name}.zip", digest.hexdigest(), code_sha256, len(content), _handler(module))


def _handler(module: str) -> str:
    return f"{module}.lambda_handler"


def _is_answered_by_people(folder: Path) -> bool:
    """What is to be packaged is read, not run."""
    path = folder / f"{folder.name.replace('-', '_')}.py"
    return path.is_file() and declares_process_check(path.read_bytes())


def _module_of(folder: Path, module: str) -> bytes:
    modules = {path.name for path in folder.rglob("*.py")}
    if modules != {f"{module}.py"}:
        found = ", ".join(sorted(modules)) or "nothing"
        raise ArtifactError(f"{folder.name}: a rule is one module, {module}.py; the folder has {found}")
    return (folder / f"{module}.py").read_bytes()


def _parameters(folder: Path, module: str) -> bytes:
    path = folder / "parameters.json"
    try:
        content = path.read_bytes()
        handler = json.loads(content)["Parameters"]["SourceHandler"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArtifactError(
            f"{folder.name}: parameters.json cannot be read ({error}); run `rootguard derive`"
        ) from error
    if handler != _handler(module):
        raise ArtifactError(f"{folder.name}: parameters.json names the handler {handler}, not {_handler(module)}")
    return content


def _kit_files() -> dict[str, bytes]:
    paths = [path for path in (_PACKAGE / "kit").rglob("*") if path.suffix in _SHIPPED_SUFFIXES]
    return {
        f"rootguard/{path.relative_to(_PACKAGE).as_posix()}": path.read_bytes()
        for path in (_PACKAGE / "__init__.py", *paths)
        if "__pycache__" not in path.parts
    }


def _zip(files: Files) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        for name in sorted(files):
            entry = zipfile.ZipInfo(str(PurePosixPath(name)), _EPOCH)
            entry.create_system = 3  # Unix, also where it is built on something else
            entry.external_attr = (0o100000 | _FILE_MODE) << 16
            package.writestr(entry, files[name], zipfile.ZIP_DEFLATED, compresslevel=9)
    return content.getvalue()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(_FOLDER_MODE)
    path.write_bytes(content)
    path.chmod(_FILE_MODE)


@contextmanager
def _replacing(output: Path) -> Iterator[Path]:
    """A folder to fill that takes the output's place in the end, or vanishes if the block fails."""
    if output.exists() and any(output.iterdir()):
        Manifest.read(output)  # refuses to replace a folder that no build has made
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{output.name}-", dir=output.parent) as aside:
        unfinished, replaced = Path(aside) / "new", Path(aside) / "old"
        unfinished.mkdir()
        yield unfinished
        if output.exists():
            output.rename(replaced)
        try:
            unfinished.rename(output)
        except OSError:
            if replaced.exists():
                replaced.rename(output)
            raise
