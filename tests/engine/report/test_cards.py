"""What notebooks show: the numbers of the summary, and nothing that data could smuggle in."""

from html.parser import HTMLParser

import numpy as np
import pytest

import earmark as em

# scripts, handlers, breakouts from attributes, text, comments and raw elements, encodings
PAYLOADS = [
    "<script>alert(1)</script>", "<ScRiPt>alert(1)</sCrIpT>", "<script src=//e.vil/x.js></script>",
    "<img src=x onerror=alert(1)>", "<img/src=x/onerror=alert(1)>", "<IMG SRC=javascript:alert(1)>",
    '"><script>alert(1)</script>', "'><script>alert(1)</script>", '" onmouseover="alert(1)',
    "' onmouseover='alert(1)", '" autofocus onfocus=alert(1) x="', "` onmouseover=`alert(1)",
    "<svg onload=alert(1)>", "<svg/onload=alert(1)//", "<svg><script>alert(1)</script></svg>",
    "<body onload=alert(1)>", "<iframe src=javascript:alert(1)>", "<iframe srcdoc='<b>'></iframe>",
    "<a href=javascript:alert(1)>x</a>", "<a href='data:text/html,<script>'>x</a>",
    "<input autofocus onfocus=alert(1)>", "<details open ontoggle=alert(1)>", "<video><source>",
    "<audio src=x onerror=alert(1)>", "<marquee onstart=alert(1)>", "<object data=x></object>",
    "<embed src=x>", "<link rel=stylesheet href=//e.vil>", "<style>*{display:none}</style>",
    "<meta http-equiv=refresh content=0>", "<base href=//e.vil/>", "<form action=//e.vil><button>",
    "<!-- --><script>alert(1)</script>", "--><script>alert(1)</script><!--", "<![CDATA[<b>]]>",
    "</td></tr></table><script>alert(1)</script>", "</div></div><h1>x</h1>", "</style><b>",
    "</title><b>", "</textarea><b>", "</script><b>", "<b id=x class=y style=color:red>bold</b>",
    "&lt;script&gt;alert(1)&lt;/script&gt;", "&#60;script&#62;alert(1)", "\\u003cscript\\u003e",
    "%3Cscript%3Ealert(1)%3C/script%3E", "javascript:alert(1)", "data:text/html;base64,PHNjcmlwdD4",
    "{{ constructor.constructor('alert(1)')() }}", "${alert(1)}", "<%= 7 * 7 %>",
    "$$\\unicode{<b>}$$",
    "\x00<script>\x00alert(1)</script>", "<scr\x00ipt>alert(1)</scr\x00ipt>", "\u2028<b>\u2029",
    "<\u202eb>", "\ufeff<b>", "+ADw-script+AD4-", "<math><mtext></mtext><b></math>",
    "<b\n>\n</b\n>",
]  # fmt: skip


class Structure(HTMLParser):
    """The elements and attributes of a page in their order, and its text."""

    def __init__(self, page):
        super().__init__()
        self.parts, self.text = [], ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.parts.append((tag, sorted(name for name, _ in attrs)))

    def handle_endtag(self, tag):
        self.parts.append(tag)

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        self.parts.append("comment")

    handle_decl = handle_pi = unknown_decl = handle_comment


def hostile(text):
    """A run, its rows and a report in which every text is this one."""
    sample = {"output_text": text}
    rows = em.Rows(
        [text, text],
        [{"id": text, text or "key": text}, {}],
        [sample, None],
        [0, 1],
        rejected=(em.engine.types.Rejection(text, text, text, 3),),
        origin=text,
    )
    grades = em.Grades(
        np.array([1.0, np.nan]), np.array([1, -1], np.int8), {"a": [1, 0]},
        lambda i: text, {text or "m": em.Ratio(("a",))},
    )  # fmt: skip
    run = em.Run(rows, {text: grades}, {text: text}, id=text or "x", name=text)
    entry = {"id": text, "file": text, "reason": text}
    return run, rows, em.PrepareReport(text, skipped=[entry], warnings=[entry])


@pytest.mark.parametrize("payload", PAYLOADS)
def test_data_adds_no_element_and_no_attribute(payload):
    for plain, attacked in zip(hostile("plain"), hostile(payload), strict=True):
        assert Structure(attacked._repr_html_()).parts == Structure(plain._repr_html_()).parts


def test_there_are_at_least_fifty_attacks():
    assert len(set(PAYLOADS)) >= 50


def test_a_card_brings_no_style_sheet_script_id_or_address():
    for shown in hostile("plain"):
        page = shown._repr_html_()
        parts = Structure(page).parts
        names = {name for part in parts if isinstance(part, tuple) for name in part[1]}
        assert {part[0] for part in parts if isinstance(part, tuple)} <= {
            "div", "b", "table", "thead", "tbody", "tr", "th", "td"
        }  # fmt: skip
        assert names <= {"style"}
        assert "color" not in page and "url(" not in page and "://" not in page


def text_of(shown):
    return Structure(shown._repr_html_().replace("</td>", "|</td>")).text


def graded():
    data = [
        {"id": "a", "official_answer": "valid", "said": "so it is", "output_text": "it is valid"},
        {"id": "b", "official_answer": "valid", "said": "that is so", "output_text": "invalid"},
        {"id": "c", "official_answer": "", "output_text": "valid"},
    ]
    measure = {"type": "word_error_rate", "name": "wer", "reference": "{{ item.said }}"}
    return em.grade(data, ["word_containment", measure])


def test_a_run_shows_each_graders_rate_with_its_interval_and_its_own_metric():
    shown = text_of(graded())
    assert "word_containment|2 of 3|1|50.0 %|9.5 to 90.5|mean 0.500|" in shown
    # 2 + 3 errors in 3 + 3 words; no verdict without a threshold
    assert "wer|2 of 3|-|-|-|wer 0.833, wer_none 0.833, invented 0|" in shown


def test_a_run_says_why_rows_were_not_graded():
    shown = text_of(graded())
    assert "1|c|the reference '' has no word in it to look for|word_containment|" in shown
    assert "1|c|item.said is missing" in shown


def test_a_reason_that_graders_share_stands_once_with_both_names():
    rule = {"type": "word_containment"}
    run = em.grade([{"output_text": "x"}], [{**rule, "name": "a"}, {**rule, "name": "b"}])
    assert text_of(run).count("is missing") == 1
    assert "|a, b|" in text_of(run)


def test_many_graders_and_reasons_are_cut_and_counted():
    rows = em.Rows([str(i) for i in range(9)], [{}] * 9, [None] * 9, [0] * 9)
    grades = em.Grades(np.full(9, np.nan), np.full(9, -1, np.int8), explain=lambda i: f"why {i}")
    run = em.Run(rows, {f"g{i}": grades for i in range(53)}, {})
    assert "and 3 more graders" in text_of(run)
    assert "and 4 more reasons" in text_of(run)


@pytest.mark.parametrize(
    ("origin", "shown"),
    [("/home/somebody/data.jsonl", "data.jsonl"), ("data/a.jsonl", "data/a.jsonl"), ("", None)],
)
def test_of_an_absolute_path_only_the_last_part_is_shown(origin, shown):
    rows = em.Rows(["a"], [{}], [None], [0], origin=origin)
    for card in (rows, em.Run(rows, {}, {})):
        assert (f"1 row from {shown}" if shown else "1 row") in text_of(card)
        assert "somebody" not in card._repr_html_()


def test_a_saved_run_shows_under_which_id_and_name():
    run = em.Run(em.Rows(["a"], [{}], [None], [0]), {}, {}, id="r1", name="first try")
    assert "Run 1 row · first try · saved as r1" in text_of(run)


def test_rows_show_their_first_values_and_what_was_rejected():
    with pytest.warns(em.EarmarkWarning):
        rows = em.read_rows([{"id": i, "n": i, "output_text": f"said {i}"} for i in range(7)] + [5])
    shown = text_of(rows)
    assert "Rows 7 rows" in shown
    assert "4|4|said 4|" in shown and "said 5" not in shown
    assert "and 2 more rows" in shown
    assert shown.count("rejected") == 1


def test_fields_that_are_called_alike_are_all_shown():
    item = {1: "number", "1": "text", "sample.output_text": "mine"}
    shown = text_of(em.Rows(["a"], [item], [{"output_text": "theirs"}], [0]))
    assert "a|number|text|mine|theirs|" in shown


def test_audio_in_rows_is_shown_by_its_length():
    audio = em.audio_to_base64(([0.0] * 1600, 16_000))
    shown = text_of(em.read_rows([{"audio_base64": audio, "raw": b"RIFF", "text": "word " * 90}]))
    assert "UklGR" in shown and f"({len(audio):,} characters)" in shown
    assert "(4 bytes)" in shown
    assert len(shown) < 400


def test_what_was_prepared_is_shown_without_times(tmp_path):
    tone = (np.full(16_000, 0.1, np.float32), 16_000)
    source = [{"id": "a", "audio": tone}, {"id": "b", "audio": b"<html>"}]
    shown = text_of(em.prepare(source, tmp_path / "items.jsonl", audio_field="audio"))
    assert shown.startswith("items.jsonl 1 items, 1.0 s of audio, 0.03 MB before base64")
    assert "skipped" in shown and "(id b): " in shown
