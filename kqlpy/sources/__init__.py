"""Where rows come from: files in a data folder, tables in memory, and the shipped schemas of known tables."""
