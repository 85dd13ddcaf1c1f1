r"""When a formula is said to hold: "..., for ``$x < 0$``", "If ``$x > y$``, then ...", in English and Russian."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from symnet.lecture.documents.sentences import MATH, SENTENCE, masked, sentence_before, sentence_behind
from symnet.lecture.reader.syntax import (
    BORDERS,
    Absolute,
    Big,
    Braced,
    Call,
    Derivative,
    Expr,
    Nabla,
    Negate,
    Norm,
    Number,
    Paren,
    Plus,
    Power,
    Product,
    Quotient,
    Statement,
    Symbol,
)

#: words that say under which condition something holds
WORDS = re.compile(
    r"(?:^|[\s(,;:])(?:for(?: all| any| every| each)?|whenever|when|if|where|with|provided(?: that)?|as long as|"
    r"(?:in (?:the )?)?case(?: of| that)?|в случае|assuming|setting|unless it is at|at|при|"
    r"для(?: всех| любых| любого)?|если|когда|пока|полагая|положив)\s*$"
    r"|(?:^|[.!?$]\s+|\n\s*)(?-i:At|For|With|При|Для)(?: (?:the|a|an))?(?: [^\W\d_]+){1,2}\s*$",
    re.IGNORECASE,
)
#: what may stand between a formula and the condition behind it, before its word
BETWEEN = re.compile(
    r"\$[\s,(–—-]*(?:(?:which|it|this|that|is|true|valid|holds?|only|just|exactly|только|верно|лишь|"
    r"выполнено|справедливо)[\s,]*)*$",
    re.IGNORECASE,
)
#: what joins a condition to the one before it
JOINED = re.compile(r"[\s,]*(?:and|и)\s*", re.IGNORECASE)
#: what joins a value to the values before it: for ``$k = 5$, $p = 2$ and $s = 1$``
LISTED = re.compile(r"(?:…[\s,]*(?:(?:and|и)\s+)?)+$", re.IGNORECASE)
#: what begins the clause that a condition before it is said of
CLAUSE = re.compile(
    r"[\s,]*(?:we|it|this|then|one|there|the|that|имеем|получа\w*|то|это|выходит|будет)\b[^.!?;$]*\$", re.I
)
ORDER = (*BORDERS, "!=", "=")


def is_condition(statement: Statement) -> bool:
    r"""``x < 0``, ``0 < a < 1``, ``x > y``, ``y = 1``: names and numbers in an order."""
    if not statement.relations or any(r not in ORDER for r in statement.relations):
        return False
    if "=" in statement.relations and not is_value(statement):
        return False
    return _is_plain(statement) and any(isinstance(p, Symbol) for t in statement.terms for p in t.walk())


def _is_plain(statement: Statement) -> bool:
    """Nothing but names and numbers, with signs or without."""
    terms = [t.arg if isinstance(t, Negate) else t for t in statement.terms]
    return all(isinstance(t, Number) or _is_name(t) for t in terms)


def is_border(statement: Statement) -> bool:
    r"""``m + a > b``, ``|r| \le \delta``: an order between what is computed from names by arithmetic."""
    if not statement.relations or any(r not in BORDERS for r in statement.relations):
        return False
    return all(map(_is_arithmetic, statement.terms)) and any(isinstance(p, Symbol) for p in statement.walk())


def _is_arithmetic(expr: Expr) -> bool:
    if isinstance(expr, Symbol | Number):
        return True
    inner = isinstance(expr, Plus | Negate | Product | Quotient | Power | Paren | Braced | Absolute | Norm)
    return inner and all(map(_is_arithmetic, expr.children()))


def is_said_to_hold(before: str) -> bool:
    """Does the text before a formula end with a word that makes a condition of it?"""
    return WORDS.search(before) is not None


#: what a paragraph begins with that is about one case
CASE = re.compile(r"(?:case|случай)\b[^.,;$]{0,9}[:.,(]*\s*$", re.IGNORECASE)


def is_label(statement: Statement, before: str, after: str) -> bool:
    r"""``$g = p > 0$:`` as a paragraph of its own, ``Case 1: $x < 0$. ...``: the case that what follows is about."""
    alone = CASE.match(before.strip("* ")) or not before.strip() and after.strip() == ":"
    ordered = set(statement.relations) <= set(ORDER) and set(statement.relations) & set(BORDERS)
    return bool(alone and ordered) and _is_plain(statement)


def is_supposed(statement: Statement, before: str) -> bool:
    """Is a statement one of the values that a sentence begins with: ``For $k = 5$, $p = 2$ the output is ...``?"""
    return is_value(statement) and is_said_to_hold(LISTED.sub("", masked(before).rstrip(" ") + " ").rstrip(" "))


def is_value(statement: Statement) -> bool:
    """``x = 3``, ``s^2 = 3``: a name, or its power, and a number."""
    if len(statement.relations) != 1:
        return False
    left, right = statement.terms
    return _is_name(left) and isinstance(right.arg if isinstance(right, Negate) else right, Number)


def _is_name(expr: Expr) -> bool:
    """A name, also one that is known by its square."""
    if isinstance(expr, Power) and isinstance(expr.exponent, Number):
        expr = expr.base
    return isinstance(expr, Symbol)


#: words that speak of one case among others
EXAMPLE = re.compile(r"\b(?:for|if|when|in the case|для|при|если|когда|в случае)\b", re.IGNORECASE)
NEAR = 12  # statements before a remark that it may be about
#: words that give names values for an example, or for the sake of an argument
SETTING = re.compile(
    r"\b(?:with|setting|set|taking|take|choosing|choose|if|when|putting|put|suppose|при|если|положив|положим|взяв|"
    r"возьм[её]м|выбрав)\b(?!.*\bwhere\b)",
    re.IGNORECASE,
)


def is_setting(statement: Statement, before: str, earlier: list[Statement], others: list[Statement]) -> bool:
    """``With gamma = sigma the layer ...``: a value that a parameter may be given, which other formulas vary.

    One of the formulas before says what depends on the parameter, and something is differentiated by it somewhere.
    ``y = g(x)`` with a function of the document is none, nor is a mean, nor ``z = w x + b`` after ``f(z) = ...``: they
    say how y and z come about.
    """
    left = statement.terms[0]
    name = left.base if isinstance(left, Power) else left
    if statement.relations[:1] != ("=",) or not isinstance(name, Symbol):
        return False
    if is_example(statement, name, before, earlier):
        return True
    if any(isinstance(part, Call | Big) for part in statement.terms[1].walk()):
        return False
    sentence = sentence_before(before)
    if re.search(r"…\s*,?\s*(?:with|for|where|при|для|где)\s*$", sentence):  # y = w x + b with b = ...: where b is
        return False
    if not SETTING.search(sentence) or not any(_depends(s, name) for s in earlier[-NEAR:]):
        return False
    slopes = (p for s in others for p in s.walk() if isinstance(p, Derivative | Nabla))
    return any(name in slope.by for slope in slopes)


def is_example(statement: Statement, name: Symbol, before: str, earlier: list[Statement]) -> bool:
    """``For the uniform distribution p_i = 1/n``: all entries of what was spoken of before are given one value."""
    value = statement.terms[1]
    constant = not any(isinstance(p, Symbol) and p.subs or isinstance(p, Call | Big) for p in value.walk())
    letters = any(isinstance(sub, Symbol) for sub in name.subs)
    if not (letters and constant and EXAMPLE.search(sentence_before(before))):
        return False
    bare = replace(name, subs=())
    spoken = any(isinstance(p, Symbol) and replace(p, subs=()) == bare for s in earlier for p in s.walk())
    return spoken and bare not in value.walk()  # Z_s = (Z + Z^T) / 2 is a part of Z


#: words that ask for what the formula behind them says
WISH = re.compile(
    r"\b(?:needs?|requires?|required|wants?|wish|demand|must have|should have|conditions?|suffices|нужно|надо|требу\w*|"
    r"необходимо|хотим|чтобы|услови\w*|потребу\w*|достаточно)(?:\s+(?!\b(?:the|a|an|its)\b)\w+){0,2}[\s:]*(?=\0|$)",
    re.IGNORECASE,
)


def wish(before: str) -> str:
    """The beginning of the sentence, up to the word that asks for what is said in the rest of it; or empty.

    ``We need n v = 1, that is v = 1/n``: v is 1/n where that is needed, and not where ``n v = 2`` is.
    """
    hidden, start = hidden_and_last(before)
    found = WISH.search(hidden, start)
    return before[start : found.end()].strip() if found else ""


def hidden_and_last(text: str) -> tuple[str, int]:
    """A text with signs in the place of its formulas, as long as it is, and where its last sentence begins."""

    def signs(formula: re.Match[str]) -> str:
        inside = formula.group().rstrip("$ \n")[-1:]
        return "\0" * (len(formula.group()) - 2) + (f"{inside} " if inside in (".", ";") else "\0\0")

    hidden = MATH.sub(signs, text)
    ends = [m.end() for m in SENTENCE.finditer(hidden)]
    return hidden, ends[-1] if ends else 0


#: what a sentence about one case begins with: "For unit vectors", not "For all i"
BEGINS = re.compile(
    r"\s*(?:if|when|если|когда|в случае|(?:for|для|при)(?!\s+(?:all|any|every|each|всех|люб|кажд)))\b(?!\s+…)",
    re.IGNORECASE,
)
#: what the sentence of a case begins with
IF = re.compile(r"\W*(?:if|when|whenever|unless|если|когда|в случае)\b", re.IGNORECASE)
#: the same where a name stands first, and the words behind it have not come to an end
GOES_ON = re.compile(
    r"\s*(?:if|when|whenever|если|когда)\s+…(?:(?!\b(?:then|то|тогда)\b)[^,]|"
    r",\s*(?:(?:that is|i\.e\.|which means|meaning|то есть|т\. ?е\.)[\s,]*)+)*$",
    re.IGNORECASE,
)


def is_case(before: str) -> bool:
    """Does the sentence before a formula begin by telling one case from others?"""
    sentence = sentence_before(before)
    return BEGINS.match(sentence) is not None or GOES_ON.match(sentence) is not None


def is_clause_of_case(before: str) -> bool:
    """Does the sentence before a formula begin with a case, whether the formula tells it or is what is said of it?"""
    return IF.match(sentence_before(before)) is not None


#: a case that is told in words only: "When all keys are equal, ..."
IN_WORDS = re.compile(
    r"\s*(?P<case>(?:if|when|whenever|если|когда)\s[^,…]*\b(?:equal|same|identical|uniform|vanish\w*|coincide\w*|"
    r"(?:is|are|be|were)\s+(?:all\s+)?(?:zero|one|constant|independent|orthogonal|balanced)|рав\w+|одинаков\w+|"
    r"совпада\w+|нулев\w+|постоянн\w+|независим\w+|ортогональн\w+)\b[^,…]*),",
    re.IGNORECASE,
)


def case_in_words(before: str) -> str:
    """The case that the sentence before a formula begins with, where no formula says it; or empty."""
    found = IN_WORDS.match(sentence_before(before))
    return " ".join(found["case"].split()) if found else ""


def is_value_there(statement: Statement, before: str, earlier: list[Statement]) -> bool:
    """Is it what a name, of which a formula before says what it is, comes to in a case that is told in words?"""
    name = statement.terms[0]
    if statement.relations[:1] != ("=",) or not isinstance(name, Symbol) or not case_in_words(before):
        return False
    given = (s.terms[0] for s in earlier if s.relations[:1] == ("=",))
    return any(isinstance(g, Symbol) and replace(g, subs=()) == replace(name, subs=()) for g in given)


#: words that say that a value is the place of a zero or of an extremum
ROOT = re.compile(
    r"\b(?:vanish\w*|zeros?|roots?|minim\w*|maxim\w*|optim\w*|stationary|critical|extrem\w*|solv\w*|solutions?|нул\w*|"
    r"ноль|обраща\w*|кор(?:ень|н\w*)|минимум\w*|минимал\w*|максим\w*|оптим\w*|стационарн\w*|критическ\w*|экстрем\w*|"
    r"реш(?:ен|а|и)\w*)",
    re.IGNORECASE,
)


def is_root(statement: Statement, before: str, after: str, earlier: list[Statement]) -> bool:
    r"""``It vanishes at \theta = k / N``: where a derivative is zero, and not what the variable is everywhere."""
    name = statement.terms[0]
    if statement.relations[:1] != ("=",) or not isinstance(name, Symbol):
        return False
    sentence = sentence_before(before) + " … " + sentence_behind(after)
    return bool(ROOT.search(sentence)) and any(_derives_by(s, name) for s in earlier[-NEAR:])


def _derives_by(statement: Statement, name: Symbol) -> bool:
    """Does a statement take a derivative by a name?"""
    for part in statement.walk():
        if isinstance(part, Derivative | Nabla) and name in part.by:
            return True
        if isinstance(part, Call) and part.primes and name in part.args:
            return True
    return False


def _depends(statement: Statement, name: Symbol) -> bool:
    """Does a statement say how what stands on its left depends on a name, other than as the argument of a function?"""
    left, *rest = statement.terms
    if not isinstance(left, Symbol | Call) or any(part == name for part in left.walk()):
        return False
    return any(part == name for term in rest for part in term.walk())


#: what counts something and goes on to the next number: `` channels in ``, `` groups on a map of ``, `` by ``
ONWARD = re.compile(r"\s+(?:[^\W\d_]+\s+){0,5}(?:in|of|by|on|per|with|and|at|из|на|с|со|и|в|при|по)\s*", re.IGNORECASE)
VERB = re.compile(
    r"\b(?:is|are|has|have|we|it|gets?|gives?|equals?|becomes?|yields?|means?|needs?|uses?|then|costs?|takes?|makes?|"
    r"рав\w+|име\w+|да[её]т|дают|получ\w+|будет|есть|это|то|нужно|стоит)\b",
    re.IGNORECASE,
)


def _goes_on(between: str) -> bool:
    """With ``$C = 64$`` channels in ``$G = 32$`` groups: no verb between the numbers."""
    return ONWARD.fullmatch(between) is not None and VERB.search(between) is None


@dataclass
class Standing:
    """The conditions that hold for what comes next, as the text goes on."""

    conditions: tuple[Statement, ...] = ()
    latex: str = ""  # of the last of them
    label: bool = False  # do they hold for the whole paragraph?

    def read(self, statement: Statement, latex: str, before: str, after: str, supposed: bool = False) -> bool:
        """Notes a condition that is said of what follows; True where it is said of the formula before it instead.

        ``supposed`` is what gives a name another meaning for its sentence.
        """
        if is_label(statement, before, after):
            self.conditions, self.latex, self.label = (statement,), latex, True
            return False
        if not (supposed or is_condition(statement) or is_border(statement)):
            return False
        word = WORDS.search(before)
        if word is None and supposed:
            more = self.conditions if JOINED.fullmatch(before[self._behind(before) :]) else ()
            self.conditions, self.latex, self.label = (*more, statement), latex, False
            return False
        if word is None:
            between = before[self._behind(before) :]
            listed = is_value(statement) and (between.strip() == "," or _goes_on(between))
            if self.conditions and (listed or JOINED.fullmatch(between)):  # if $y = 0$ and $d < m$
                self.conditions, self.latex = (*self.conditions, statement), latex
            return False
        self.conditions = ()
        begins = word.group().strip(" ,;:(\n")[:1].isupper()
        if not begins and BETWEEN.search(before[: word.start()]) and not CLAUSE.match(after):
            return True
        self.conditions, self.latex, self.label = (statement,), latex, False
        return False

    def _behind(self, before: str) -> int:
        """Where a text goes on behind the last condition; 0 where that is not in it."""
        place = before.rfind(f"${self.latex}$")
        return place + len(self.latex) + 2 if place >= 0 else 0

    def over(self, before: str) -> tuple[Statement, ...]:
        """The conditions that stand before a formula in the same sentence, or as the case of its paragraph."""
        behind = self._behind(before)
        if not behind or not self.label and SENTENCE.search(masked(before[behind:])):
            self.conditions = ()
        return self.conditions
