"""Special functions and distributions: gamma, error function, beta distribution, Welch's test."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.functions.numbers import reals
from kqlpy.functions.registry import scalar
from kqlpy.functions.vectors import Value, blank, to_type

__all__: list[str] = []

_NUMBER = "(number: number) -> real"


@scalar(_NUMBER, naming="first", rows=True)
def gamma(number: Any) -> float:
    """The gamma function: (n - 1)! of a whole number n.

    >>> print gamma(5)
    24.0
    """
    value = float(number)
    if value == 0:
        return math.copysign(math.inf, value)
    try:
        return math.gamma(value)
    except OverflowError:
        return math.inf
    except ValueError:
        return math.nan


@scalar(_NUMBER, naming="first", rows=True)
def loggamma(number: Any) -> float:
    """The natural logarithm of the size of the gamma function.

    >>> print round(loggamma(5), 6)
    3.178054
    """
    try:
        return math.lgamma(float(number))
    except (OverflowError, ValueError):
        return math.inf


@scalar(_NUMBER, naming="first", rows=True)
def erf(number: Any) -> float:
    """The error function.

    >>> print erf(0)
    0.0
    """
    return math.erf(number)


@scalar(_NUMBER, naming="first", rows=True)
def erfc(number: Any) -> float:
    """One minus the error function, exact for large numbers too.

    >>> print erfc(0)
    1.0
    """
    return math.erfc(number)


@scalar("(x: number, alpha: number, beta: number) -> real")
def beta_cdf(x: Value, alpha: Value, beta: Value) -> pa.Array:
    """The cumulative beta distribution at x; NaN when x is outside 0 to 1 or a shape is not in (0, 10000].

    >>> print round(beta_cdf(0.9, 10.0, 20.0), 6)
    1.0
    """
    from scipy import special

    return reals(lambda at, a, b: np.where(_in_domain(at, a, b), special.betainc(a, b, at), np.nan), x, alpha, beta)


@scalar("(x: number, alpha: number, beta: number) -> real")
def beta_pdf(x: Value, alpha: Value, beta: Value) -> pa.Array:
    """The density of the beta distribution at x; NaN when x does not lie between 0 and 1 or a shape is not above 0.

    >>> print round(beta_pdf(0.5, 10.0, 20.0), 6)
    0.746176
    """
    from scipy import special

    def density(at: Any, a: Any, b: Any) -> Any:
        logarithm = special.xlogy(a - 1, at) + special.xlog1py(b - 1, -at) - special.betaln(a, b)
        return np.where((at > 0) & (at < 1) & (a > 0) & (b > 0), np.exp(logarithm), np.nan)

    return reals(density, x, alpha, beta)


@scalar("(probability: number, alpha: number, beta: number) -> real")
def beta_inv(probability: Value, alpha: Value, beta: Value) -> pa.Array:
    """Where the cumulative beta distribution reaches the probability; null for one outside (0, 1], NaN for a shape not above 0.

    >>> print round(beta_inv(0.1, 10.0, 20.0), 6)
    0.226415
    """
    from scipy import special

    found = reals(lambda p, a, b: np.where((a > 0) & (b > 0), special.betaincinv(a, b, p), np.nan), probability, alpha, beta)
    number = to_type(probability, pa.float64())
    outside = pc.or_(pc.less_equal(number, 0.0), pc.greater(number, 1.0))
    return blank(found, pc.fill_null(outside, False))


def _in_domain(at: Any, alpha: Any, beta: Any) -> Any:
    return (at >= 0) & (at <= 1) & (alpha > 0) & (alpha <= 10_000) & (beta > 0) & (beta <= 10_000)


@scalar("(mean1: number, variance1: number, count1: number, mean2: number, variance2: number, count2: number) -> real")
def welch_test(mean1: Value, variance1: Value, count1: Value, mean2: Value, variance2: Value, count2: Value) -> pa.Array:
    """The two-sided p-value of Welch's t-test on two samples known by mean, variance and count.

    >>> print round(welch_test(20.0, 4.0, 10, 22.0, 5.0, 12), 4)
    0.0388
    """
    from scipy import special

    def p_value(m1: Any, v1: Any, n1: Any, m2: Any, v2: Any, n2: Any) -> Any:
        spread1, spread2 = v1 / n1, v2 / n2
        freedom = (spread1 + spread2) ** 2 / (spread1**2 / (n1 - 1) + spread2**2 / (n2 - 1))
        return 2 * special.stdtr(freedom, -np.abs(m1 - m2) / np.sqrt(spread1 + spread2))

    return reals(p_value, mean1, variance1, count1, mean2, variance2, count2)
