"""The chat's terminal: lines in, streamed answers out, and a Ctrl-C that stops the answer and not the program.

Answers go to standard output, everything else to standard error.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any, TextIO

from backend.core.chat.session import Answer, ChatSession, Leave
from backend.core.errors import BadModel, PipelineError
from backend.core.storage.files import write_atomically

PROMPT, MORE = "> ", ". "
MARK = '"""'
HISTORY_FILE = "chat_history"
HISTORY_LINES = 1000

_BLOCK = re.compile(r'(\s*(?:/\w+\s+)?)"""')
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def converse(session: ChatSession, read_line: Callable[[str], str], out: TextIO, err: TextIO) -> None:
    """Question and answer until the person leaves: /quit, Ctrl-D, or Ctrl-C twice at the prompt.

    Args:
        read_line: shows the given prompt and reads a line; raises EOFError and KeyboardInterrupt.
        out: where answers go.
        err: where everything else goes.
    """
    _say(err, f"{session.name} answers. /help lists the commands; Ctrl-C stops an answer, Ctrl-D leaves.")
    interrupted = False
    while True:
        try:
            text = read_input(read_line)
        except EOFError:
            return _say(err, "")
        except KeyboardInterrupt:
            if interrupted:
                return _say(err, "")
            interrupted = True
            _say(err, "\nCtrl-C once more leaves, and so does Ctrl-D.")
            continue
        interrupted = False
        try:
            if not is_text(text):
                _say(err, "This holds bytes that are no UTF-8 text: type or paste it again.")
            elif text.startswith("/"):
                _say(err, session.command(text))
            elif text.strip():
                _answer(session, text.strip(), out, err)
        except Leave:
            return None
        except (PipelineError, OSError) as error:
            _say(err, str(error))


def read_input(read_line: Callable[[str], str]) -> str:
    """What a person says: a line, one that goes on behind a backslash, or what stands between triple quotes."""
    line = read_line(PROMPT)
    block = _BLOCK.match(line)
    if block:
        text = line[block.end() :]
        while MARK not in text:
            text += "\n" + read_line(MORE)
        inside, _, behind = text.partition(MARK)
        return block[1] + (inside + behind).strip("\n")
    while line.endswith("\\"):
        line = line[:-1] + "\n" + read_line(MORE)
    return line


def is_text(text: str) -> bool:
    """Whether it can be written as UTF-8; a terminal set to another encoding sends what cannot."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _answer(session: ChatSession, question: str, out: TextIO, err: TextIO) -> None:
    """Show the answer as it is written, and its figures. Raises PipelineError."""
    begun = False
    try:
        with stop_flag(err) as stop_asked:
            stream = session.ask(question)
            for piece in stream:
                out.write(for_terminal(piece, out))
                out.flush()
                begun = begun or bool(piece)
                if stop_asked():
                    stream.close()
                    break
        answer = stream.answer
    except BadModel as error:
        _say(err, f"{error} {session.take_back_adapter() or ''}".rstrip())
        return
    finally:
        if begun:
            out.write("\n")
            out.flush()
    session.remember(question, answer)
    _say(err, figures(answer), dim=True)


@contextmanager
def stop_flag(err: TextIO) -> Iterator[Callable[[], bool]]:
    """Let Ctrl-C only raise a flag, so that the model ends its step in order; a second one breaks in."""
    asked: list[bool] = []

    def on_signal(number: int, frame: FrameType | None) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(True)
        _say(err, " (stopping)", dim=True)

    before = signal.signal(signal.SIGINT, on_signal)
    try:
        yield lambda: bool(asked)
    finally:
        signal.signal(signal.SIGINT, before)


def figures(answer: Answer) -> str:
    """Tokens, speed and waiting time of an answer, and what cut it short."""
    count, timing = answer.completion_tokens, answer.timing
    writing = timing.total_seconds - timing.first_token_seconds
    speed = f" · {(count - 1) / writing:.1f} tokens/s" if count > 1 and writing > 0 else ""
    ends = {"cancelled": " · stopped", "length": " · cut off at the longest answer allowed"}
    empty = "" if answer.text.strip() else " · an empty answer"
    tokens = f"{count:,} token{'' if count == 1 else 's'}"
    return (
        f"{tokens}{speed} · first after {timing.first_token_seconds:.2f} s{ends.get(answer.finish_reason, '')}{empty}"
    )


def for_terminal(text: str, out: TextIO) -> str:
    """The text without control characters where a terminal would obey them; elsewhere as it is."""
    return _CONTROL.sub("", text) if out.isatty() else text


def _say(err: TextIO, text: str, *, dim: bool = False) -> None:
    styled = dim and err.isatty() and not os.environ.get("NO_COLOR")
    err.write(f"\x1b[2m{text}\x1b[0m\n" if styled else f"{text}\n")
    err.flush()


class LineReader:
    """Reads lines from the terminal, with editing and a history where the platform has readline.

    Args:
        history: file of the lines typed in earlier chats, readable by its owner only.
    """

    def __init__(self, history: Path) -> None:
        self._history = history
        self._editing: Any = None
        if sys.stdout.isatty():
            with suppress(ImportError):
                import readline

                self._editing = readline
                # A pasted text of several lines is then one question.
                readline.parse_and_bind("set enable-bracketed-paste on")
                self._load()

    def __call__(self, prompt: str) -> str:
        """Raises EOFError and KeyboardInterrupt."""
        if self._editing is None:  # input() would write the prompt among the answers
            sys.stderr.write(prompt)
            sys.stderr.flush()
            prompt = ""
        try:
            line = input(prompt)
        except UnicodeDecodeError:
            return "\udcff"  # told like any other text that is none
        self._keep(line)
        return line

    def _load(self) -> None:
        with suppress(OSError):  # a chat without a history is still a chat
            lines = self._history.read_text(encoding="utf-8", errors="replace").splitlines()
            if len(lines) > 2 * HISTORY_LINES:
                write_atomically(self._history, "\n".join(lines[-HISTORY_LINES:]) + "\n")
            for line in lines[-HISTORY_LINES:]:
                self._editing.add_history(line)

    def _keep(self, line: str) -> None:
        if self._editing is None or not line.strip() or not is_text(line):
            return
        with suppress(OSError):
            self._history.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._history, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(line + "\n")
