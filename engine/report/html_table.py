"""Tables and lines of HTML for notebooks: safe with any data, readable in any theme.

*Conventions*: what comes from data (names, ids, transcripts, file names) is hostile: it is
escaped, and what would act on the page or reorder its neighbours is shown as in the terminal.
So the only elements and attributes are those written here. There is no script, no style sheet,
no class, no id and nothing that is fetched. Colours are those of the page.
"""

from __future__ import annotations

import html
from collections.abc import Collection, Sequence

from .terminal import clean

_LONGEST = 200  # characters of one text
_TABLE = "margin:0.4em 0;border-collapse:collapse;font-variant-numeric:tabular-nums"
_CELL = "padding:0.2em 0.8em 0.2em 0;max-width:32em;vertical-align:top"
_LONGEST_WORD = 30  # characters that stay in one line


def escaped(text: str, longest: int = _LONGEST) -> str:
    r"""The text for an element or a quoted attribute; of a long one its beginning.

    >>> escaped('<b onclick="x">\n')
    '&lt;b onclick=&quot;x&quot;&gt;\\n'
    """
    return html.escape(clean(text if len(text) <= longest else text[: longest - 1] + "…"))


def line(text: str, strong: str = "") -> str:
    """One line, which may begin with something in bold.

    >>> line("26 rows", strong="Run")
    '<div style="overflow-wrap:anywhere"><b>Run</b> 26 rows</div>'
    """
    begin = f"<b>{escaped(strong)}</b> " if strong else ""
    return f'<div style="overflow-wrap:anywhere">{begin}{escaped(text)}</div>'


def table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[int] = ()
) -> str:
    """A table.

    Args:
        columns: the headings.
        rows: one sequence of texts a line, as long as ``columns``.
        right: the positions of the columns of numbers, which stand to the right.
    """
    head = _cells("th", columns, right)
    body = "".join(_cells("td", row, right) for row in rows)
    return f'<table style="{_TABLE}"><thead>{head}</thead><tbody>{body}</tbody></table>'


def card(*parts: str) -> str:
    """What stands together, as one element."""
    return f"<div>{''.join(parts)}</div>"


def _cells(element: str, texts: Sequence[str], right: Collection[int]) -> str:
    cells = []
    for i, text in enumerate(texts):
        # were every cell allowed to break anywhere, browsers would break short ids too
        long = max(map(len, text.split()), default=0) > _LONGEST_WORD
        wrap = ";overflow-wrap:anywhere" if long else ""
        style = f"{_CELL};text-align:{'right' if i in right else 'left'}{wrap}"
        cells.append(f'<{element} style="{style}">{escaped(text)}</{element}>')
    return f"<tr>{''.join(cells)}</tr>"
