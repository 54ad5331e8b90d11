import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sample_rule import sample_rule
from tests.small_audit import MISSING, RULES, SUSPENDED, account_id, small_audit

from rootguard.errors import RootguardError
from rootguard.report.json_format import write
from rootguard.report.reading import read
from rootguard.report.report import Report

type Change = Callable[[Any], object]

AUDIT = small_audit("X.?", "...", MISSING, SUSPENDED)
UNCHANGED = "give a file as `rootguard audit --format json` wrote it"
WHOLE = "its writing was interrupted, or it is no such file; give one that `rootguard audit --format json` finished"


def written() -> str:
    out = io.StringIO()
    write(Report(AUDIT, {name: sample_rule(name=name) for name in RULES}), out)
    return out.getvalue()


TEXT = written()
LINES = TEXT.split("\n")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "last.json"


def refusal(file: Path, content: bytes) -> str:
    """The one line that says why a file is refused, without its name."""
    file.write_bytes(content)
    with pytest.raises(RootguardError) as caught:
        read(file)
    message = str(caught.value)
    assert message.isprintable()
    assert message.startswith(f"{file}: ")
    return message.removeprefix(f"{file}: ")


@pytest.mark.parametrize(
    ("content", "problem", "fix"),
    [
        pytest.param(b"", "it is empty", WHOLE, id="empty"),
        pytest.param(b" \n", "it is empty", WHOLE, id="blank"),
        pytest.param(TEXT[: len(TEXT) // 2].encode(), "it ends before its JSON does", WHOLE, id="cut within a result"),
        pytest.param("\n".join(LINES[:-2]).encode(), "it ends before its JSON does", WHOLE, id="cut after a line"),
        pytest.param(
            b"account_id,rule\n", "JSON is malformed: invalid character, line 1, byte 1", UNCHANGED, id="not JSON"
        ),
        pytest.param(
            b"\x7fELF\x02\x01\x01\x00", "JSON is malformed: invalid character, line 1, byte 1", UNCHANGED, id="binary"
        ),
        pytest.param(
            TEXT.encode("utf-16"), "JSON is malformed: invalid character, line 1, byte 1", UNCHANGED, id="UTF-16"
        ),
        pytest.param(
            TEXT.encode() + TEXT.encode(),
            f"JSON is malformed: trailing characters, line {len(LINES)}, byte 2",
            UNCHANGED,
            id="two audits in one file",
        ),
        pytest.param(
            TEXT.replace('"schema": 1', '"schema": NaN').encode(),
            "JSON is malformed: invalid character, line 2, byte 13",
            UNCHANGED,
            id="NaN",
        ),
        pytest.param(
            TEXT.replace('"value":"1"', '"value":NaN', 1).encode(),
            "JSON is malformed: invalid character, line 9, byte ",
            UNCHANGED,
            id="NaN in a result",
        ),
        pytest.param(
            TEXT.replace("Auditor", "Aud\xeftor").encode("latin-1"),
            "it is not UTF-8, line 6, byte ",
            UNCHANGED,
            id="Latin-1",
        ),
        pytest.param(
            TEXT.replace("root-critical is", "r\xefot-critical is").encode("latin-1"),
            "$.results[0] is not UTF-8",
            UNCHANGED,
            id="Latin-1 in a result",
        ),
        pytest.param(b"[]", "it is no audit: Expected `object`, got `array`", UNCHANGED, id="a list"),
        pytest.param(b"null", "it is no audit: Expected `object`, got `null`", UNCHANGED, id="null"),
        pytest.param(
            b'{"schema": 1, "findings": []}',
            "it is no audit: Object missing required field `rootguard`",
            UNCHANGED,
            id="another document of ours",
        ),
        pytest.param(
            b'{"Records": []}', "it is no audit: Object missing required field `schema`", UNCHANGED, id="another JSON"
        ),
        pytest.param(
            b'{"schema": "x", "results": []}',
            "it is no audit: Expected `int`, got `str` - at `$.schema`",
            UNCHANGED,
            id="a schema that is no number",
        ),
        pytest.param(
            b'{"schema": 2, "verdicts": {}}',
            "it is of schema 2, and this rootguard reads schema 1",
            "read it with the rootguard that wrote it, or audit again",
            id="schema 2, in another form",
        ),
        pytest.param(
            TEXT.replace('"schema": 1', '"schema": 2').encode(),
            "it is of schema 2, and this rootguard reads schema 1",
            "read it with the rootguard that wrote it, or audit again",
            id="schema 2, in the same form",
        ),
        pytest.param(
            b'{"results": ' + b"[" * 1_000_000, "it nests too deep for an audit", UNCHANGED, id="deep results"
        ),
        pytest.param(
            b'{"schema": 1, "more": ' + b"[" * 1_000_000, "it nests too deep for an audit", UNCHANGED, id="deep"
        ),
    ],
)
def test_what_is_no_audit_at_all(file: Path, content: bytes, problem: str, fix: str) -> None:
    message = refusal(file, content)
    assert message.startswith(problem)
    assert message.endswith(f"; {fix}")


def put(*steps: str | int, value: object) -> Change:
    def change(document: Any) -> None:
        for step in steps[:-1]:
            document = document[step]
        document[steps[-1]] = value

    return change


def drop(*steps: str | int) -> Change:
    def change(document: Any) -> None:
        for step in steps[:-1]:
            document = document[step]
        del document[steps[-1]]

    return change


def repeat(*steps: str | int) -> Change:
    """Put the first item of a list at its end once more."""

    def change(document: Any) -> None:
        for step in steps:
            document = document[step]
        document.append(document[0])

    return change


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        pytest.param(
            put("generated_at", value="2026-13-45T05:30:00Z"),
            "$.generated_at is 2026-13-45T05:30:00Z, which is no date and time",
            id="a month that is none",
        ),
        pytest.param(
            put("generated_at", value="2026-02-30T05:30:00Z"),
            "$.generated_at is 2026-02-30T05:30:00Z, which is no date and time",
            id="a day that is none",
        ),
        pytest.param(
            put("generated_at", value="2026-13-45T05:30:00"),
            "it is no audit: Expected `str` matching regex '…' - at `$.generated_at`",
            id="a time without zone",
        ),
        pytest.param(
            put("generated_at", value="2026-11-23T05:30:00+02:00"),
            "it is no audit: Expected `str` of length <= 20 - at `$.generated_at`",
            id="a time of another zone",
        ),
        pytest.param(
            put("results", 1, "evidence", 0, "time", value="2026-11-31T05:30:00Z"),
            "$.results[1].evidence[0].time is 2026-11-31T05:30:00Z, which is no date and time",
            id="an observation at no time",
        ),
        pytest.param(
            put("results", 1, "evidence", 0, "time", value=None),
            "it is no audit: Expected `str`, got `null` - at `$.results[1].evidence[0].time`",
            id="an observation without time",
        ),
        pytest.param(
            put("caller", "account_id", value="11111111111"),
            "it is no audit: Expected `str` matching regex '…' - at `$.caller.account_id`",
            id="an account id of 11 digits",
        ),
        pytest.param(
            put("results", 0, "account_id", value="111111111111\n"),
            "it is no audit: Expected `str` of length <= 12 - at `$.results[0].account_id`",
            id="an account id with a line end",
        ),
        pytest.param(
            put("results", 3, "compliance", value="PASS\x1b[31m"),
            r"it is no audit: Invalid enum value 'PASS\x1b[31m' - at `$.results[3].compliance`",
            id="a compliance that is none",
        ),
        pytest.param(
            put("results", 2, value=7),
            "it is no audit: Expected `object`, got `int` - at `$.results[2]`",
            id="a result that is a number",
        ),
        pytest.param(
            drop("results", 2, "reason"),
            "it is no audit: Object missing required field `reason` - at `$.results[2]`",
            id="a result without reason",
        ),
        pytest.param(
            put("scope", "rules", value="root-critical"),
            "it is no audit: Expected `array`, got `str` - at `$.scope.rules`",
            id="a text for a list",
        ),
        pytest.param(
            put("results", 0, "compliance", value="ERROR"),
            "$.results[0] is ERROR, but $.errors do not tell why",
            id="an ERROR that no error explains",
        ),
        pytest.param(
            put("results", 2, "compliance", value="COMPLIANT"),
            "$.results[2] is COMPLIANT, but $.errors tell that it could not be seen",
            id="a verdict where an error tells that there is none",
        ),
        pytest.param(
            put("errors", value=[]), "$.results[2] is ERROR, but $.errors do not tell why", id="errors that are gone"
        ),
        pytest.param(
            drop("results", 2),
            "$.errors tells of 'root-medium' in 111111111111, of which there is no result",
            id="an error without its result",
        ),
        pytest.param(
            repeat("errors"),
            "$.errors[1] tells of 'root-medium' in 111111111111, as does another",
            id="two errors for one result",
        ),
        pytest.param(
            repeat("results"), "$.results[6] is a second result of 'root-critical' in 111111111111", id="twice"
        ),
        pytest.param(
            put("results", 4, "account_id", value="000000000000"),
            "$.results[4] is of 'root-high' in 000000000000, which $.scope lacks",
            id="an account that the scope lacks",
        ),
        pytest.param(
            put("results", 4, "rule", value="root-\x1b[31m"),
            r"$.results[4] is of 'root-\x1b[31m' in 222222222222, which $.scope lacks",
            id="a rule that the scope lacks",
        ),
        pytest.param(drop("results", 4), "account 222222222222 lacks results and is not in $.missing", id="a hole"),
        pytest.param(
            put("missing", value=[]), "account 333333333333 lacks results and is not in $.missing", id="a gap unsaid"
        ),
        pytest.param(
            put("missing", value=["333333333333", "222222222222"]),
            "$.missing has 222222222222, of which there are results",
            id="missing and there",
        ),
        pytest.param(
            put("missing", value=["444444444444"]),
            "$.missing has 444444444444, which is no active account of $.scope",
            id="a suspended account that is missing",
        ),
        pytest.param(repeat("scope", "accounts"), "$.scope.accounts has 111111111111 twice", id="an account twice"),
        pytest.param(repeat("scope", "rules"), "$.scope.rules has 'root-critical' twice", id="a rule twice"),
    ],
)
def test_what_does_not_fit_together(file: Path, change: Change, problem: str) -> None:
    document = json.loads(TEXT)
    change(document)
    message = refusal(file, json.dumps(document).encode())
    assert re.sub(r"regex '.*?'", "regex '…'", message) == f"{problem}; {UNCHANGED}"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RootguardError, match=r"none\.json cannot be read: No such file or directory; give a file"):
        read(tmp_path / "none.json")


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(RootguardError, match=r" cannot be read: Is a directory; give a file"):
        read(tmp_path)


def test_a_file_that_may_not_be_read() -> None:
    """Of the kernel's, as nobody's permissions stop root, which tests may run as."""
    with pytest.raises(RootguardError, match=r"^/proc/self/mem cannot be read: .+; give a file"):
        read(Path("/proc/self/mem"))


def sort_results(document: Any) -> None:
    document["results"].sort(key=lambda result: (result["rule"], result["account_id"]), reverse=True)


@pytest.mark.parametrize(
    ("change", "indent"),
    [
        pytest.param(lambda _: None, 2, id="spread over lines, as jq does"),
        pytest.param(lambda _: None, None, id="on one line"),
        pytest.param(sort_results, None, id="its results in another order"),
        pytest.param(put("comparison", value=None), None, id="without a comparison"),
        pytest.param(put("results", 0, "added", value={"later": 1}), None, id="with more than we know"),
    ],
)
def test_what_is_the_same_audit_in_another_form(file: Path, change: Change, indent: int | None) -> None:
    document = json.loads(TEXT)
    change(document)
    file.write_text(json.dumps(document, indent=indent), "utf-8")
    assert read(file) == AUDIT


def test_what_is_read_of_it(file: Path) -> None:
    file.write_text(TEXT, "utf-8")
    audit = read(file)
    [unseen] = audit.errors
    assert unseen.action == "iam:GetAccountSummary"
    assert audit.by_account.keys() == {account_id(1), account_id(2)}
    assert audit.missing == (account_id(3),)


@given(st.integers(0, len(TEXT) - 3))
def test_wherever_the_writing_was_interrupted_the_file_is_refused(
    tmp_path_factory: pytest.TempPathFactory, length: int
) -> None:
    message = refusal(tmp_path_factory.getbasetemp() / "cut.json", TEXT[:length].encode())
    assert message.endswith(WHOLE)


@given(st.integers(0, len(TEXT) - 2), st.binary(max_size=3))
def test_a_damaged_file_is_read_or_refused_in_one_line(
    tmp_path_factory: pytest.TempPathFactory, at: int, damage: bytes
) -> None:
    file = tmp_path_factory.getbasetemp() / "damaged.json"
    data = TEXT.encode()
    file.write_bytes(data[:at] + damage + data[at + 1 :])
    try:
        read(file)
    except RootguardError as error:
        assert "\n" not in str(error)  # noqa: PT017 - it may be raised, and need not
