"""checkov on the templates with everything in them that is made on request only.

It resolves conditions by the parameters' defaults and passes over resources that are not made then; CI scans the
templates as they are.
"""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from rootguard.catalog import PROJECT, templates_directory
from rootguard.sandbox.template.text import load

CONDITIONS = re.compile(r"^Conditions:\n(?:(?: .*)?\n)+", re.MULTILINE)
CANARY = """
Parameters:
  Encrypted: {Type: String, Default: "yes"}
Conditions:
  InTheClear: !Equals [!Ref Encrypted, "no"]

Resources:
  Topic:
    Type: AWS::SNS::Topic
    Condition: InTheClear
"""
"""Has a finding, and only if conditional resources are looked at."""


def with_everything(text: str) -> str:
    """A template whose conditions are all true."""
    template: Any = load(text)
    true = "".join(f'  {name}: !Equals ["yes", "yes"]\n' for name in template.get("Conditions", ()))
    changed, count = CONDITIONS.subn(f"Conditions:\n{true}\n", text)
    assert count == bool(true)
    return changed


@pytest.mark.slow
def test_checkov_finds_nothing_in_what_is_made_on_request(tmp_path: Path) -> None:
    texts = {path.name: path.read_text("utf-8") for path in templates_directory().glob("*.yaml")} | {"canary": CANARY}
    for name, text in texts.items():
        (tmp_path / name).with_suffix(".yaml").write_text(with_everything(text), "utf-8")
    [command] = re.findall(r"^step (uvx .* checkov)$", (PROJECT / ".ci" / "run").read_text("utf-8"), re.MULTILINE)
    done = subprocess.run(  # noqa: S603 - the command of our own CI
        [*command.split(), "--directory", tmp_path, "--output", "json"],
        check=False,
        capture_output=True,
        text=True,
        cwd=PROJECT,  # whose .checkov.yaml says the rest
    )
    found = json.loads(done.stdout)
    failed = {(each["file_path"], each["resource"]) for each in found["results"]["failed_checks"]}
    assert (failed, found["summary"]["parsing_errors"]) == ({("/canary.yaml", "AWS::SNS::Topic.Topic")}, 0), found
