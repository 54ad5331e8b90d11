"""cfn-lint on every template, at every level, in a Region of every partition."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rootguard.catalog import templates_directory

SIGNED = {"code-signing.yaml", "signed-rules.yaml"}
OTHERS = {path.name for path in templates_directory().glob("*.yaml")} - SIGNED


@pytest.mark.slow
@pytest.mark.parametrize(
    ("templates", "regions"),
    [
        pytest.param(OTHERS, ("us-east-1", "us-gov-west-1", "cn-north-1"), id="everywhere"),
        pytest.param(SIGNED, ("us-east-1", "us-gov-west-1"), id="where AWS Signer is"),
    ],
)
def test_cfn_lint_finds_nothing_at_any_level(templates: set[str], regions: tuple[str, ...]) -> None:
    cfn_lint = str(Path(sys.executable).with_name("cfn-lint"))
    levels = ("--include-checks", "I", "--format", "json")
    done = subprocess.run(  # noqa: S603 - cfn-lint's own entry point
        [cfn_lint, *levels, "--regions", *regions, "--template", *sorted(templates)],
        check=False,
        capture_output=True,
        text=True,
        cwd=templates_directory(),
    )
    assert (json.loads(done.stdout), done.stderr) == ([], "")
