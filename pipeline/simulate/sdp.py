"""The description of a film that DESCRIBE answers with (SDP, RFC 8866)."""

from __future__ import annotations

from base64 import b64encode

from pipeline.simulate.media import Film, Track
from pipeline.simulate.packetize import Codec

_ENCODING = {
    Codec.H264: "H264",
    Codec.H265: "H265",
    Codec.AAC: "MPEG4-GENERIC",
    Codec.OPUS: "opus",
    Codec.PCMU: "PCMU",
    Codec.PCMA: "PCMA",
}


def describe(film: Film, name: str) -> str:
    """SDP of ``film``; track n is controlled as ``trackID=n``."""
    lines = [
        "v=0",
        "o=- 0 0 IN IP4 0.0.0.0",
        f"s={name}",
        "c=IN IP4 0.0.0.0",
        "t=0 0",
        "a=control:*",
    ]
    for position, track in enumerate(film.tracks):
        lines += _media(track)
        lines.append(f"a=control:trackID={position}")
    return "\r\n".join([*lines, ""])


def _media(track: Track) -> list[str]:
    kind = "video" if track.is_video else "audio"
    mapping = f"{_ENCODING[track.codec]}/{track.clock_rate}"
    if track.channels > 1 or track.codec is Codec.AAC:
        mapping += f"/{track.channels}"
    lines = [f"m={kind} 0 RTP/AVP {track.payload_type}", f"a=rtpmap:{track.payload_type} {mapping}"]
    parameters = _parameters(track)
    if parameters:
        lines.append(f"a=fmtp:{track.payload_type} {parameters}")
    return lines


def _parameters(track: Track) -> str:
    match track.codec:
        case Codec.H264:
            profile = track.config[0][1:4].hex().upper()
            sets = ",".join(_base64(unit) for unit in track.config)
            return f"packetization-mode=1; profile-level-id={profile}; sprop-parameter-sets={sets}"
        case Codec.H265:
            names = ("sprop-vps", "sprop-sps", "sprop-pps")
            by_name = zip(names, track.config, strict=False)
            return "; ".join(f"{name}={_base64(unit)}" for name, unit in by_name)
        case Codec.AAC:
            return (
                "streamtype=5; profile-level-id=1; mode=AAC-hbr; sizelength=13; indexlength=3; "
                f"indexdeltalength=3; config={track.config[0].hex().upper()}"
            )
        case Codec.OPUS:
            return "sprop-stereo=1"
        case _:
            return ""


def _base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")
