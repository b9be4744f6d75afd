"""Rendered log entries are remembered, within bounds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from interdesk.desk.html import to_text
from interdesk.desk.rendered import SHORT, Texts


def markup(name: object) -> str:
    return f"<p>entry <b>{name}</b></p>" * (SHORT // 10)


def test_a_long_text_is_rendered_once() -> None:
    texts = Texts()
    first = texts.text(markup("one"))
    assert first == to_text(markup("one"))
    assert texts.text(markup("one")) is first
    assert texts.text(markup("two")) == to_text(markup("two"))
    assert len(texts) == 2


def test_short_texts_take_no_room() -> None:
    texts = Texts()
    assert texts.text("<p>a</p><p>b</p>") == "a\n\nb"
    assert len(texts) == 0


def test_those_not_asked_for_the_longest_make_room() -> None:
    size = Texts()
    size.text(markup("a"))
    texts = Texts(2 * size.size)
    kept = texts.text(markup("a"))
    texts.text(markup("b"))
    assert texts.text(markup("a")) is kept
    texts.text(markup("c"))
    assert len(texts) == 2
    assert texts.size <= 2 * size.size
    assert texts.text(markup("a")) is kept


def test_a_text_larger_than_all_room_is_not_kept() -> None:
    texts = Texts(100)
    assert texts.text(markup("a")) == to_text(markup("a"))
    assert (len(texts), texts.size) == (0, 0)


def test_many_threads_get_the_right_texts() -> None:
    texts = Texts(20_000)
    wanted = [markup(number % 7) for number in range(200)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(texts.text, wanted)) == [to_text(text) for text in wanted]
    assert 0 < texts.size <= 20_000
