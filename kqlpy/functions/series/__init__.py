"""Functions over series: dynamic arrays of numbers, as `make-series` and `make_list` make them."""
