"""Tests of the kernels in `kqlpy/columns`: each against a plain one-value-at-a-time oracle."""
