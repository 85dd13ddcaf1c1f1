"""The words of a page: complete in every language, and without anything that a document format would trip over."""

from __future__ import annotations

import json
import string

import pytest

from symnet import catalog
from symnet.errors import SymnetError
from symnet.explain.render import symbols
from symnet.explain.texts import languages, texts
from symnet.ir.graph import KINDS
from symnet.resources import templates_folder
from tests.printing.latex_syntax import check_formula

FOLDER = templates_folder() / "explain"
LANGUAGES = languages()
RULES = (
    "chain split size delta facts lemma fold factor cancel inline softmax logsumexp log_softmax log_exp log_sigmoid "
    "log_tanh exp_softplus log_choice log_where log_product log_of_two weight softplus ramp sigmoid sigmoid_of_two "
    "reciprocal tanh tanh_of_sigmoid shift known_names primitive stable unfold expand"
).split()
#: formulas that a page puts into sentences by itself
PUT_IN = {
    "given", "names", "below", "axis", "draws", "name", "blank", "steps", "array", "ranges", "parameter", "gradient",
    "called", "at", "left", "right", "letter", "symbol", "of", "one", "other",
}  # fmt: skip


FAMILIES = catalog.FAMILIES | catalog.RULES


def load(path: str):
    return json.loads((FOLDER / path).read_text(encoding="utf-8"))


def shape(value):
    """The keys of nested texts, with the formulas that each sentence names."""
    if isinstance(value, dict):
        return {k: shape(v) for k, v in value.items()}
    return sorted(name for _, name, _, _ in string.Formatter().parse(value) if name)


def sentences(value):
    return [s for v in value.values() for s in sentences(v)] if isinstance(value, dict) else [value]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_has_a_name_a_reason_and_an_identity(language):
    rules = load(f"{language}/rules.json")
    assert set(rules) == set(RULES) == set(load("identities.json"))
    for text in rules.values():
        assert set(text) == {"name", "why"} and all(text.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_languages_say_the_same_things(language):
    assert shape(load(f"{language}/texts.json")) == shape(load("en/texts.json"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_name_only_known_formulas(language):
    for sentence in sentences(load(f"{language}/texts.json")):
        assert set(shape(sentence)) <= set(symbols("v", "L")) | PUT_IN, sentence


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_hold_no_markup(language):
    everything = sentences(load(f"{language}/texts.json")) + sentences(load(f"{language}/rules.json"))
    for sentence in everything:
        assert not set(sentence) & set("\\$%&#_^~<>*`|"), sentence


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_input_has_words(language):
    assert set(texts(language)["kinds"]) == set(KINDS)


def test_the_languages():
    assert LANGUAGES == ("en", "ru")


@pytest.mark.parametrize("language", [name for name in LANGUAGES if name != "en"])
def test_every_operation_of_the_catalogue_is_summed_up_in_every_language(language):
    own = load(f"{language}/summaries.json")
    assert set(own) == {catalog.load(name).doc for names in FAMILIES.values() for name in names}
    assert all(own.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_family_has_a_name(language):
    assert set(texts(language)["families"]) == set(FAMILIES)


@pytest.mark.parametrize("language", [name for name in LANGUAGES if name != "en"])
def test_no_text_is_left_in_english(language):
    def left(own, english):
        if isinstance(own, dict):
            return [text for key in own for text in left(own[key], english[key])]
        return [own] if own == english else []

    for path in ("texts.json", "rules.json"):
        assert left(load(f"{language}/{path}"), load(f"en/{path}")) == []


def test_every_source_of_a_fact_has_words():
    kinds = {"one_hot", "probability", "assumed", "softmax", "lemma"}
    assert set(load("en/texts.json")["sources"]) == kinds


def test_identities_are_well_formed():
    for identity in load("identities.json").values():
        check_formula(identity["latex"])
        assert "\\" not in identity["text"]


def test_an_unknown_rule_is_an_error():
    with pytest.raises(SymnetError, match="magic"):
        texts("en").rule("magic", "latex")


def test_an_unknown_language_names_the_known_ones():
    with pytest.raises(SymnetError, match="'tlh'; choose one of .*en"):
        texts("tlh")
