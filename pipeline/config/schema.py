"""The JSON Schema of site files, for editors: ``python -m pipeline.config.schema`` prints it."""

from __future__ import annotations

import json
import sys
from typing import Any

from pipeline.config.model import Site


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) that a site file satisfies before it is read.

    It knows nothing of what depends on two values at once, such as a rule that a camera names.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Hearsight site file",
        **{key: value for key, value in Site.model_json_schema().items() if key != "title"},
    }


def schema_text() -> str:
    """Return the schema as the text of ``configs/site.schema.json``."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
