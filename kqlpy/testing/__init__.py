"""For tests of queries and of kqlpy itself: comparing results, generated tables and queries, and a plain evaluator to compare with.

`compare` needs nothing further; `strategies` needs Hypothesis (`pip install kqlpy[test]`); `reference` runs bound plans row by row.
"""
