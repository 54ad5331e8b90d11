from collections.abc import Callable

import pytest

from rootguard.catalog import PROJECT, load_rules
from rootguard.derive.errors import DerivationError
from rootguard.derive.readme import assumption_list, marks, readme
from rootguard.doctor.assumptions import ASSUMPTIONS
from rootguard.kit.rule import AnyRule

BEGIN, END = marks("rules")
ASSUMED, SO_FAR = marks("assumptions")
ASSUMING = f"{ASSUMED}\n{assumption_list()}{SO_FAR}"


def test_table_takes_the_place_between_the_marks(make_rule: Callable[..., AnyRule]) -> None:
    text = f"# before\n{BEGIN}\nwhatever stood here\n{END}\n\n{ASSUMED}{SO_FAR}\nafter, without a new line"
    assert readme(text, [make_rule("root-one"), make_rule("root-two", title="Root is | two")]) == (
        f"# before\n{BEGIN}\n"
        "| rule | what must hold | severity | practice | CIS AWS Foundations |\n"
        "|---|---|---|---|---|\n"
        "| `root-one` | The root user is made up | low | 1 | 1.4 (5.0.0), 2.4 (6.0.0) |\n"
        "| `root-two` | Root is \\| two | low | 1 | 1.4 (5.0.0), 2.4 (6.0.0) |\n"
        f"{END}\n\n{ASSUMING}\nafter, without a new line"
    )


def test_a_table_that_is_fresh_stays() -> None:
    text = (PROJECT / "README.md").read_text("utf-8")
    assert readme(text, load_rules()) == text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("# no mark", id="neither mark"),
        pytest.param(f"{BEGIN}\n", id="no end"),
        pytest.param(f"\n{END}", id="no beginning"),
        pytest.param(f"{END}\n{BEGIN}\n", id="the wrong way round"),
        pytest.param(f"{ASSUMING}", id="assumptions alone"),
    ],
)
def test_missing_marks_are_an_error_that_names_them(text: str) -> None:
    with pytest.raises(DerivationError, match=r"README\.md lacks the marks") as refusal:
        readme(text, load_rules())
    assert BEGIN in str(refusal.value)
    assert END in str(refusal.value)


def test_every_assumption_is_listed_and_none_is_wider_than_the_page() -> None:
    lines = assumption_list().strip().splitlines()
    assert sum(line.startswith("- ") for line in lines) == len(ASSUMPTIONS)
    assert max(map(len, lines)) <= 120
    probed = " ".join(line.strip() for line in lines).count("the doctor probes it")
    assert probed == sum(each.probe is not None for each in ASSUMPTIONS)
