"""Every promise has a test, and every mark names a promise that was made."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.promises import BAD_INPUTS, DIFFERS, shown, table


@pytest.fixture(scope="module")
def found(project: Path) -> dict[str, list[str]]:
    return shown(project / "tests")


@pytest.mark.parametrize("number", BAD_INPUTS)
def test_each_bad_input_has_a_test(found: dict[str, list[str]], number: int) -> None:
    assert found.get(f"bad input {number}"), f"no test is marked promise('bad input {number}')"


def test_each_mark_names_a_bad_input_that_there_is(found: dict[str, list[str]]) -> None:
    assert list(BAD_INPUTS) == list(range(1, 26))
    ours = {promise for promise in found if promise.startswith("bad input")}
    assert ours | set(DIFFERS) <= {f"bad input {number}" for number in BAD_INPUTS}
    for promise in found:
        assert re.fullmatch(r"(fault|bad input|security) \d+", promise), promise


def test_marks_are_read_from_tests_and_from_their_single_cases(tmp_path: Path) -> None:
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_it.py").write_text(
        "import pytest\n"
        "mark = pytest.mark.promise('bad input 9')  # not a test's\n"
        "@pytest.mark.promise('bad input 1', 'bad input 2')\n"
        "def test_one(): ...\n"
        "@pytest.mark.parametrize('x', [pytest.param(1, marks=\n"
        "    pytest.mark.promise('bad input 3'))])\n"
        "async def test_two(x): ...\n"
    )
    assert shown(folder) == {
        "bad input 1": ["tests/test_it.py::test_one"],
        "bad input 2": ["tests/test_it.py::test_one"],
        "bad input 3": ["tests/test_it.py::test_two"],
    }


def test_the_table_has_a_line_for_each(found: dict[str, list[str]]) -> None:
    lines = table(found).splitlines()[2:]
    assert [line.split("|")[1].strip() for line in lines] == [str(number) for number in BAD_INPUTS]
    assert "`tests/pipeline/sources/test_reach.py`" in lines[4]
