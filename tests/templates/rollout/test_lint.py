"""cfn-lint on the templates of the rollout, at every level, in a Region of every partition."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rootguard.catalog import templates_directory

TEMPLATES = ("conformance-pack.yaml", "organization.yaml", "rules.yaml")


@pytest.mark.slow
def test_cfn_lint_finds_nothing_at_any_level() -> None:
    cfn_lint = str(Path(sys.executable).with_name("cfn-lint"))
    regions = ("--regions", "us-east-1", "us-gov-west-1", "cn-north-1")
    done = subprocess.run(  # noqa: S603 - cfn-lint's own entry point
        [cfn_lint, "--include-checks", "I", "--format", "json", *regions, "--template", *TEMPLATES],
        check=False,
        capture_output=True,
        text=True,
        cwd=templates_directory(),
    )
    assert (json.loads(done.stdout), done.stderr) == ([], "")
