"""Integrated loudness, as EBU R128 measures it.

*Conventions*: samples are float32 [channels, frames]; loudness in LUFS, silence is -inf.
A clip shorter than one gating block (400 ms) is measured as one ungated block. Below 8 kHz,
where the weighting filter no longer fits under Nyquist, the clip is measured at 16 kHz.

*Reference*: ITU-R BS.1770-4, annex 1; EBU R128 and Tech 3341. The filter for any rate is
designed from its analogue parameters as libebur128 does.
"""

from __future__ import annotations

import functools
import math

import numpy as np
import numpy.typing as npt
import soxr

_ABSOLUTE_GATE = -70.0
_RELATIVE_GATE = -10.0
# the responses below fall by 240 dB within this time: the high-pass decays as exp(-240 t)
_WARM_UP_S = 0.125


def integrated(samples: npt.NDArray[np.float32], rate: int) -> float:
    """Integrated loudness in LUFS; -inf where nothing is louder than the gate.

    Up to six channels are weighted as left, right, centre, LFE, left and right surround (four
    as left, right and the surrounds, five without LFE); of more than six the fourth counts as
    LFE and the others as front.

    >>> tone = np.sin(2 * np.pi * 997 * np.arange(48_000) / 48_000, dtype="float32")[None]
    >>> round(integrated(tone, 48_000), 1)  # 997 Hz at 0 dBFS in one channel
    -3.0
    """
    if rate < 8000:
        samples, rate = soxr.resample(samples.T, rate, 16_000).T, 16_000
    step = (rate + 5) // 10  # 100 ms; blocks of 400 ms overlap by 75 %
    energies = np.zeros(max(samples.shape[1] // step, 1))
    for weight, channel in zip(_weights(len(samples)), samples, strict=True):
        if weight:
            energies += weight * _step_energies(channel, rate, step)
    if samples.shape[1] < 4 * step:
        return _lufs(float(energies.sum()) / samples.shape[1])
    blocks = np.convolve(energies, np.ones(4), "valid") / (4 * step)
    audible = blocks[blocks > _energy(_ABSOLUTE_GATE)]
    if not len(audible):
        return -math.inf
    gate = _energy(_lufs(float(audible.mean())) + _RELATIVE_GATE)
    return _lufs(float(audible[audible > gate].mean()))


def _step_energies(
    channel: npt.NDArray[np.float32], rate: int, step: int
) -> npt.NDArray[np.float64]:
    """Sums of squares of the weighted channel: one a step, or one in all for a short clip."""
    weighted = _weighted(channel, rate)
    if len(weighted) < 4 * step:
        total = np.zeros(max(len(weighted) // step, 1))
        total[0] = np.square(weighted, dtype=np.float64).sum()
        return total
    whole = weighted[: len(weighted) // step * step].reshape(-1, step)
    sums: npt.NDArray[np.float64] = np.einsum("ij,ij->i", whole, whole, dtype=np.float64)
    return sums


def _weighted(channel: npt.NDArray[np.float32], rate: int) -> npt.NDArray[np.float32]:
    """The channel through the K filter.

    The filter is recursive, and a Python loop over samples is no choice. Its impulse response
    is short, so multiplying spectra gives the same output: blocks of the FFT's length that
    begin one warm-up early, whose wrapped-around part falls into the warm-up and is dropped
    (overlap-save). The last bits of float32 are the only difference.
    """
    history = math.ceil(_WARM_UP_S * rate)
    # the power of two above five warm-ups: a fifth of the work is lost, and it fits the cache
    length = 1 << (5 * history - 1).bit_length()
    response, hop = _response(rate, length), length - history
    out = np.empty_like(channel)
    for start in range(0, len(channel), hop):
        block = np.zeros(length, np.float32)
        first = max(start - history, 0)
        part = channel[first : start + hop]
        block[history - (start - first) :][: len(part)] = part
        filtered = np.fft.irfft(np.fft.rfft(block) * response, length)
        out[start : start + hop] = filtered[history : history + len(channel) - start]
    return out


@functools.lru_cache(maxsize=16)
def _response(rate: int, length: int) -> npt.NDArray[np.complex64]:
    """H(z) on the FFT's frequencies: a high shelf (the head), then a high pass.

    Both are bilinear transforms with k = tan(pi f0 / rate), z = exp(-i w).
    """
    z = np.exp(-2j * np.pi * np.arange(length // 2 + 1) / length)

    def second_order(b: tuple[float, ...], a: tuple[float, ...]) -> npt.NDArray[np.complex128]:
        upper = b[0] + b[1] * z + b[2] * z**2
        ratio: npt.NDArray[np.complex128] = upper / (a[0] + a[1] * z + a[2] * z**2)
        return ratio

    def poles(k: float, q: float) -> tuple[float, float, float]:
        return 1 + k / q + k * k, 2 * (k * k - 1), 1 - k / q + k * k

    k, q = math.tan(math.pi * 1681.974450955533 / rate), 0.7071752369554196
    high = 10 ** (3.999843853973347 / 20)
    band = high**0.4996667741545416
    zeros = high + band * k / q + k * k, 2 * (k * k - high), high - band * k / q + k * k
    shelf = second_order(zeros, poles(k, q))

    k, q = math.tan(math.pi * 38.13547087602444 / rate), 0.5003270373238773
    first = poles(k, q)[0]  # the standard divides the poles by it, not the zeros (1, -2, 1)
    passing = second_order((first, -2 * first, first), poles(k, q))
    return (shelf * passing).astype(np.complex64)


def _weights(channels: int) -> tuple[float, ...]:
    front, surround = 1.0, 1.41  # as the standard rounds +1.5 dB
    layouts = {
        4: (front, front, surround, surround),
        5: (front, front, front, surround, surround),
        6: (front, front, front, 0.0, surround, surround),
    }
    if channels > 6:
        return (front, front, front, 0.0, *[front] * (channels - 4))
    return layouts.get(channels, (front,) * channels)


def _lufs(energy: float) -> float:
    return -0.691 + 10 * math.log10(energy) if energy > 0 else -math.inf


def _energy(lufs: float) -> float:
    return float(10 ** ((lufs + 0.691) / 10))
