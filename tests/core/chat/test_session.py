"""The chat without a terminal and without a model: what is kept, what the commands do, how lines become questions."""

from __future__ import annotations

import io
import json
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from backend.core.chat import terminal as chat_terminal
from backend.core.chat.session import Adapter, ChatSession
from backend.core.chat.terminal import LineReader, converse, figures, for_terminal, read_input
from backend.core.data.datasets import load_records
from backend.core.data.prompts import Turn
from backend.core.environment.settings import Settings
from backend.core.errors import BadModel, InvalidInput
from backend.core.params.groups import Sampling
from backend.core.registry import Adapter as Registered
from backend.core.registry import AdapterRegistry
from tests.service_kit import settings_in


@dataclass
class Timing:
    first_token_seconds: float = 0.5
    total_seconds: float = 2.5


@dataclass
class Answer:
    text: str
    completion_tokens: int = 5
    finish_reason: str = "stop"
    timing: Timing = field(default_factory=Timing)


class Stream:
    """An answer in pieces; `each` runs before every piece but the first."""

    def __init__(self, pieces: Sequence[str], each: Callable[[], object] = lambda: None) -> None:
        self.pieces, self.each, self.said, self.closed = pieces, each, "", False

    def __iter__(self) -> Iterator[str]:
        for piece in self.pieces:
            if self.closed:
                return
            if self.said:
                self.each()
            self.said += piece
            yield piece

    def close(self) -> None:
        self.closed = True

    @property
    def answer(self) -> Answer:
        return Answer(self.said, finish_reason="cancelled" if self.closed else "stop")


class Parrot:
    """Repeats the last question word by word, or does what `instead` says; keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.instead: Callable[[str], Stream] | None = None

    def stream(
        self,
        prompt: Sequence[Turn],
        sampling: Sampling | None = None,
        *,
        adapter: Adapter = "own",
        seed: int | None = None,
    ) -> Stream:
        self.asked.append({"prompt": list(prompt), "sampling": sampling, "adapter": adapter, "seed": seed})
        said = prompt[-1]["content"]
        return self.instead(said) if self.instead else Stream(["You said ", said])


@pytest.fixture
def parrot() -> Parrot:
    return Parrot()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture
def session(parrot: Parrot, settings: Settings) -> ChatSession:
    return ChatSession(parrot, settings, base="tiny", name="mine", sampling=Sampling(temperature=0.5), seed=7)


Lines = list[str | type[BaseException]]


def talk(session: ChatSession, *lines: str | type[BaseException]) -> tuple[str, str]:
    """What the chat writes to output and error when these lines are typed; Ctrl-D follows them."""
    waiting: Lines = [*lines, EOFError]

    def read_line(prompt: str) -> str:
        line = waiting.pop(0)
        if isinstance(line, str):
            return line
        raise line

    out, err = io.StringIO(), io.StringIO()
    converse(session, read_line, out, err)
    return out.getvalue(), err.getvalue()


def test_questions_and_answers_make_a_conversation(session: ChatSession, parrot: Parrot) -> None:
    out, err = talk(session, "one", "  ", "two ")
    assert out == "You said one\nYou said two\n"
    assert parrot.asked[1]["prompt"] == [
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": "You said one"},
        {"role": "user", "content": "two"},
    ]
    assert [asked["seed"] for asked in parrot.asked] == [7, 8]
    assert parrot.asked[0]["adapter"] == "own"
    assert err.startswith("mine answers. /help")
    assert "5 tokens · 2.0 tokens/s · first after 0.50 s\n" in err


def test_the_system_prompt_stands_first_until_it_is_removed(session: ChatSession, parrot: Parrot) -> None:
    _, err = talk(session, "/system", "/system Be brief.", "a", "/system", "/clear", "/system none", "b")
    assert parrot.asked[0]["prompt"][0] == {"role": "system", "content": "Be brief."}
    assert parrot.asked[1]["prompt"] == [{"role": "user", "content": "b"}]
    for told in ("There is no system prompt.", "System prompt: Be brief.", "is forgotten", "system prompt is gone"):
        assert told in err


def test_the_temperature_is_checked_and_used(session: ChatSession, parrot: Parrot) -> None:
    _, err = talk(session, "/temperature 0", "a", "/temperature hot", "/temperature -1", "/temperature nan", "b")
    assert [asked["sampling"].temperature for asked in parrot.asked] == [0, 0]
    assert "Temperature 0: always the likeliest token." in err
    assert "/temperature hot: Input should be a valid number" in err
    assert "/temperature -1: Input should be greater than or equal to 0" in err
    assert "/temperature nan: Input should be a finite number" in err


def test_an_adapter_is_chosen_by_name_or_folder(session: ChatSession, parrot: Parrot, settings: Settings) -> None:
    for name in ("registered", "unlisted"):
        folder = settings.model_output_dir / name
        folder.mkdir()
        (folder / "adapter_config.json").write_text("{}")
    registered = settings.model_output_dir / "registered"
    AdapterRegistry(settings.adapter_config_path).add(Registered(name="phys", path=str(registered)))
    unlisted = settings.model_output_dir / "unlisted"
    _, err = talk(
        session, "/adapter", "/adapter phys", "a", "/adapter unlisted", "b", f"/adapter {unlisted}", "c",
        "/adapter none", "d", "/adapter nobody",
    )  # fmt: skip
    assert [asked["adapter"] for asked in parrot.asked] == [registered, unlisted, unlisted, None]
    assert "mine answers. Adapters of the registry: phys." in err
    assert "phys answers from here on." in err
    assert "tiny answers from here on." in err
    assert "There is no adapter 'nobody' in the registry (known: phys)." in err


def test_an_adapter_that_does_not_fit_is_taken_back(session: ChatSession, parrot: Parrot, settings: Settings) -> None:
    folder = settings.model_output_dir / "other"
    folder.mkdir()
    (folder / "adapter_config.json").write_text("{}")

    def refuse(_: str) -> Stream:
        raise BadModel("It is of another base.")

    parrot.instead = refuse
    _, err = talk(session, "/adapter other", "a")
    assert "It is of another base. mine answers again." in err
    assert (session.adapter, session.messages) == ("own", [])


def test_the_conversation_is_saved_as_a_record(session: ChatSession, settings: Settings, tmp_path: Path) -> None:
    mine = tmp_path / "mine.jsonl"
    _, err = talk(session, "/save", "a", "/save", "b", "/save", f"/save {mine}", "/save x.csv")
    assert "There is nothing to save yet" in err
    assert f"Saved as record 2 of {settings.data_dir / 'saved_chats.json'}." in err
    assert "x.csv: conversations are added to" in err
    saved = load_records(settings.data_dir / "saved_chats.json").records
    assert saved[0].raw == {"input": "a", "output": "You said a"}
    assert [len(record.messages) for record in saved] == [2, 4]
    assert load_records(mine).total == 1


def test_a_save_where_nothing_can_be_written_is_told(session: ChatSession, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    _, err = talk(session, "a", f"/save {tmp_path}/file/x.json", "b")
    assert len(session.messages) == 4
    assert "Saved" not in err


def test_an_unknown_command_names_the_known_ones_and_help_explains_all(session: ChatSession, parrot: Parrot) -> None:
    _, err = talk(session, "/foo bar", "/help", " /etc is what?")
    assert "There is no command /foo: known are /help, /system, /adapter, /temperature, /save, /clear, /quit." in err
    for told in ("/temperature [X]", "backslash", '"""', "Ctrl-C"):
        assert told in err
    assert parrot.asked[0]["prompt"][-1]["content"] == "/etc is what?"


def test_quit_leaves(session: ChatSession, parrot: Parrot) -> None:
    talk(session, "/quit", "a")
    assert parrot.asked == []


def test_ctrl_c_twice_leaves_and_once_does_not(session: ChatSession, parrot: Parrot) -> None:
    _, err = talk(session, KeyboardInterrupt, "a", KeyboardInterrupt, KeyboardInterrupt, "b")
    assert [asked["prompt"][-1]["content"] for asked in parrot.asked] == ["a"]
    assert "Ctrl-C once more leaves" in err


def test_ctrl_c_stops_an_answer_and_keeps_what_was_said(session: ChatSession, parrot: Parrot) -> None:
    interrupt = lambda: os.kill(os.getpid(), signal.SIGINT)  # noqa: E731
    parrot.instead = lambda _: Stream(["Once ", "upon ", "a ", "time"], interrupt)
    before = signal.getsignal(signal.SIGINT)
    out, err = talk(session, "tell", "/save")
    assert signal.getsignal(signal.SIGINT) is before
    assert out == "Once upon \n"
    assert "· stopped" in err
    assert "answer was stopped before the end" in err
    assert session.messages[-1]["content"] == "Once upon "


def test_an_answer_that_fails_leaves_the_conversation_as_it_was(session: ChatSession, parrot: Parrot) -> None:
    def break_off() -> None:
        raise InvalidInput("The prompt has 9 tokens and the model sees 8.")

    talk(session, "a")
    parrot.instead = lambda _: Stream(["Half", "way"], break_off)
    out, err = talk(session, "b")
    assert out == "Half\n"
    assert "The prompt has 9 tokens and the model sees 8." in err
    assert len(session.messages) == 2
    parrot.instead = None
    assert talk(session, "c")[0] == "You said c\n"


def test_an_empty_answer_is_told_and_forgotten(session: ChatSession, parrot: Parrot) -> None:
    parrot.instead = lambda _: Stream([""])
    _, err = talk(session, "a")
    assert "an empty answer" in err
    assert session.messages == []


def test_bytes_that_are_no_text_are_told(session: ChatSession, parrot: Parrot) -> None:
    _, err = talk(session, "caf\udce9")
    assert "no UTF-8" in err
    assert parrot.asked == []


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["one"], "one"),
        (["one\\", "two\\", "three"], "one\ntwo\nthree"),
        (['"""', "one", "", 'two"""'], "one\n\ntwo"),
        (['"""one', "two", '"""'], "one\ntwo"),
        (['"""one"""'], "one"),
        (['/system """one', 'two"""'], "/system one\ntwo"),
        (['what is """?'], 'what is """?'),
        (["/quit"], "/quit"),
    ],
)
def test_several_lines_make_one_text(lines: list[str], said: str) -> None:
    prompts: list[str] = []

    def read_line(prompt: str) -> str:
        prompts.append(prompt)
        return lines.pop(0)

    assert read_input(read_line) == said
    assert prompts == ["> ", *[". "] * (len(prompts) - 1)]
    assert lines == []


def test_the_figures_of_an_answer() -> None:
    assert figures(Answer("x", 1)) == "1 token · first after 0.50 s"
    assert figures(Answer("x", 1001, "length")) == (
        "1,001 tokens · 500.0 tokens/s · first after 0.50 s · cut off at the longest answer allowed"
    )


def test_a_terminal_is_not_told_what_to_do_by_an_answer() -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    text = "a\x1b]0;title\x07b\r\x9b2Jc\n\td\u2028é"
    assert for_terminal(text, Screen()) == "a]0;titleb2Jc\n\td\u2028é"
    assert for_terminal(text, io.StringIO()) == text


class Editing:
    """Stands for the readline module."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add_history(self, line: str) -> None:
        self.lines.append(line)


def reader_on(history: Path, editing: Any) -> LineReader:
    reader = LineReader(history)  # output is no terminal here: it finds no readline
    reader._editing = editing
    return reader


def test_what_was_typed_is_kept_for_the_next_chat_and_for_its_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = tmp_path / "state" / "chat_history"
    typed = ["one", "  ", "zwei Ω", "\udce9"]
    monkeypatch.setattr("builtins.input", lambda prompt: typed.pop(0))
    reader = reader_on(history, Editing())
    assert [reader("> ") for _ in range(4)] == ["one", "  ", "zwei Ω", "\udce9"]
    assert history.read_text(encoding="utf-8") == "one\nzwei Ω\n"
    assert history.stat().st_mode & 0o777 == 0o600
    again = Editing()
    reader_on(history, again)._load()
    assert again.lines == ["one", "zwei Ω"]


def test_a_long_history_is_cut_and_stays_private(tmp_path: Path) -> None:
    history = tmp_path / "chat_history"
    history.write_text("".join(f"{number}\n" for number in range(3000)))
    history.chmod(0o600)
    editing = Editing()
    reader_on(history, editing)._load()
    assert editing.lines == [str(number) for number in range(2000, 3000)]
    assert len(history.read_text().splitlines()) == chat_terminal.HISTORY_LINES
    assert history.stat().st_mode & 0o777 == 0o600


def test_without_readline_the_prompt_stays_out_of_the_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"caf\xe9\n"), encoding="utf-8"))
    assert LineReader(tmp_path / "h")("> ") == "\udcff"
    assert capsys.readouterr() == ("", "> ")
    assert not (tmp_path / "h").exists()


def test_a_history_that_cannot_be_kept_does_not_hinder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr("builtins.input", lambda prompt: "one")
    assert reader_on(tmp_path / "file" / "history", Editing())("> ") == "one"


def test_saved_chats_are_json_for_people(session: ChatSession, settings: Settings) -> None:
    talk(session, "Ω", "/save")
    text = (settings.data_dir / "saved_chats.json").read_text(encoding="utf-8")
    assert json.loads(text) == [{"input": "Ω", "output": "You said Ω"}]
    assert "Ω" in text
