"""The pages' forms can be read out, and filled in, by whoever cannot see them."""

from __future__ import annotations

import asyncio
from html.parser import HTMLParser

from sinks.console.accounts import EVERYTHING, Rights, Role
from tests.sinks.console.reception import PASSWORD, Reception

NEW = "eleven geese cross the yard"


class Form(HTMLParser):
    """What a page's fields are called and described by."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, dict[str, str]] = {}
        self.labels: set[str] = set()
        self.ids: list[str] = []
        self.inline: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if "id" in said:
            self.ids.append(said["id"])
        if tag == "label" and "for" in said:
            self.labels.add(said["for"])
        if tag in ("input", "select", "textarea") and said.get("type") != "hidden":
            self.fields[said.get("id", said["name"])] = said
        self.inline += [name for name in said if name.startswith("on") or name == "style"]
        if tag in ("script", "link"):
            assert (said.get("src") or said["href"]).startswith("/static/")


def test_every_field_has_a_label_and_errors_belong_to_their_field(reception: Reception) -> None:
    reception.add("boss", Role.ADMIN)
    reception.add("anna", Role.VIEWER, Rights.of(cameras=["gone"], groups=["outside"]))
    reception.guard.tokens.make("door", Role.VIEWER, EVERYTHING, days=1, by="boss")

    async def story() -> None:
        browser = reception.browser()
        wrong = Form((await browser.sign_in("boss", "wrong")).text)
        assert wrong.fields["name"]["autocomplete"] == "username"
        assert wrong.fields["password"]["autocomplete"] == "current-password"
        await browser.sign_in("boss")
        password = Form((await browser.get("/password")).text)
        assert password.fields["new"]["autocomplete"] == "new-password"
        assert "value" not in password.fields["new"]
        pages = [wrong, password, Form((await browser.get("/login")).text)]
        form = {"old": PASSWORD, "new": "a", "again": "a"}
        pages.append(Form((await browser.post("/password", form)).text))
        assert pages[-1].fields["new"]["aria-invalid"] == "true"
        admins = ("/users", "/users/anna", "/tokens", "/audit")
        pages += [Form((await browser.get(path)).text) for path in admins]
        # A camera that is not in the site file any more keeps its tick.
        assert 'value="gone" checked' in (await browser.get("/users/anna")).text
        for form_ in pages:
            assert len(form_.ids) == len(set(form_.ids))
            assert not form_.inline
            for name, field in form_.fields.items():
                if field.get("type") not in ("radio", "checkbox"):
                    assert name in form_.labels or "aria-label" in field, name
                for described in field.get("aria-describedby", "").split():
                    assert described in form_.ids, (name, described)

    asyncio.run(story())
