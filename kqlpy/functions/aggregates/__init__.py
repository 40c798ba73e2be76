"""Aggregates. Their state is Arrow columns with one row per group, so the same code serves batches, merging and spilling.

An aggregate is a class registered with `@aggregate`; its methods are static or class methods:

    update(call, groups, *args) -> State        partial state of one batch
    merge(call, groups, state) -> State          states of many partial groups folded into fewer groups
    finish(call, state) -> pa.Array              the result column, one row per group

`args` are arrays of the batch's length (constants too, except arguments declared `const`, which come as `pa.Scalar`); dictionary encoded where the column is.
`groups` is a `Groups`. A State is a tuple of arrays with `groups.count` rows each; its columns have the same Arrow type for every batch, whatever
the form of the arguments. What `merge` and `finish` need of constant arguments is part of the state. Partial states come in input order.

An aggregate with several result columns declares `result=`, a function `(types, names, constants) -> ((name, type), ...)` of its arguments: their types,
the names they bring along ("" for none) and their values where they are constants. Its `finish` returns a tuple of arrays.
"""
