"""Reports in the language of the document."""

from __future__ import annotations

import re

import pytest

from symnet.lecture.check import Options, check_document
from symnet.lecture.report import page
from symnet.lecture.report.language import label, language_of, said
from symnet.lecture.report.page import page_text
from symnet.lecture.report.terminal import terminal_text
from symnet.resources import templates_folder

RUSSIAN = (
    "Пусть $X \\in \\mathbb{R}^{n \\times d}$ — данные, $w \\in \\mathbb{R}^d$, и ошибка равна "
    "$Q(w) = \\|X w - y\\|^2$.\n\n"
    "Тогда $\\nabla_w Q = X^\\top (X w - y)$ и $\\nabla_w^2 Q = 2 X^\\top X$.\n"
)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Пусть $x$ и $loss$ — числа", "ru"),
        ("Let $x$ be a number, в скобках", "en"),
        ("", "en"),
        ("Слой BatchNorm нормирует вход", "ru"),
    ],
)
def test_the_language_of_prose(text, language):
    assert language_of([text]) == language


@pytest.mark.parametrize(
    ("sentence", "russian"),
    [
        ("introduces the name on its left", "вводит имя, стоящее слева"),
        ("the left side is 2 x 2 and the right side 3 x 3", "слева матрица 2 x 2, справа 3 x 3"),
        ("holds where A is symmetric, which stands nowhere; fails without it",
         "верно, если матрица A симметрична, но этого нигде не сказано; без этого неверно"),
        ("I a matrix, w a vector", "I — матрица, w — вектор"),
        ("how f depends on x is not known; write: define f = ... x ...",
         "неизвестно, как f зависит от x; напишите: define f = ... x ..."),
        ("no value could be computed: something that has no words here", None),
        ("db has shape (n,), b has shape (c,)", "у db размер (n,), у b размер (c,)"),
        ("it is 2.0 times d loss / d W", "это d loss / d W, умноженное на 2.0"),
        ("the step goes along +dW: it raises loss", "шаг идёт вдоль +dW: он увеличивает loss"),
        ("not read: a branch (if)", "не прочитано: a branch (if)"),
        ("a sentence of tomorrow", None),
    ],
)  # fmt: skip
def test_sentences_are_said_whole_or_not_at_all(sentence, russian):
    assert said(sentence, "ru") == (russian or sentence)
    assert said(sentence, "en") == sentence
    assert label("correction", "en") == "correction"


def test_places_of_a_sentence_are_kept():
    import json

    texts = json.loads((templates_folder() / "report" / "ru.json").read_text(encoding="utf-8"))
    for sentence, russian in texts["sentences"].items():
        assert set(re.findall(r"\{\d\}", russian)) <= set(re.findall(r"\{\d\}", sentence)), sentence


def test_a_russian_lecture_gets_a_russian_report(tmp_path):
    path = tmp_path / "lecture.md"
    path.write_text(RUSSIAN, encoding="utf-8")
    report = check_document(path, Options(cache=False, jobs=1))
    text = terminal_text(report, verbose=True)
    assert (
        "в указанной точке стороны различаются" in text
        and "исправление: " in text
        and "опирается на строки" not in text
    )
    assert not re.search(r"^ {4}(?!\S+:).*[a-z]{3,} [a-z]{3,} [a-z]{3,}", text, re.MULTILINE)
    page = page_text(report)
    assert '<html lang="ru">' in page and "<dt>Исправление</dt>" in page and "Why</dt>" not in page
    assert next(f for f in report.claims if f.verdict == "refuted").reason == "the sides differ at the point shown"


def test_an_english_lecture_keeps_its_words(tmp_path):
    path = tmp_path / "lecture.md"
    path.write_text("Let $f(x) = x^2$. Then $f'(x) = x$.\n", encoding="utf-8")
    text = terminal_text(check_document(path, Options(cache=False, jobs=1)))
    assert "correction: f'(x) = 2 x" in text and "relies on: line" not in text and "2 claims" in text


def test_a_formula_with_brackets_is_told_from_the_remark_behind_it():
    for remark in ("w a vector, x a vector", "w — вектор, x — вектор"):
        shown = page._formula_or_words(rf"\frac{{\partial L}}{{\partial w}} = (y - p) x  ({remark})")
        assert shown.count("<math") == 3, shown
        assert " (" in shown.rpartition("</math>")[0]


def test_ranges_are_told_from_digits():
    told = said("equal at 6 points, ranges large, normal, 30 digits, sizes 2 to 4, equal and unequal", "ru")
    assert "диапазоны: большие, обычные; цифр: 30;" in told
