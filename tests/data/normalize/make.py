"""Record what openai-whisper's normalisers make of varied texts.

    pip install openai-whisper==20250625
    python tests/data/normalize/make.py > tests/data/normalize/whisper.jsonl

Only the folder ``whisper/normalizers`` is loaded, so torch need not work. Each line holds a
text and what ``EnglishTextNormalizer()`` and ``BasicTextNormalizer()`` give for it.
"""

from __future__ import annotations

import importlib.util
import json
import random
import sys
from pathlib import Path
from types import ModuleType

WRITTEN = """\
Mr. Smith won't pay £20 million, um, for the colour [laughs]!
Twenty um five people, and a half.
Three and a half million dollars and seven cents, that's $3.07.
It's been done; he'd gone; she's got it; we'd been't there; he's gotta go.
I'd'n't've said y'all'd've gone, 'cause it ain't so, ma'am'll see, i'ma'am.
The twenty-first of May, nineteen eighty four; the 1960s, 274th, 32nd, 1 st, 7 s.
One oh one, double zero seven, triple five, double and nothing. Double eleven.
Minus five, negative and, positive dollars, plus 7, minus minus one.
Two hundred and five, two thousand and nineteen and six, one hundred thousandth.
Point and go; point five; five point; 5 point six point 7; x point point thousand.
Ten per cent, 10 percent, per person, fifty per se, percent.
1,000,000 and 1,2,3 and 3.14 and 3.0 and 3.50 and 192.168.0.1 and 1.0.0 at .5 or 5.
zero thousand, 0 hundred, oh million, one oh thousand, 0.5 thousand, 1.2345 thousandth
and a half
 and a half%
a hundred and a half, half and a half, five and  a\thalf and a half
$0.07 £0.5 €3.50 ¢7 $ 5 %5 5 % $. .$5 $5k 20%off
¢7 and $2 and ¢7, $2 ¢7, €1 and ¢ 5
(one) (two (three) four) ) ( () [a [b] c] <d> e> <f [g> h]
(( <<< [[[ a ]
Don't  'tis  rock 'n' roll '  's  don 't
St. John's St. and Dr. No, Prof. X, Capt. Y, Gen. Z, Lt. Col. Jr., Sr. Esq. mr's
Café naïve Straße Þórr þing œuvre Ångström ﬁne Łódź ẞ
İstanbul K ǆ № ™ ² ½ ① x² 5² ٣ ٤ ٣thousand
Привет, мир! Это двадцать один рубль.
今日は良い天気です。答案是「有效」的。
नमस्ते दुनिया, यह एक परीक्षा है।
zero\u200bwidth non\u00a0breaking so\u00adft \u3000 wide\x1cfile\x85sep
Accessorised favourite colours; organising the theatre programme, catalogue flyer / flier
.. ... a..b a.b. U.S.A. e.g. i.e. end.
ends with newline.
A_b c-d e/f @home #tag & co + more = less ~ ^ ` | \\ { } "quoted" “curly” ‘single’ ’s
sixes nines ninth nineth eighth eightieth twenties twentieth hundreds millionths tens first second
"""

NUMBERS = (
    "one two five nine ten twelve nineteen twenty thirty ninety hundred thousand million billion "
    "zero oh o first second third twelfth twentieth hundredth sixes twenties thousands and double "
    "triple point minus plus dollars cents pounds euro percent per cent half a"
).split()
DIGITS = (
    "1 2 10 1,000 3.14 3.0 $5 £20 €3.50 ¢7 50% 1960s 21st 4 th 192.168.0.1 5k a1b2 007 0 $0.07 "
    "20 1.5 100 000 ² ٣"
).split()
SPOKEN = (
    "won't can't let's y'all wanna gotta gonna imma shoulda ma'am he'd been she's gone it's got "
    "don't they're we'll I've I'm 'tis he'd've Mr. mrs. St. Dr. gov sen. um uh, hmm mm..."
).split()
SYMBOLS = "[laughs] (pause) <unk> ( ) [ & # % $ £ ¢ - — … ! ? . , ' ’ \" / _ .5 5. %5 $.".split()
WORLD = "café naïve Straße Þórr œuvre Привет 日本語 Ｆｕｌｌ İ ß colour organise theatre".split()
PLAIN = (
    "the cat sat on a mat he said that it was fine yes no valid invalid so answer is twelve"
).split()
CHARACTERS = "aistndrh  '’.,0123456789$£¢%()[]<>-\n\tmuoßé"


def mixed(rng: random.Random) -> str:
    """Words of every kind in a row, some with punctuation attached."""
    kinds = rng.choices([NUMBERS, DIGITS, SPOKEN, SYMBOLS, WORLD, PLAIN], [4, 2, 3, 2, 1, 4], k=14)
    words = [rng.choice(kind) for kind in kinds[: rng.randint(2, 14)]]
    ends = ["", "", "", "", "", ",", ".", "?", "'s", "%", "n't", "-"]
    return " ".join(word + rng.choice(ends) for word in words)


def numbers(rng: random.Random) -> str:
    """Little else than number words."""
    return " ".join(rng.choice(NUMBERS + DIGITS) for _ in range(rng.randint(2, 7)))


def characters(rng: random.Random) -> str:
    """Characters that take part in some rule, in any order."""
    return "".join(rng.choices(CHARACTERS, k=rng.randint(1, 25)))


def load_normalizers() -> ModuleType:
    """The folder ``whisper/normalizers`` of the installed openai-whisper."""
    package = importlib.util.find_spec("whisper")
    if package is None or not package.submodule_search_locations:
        raise SystemExit("openai-whisper is not installed")
    folder = Path(package.submodule_search_locations[0]) / "normalizers"
    spec = importlib.util.spec_from_file_location("whisper_normalizers", folder / "__init__.py")
    assert spec is not None and spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> None:
    """Write the pairs to standard output."""
    whisper, rng = load_normalizers(), random.Random(20250625)
    english, basic = whisper.EnglishTextNormalizer(), whisper.BasicTextNormalizer()
    texts = ["", " ", *WRITTEN.splitlines(), "ends with newline.\n", "\r\n.\n"]
    for kind, count in ((mixed, 750), (numbers, 400), (characters, 350)):
        texts += [kind(rng) for _ in range(count)]
    for text in dict.fromkeys(texts):
        pair = {"text": text, "english": english(text), "basic": basic(text)}
        print(json.dumps(pair, ensure_ascii=True, separators=(",", ":")))


if __name__ == "__main__":
    main()
