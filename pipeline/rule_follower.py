"""Brings a running line to what its rules now say: new texts first, then a new judge."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from pipeline.config import Site
from pipeline.first_messages import FirstMessages
from pipeline.messages import ModelsReady
from pipeline.rule_changes import effective
from pipeline.rule_desk import RuleDesk
from pipeline.rule_overrides import OverridesError
from pipeline.rule_texts import Embeds, with_texts
from pipeline.text_requests import TextsNotEmbedded

log = structlog.get_logger()

#: After a failure it is tried again so much later, seconds.
_AGAIN_S = 5.0


class RuleFollower:
    """Looks whether rules were changed, by whichever process, and has them judged.

    Cameras, ingest, encoder and publisher go on; the judge is replaced, and what is embedded
    meanwhile waits for the new one.

    Args:
        desk: the rules.
        first: makes the processes' first messages.
        encoder: embeds texts.
        models: as they are; None while they are loaded.
        take_over: told the models with the new texts: replaces the judge.
    """

    def __init__(
        self,
        desk: RuleDesk,
        first: FirstMessages,
        encoder: Embeds,
        models: Callable[[], ModelsReady | None],
        take_over: Callable[[ModelsReady], Awaitable[None]],
    ) -> None:
        self._desk = desk
        self._first = first
        self._encoder = encoder
        self._models = models
        self._take_over = take_over
        self._task: asyncio.Task[None] | None = None
        self._not_before = 0.0
        self._filing = asyncio.Lock()
        #: Which of two files the texts of the next site file go to.
        self._files = 0

    def open(self) -> None:
        """Start with what was changed before. Raises OverridesError."""
        self._desk.open()
        self._first.judged = self._first.wanted = self._desk.in_force.site

    async def close(self) -> None:
        """Stop following."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._desk.close()

    async def embedded(self, site: Site) -> ModelsReady:
        """The models with the texts of a site that is only tried.

        Raises:
            TextsNotEmbedded: the encoder cannot, or loads its models.
            OSError: a file cannot be read or written.
        """
        models = self._models()
        if models is None:
            raise TextsNotEmbedded("the site loads its models: ask again in a minute")
        return await with_texts(models, site, self._encoder, name="rehearsal")

    async def refile(
        self, site: Site, take_over: Callable[[ModelsReady], Awaitable[None]]
    ) -> tuple[str, ...]:
        """Follow another site file: new texts first, then ``take_over`` with the models.

        Returns:
            What of people's changes does not fit it and is left out, in words.

        Raises:
            TextsNotEmbedded, OverridesError, OSError: nothing was changed.
        """
        if self._task is not None:
            await asyncio.wait([self._task])
        # Rules that are changed meanwhile are followed afterwards.
        async with self._filing:
            models = self._models()
            if models is None:
                raise TextsNotEmbedded("the site loads its models: ask again in a minute")
            desk = self._desk
            revision = desk.store.revision()
            made = effective(site, desk.store.current())
            # Not the file of texts that is in use: this may still come to nothing.
            models = await with_texts(models, made.site, self._encoder, name=f"file-{self._files}")
            self._files = 1 - self._files
            self._first.follow(site, made.site)
            await take_over(models)
            desk.refile(site, made, revision)
        return tuple(made.left_out)

    def look(self) -> None:
        """See whether there is something to do; called about once a second."""
        if self._task is not None and self._task.done():
            self._task.result()  # a defect is told
            self._task = None
        if self._filing.locked():
            return
        try:
            differs = self._desk.look()
        except OverridesError as error:
            self._told(str(error))
            return
        if self._models() is None:
            if differs:
                # Nobody judges yet; the encoder may have been told of less.
                self._first.wanted = self._desk.wanted.site
            return
        if differs and self._task is None and time.monotonic() >= self._not_before:
            self._task = asyncio.create_task(self._follow(), name="rules")

    async def _follow(self) -> None:
        desk, models = self._desk, self._models()
        assert models is not None
        wanted, revision = desk.wanted, desk.revision
        self._first.wanted = wanted.site
        begun = time.monotonic()
        try:
            models = await with_texts(models, wanted.site, self._encoder, name="rules")
        except (TextsNotEmbedded, OSError) as error:
            self._told(f"changed rules are not judged yet: {error}")
            return
        self._first.judged = wanted.site
        if wanted.site != desk.in_force.site:
            await self._take_over(models)
        desk.settled(wanted, revision)
        took = round(time.monotonic() - begun, 1)
        log.info("rules taken over", overridden=sorted(wanted.in_force), seconds=took)

    def _told(self, trouble: str) -> None:
        if trouble != self._desk.trouble:
            log.error("rules not taken over", reason=trouble)
        self._desk.trouble = trouble
        self._not_before = time.monotonic() + _AGAIN_S
