"""Fields of forms: texts only, and a choice of cameras."""

from __future__ import annotations

from fastapi import HTTPException, Request
from starlette.datastructures import FormData

from sinks.console.accounts import EVERYTHING, AccountRefused, Rights, Role


class Fields:
    """A form's texts; a field that is missing is an empty text."""

    def __init__(self, form: FormData) -> None:
        self._form = form

    def one(self, name: str) -> str:
        """The field's text."""
        return next(iter(self.every(name)), "")

    def every(self, name: str) -> list[str]:
        """All texts under this name, such as ticked boxes."""
        return [value for value in self._form.getlist(name) if isinstance(value, str)]

    def role(self) -> Role:
        """The field ``role``. Raises AccountRefused."""
        try:
            return Role(self.one("role"))
        except ValueError:
            raise AccountRefused(f"a role is one of {', '.join(Role)}") from None

    def rights(self) -> Rights:
        """The fields ``reach`` (all or some), ``camera`` and ``group``. Raises AccountRefused."""
        if self.one("reach") == "all":
            return EVERYTHING
        return Rights.of(cameras=self.every("camera"), groups=self.every("group"))


async def fields_of(request: Request) -> Fields:
    """The form of a request. Raises HTTPException (400) for what is none."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(400, "a form is wanted here")
    return Fields(await request.form(max_fields=500))
