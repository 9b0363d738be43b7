"""How a command ends with an error: its words come out as they are."""

from __future__ import annotations

import pytest
import typer

from pipeline.terminal import fail, named_errors


class Unusable(RuntimeError):
    """An error that says what to do."""


def test_what_somebody_wrote_is_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended:
        fail("there is no camera [red]yard[/] nor [/door]", status=2)
    assert ended.value.exit_code == 2
    assert capsys.readouterr().err == "error: there is no camera [red]yard[/] nor [/door]\n"


def test_an_error_that_says_what_to_do_ends_the_program_with_its_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(typer.Exit), named_errors(Unusable):
        raise Unusable("clip [0] is damaged: fetch it again")
    assert capsys.readouterr().err == "error: clip [0] is damaged: fetch it again\n"


def test_others_are_defects_and_shown_as_such() -> None:
    with pytest.raises(ZeroDivisionError), named_errors(Unusable):
        raise ZeroDivisionError
