"""What `render` draws: `columns.py` chooses axes and series, `points.py` takes their values, `specs.py` says it in Vega-Lite, `charts.py` writes files."""
