"""What a simulated camera can be told to do wrong."""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """A misbehaviour of one mount, switchable while it runs."""

    #: Behaves.
    NONE = "none"
    #: Takes connections, answers nothing and sends nothing.
    SILENT = "silent"
    #: Answers, and sends media over TCP, one byte at a time; sends nothing over UDP.
    DRIP = "drip"
    #: Answers everything, PLAY too, and sends RTCP reports, but no media.
    NO_MEDIA = "no_media"
    #: Answers everything and sends neither media nor reports.
    STALL = "stall"
    #: Closes its connections and takes no new ones.
    DROP = "drop"
    #: Plays for `CRASH_AFTER_S` and cuts the connection, each time.
    CRASH = "crash"
    #: Sends the picture only; the sound is still described.
    NO_SOUND = "no_sound"
    #: Sends the sound only; the picture is still described.
    NO_PICTURE = "no_picture"
    #: Repeats one picture under advancing time stamps; the sound goes on.
    FROZEN = "frozen"
    #: Leaves out one RTP packet in twenty, by chance; the reports go on.
    LOSSY = "lossy"
    #: Says that the stream is elsewhere, see `SimulatedCamera.redirect`.
    REDIRECT = "redirect"
    #: Sends media from a connection's start on, before anything was asked, and answers nothing.
    UNASKED = "unasked"
    #: Behaves, and asks its client to announce, record and go elsewhere, before and while it plays;
    #: until then it sends other media, see `SimulatedCamera.push`.
    ORDERS = "orders"
    #: Takes DESCRIBE, and connects back to the client in order to announce its stream there.
    CALLS_BACK = "calls_back"


#: How long a camera lives that crashes again and again, seconds after PLAY.
CRASH_AFTER_S = 3.0
