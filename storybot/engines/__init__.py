"""The engines, one module or folder each: what writes."""
