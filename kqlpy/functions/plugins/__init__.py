"""Plugins: what `evaluate` calls. Each is one declaration, `@plugin(signature, ...)`; `operators/evaluate.py` binds and runs them.

A plugin whose columns follow from its text declares a rule for them and a kernel over all rows of the input:

    @plugin("(id: column notdynamic, start: const summable)", columns=rule)      rule(call) -> Schema
    def name(call: PluginCall, rows: Batch) -> Batch

A plugin that makes a plan of its own, or whose columns depend on the data, says `binds=True` and is a bind rule instead:

    @plugin("(value: column notdynamic)", binds=True)
    def name(call: PluginCall, plan: Plan, binder: Binder) -> Plan

The word before a parameter's kind says what its argument is: `column` a column of the input, `lookup` a column of the table argument, `shared` a column of both,
`const` a value that does not depend on rows, `aggregate` a call such as `count()`; without a word it is an expression over the rows.
The kind `table` takes a table. Any parameter may be given by name. The default `~` may be written as the text "~".

Options: `whole=True` when the kernel reads all columns of the input, not only its arguments; `passes=True` when it passes columns of the input on under
their names and does without those that are not wanted; `labels="Expr"` for a repeating parameter whose arguments may be named by the query's author. A plugin that kqlpy refuses is declared without a kernel, in `outside.py`.
"""
