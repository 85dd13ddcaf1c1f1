"""Exact numbers as people write them: 1/2 stays a fraction, 44715/1000000 is 0.044715, 1/1000000 is ten to the -6."""

from __future__ import annotations

import sympy as sp

#: powers of two up to this one are denominators that people write as fractions
_HALVES = 64
#: decimals smaller than 10^-4, and powers of ten from 10^5 on, are written with an exponent
_SMALL, _LARGE = 4, 5


def decimal(value: sp.Rational) -> tuple[str, int] | None:
    """``(mantissa, exponent of ten)`` of a positive number that reads best as a decimal; None for a fraction."""
    if value.q == 1:
        digits = str(value.p)
        zeros = len(digits) - len(digits.rstrip("0"))
        return ("1", zeros) if zeros >= _LARGE and digits == "1" + "0" * zeros else (digits, 0)
    rest = value.q
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1 or (value.q <= _HALVES and value.q & (value.q - 1) == 0):
        return None
    places = 1
    while 10**places % value.q:
        places += 1
    digits = str(value.p * 10**places // value.q)
    leading_zeros = places - len(digits)
    if digits == "1" and places >= _SMALL or leading_zeros >= _SMALL:
        mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
        return mantissa, len(digits) - 1 - places
    digits = digits.rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}", 0
