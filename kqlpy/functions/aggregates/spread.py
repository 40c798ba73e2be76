"""Standard deviation, variance and covariance. Their state is the count, the means and the sum of products of deviations.

The engine rounds variances and covariances to ten decimals, and takes the square root of the rounded variance.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kqlpy.engine.groups import Groups, Mask
from kqlpy.functions.aggregates.inputs import Conditional, Parts, State, reals
from kqlpy.functions.registry import Call, aggregate
from kqlpy.types import Type

Reals = npt.NDArray[np.float64]
DECIMALS = 10


class Covariance:
    """Covariance of two columns over the rows where neither is null; 0 for fewer than two rows."""

    sample: ClassVar[bool] = True

    @staticmethod
    def update(call: Call, groups: Groups, *args: pa.Array) -> State:
        (x, valid_x), (y, valid_y) = reals(args[0]), reals(args[-1])
        groups, x, y = _both(groups, x, y, valid_x, valid_y)
        counts = groups.sizes
        mean_x, mean_y = _quotient(groups.sum(x), counts), _quotient(groups.sum(y), counts)
        with np.errstate(invalid="ignore", over="ignore"):
            products = groups.sum((x - mean_x[groups.ids]) * (y - mean_y[groups.ids]))
        return pa.array(counts), pa.array(mean_x), pa.array(mean_y), pa.array(products)

    @staticmethod
    def merge(call: Call, groups: Groups, state: State) -> State:
        counts, x, y, products = (column.to_numpy() for column in state)
        totals = groups.sum(counts)
        with np.errstate(invalid="ignore", over="ignore"):
            mean_x, mean_y = _quotient(groups.sum(x * counts), totals), _quotient(groups.sum(y * counts), totals)
            between = counts * (x - mean_x[groups.ids]) * (y - mean_y[groups.ids])
            products = groups.sum(products + between)
        return pa.array(totals), pa.array(mean_x), pa.array(mean_y), pa.array(products)

    @classmethod
    def finish(cls, call: Call, state: State) -> pa.Array:
        counts, products = state[0].to_numpy(), state[3].to_numpy()
        divisor = np.maximum(counts - 1 if cls.sample else counts, 1)
        return pa.array(np.where(counts > 1, np.round(products / divisor, DECIMALS), 0.0))


def _both(groups: Groups, x: Reals, y: Reals, valid_x: Mask | None, valid_y: Mask | None) -> tuple[Groups, Reals, Reals]:
    if valid_x is None and valid_y is None:
        return groups, x, y
    valid = np.ones(len(x), np.bool_)
    for mask in (valid_x, valid_y):
        valid &= True if mask is None else mask
    return groups.where(valid), x[valid], y[valid]


def _quotient(sums: Reals, counts: npt.NDArray[np.int64]) -> Reals:
    quotient: Reals = sums / np.maximum(counts, 1)
    return quotient


class CovarianceP(Covariance):
    """Covariance of a whole population."""

    sample = False


class StDev(Covariance):
    """Square root of the variance."""

    @classmethod
    def finish(cls, call: Call, state: State) -> pa.Array:
        return pa.array(np.sqrt(super().finish(call, state).to_numpy()))


class StDevP(StDev):
    """Standard deviation of a whole population."""

    sample = False


def _parts(prefix: str) -> Callable[..., Parts]:
    def result(types: tuple[Type, ...], names: tuple[str, ...], constants: tuple[Any, ...]) -> Parts:
        return ((f"{prefix}_{'_'.join(name for name in names[:2] if name)}", Type.REAL),)

    return result


_ONE = "(value: summable) -> real"
_ONE_IF = "(value: summable, predicate: bool) -> real"
_TWO = "(x: summable, y: summable) -> real"
_TWO_IF = "(x: summable, y: summable, predicate: bool) -> real"


class _WithParts:
    """Mixin in front of an aggregate whose one result column is named by `result=`."""

    @classmethod
    def finish(cls, call: Call, state: State) -> tuple[pa.Array, ...]:
        return (super().finish(call, state),)  # type: ignore[misc]


@aggregate(_ONE, name="variance", naming="prefix", prefix="variance")
class VarianceOf(Covariance):
    """Variance of a sample (divided by n - 1), rounded to ten decimals; 0 for fewer than two values.

    >>> range x from 1 to 5 step 1 | summarize variance(x)
    2.5
    """


@aggregate(_ONE_IF, name="varianceif", naming="prefix", prefix="varianceif")
class VarianceIf(Conditional, Covariance):
    """Variance of a sample, over the rows for which the predicate is true.

    >>> range x from 1 to 100 step 1 | summarize varianceif(x, x % 2 == 0)
    850.0
    """


@aggregate(_ONE, name="variancep", naming="prefix", prefix="variancep")
class VariancePOf(CovarianceP):
    """Variance of a whole population (divided by n), rounded to ten decimals; 0 for fewer than two values.

    >>> range x from 1 to 5 step 1 | summarize variancep(x)
    2.0
    """


@aggregate(_ONE_IF, name="variancepif", naming="prefix", prefix="variancepif")
class VariancePIf(Conditional, CovarianceP):
    """Variance of a whole population, over the rows for which the predicate is true.

    >>> range x from 1 to 5 step 1 | summarize variancepif(x, x < 5)
    1.25
    """


@aggregate(_ONE, name="stdev", naming="prefix", prefix="stdev")
class StDevOf(StDev):
    """Standard deviation of a sample; 0 for fewer than two values.

    >>> range x from 1 to 3 step 1 | summarize stdev(x)
    1.0
    """


@aggregate(_ONE_IF, name="stdevif", naming="prefix", prefix="stdevif")
class StDevIf(Conditional, StDev):
    """Standard deviation of a sample, over the rows for which the predicate is true.

    >>> range x from 1 to 6 step 1 | summarize stdevif(x, x <= 3)
    1.0
    """


@aggregate(_ONE, name="stdevp", naming="prefix", prefix="stdevp")
class StDevPOf(StDevP):
    """Standard deviation of a whole population; 0 for fewer than two values.

    >>> datatable(x:long)[1, 3] | summarize stdevp(x)
    1.0
    """


@aggregate(_TWO, name="covariance", naming="prefix", prefix="covariance", result=_parts("covariance"))
class CovarianceOf(_WithParts, Covariance):
    """Covariance of a sample, over the rows where neither value is null; rounded to ten decimals.

    >>> datatable(x:real, y:real)[1.0, 2.0, 3.0, 6.0] | summarize covariance(x, y)
    4.0
    """


@aggregate(_TWO_IF, name="covarianceif", naming="prefix", prefix="covarianceif", result=_parts("covarianceif"))
class CovarianceIf(_WithParts, Conditional, Covariance):
    """Covariance of a sample, over the rows for which the predicate is true.

    >>> datatable(x:real, y:real)[1.0, 2.0, 3.0, 6.0, 9.0, 1.0] | summarize covarianceif(x, y, x < 9)
    4.0
    """

    predicate = 2


@aggregate(_TWO, name="covariancep", naming="prefix", prefix="covariancep", result=_parts("covariancep"))
class CovariancePOf(_WithParts, CovarianceP):
    """Covariance of a whole population; rounded to ten decimals.

    >>> datatable(x:real, y:real)[1.0, 2.0, 3.0, 6.0] | summarize covariancep(x, y)
    2.0
    """


@aggregate(_TWO_IF, name="covariancepif", naming="prefix", prefix="covariancepif", result=_parts("covariancepif"))
class CovariancePIf(_WithParts, Conditional, CovarianceP):
    """Covariance of a whole population, over the rows for which the predicate is true.

    >>> datatable(x:real, y:real)[1.0, 2.0, 3.0, 6.0, 9.0, 1.0] | summarize covariancepif(x, y, x < 9)
    2.0
    """

    predicate = 2
