"""The command line: joins the verbs of each layer, lazily. No verb is written here.

Exit codes: 0 done and passed; 100 done, but something failed its threshold; 1 the tool
failed; 2 wrong usage; 130 interrupted.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import signal
import sys
import threading
import warnings
from collections.abc import Sequence
from types import FrameType
from typing import TextIO

import click

from . import __version__
from .engine.errors import ConfigError, EarmarkError, EarmarkWarning, did_you_mean
from .engine.report.terminal import note

# group in --help -> verb -> the module that holds its command
VERBS = {
    "Prepare": {"check": "engine.commands", "prepare": "engine.commands"},
    "Grade": {"grade": "graders.commands"},
    "Store": {
        "list": "graders.store_commands",
        "show": "graders.store_commands",
        "export": "graders.store_commands",
        "import": "graders.store_commands",
        "remove": "graders.store_commands",
    },
    "See it work": {"demo": "backends.commands", "bench": "graders.bench"},
}
_MODULES = {verb: module for group in VERBS.values() for verb, module in group.items()}


class _Verbs(click.Group):
    """Commands that are imported when they are asked for, listed by what they are for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _MODULES:
            return None
        module = importlib.import_module(f".{_MODULES[cmd_name]}", __package__)
        commands = [each for each in vars(module).values() if isinstance(each, click.Command)]
        return next(command for command in commands if command.name == cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in _MODULES:
            ctx.fail(f"there is no verb {args[0]!r}.{did_you_mean(args[0], _MODULES)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for group, verbs in VERBS.items():
            commands = [(verb, self.get_command(ctx, verb)) for verb in verbs]
            with formatter.section(group):
                formatter.write_dl([(v, c.get_short_help_str(80)) for v, c in commands if c])


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="earmark")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def cli(debug: bool) -> None:
    """Audio evals on your own machine: prepare, listen, grade, show."""


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    words = list(sys.argv[1:] if args is None else args)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # it was closed before we began
            setattr(sys, name, open(os.devnull, "w"))
    # Each collection looks at all rows that are held; at Python's own thresholds, made for
    # programs that hold little, reading a hundred thousand of them takes twice as long.
    gc.set_threshold(1_000_000, 50, 1000)
    atexit.register(gc.freeze)  # or they are looked at once more at the end: a tenth of a second
    warnings.showwarning = _show_warning
    warnings.simplefilter("always", EarmarkWarning)
    debug = "--debug" in words
    if debug:  # wherever it stands on the line
        words = [word for word in words if word != "--debug"]
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _interrupt)  # what was begun is cleaned up, as after Ctrl-C
    try:
        code = cli.main(words, prog_name="earmark", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        code = 130
    except BrokenPipeError:  # the reader of our output left, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except (EarmarkError, OSError) as error:
        if debug:
            raise
        note(f"earmark: {error}")
        code = 2 if isinstance(error, ConfigError) else 1
    sys.exit(code if isinstance(code, int) else 0)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    if issubclass(category, EarmarkWarning):
        note(f"warning: {message}")
    else:
        click.echo(warnings.formatwarning(message, category, filename, lineno, line), err=True)


if __name__ == "__main__":
    main()
