r"""Reads the LaTeX of one formula: ``read_formula(r"z = w^\top x + b, \quad i = 1, \dots, n")``.

The formula is cut into tokens (``tokens.py``), then into rows and clauses (here).  The factors of a clause are read one
by one (``factors.py``: scripts, calls, derivatives, scopes, brackets) and put together by a grammar (``core.py``).
What is not understood is refused with a reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from symnet.lecture.reader.bars import paired_bars
from symnet.lecture.reader.brackets import MATRICES, ROWS
from symnet.lecture.reader.clauses import (
    Clause,
    Found,
    Row,
    about_sets,
    bounds_result,
    is_range,
    lists,
    relates,
    unnumbered,
)
from symnet.lecture.reader.factors import Reader
from symnet.lecture.reader.rows import (
    MAX_DEPTH,
    after_amp,
    columns,
    goes_on,
    is_system,
    nesting,
    open_chain,
    spliced,
    trimmed,
    unbulleted,
)
from symnet.lecture.reader.signs import is_name, operator, plain_text, relation, span_of, split
from symnet.lecture.reader.syntax import Call, Dots, Number, Refusal, Statement, Symbol, Tuple
from symnet.lecture.reader.token import Token, Unreadable
from symnet.lecture.reader.tokens import tokens_of

#: what stands between two claims of a formula
_APART = re.compile(r"\\\\|\\qquad|\\quad|\\begin\{\w+\*?\}")
#: words before a condition; a clause behind any other word is a claim of its own
CONDITIONAL = frozenset(
    "if for when given as whenever provided such subject s.t. st iff unless assuming при если для когда "
    "при условии таких таким".split()
)
#: begins the reason of a refusal that should not be
DEFECT = "a defect of the reader"
#: relations that a list of symbols shares: ``x, y \in \mathbb{R}``
SHARED = frozenset("in sim < <= > >= succ succeq prec preceq subset != : << >>".split())


def read_formula(latex: str) -> tuple[Statement | Refusal, ...]:
    r"""What a formula says: its claims in order, and the pieces that were not understood; never raises.

    Empty where nothing is written.  Each claim of ``A, \quad B`` and each row of an aligned block is read by itself.
    """
    try:
        return tuple(_Formula(latex).read())
    except Unreadable as error:
        return (_refusal(latex, error),)
    except RecursionError:
        return (Refusal("this formula is nested too deep", latex[:20], (0, len(latex))),)
    except Exception as error:  # one formula must not end the reading of a document
        return (Refusal(f"{DEFECT} ({type(error).__name__})", latex[:20], (0, len(latex))),)


def subject_of(latex: str, refusal: Refusal) -> Statement | None:
    """The name that the formula may define in which this piece was not understood, as a statement without relations."""
    starts = [0, *(m.end() for m in _APART.finditer(latex, 0, max(0, refusal.span[0])))]
    for start in reversed(starts):
        left, sign, _ = latex[start:].partition("=")
        found = read_formula(left.replace("&", " ").rstrip(" :")) if sign else ()
        if len(found) == 1 and isinstance(found[0], Statement) and not found[0].relations:
            name = found[0].terms[0]
            return found[0] if isinstance(name.function if isinstance(name, Call) else name, Symbol) else None
    return None


def _refusal(latex: str, error: Unreadable, whole: tuple[int, int] | None = None) -> Refusal:
    start, end = error.start, error.end
    if end <= start:
        start, end = whole or (0, len(latex))
    return Refusal(error.reason, error.token or latex[start:end], (start, end), error.remedy)


class _Formula:
    def __init__(self, latex: str) -> None:
        self.latex = latex
        self.reader = Reader(latex)

    def read(self) -> Iterator[Statement | Refusal]:
        tokens = tokens_of(self.latex)
        if len(tokens) == 1 and operator(tokens[0]):  # a sign that the text speaks of
            yield Statement((Symbol(tokens[0].text),), span=span_of(tokens))
            return
        shared, tokens = self.shared_conditions(tokens)
        rows = [self.row(r) for r in self.rows(tokens)]
        found = Found()
        for row in self.joined(rows):
            found.waiting.extend(shared)
            self.statements(row, found)
        if found.waiting and not found.results:  # nothing but conditions
            found.results.extend(replace(w, text=" ".join(found.words)) for w in found.waiting)
        for result in found.results:
            yield self.checked(result)

    def checked(self, result: Statement | Refusal) -> Statement | Refusal:
        if isinstance(result, Statement) and nesting(result) > MAX_DEPTH:
            return Refusal(f"the tree of this formula is more than {MAX_DEPTH} deep", "", result.span)
        return result

    def rows(self, tokens: Sequence[Token]) -> list[list[Token]]:
        """The rows of the formula; environments that only lay out rows are opened."""
        rows: list[list[Token]] = [[]]
        for t in tokens:
            opened = self.opened_rows(t, alone=len(tokens) == 1 or not rows[-1])
            if opened is not None:
                first, *rest = self.rows(opened) or [[]]
                rows[-1].extend(first)
                rows.extend(rest)
            elif t.kind == "row":
                rows.append([])
            else:
                rows[-1].append(t)
        return [r for r in (columns(r) for r in rows) if r]

    def opened_rows(self, t: Token, alone: bool) -> Sequence[Token] | None:
        """The body of a token that is rows of claims."""
        if t.kind == "env" and t.text in ROWS:
            return t.body
        if t.kind == "env" and alone and t.text in ("array", "cases", "matrix", "dcases") and is_system(t):
            return t.body
        if t.is_group("\\{", "") and t.close == "" and alone and len(t.body) == 1 and t.body[0].kind == "env":
            inner = t.body[0]
            if inner.text in ROWS or inner.text in MATRICES and is_system(inner):
                return inner.body
        if t.is_group("{") and alone and len(t.body) == 1 and t.body[0].kind == "env" and t.body[0].text in ROWS:
            return t.body[0].body
        return None

    def shared_conditions(self, tokens: tuple[Token, ...]) -> tuple[list[Statement], tuple[Token, ...]]:
        r"""\forall i \left\{ system \right.: the condition of every row."""
        systems = [
            t for t in tokens if self.opened_rows(t, True) is not None and (t.kind == "group" or t.text not in ROWS)
        ]
        if not tokens or not tokens[0].is_cmd("forall") or not systems:
            return [], tokens
        k = tokens.index(systems[0])
        conditions, rest = self.quantified(list(tokens[1:k]))
        if rest:
            return [], tokens
        return conditions, tokens[k:]

    def joined(self, rows: list[Row]) -> list[Row]:
        """Rows that go on with the row before are joined with it."""
        out: list[Row] = []
        for row in rows:
            previous = out[-1] if out else None
            if previous is None or not row.clauses or not previous.clauses or row.clauses[0].words:
                out.append(row)
                continue
            main = next((c for c in previous.clauses if relates(c.tokens) and not c.forall), previous.clauses[0])
            first = row.clauses[0].tokens
            if not goes_on(main.tokens, first):
                out.append(row)
                continue
            if main.tokens and relation(main.tokens[-1]) and relation(first[0]) == relation(main.tokens[-1]):
                first = first[1:]
            main.tokens.extend(after_amp(first))
            previous.clauses.extend(row.clauses[1:])
            previous.words = " ".join(filter(None, (previous.words, row.words)))
        return out

    def row(self, tokens: list[Token]) -> Row:
        """The clauses of a row."""
        tokens = spliced(unbulleted(list(tokens)))
        clauses: list[Clause] = []
        words: list[str] = []
        current: list[Token] = []
        comma = False

        def flush(next_comma: bool = False) -> None:
            nonlocal current, comma, words
            body = trimmed(current, bool(words) or not next_comma)
            if body and all(t.kind == "text" for t in body) and (clauses or len(body) > 1 or not is_name(body[0])):
                words.extend(plain_text(t) for t in body)
                body = []
            if body:
                forall = body[0].is_cmd("forall") and len(body) > 1
                clauses.append(
                    Clause(body[1:] if forall else body, comma and not words, " ".join(words).strip(), forall)
                )
                words = []
            current, comma = [], next_comma

        tokens = list(paired_bars(tokens))
        for k, t in enumerate(tokens):
            if t.is_sym("//") or (t.is_sym("%", "#") and current):
                flush()
                words.extend(
                    plain_text(u) if u.kind == "text" else self.latex[u.start : u.end] for u in tokens[k + 1 :]
                )
                break
            if t.kind == "quad" and open_chain(current, tokens[k + 1 :]):
                continue  # A \quad \Rightarrow \quad B
            apart = k + 1 == len(tokens) or tokens[k + 1].start > t.end or tokens[k + 1].kind not in ("name", "letter")
            if t.kind == "quad" or t.is_sym(";", "&") or t.is_sym(".") and apart or t.is_cmd("land", "wedge"):
                flush()
            elif t.is_sym(","):
                flush(True)
            elif t.kind == "text" and not (k and tokens[k - 1].is_sym("_", "^")) and not self.names(tokens, k):
                flush()
                words.append(plain_text(t))
            elif t.is_cmd("forall"):
                flush()
                current = [t]
            else:
                current.append(t)
        flush()
        return Row(unnumbered(clauses), " ".join(words).strip())

    @staticmethod
    def names(tokens: list[Token], k: int) -> bool:
        """Is the text at ``k`` a name in a formula?"""
        t = tokens[k]
        if not is_name(t):
            return False
        after = tokens[k + 1] if k + 1 < len(tokens) else None
        before = tokens[k - 1] if k else None
        if after is not None and (
            after.is_sym("_", "^", "(", "+", "-", "/") or after.is_group("(", "[") or relation(after) or operator(after)
        ):
            return True
        cyrillic = any("а" <= c.lower() <= "я" for c in t.text)
        if before is not None and (relation(before) or operator(before) or before.is_sym("+", "-", "/", "_", "^")):
            return not cyrillic or not before.is_sym("-")
        if before is None or before.kind == "quad" or before.is_sym(",", ";"):
            return after is not None and not cyrillic
        return not cyrillic

    def statements(self, row: Row, found: Found) -> None:
        """Adds the statements of a row to ``found``."""
        first = len(found.results)
        groups = lists(row.clauses)
        for group in groups:
            head = group[0]
            whole = (head.tokens[0].start, group[-1].tokens[-1].end) if head.tokens else (0, len(self.latex))
            try:
                self.group(group, found, first, whole)
            except Unreadable as error:
                found.results.append(_refusal(self.latex, error, whole))
                found.waiting.clear()
        if row.words:
            self.note(found, row.words)

    def note(self, found: Found, words: str) -> None:
        """Words go to the statement before them, or wait for the first one."""
        for k in range(len(found.results) - 1, -1, -1):
            last = found.results[k]
            if isinstance(last, Statement):
                found.results[k] = replace(last, text=f"{last.text} {words}".strip())
                return
        found.words.append(words)

    def group(self, group: list[Clause], found: Found, first: int, whole: tuple[int, int]) -> None:
        head = group[0]
        if head.words:
            self.note(found, head.words)
        if head.forall:
            tokens = list(head.tokens)
            for clause in group[1:]:
                tokens += [Token("sym", ",", clause.tokens[0].start, clause.tokens[0].start), *clause.tokens]
            conditions, rest = self.quantified(tokens)
            if rest:
                found.waiting.extend(conditions)
                self.add(self.claims([Clause(rest)], whole), found)
            elif len(found.results) > first:
                self.condition_of(found, first, conditions)
            else:
                found.waiting.extend(conditions)
            return
        if head.words and not relates([t for c in group for t in c.tokens]) and found.results:
            self.note(found, self.latex[whole[0] : whole[1]])  # words that name symbols
            return
        lead = head.words.lower().split()
        conditional = bool(lead) and lead[0].strip(",:(") in CONDITIONAL or bool(lead) and "all" in lead[-2:]
        colon = any(t.is_sym(":") for t in head.tokens)
        if conditional and colon and len(group) == 1:
            conditions, rest = self.quantified(head.tokens)
            found.waiting.extend(conditions)
            self.add(self.claims([Clause(rest)], whole), found) if rest else None
            return
        claims = self.claims(group, whole)
        if conditional and len(found.results) > first:
            self.condition_of(found, first, claims)
        elif conditional and not found.results:
            found.waiting.extend(claims)
        elif (
            len(found.results) > first
            and not head.words
            and all(map(is_range, claims))
            and not bounds_result(claims, found.results[first:])
            and not all(isinstance(r, Statement) and about_sets(r) for r in found.results[first:])
        ):
            self.condition_of(found, first, claims)
        else:
            self.add(claims, found)

    def condition_of(self, found: Found, first: int, conditions: Sequence[Statement]) -> None:
        """Conditions behind the claims of a row belong to all of them."""
        for k in range(first, len(found.results)):
            result = found.results[k]
            if isinstance(result, Statement):
                found.results[k] = replace(result, conditions=(*result.conditions, *conditions))

    def add(self, claims: Sequence[Statement], found: Found) -> None:
        for claim in claims:
            text = " ".join(found.words)
            found.words.clear()
            found.results.append(replace(claim, conditions=(*claim.conditions, *found.waiting), text=text))
        found.waiting.clear()

    def claims(self, group: list[Clause], whole: tuple[int, int]) -> list[Statement]:
        """The statements of one clause, or of a list: ``x, y \\in \\mathbb{R}``, ``i = 1, \\dots, n``."""
        parts = [self.reader.statement(c.tokens) for c in group]
        if len(parts) == 1:
            return [self.enumerated(parts[0], group[0])]
        k = next((n for n, p in enumerate(parts) if p.relations), None)
        if k is None:
            return list(parts)
        main = parts[k]
        if k < len(parts) - 1:  # a list on the right
            items = (main.terms[-1], *(p.terms[0] for p in parts[k + 1 :]))
            end = parts[-1].span[1]
            value = Tuple(items, span=(main.terms[-1].span[0], end))
            main = replace(main, terms=(*main.terms[:-1], value), span=(main.span[0], end))
        if k == 0:
            return [main]
        names = (*(p.terms[0] for p in parts[:k]), main.terms[0])
        if main.relations[0] in SHARED or (main.relations == ("=",) and isinstance(main.terms[1], Number)):
            return [replace(main, terms=(n, *main.terms[1:]), span=whole) for n in names if not isinstance(n, Dots)]
        left = Tuple(names, span=(names[0].span[0], names[-1].span[1]))
        return [replace(main, terms=(left, *main.terms[1:]), span=whole)]

    def enumerated(self, statement: Statement, clause: Clause) -> Statement:
        """``k = i : value``: the condition stands before the colon."""
        if ":" in statement.relations and statement.relations[0] != ":" and statement.relations[-1] == ":":
            last = len(statement.terms) - 1
            condition = replace(statement, terms=statement.terms[:last], relations=statement.relations[:-1])
            return Statement(statement.terms[last:], conditions=(condition,), span=statement.span)
        return statement

    def quantified(self, tokens: list[Token]) -> tuple[list[Statement], list[Token]]:
        r"""The conditions behind \forall, and what is claimed for them."""
        colon = next((k for k, t in enumerate(tokens) if t.is_sym(":") or t.is_cmd("colon") or t.kind == "quad"), None)
        if colon is not None:
            return self.quantified(tokens[:colon])[0], trimmed(tokens[colon + 1 :])
        parts = split(tokens, ",")
        conditions: list[Statement] = []
        for n, part in enumerate(parts):
            if not part:
                continue
            simple, k = self.reader.factor(list(part), 0) if not part[0].is_cmd("forall") else (None, 0)
            if isinstance(simple, (Symbol, Tuple)) and k < len(part) and not relation(part[k]):
                conditions.append(Statement((simple,), span=simple.span))
                return conditions, trimmed([t for p in (part[k:], *parts[n + 1 :]) for t in (*p,)])
            condition = self.reader.statement(part)
            if conditions and condition.relations and condition.relations[0] in ("=", "set", "get"):
                return conditions, [t for p in parts[n:] for t in p]
            conditions.append(condition)
        return conditions, []
