import pytest

from rootguard.derive.errors import DerivationError
from rootguard.derive.marked import with_parts

TEXT = """\
a: 1
b:
  # derived: one
  old: line

  another: line
  # end of derived
c:
  - |
    # derived: two
    # end of derived
"""


def test_parts_are_replaced_and_indented_as_their_marks() -> None:
    assert (
        with_parts(TEXT, {"one": "x: 1\n\ny:\n  z: 2\n", "two": "text\n"}, "file")
        == """\
a: 1
b:
  # derived: one
  x: 1

  y:
    z: 2
  # end of derived
c:
  - |
    # derived: two
    text
    # end of derived
"""
    )


def test_replacing_again_changes_nothing() -> None:
    parts = {"one": "# x\n\\1 \\g<2>\n", "two": "\n\n"}
    once = with_parts(TEXT, parts, "file")
    assert with_parts(once, parts, "file") == once


@pytest.mark.parametrize(
    ("text", "parts", "error"),
    [
        pytest.param("a: 1\n", {"one": ""}, "file has marks for nothing, not one", id="no mark"),
        pytest.param(TEXT, {"one": ""}, "file has marks for one, two, not one", id="a mark too many"),
        pytest.param(TEXT, {"one": "", "three": "", "two": ""}, "for one, two, not one, three, two", id="one missing"),
        pytest.param(TEXT + TEXT, {"one": "", "two": ""}, "for one, one, two, two, not one, two", id="marks twice"),
        pytest.param("# derived: one\nx: 1\n", {"one": ""}, "file has marks for nothing, not one", id="no end"),
        pytest.param(
            "  # derived: one\n# end of derived\n",
            {"one": ""},
            "for nothing, not one",
            id="an end with other indentation",
        ),
    ],
)
def test_marks_that_do_not_fit_the_parts_are_refused(text: str, parts: dict[str, str], error: str) -> None:
    with pytest.raises(DerivationError, match=error):
        with_parts(text, parts, "file")
