"""Searches in the archive for whoever asks the running site: by words, a few at a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec
import structlog
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from pipeline.archive import FOLDER
from pipeline.archive.pictures import KeptPictures, PictureName
from pipeline.archive.search import Found, Query, Search
from pipeline.config import Site
from pipeline.errand import run_errand
from pipeline.messages import ModelInfo, ModelsReady
from pipeline.records import Modality
from pipeline.text_requests import LONGEST_TEXT, TextRequests, TextsNotEmbedded

log = structlog.get_logger()

#: Searches at a time, and how many more may wait.
_PARALLEL, _WAITING = 2, 4
#: A search looks at the newest first, and ends with what it has after so long, seconds.
LONGEST_S = 20.0
#: It is ended by force so long after that.
_GRACE_S = 10.0
_PICTURES_AT_ONCE = 2
_DAY_S = 86400.0
MOST_MOMENTS = 100


class SearchRefused(Exception):
    """A search cannot be made; the text says what to do.

    Args:
        words: the text.
        status: of the answer, as HTTP has it.
    """

    def __init__(self, words: str, status: int) -> None:
        super().__init__(words)
        self.status = status


def _words(text: str) -> str:
    words = " ".join(text.split())
    if not words or not words.isprintable():
        raise ValueError("say in words what to look for")
    return words


class AskedSearch(BaseModel):
    """A search as it is asked for. Times are seconds since the epoch, UTC."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    text: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT), AfterValidator(_words)]
    #: Empty: both, as far as the site uses them.
    senses: Annotated[list[Literal["video", "audio"]], Field(max_length=2)] = []
    #: Empty: all of the site's.
    cameras: Annotated[list[str], Field(max_length=4096)] = []
    #: Default: a day before ``until``.
    since: Annotated[float | None, Field(ge=0, le=1e11)] = None
    #: Default: now.
    until: Annotated[float | None, Field(ge=0, le=1e11)] = None
    #: Moments of each sense at most.
    limit: Annotated[int, Field(ge=1, le=MOST_MOMENTS)] = 24


class SearchDesk:
    """Takes searches and hands out the archive's pictures. Belongs to the event loop.

    Args:
        site: the site file.
        texts: embeds the words.
        models: what the encoder has loaded; None while it loads, or is replaced.
        longest_s: after which a search ends with what it has.
    """

    def __init__(
        self,
        site: Site,
        texts: TextRequests,
        models: Callable[[], ModelsReady | None],
        *,
        longest_s: float = LONGEST_S,
    ) -> None:
        self._site = site
        self._root = site.state_dir / FOLDER
        self._texts = texts
        self._models = models
        self._longest_s = longest_s
        self._room = asyncio.Semaphore(_PARALLEL)
        self._pictures = asyncio.Semaphore(_PICTURES_AT_ONCE)
        self._here = 0

    def follow(self, site: Site) -> None:
        """Search the cameras of this site from now on."""
        self._site = site

    async def search(self, asked: AskedSearch) -> dict[str, Any]:
        """Find the moments that fit the words, the best first.

        Returns:
            What `Found` says; ``since``, ``until``, ``took_s``, and ``unknown_words`` by sense.

        Raises:
            SearchRefused: there is no archive, the models load, an unknown camera, too many ask.
        """
        if not self._site.archive.enabled:
            raise SearchRefused(
                "the site keeps no archive: write `archive: {enabled: true}` into its site file "
                "and start it again; it can be searched as it fills",
                409,
            )
        for camera in asked.cameras:
            if camera not in self._site.cameras:
                raise SearchRefused(f"there is no camera {camera[:64]!r}", 422)
        until = time.time() if asked.until is None else asked.until
        since = until - _DAY_S if asked.since is None else asked.since
        if since >= until:
            raise SearchRefused("the time to search ends before it begins", 422)
        models = self._models()
        if models is None:
            raise SearchRefused(
                "the models are still being loaded: words can be searched for once the site is "
                "ready, see the health page",
                409,
            )
        wanted = _wanted(models, asked)
        if self._here >= _PARALLEL + _WAITING:
            raise SearchRefused("too many search at the same time: ask again in a moment", 429)
        self._here += 1
        try:
            async with self._room:
                began = time.monotonic()
                queries, unknown = await self._embedded(wanted, asked.text)
                search = Search(
                    root=str(self._root),
                    cameras=asked.cameras or list(self._site.cameras),
                    queries=queries,
                    since=since,
                    until=until,
                    limit=asked.limit,
                    longest_s=self._longest_s,
                )
                found = await self._run(search)
        finally:
            self._here -= 1
        told: dict[str, Any] = msgspec.to_builtins(found)
        return {
            **told,
            "since": since,
            "until": until,
            "unknown_words": unknown,
            "took_s": round(time.monotonic() - began, 3),
        }

    async def _embedded(
        self, wanted: dict[Modality, ModelInfo], text: str
    ) -> tuple[dict[str, Query], dict[str, list[str]]]:
        queries, unknown = {}, {}
        for sense in wanted:
            try:
                texts = await self._texts.embed(sense, [text])
            except TextsNotEmbedded as error:
                raise SearchRefused(str(error), 409) from None
            queries[sense.value] = Query(texts.model_id, texts.vectors[0].tobytes())
            if texts.unknown_words:
                unknown[sense.value] = list(texts.unknown_words)
        return queries, unknown

    async def _run(self, search: Search) -> Found:
        limit_s = self._longest_s + _GRACE_S
        try:
            ended = await run_errand(
                "pipeline.archive.search",
                given=msgspec.json.encode(search),
                limit_s=limit_s,
                trusted=True,
            )
        except TimeoutError:
            raise SearchRefused(
                f"the search was not over within {limit_s:.0f} s: search less time or fewer "
                "cameras, or when the machine has less to do",
                504,
            ) from None
        if ended.status:
            log.error("search died", status=ended.status, said=ended.words)
            raise SearchRefused(
                "the search died: look in the site's log, and search less time or fewer cameras",
                500,
            )
        return msgspec.json.decode(ended.out, type=Found)

    async def picture(self, name: PictureName) -> bytes | None:
        """A picture that a search has named, as JPEG; None where there is none any more."""
        if name.camera not in self._site.cameras:
            return None
        async with self._pictures:
            return await asyncio.to_thread(lambda: KeptPictures(self._root).jpeg(name))


def _wanted(models: ModelsReady, asked: AskedSearch) -> dict[Modality, ModelInfo]:
    """The senses to search, and their models. Raises SearchRefused where the site has none."""
    used = {Modality.VIDEO: models.sight, Modality.AUDIO: models.sound}
    wanted = {
        sense: info
        for sense, info in used.items()
        if info is not None and (not asked.senses or sense.value in asked.senses)
    }
    if not wanted:
        named = {"video": "pictures", "audio": "sound"}
        senses = " and ".join(named[sense] for sense in sorted(set(asked.senses)))
        raise SearchRefused(f"the site uses no {senses or 'model'}: nothing to search", 422)
    return wanted
