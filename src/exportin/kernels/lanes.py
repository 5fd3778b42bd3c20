"""Vectors of eight numbers for compiled loops: eight problems worked on in step.

A loop over the wells of one problem ends in a dozen sums over a short vector, and these cost more
than the arithmetic. With a problem in every lane of a vector there is nothing to sum up. Numba
finds such code in loops only by luck; here it is written down. Inside a compiled function `Lanes`
behave like numbers (+ - * / and comparisons, also with plain numbers) and `Marks` like flags
(& | ~); `pick` chooses lane by lane. They live in compiled functions only and cross their borders
by `load` and `store`.
"""

import operator
from typing import Any, cast

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import models
from numba.extending import intrinsic, register_model, type_callable
from numba.extending import lower_builtin as _numba_lower_builtin

LANES = 8
"""Problems worked on in step: as many numbers as the widest vector of today's processors holds."""
ALL = (1 << LANES) - 1
"""A bit for every lane."""
_MAY_FUSE = ("contract",)
_lower_builtin: Any = _numba_lower_builtin
_function_of: Any = cgutils.get_or_insert_function


class _LanesType(types.Type):
    """Type of eight numbers."""

    def __init__(self) -> None:
        super().__init__(name="Lanes")


class _MarksType(types.Type):
    """Type of eight flags."""

    def __init__(self) -> None:
        super().__init__(name="Marks")


lanes_type, marks_type = _LanesType(), _MarksType()
_DOUBLE, _INT = ir.DoubleType(), ir.IntType(64)
_VECTOR = ir.VectorType(_DOUBLE, LANES)
_INTS = ir.VectorType(_INT, LANES)
_FLAGS = ir.VectorType(ir.IntType(1), LANES)


@register_model(_LanesType)
class _LanesModel(models.PrimitiveModel):
    """In machine code a vector of doubles."""

    def __init__(self, manager: Any, kind: types.Type) -> None:
        cast("Any", super()).__init__(manager, kind, _VECTOR)


@register_model(_MarksType)
class _MarksModel(models.PrimitiveModel):
    """In machine code a vector of bits."""

    def __init__(self, manager: Any, kind: types.Type) -> None:
        cast("Any", super()).__init__(manager, kind, _FLAGS)


def _spread(builder: Any, value: Any) -> Any:
    """Put one number into all lanes."""
    if value.type == _VECTOR:
        return value
    if value.type != _DOUBLE:
        value = builder.sitofp(value, _DOUBLE)
    one = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), value, _index(0))
    order = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(one, ir.Constant(_VECTOR, ir.Undefined), order)


def _index(k: int) -> Any:
    return ir.Constant(ir.IntType(32), k)


def _is_number(kind: types.Type) -> bool:
    return isinstance(kind, types.Float | types.Integer)


def _teach(symbol: Any, result: types.Type, instruction: Any) -> None:
    """Let an operator take lanes on either side, a plain number on the other."""

    @type_callable(symbol)
    def typed(context: Any) -> Any:
        def typer(left: types.Type, right: types.Type) -> types.Type | None:
            ours = [kind is lanes_type for kind in (left, right)]
            if all(
                mine or _is_number(kind) for mine, kind in zip(ours, (left, right), strict=True)
            ):
                return result if any(ours) else None
            return None

        return typer

    def lowered(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return instruction(builder, *(_spread(builder, value) for value in args))

    number = (types.Float, types.Integer)
    pairs = [(lanes_type, lanes_type), *((lanes_type, n) for n in number)]
    for left, right in [*pairs, *((n, lanes_type) for n in number)]:
        _lower_builtin(symbol, left, right)(lowered)


def _fused(name: str) -> Any:
    return lambda builder, left, right: getattr(builder, name)(left, right, flags=_MAY_FUSE)


for _symbol, _name in (
    (operator.add, "fadd"), (operator.sub, "fsub"), (operator.mul, "fmul"),
    (operator.truediv, "fdiv"), (operator.iadd, "fadd"), (operator.isub, "fsub"),
):  # fmt: skip
    _teach(_symbol, lanes_type, _fused(_name))
for _symbol, _name in (
    (operator.lt, "<"), (operator.le, "<="), (operator.gt, ">"), (operator.ge, ">="),
):  # fmt: skip
    _teach(
        _symbol,
        marks_type,
        lambda builder, left, right, sign=_name: builder.fcmp_ordered(sign, left, right),
    )


def _teach_marks(symbol: Any, name: str) -> None:
    @type_callable(symbol)
    def typed(context: Any) -> Any:
        def typer(left: types.Type, right: types.Type) -> types.Type | None:
            return marks_type if left is marks_type and right is marks_type else None

        return typer

    def lowered(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return getattr(builder, name)(*args)

    _lower_builtin(symbol, marks_type, marks_type)(lowered)


_teach_marks(operator.and_, "and_")
_teach_marks(operator.or_, "or_")


def _teach_one(symbol: Any, kind: types.Type, build: Any) -> None:
    @type_callable(symbol)
    def typed(context: Any) -> Any:
        return lambda value: kind if value is kind else None

    def lowered(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return build(builder, args[0])

    _lower_builtin(symbol, kind)(lowered)


_teach_one(operator.neg, lanes_type, lambda builder, value: builder.fneg(value))
_teach_one(operator.invert, marks_type, lambda builder, value: builder.not_(value))


def _called(builder: Any, name: str, result: Any, *values: Any) -> Any:
    """Call one of LLVM's own vector functions."""
    kind = ir.FunctionType(result, [value.type for value in values])
    function = _function_of(builder.module, kind, name)
    return builder.call(function, values)


def _one_to_one(name: str) -> Any:
    """Make a function of one vector that LLVM knows by this name."""

    @intrinsic
    def function(typing_context: Any, value: Any) -> Any:
        def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return _called(builder, f"llvm.{name}.v{LANES}f64", _VECTOR, *args)

        return lanes_type(lanes_type), build

    return function


root = _one_to_one("sqrt")
size = _one_to_one("fabs")
floor = _one_to_one("floor")


@intrinsic
def load(typing_context: Any, array: Any, begin: Any) -> Any:
    """Read eight numbers of a flat array of float64."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.load(_place(context, builder, signature, args), align=8)

    return lanes_type(array, types.intp), build


@intrinsic
def store(typing_context: Any, array: Any, begin: Any, value: Any) -> Any:
    """Write eight numbers into a flat array of float64."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.store(args[2], _place(context, builder, signature, args), align=8)
        return context.get_dummy_value()

    return types.void(array, types.intp, lanes_type), build


def _place(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    array = context.make_array(signature.args[0])(context, builder, args[0])
    return builder.bitcast(builder.gep(array.data, [args[1]]), _VECTOR.as_pointer())


@intrinsic
def pick(typing_context: Any, marks: Any, yes: Any, no: Any) -> Any:
    """Lane by lane ``yes`` where marked, else ``no``; either may be a plain number."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.select(args[0], _spread(builder, args[1]), _spread(builder, args[2]))

    return lanes_type(marks_type, yes, no), build


@intrinsic
def spread(typing_context: Any, value: Any) -> Any:
    """One number in all lanes."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _spread(builder, args[0])

    return lanes_type(types.float64), build


@intrinsic
def power_of_two(typing_context: Any, value: Any) -> Any:
    """2 to the power of whole numbers between -1022 and 1023."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        whole = builder.fptosi(args[0], _INTS)
        bias = ir.Constant(_INTS, [1023] * LANES)
        moved = builder.shl(builder.add(whole, bias), ir.Constant(_INTS, [52] * LANES))
        return builder.bitcast(moved, _VECTOR)

    return lanes_type(lanes_type), build


@intrinsic
def as_bits(typing_context: Any, marks: Any) -> Any:
    """Whole number with one bit a lane, the first lane lowest."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.zext(builder.bitcast(args[0], ir.IntType(LANES)), _INT)

    return types.int64(marks_type), build


@intrinsic
def least_of(typing_context: Any, value: Any) -> Any:
    """Return the least of eight numbers, none of them NaN."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        least = args[0]
        for step in (4, 2, 1):
            order = [(k + step) % LANES for k in range(LANES)]
            turned = builder.shuffle_vector(
                least, least, ir.Constant(ir.VectorType(ir.IntType(32), LANES), order)
            )
            least = builder.select(builder.fcmp_ordered("<", turned, least), turned, least)
        return builder.extract_element(least, _index(0))

    return types.float64(lanes_type), build
