"""Aggregates. Their state is Arrow columns with one row per group, so the same code serves batches, merging and spilling.

An aggregate is a class registered with `@aggregate`; its methods are static:

    update(call, groups, *args) -> State        partial state of one batch
    merge(call, groups, state) -> State          states of many partial groups folded into fewer groups
    finish(call, state) -> pa.Array              the result column, one row per group

`args` are arrays of the batch's length (constants too, except arguments declared `const`, which come as `pa.Scalar`); dictionary encoded where the column is.
`groups` is a `Groups`. A State is a tuple of arrays with `groups.count` rows each; string and other payloads may be dictionary encoded.
"""
