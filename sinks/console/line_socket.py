"""HTTP to the running site over the supervisor's socket, with its token.

The supervisor makes a new token at each start, so it is read again when the old one is refused or
nobody listens any more: the console outlives the site's restarts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

_CONNECT_S = 2.0
_START = "start it with `hearsight run SITE.yaml`, as the same user and with the same data_dir"


class LineUnavailable(Exception):
    """The site does not run, or does not answer; the text says what to do."""


class LineSocket:
    """Sends requests. Used in one event loop.

    Args:
        state_dir: the site's data folder, where socket and token are.
    """

    def __init__(self, state_dir: Path) -> None:
        self._token_path = state_dir / "control.token"
        self._socket_path = state_dir / "control.sock"
        self._token = ""

    def client(self, answer_s: float, *, connections: int) -> httpx.AsyncClient:
        """Connections of their own, so many at most, that wait so many seconds for an answer."""
        return httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(
                uds=str(self._socket_path),
                limits=httpx.Limits(max_connections=connections),
            ),
            base_url="http://hearsight",
            timeout=httpx.Timeout(answer_s, connect=_CONNECT_S),
            trust_env=False,
        )

    async def send(
        self,
        client: httpx.AsyncClient,
        method: str,
        path: str,
        *,
        stream: bool = False,
        headers: Mapping[str, str] | None = None,
        **request: Any,
    ) -> httpx.Response:
        """Send, and once more where the supervisor was replaced in between.

        Args:
            client: whose connections are used.
            method: of the request.
            path: of the request.
            stream: whether the answer's body is left to be read.
            headers: besides those that are always sent.
            request: what else httpx builds a request of.

        Raises:
            LineUnavailable: the site does not run, or does not answer.
        """
        token = self._token or self._read_token()
        for last in (False, True):
            signed = {**(headers or {}), "authorization": f"Bearer {token}"}
            built = client.build_request(method, path, headers=signed, **request)
            try:
                answer = await client.send(built, stream=stream)
            except httpx.ConnectError as error:
                if last:
                    raise LineUnavailable(
                        f"the site does not run, as nobody listens at {self._socket_path}: {_START}"
                    ) from error
            except httpx.TimeoutException as error:
                raise LineUnavailable(
                    "the site's supervisor does not answer in time: look in its log whether the "
                    "machine is overloaded"
                ) from error
            except httpx.TransportError as error:
                # It may have been carried out: only what changes nothing is asked again.
                if last or method not in ("GET", "HEAD"):
                    raise LineUnavailable(
                        f"the site's supervisor broke off ({type(error).__name__}): if it was "
                        f"stopped, {_START}"
                    ) from error
            else:
                if answer.status_code != 401:
                    return answer
                await answer.aclose()
                if last:
                    raise LineUnavailable(
                        f"the site refuses the token in {self._token_path}: is another site's "
                        "supervisor running on this data folder? Restart the site"
                    )
            token = self._read_token()
        raise AssertionError("the second try returns or raises")

    def _read_token(self) -> str:
        try:
            self._token = self._token_path.read_text("ascii").strip()
        except FileNotFoundError:
            raise LineUnavailable(
                f"the site does not run, as there is no {self._token_path}: {_START}"
            ) from None
        except (OSError, ValueError) as error:
            raise LineUnavailable(
                f"{self._token_path} cannot be read ({error}): run the console as the user of "
                "`hearsight run`"
            ) from error
        return self._token


def expect(answer: httpx.Response, status: int) -> None:
    """Raise LineUnavailable, with what to do, where an answer has another status."""
    if answer.status_code == status:
        return
    if answer.status_code == 503:
        raise LineUnavailable("the site's supervisor has too much to do: ask again in a moment")
    if answer.status_code == 507:
        raise LineUnavailable(detail_of(answer))
    raise LineUnavailable(
        f"the site's supervisor answered {answer.status_code}: look in its log; are console and "
        "site of one release?"
    )


def detail_of(answer: httpx.Response) -> str:
    """What an answer says that is a refusal."""
    try:
        detail = answer.json()["detail"]
    except (json.JSONDecodeError, KeyError, TypeError):
        return answer.text[:200]
    return detail if isinstance(detail, str) else json.dumps(detail)
