"""Where reports go: standard output, files that are replaced as a whole, and what is neither."""

import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tests.report_samples import small_report

from rootguard.catalog import PROJECT
from rootguard.errors import RootguardError
from rootguard.report.formats import BY_SUFFIX, MODULES, Format
from rootguard.report.outputs import Output, pair, write_all
from rootguard.report.reading import read
from rootguard.report.report import Report

REPORT = small_report("X..?", "....")
JSON, CSV, TABLE = Format.JSON, Format.CSV, Format.TABLE
BROKEN = Report(REPORT.audit, {})
"""Of which writing fails at the first result: it lacks the rules."""


def to(format_: Format, path: str | Path | None = None) -> Output:
    return Output(format_, None if path is None else Path(path))


@pytest.mark.parametrize(
    ("formats", "paths", "expected"),
    [
        pytest.param([], [], [to(TABLE)], id="nothing: a table on standard output"),
        pytest.param([JSON], [], [to(JSON)], id="a format alone"),
        pytest.param([], ["now.json"], [to(JSON, "now.json")], id="a file alone has the format of its ending"),
        pytest.param([], ["NOW.JSON"], [to(JSON, "NOW.JSON")], id="in capitals, too"),
        pytest.param([], ["-"], [to(TABLE)], id="- alone is the table"),
        pytest.param([JSON], ["-"], [to(JSON)], id="- with a format"),
        pytest.param([JSON], ["a.html"], [to(JSON, "a.html")], id="the format before the ending"),
        pytest.param([JSON, CSV], ["a", "b"], [to(JSON, "a"), to(CSV, "b")], id="two in the same order"),
        pytest.param([JSON, TABLE], ["a"], [to(JSON, "a"), to(TABLE)], id="a format too many goes to standard output"),
        pytest.param(
            [TABLE],
            ["-", "a.json", "b.csv"],
            [to(TABLE), to(JSON, "a.json"), to(CSV, "b.csv")],
            id="files too many have their endings' formats",
        ),
        pytest.param(
            [], ["a.json", "b.json"], [to(JSON, "a.json"), to(JSON, "b.json")], id="the same format to two files"
        ),
        pytest.param(
            [], ["a/now.json", "b/now.json"], [to(JSON, "a/now.json"), to(JSON, "b/now.json")], id="two folders"
        ),
    ],
)
def test_formats_and_files_are_paired(formats: list[Format], paths: list[str], expected: list[Output]) -> None:
    assert list(pair(formats, paths)) == expected


@pytest.mark.parametrize(
    ("formats", "paths", "said"),
    [
        pytest.param([JSON, CSV], [], "standard output takes one format", id="two formats"),
        pytest.param([JSON, CSV], ["-", "-"], "standard output takes one format", id="two -"),
        pytest.param([JSON], ["-", "-"], "standard output takes one format", id="a format and one more -"),
        pytest.param([JSON, CSV], ["a", "a"], "--output a is given twice", id="one file"),
        pytest.param([JSON, CSV], ["a", "./x/../a"], "--output .*a is given twice", id="one file by two names"),
        pytest.param(
            [], ["report"], "--output report: give a --format for it, one of table, json, csv", id="no ending"
        ),
        pytest.param([], ["a.pdf"], "--output a.pdf: give a --format", id="another ending"),
    ],
)
def test_what_cannot_be_paired_is_refused(formats: list[Format], paths: list[str], said: str) -> None:
    with pytest.raises(RootguardError, match=said):
        pair(formats, paths)


def test_a_link_to_a_file_is_that_file(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("now.json")
    with pytest.raises(RootguardError, match="is given twice"):
        pair([JSON, CSV], [str(tmp_path / "now.json"), str(tmp_path / "link")])


def test_every_format_has_a_module() -> None:
    assert MODULES.keys() == {*Format}
    assert {*BY_SUFFIX.values()} < {*Format}


@pytest.mark.parametrize("format_", Format)
def test_every_format_is_written_to_a_file(format_: Format, tmp_path: Path) -> None:
    output = Output(format_, tmp_path / "report")
    output.check()
    output.write(REPORT)
    assert "root-critical" in (tmp_path / "report").read_text("utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_what_is_checked_is_left_as_it_was(tmp_path: Path) -> None:
    there, new = tmp_path / "there", tmp_path / "new"
    there.write_text("before")
    to(JSON, there).check()
    to(JSON, new).check()
    assert ([path.name for path in tmp_path.iterdir()], there.read_text()) == (["there"], "before")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        pytest.param("folder", "--output .*folder is a folder: name a file in it", id="a folder"),
        pytest.param("nowhere/now.json", "cannot write .*: No such file or directory; give --output", id="no folder"),
        pytest.param("file/now.json", "cannot write .*: Not a directory; give --output", id="below a file"),
        pytest.param("n" * 256, "cannot write .*: File name too long; give --output", id="a name too long"),
        pytest.param("dangling", "cannot write .*: No such file or directory", id="a link to nowhere"),
    ],
)
def test_what_cannot_be_written_is_found_before(path: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "dangling").symlink_to("nowhere/now.json")
    with pytest.raises(RootguardError, match=said):
        to(JSON, tmp_path / path).check()


def test_a_name_may_be_as_long_as_a_name_can_be(tmp_path: Path) -> None:
    to(JSON, tmp_path / ("n" * 255)).check()
    to(JSON, tmp_path / ("n" * 255)).write(REPORT)
    assert [path.name for path in tmp_path.iterdir()] == ["n" * 255]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666])
def test_a_file_keeps_its_permissions(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "now.json"
    path.touch()
    path.chmod(mode)
    to(JSON, path).write(REPORT)
    assert stat.S_IMODE(path.stat().st_mode) == mode


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_file_has_the_permissions_of_any_new_file(mask: int, mode: int, tmp_path: Path) -> None:
    before = os.umask(mask)
    try:
        to(JSON, tmp_path / "now.json").write(REPORT)
    finally:
        assert os.umask(before) == mask
    assert stat.S_IMODE((tmp_path / "now.json").stat().st_mode) == mode


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "last.json").symlink_to("reports/now.json")
    for _ in range(2):  # at first it leads nowhere
        to(JSON, tmp_path / "last.json").check()
        to(JSON, tmp_path / "last.json").write(REPORT)
        assert (tmp_path / "last.json").is_symlink()
        assert read(tmp_path / "reports" / "now.json") == REPORT.audit


def test_a_report_stays_whole_when_writing_the_next_fails(tmp_path: Path) -> None:
    path = tmp_path / "now.json"
    path.write_text("yesterday's")
    with pytest.raises(KeyError):
        to(JSON, path).write(BROKEN)
    assert (path.read_text(), list(tmp_path.iterdir())) == ("yesterday's", [path])


def test_a_folder_that_has_gone_meanwhile_is_told(tmp_path: Path) -> None:
    with pytest.raises(RootguardError, match=r"cannot write .*: No such file or directory; give --output another"):
        to(JSON, tmp_path / "gone" / "now.json").write(REPORT)


def test_what_can_be_written_is_written_whatever_fails_before(tmp_path: Path) -> None:
    with pytest.raises(RootguardError, match=r"cannot write .*gone.now\.json"):
        write_all([to(JSON, tmp_path / "gone" / "now.json"), to(JSON, tmp_path / "now.json")], REPORT)
    assert read(tmp_path / "now.json") == REPORT.audit


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such files")
def test_a_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe, heard = tmp_path / "pipe", list[str]()
    os.mkfifo(pipe)
    listener = threading.Thread(target=lambda: heard.append(pipe.read_text("utf-8")))
    to(JSON, pipe).check()
    listener.start()
    to(JSON, pipe).write(REPORT)
    listener.join(10)
    assert json.loads(heard[0])["schema"] == 1
    assert pipe.is_fifo()


def test_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    to(JSON).check()
    to(JSON).write(REPORT)
    said = capsys.readouterr()
    assert (json.loads(said.out)["schema"], said.err) == (1, "")


PROGRAM = """
import sys
from tests.report_samples import small_report
from rootguard.errors import RootguardError
from rootguard.report.formats import Format
from rootguard.report.outputs import Output
try:
    Output(Format.JSON).check()
    Output(Format.JSON).write(small_report(*["...."] * 300))
except RootguardError as error:
    sys.exit(str(error))
"""


def started(command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A process whose standard output the shell connects."""
    return subprocess.run(  # noqa: S602 - our own program
        f'"{sys.executable}" -c "$PROGRAM" {command}',
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        text=True,
        cwd=PROJECT,
        check=False,
        env={**os.environ, "PROGRAM": PROGRAM, **variables},
    )


@pytest.mark.parametrize(
    ("command", "variables", "ended", "said"),
    [
        pytest.param('| head -1; exit "${PIPESTATUS[0]}"', {}, 0, "", id="a reader who has enough"),
        pytest.param(
            "> /dev/full",
            {},
            1,
            "cannot write to standard output: No space left on device; give --output a file\n",
            id="no space",
        ),
        pytest.param(
            "",
            {"PYTHONIOENCODING": "latin-1"},
            1,
            "standard output takes iso8859-1 and this needs UTF-8; set PYTHONIOENCODING=utf-8\n",
            id="no UTF-8",
        ),
    ],
)
def test_a_standard_output_that_does_not_take_it_all(
    command: str, variables: dict[str, str], ended: int, said: str
) -> None:
    done = started(command, **variables)
    assert (done.stderr, done.returncode) == (said, ended)
    assert len(done.stdout.splitlines()) <= 1
