"""An HTML file that needs nothing else: its pictures are in it, and no script runs."""

from __future__ import annotations

from html import escape


def web_page(title: str, style: str, body: str) -> str:
    """The file's text.

    Args:
        title: plain text; it is escaped.
        style: CSS.
        body: HTML, texts in it escaped already.
    """
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{escape(title)}</title>
<style>{style}</style>
</head>
<body>
{body}
</body>
</html>
"""
