"""What a notebook shows of a clip: a player, and what was measured.

*Conventions*: the sound stands in the page itself, as a 16-bit WAV in a data URI, so that
nothing is fetched and a saved notebook can still be heard. Of a long clip it is the beginning,
and that is said; the measures are those of the whole clip.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import AudioError
from .html_table import card, line

if TYPE_CHECKING:
    from ..audio.clip import Clip

_SECONDS = 60
_BYTES = 12_000_000  # what a minute of 48 kHz stereo takes


def clip_card(clip: Clip) -> str:
    """A player, what the clip is, and its notes."""
    channels = f"{clip.channels} channel{'s' * (clip.channels != 1)}"
    facts = f"{clip.duration:,.3f} s, {clip.rate:,} Hz, {channels}, from {clip.source}"
    try:
        player, remarks = _player(clip)
    except AudioError as error:
        return card(line(facts, strong="Clip"), line(f"cannot be played: {error}"))
    levels = f"peak {clip.peak_dbfs:.1f} dBFS, loudness {clip.lufs:.1f} LUFS"
    return card(player, line(f"{facts}; {levels}", strong="Clip"), *map(line, remarks))


def _player(clip: Clip) -> tuple[str, list[str]]:
    """The player's element, and what is to be known of it.

    Raises:
        AudioError: the clip has a NaN or infinity in it, or is nothing that a WAV can hold.
    """
    from ..audio.encode import as_base64, clipping_note, encoded

    frames = min(clip.frames, _SECONDS * clip.rate, _BYTES // (2 * clip.channels))
    heard = replace(clip, samples=clip.samples[:, :frames])
    data = as_base64(encoded(heard, "wav"))
    remarks = [*clip.notes, clipping_note(clip) or ""]
    if frames < clip.frames:
        remarks.append(f"the player holds the first {heard.duration:,.1f} s")
    element = f'<audio controls preload="metadata" src="data:audio/wav;base64,{data}"></audio>'
    return element, [remark for remark in remarks if remark]
