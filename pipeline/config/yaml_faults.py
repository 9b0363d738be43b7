"""What a person did who wrote what is no YAML: the line, and how it is put right."""

from __future__ import annotations

import yaml

#: What the parser says, and what to do about it; the first that fits.
_ADVICE = (
    (
        "mapping values are not allowed",
        "lines that belong together begin in the same column, each `key: value` with a space after "
        "the colon; a text with ': ' in it stands in quotes",
    ),
    ("could not find expected ':'", "write `key: value`, with a space after the colon"),
    (
        "expected <block end>",
        "lines that belong together begin in the same column; what follows a closing quote or "
        "bracket belongs inside it",
    ),
    ("found character '\\t'", "indent with spaces, not with tabs"),
    ("that cannot start any token", "put the text in quotes"),
    ("expected ',' or ", "a list or map is opened here and not closed"),
    ("unexpected end of stream", "a quote is opened here and not closed"),
    ("sequence entries are not allowed", "an item with - stands on a line of its own"),
    ("undefined alias", "put a text that begins with * in quotes"),
    ("unknown escape character", "in single quotes a backslash is one"),
    ("found another document", "remove the second ---"),
)
#: Faults that are noticed where something ends, and made where it began.
_MADE_BEFORE = ("could not find expected ':'", "expected ',' or ", "unexpected end of stream")


def say(error: yaml.YAMLError, text: str) -> str:
    """``:LINE: is not valid YAML: ...`` for what the parser says of ``text``."""
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    advice = next((f": {do}" for said, do in _ADVICE if said in problem), "")
    return f"{_line_of(error, text, problem)}: is not valid YAML: {problem}{advice}"


def _line_of(error: yaml.YAMLError, text: str, problem: str) -> str:
    began = getattr(error, "context_mark", None)
    mark = getattr(error, "problem_mark", None)
    if began is not None and any(said in problem for said in _MADE_BEFORE):
        mark = began
    if mark is not None:
        return f":{mark.line + 1}"
    position = getattr(error, "position", None)  # of a character that YAML does not allow
    return "" if position is None else f":{text.count(chr(10), 0, position) + 1}"
