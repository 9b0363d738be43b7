"""Users, passwords and tokens of every spelling open the camera, and are seen nowhere."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest

from pipeline.config import Camera
from pipeline.simulate import serve
from pipeline.sources import Opened, SourceError, SourcePlan, open_source
from pipeline.sources.address import masked
from tests.pipeline.simulate.clips import make_clip


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clips") / "yard.mp4")


def opened(url: str) -> Opened:
    camera = Camera.model_validate({"url": url})
    assert "s3cret" not in repr(camera) + camera.model_dump_json()
    plan = SourcePlan("yard", camera, None, False)
    assert "s3cret" not in repr(plan)
    stream = open_source(plan).run()
    first = next(iter(stream))
    stream.close()  # type: ignore[attr-defined]
    assert isinstance(first, Opened)
    return first


@pytest.mark.promise("bad input 7")
@pytest.mark.parametrize(
    ("user", "password"),
    [
        ("first.last", "s3cret"),
        ("first@example.org", "s3cret@home:/?#"),
        ("", "s3cret"),
        ("viewer", "s3cret%41"),
    ],
    ids=["dots", "at signs", "no user", "a percent sign"],
)
def test_every_user_gets_in_and_no_password_out(clip: Path, user: str, password: str) -> None:
    with serve({"yard": clip}, user=user, password=password) as camera:
        url = camera.url("yard")
        assert quote(password, safe="") in url
        assert opened(url).video is not None
        wrong = url.replace(quote(password, safe=""), "s3cretive")
        with pytest.raises(SourceError) as caught:
            opened(wrong)
    assert "s3cret" not in str(caught.value)
    assert "s3cret" not in masked(url)


@pytest.mark.promise("bad input 7")
def test_a_token_in_the_address_reaches_the_camera_and_no_message(clip: Path) -> None:
    with serve({"yard": clip}) as camera:
        assert opened(camera.url("yard") + "?token=s3cret").video is not None
        with pytest.raises(SourceError, match=r"/gone\?\*\*\*: the camera knows no such path"):
            opened(camera.url("yard").replace("yard", "gone") + "?token=s3cret")
