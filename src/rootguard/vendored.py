"""rdklib as it goes into every Lambda: the installed one, if it is the one that was reviewed."""

import hashlib
import importlib.metadata
from pathlib import Path

from rootguard.errors import RootguardError

RDKLIB_VERSION = "0.3.10"
RDKLIB_SHA256 = "c5673d8c6ef6fe1f716caaa4c391c93dde0589f41459da8273ced5043b9ba076"
"""Of the lines "path sha256", sorted, of the modules in rdklib/."""

_NEVER = "rdklib/util/internal.py"
"""Its process_evaluations does nothing, and rdklib prefers it where it is present: no evaluation would be recorded."""


class VendoredLibraryError(RootguardError):
    """rdklib is missing or not the pinned one."""


def rdklib_files() -> dict[str, bytes]:
    """The modules of the installed rdklib, by path.

    Raises:
        VendoredLibraryError: It is missing, or differs from the pinned one by a single byte or file.
    """
    try:
        distribution = importlib.metadata.distribution("rdklib")
    except importlib.metadata.PackageNotFoundError:
        raise VendoredLibraryError(f"rdklib is not installed; install rdklib=={RDKLIB_VERSION}") from None
    return verified(Path(str(distribution.locate_file("rdklib"))))


def verified(package: Path, expected: str = RDKLIB_SHA256) -> dict[str, bytes]:
    """The modules of a copy of rdklib, by path, once their digest is the expected one.

    Raises:
        VendoredLibraryError: It is not.
    """
    modules = {f"rdklib/{path.relative_to(package).as_posix()}": path.read_bytes() for path in package.rglob("*.py")}
    found = digest(modules)
    if found != expected or _NEVER in modules:
        wanted = f"rdklib {RDKLIB_VERSION} with sha256 {expected}"
        raise VendoredLibraryError(f"{package} is not {wanted} but {found}; reinstall it")
    return modules


def digest(modules: dict[str, bytes]) -> str:
    """The digest of a set of files: of their paths and contents, in hex."""
    lines = sorted(f"{path} {hashlib.sha256(content).hexdigest()}\n" for path, content in modules.items())
    return hashlib.sha256("".join(lines).encode()).hexdigest()
