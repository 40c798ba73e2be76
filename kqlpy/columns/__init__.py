"""How values are held in Arrow, and the kernels that many functions share."""
