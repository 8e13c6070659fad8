"""HTTP, and nothing else: one module a resource. A handler reads as its own contract; what it does stands elsewhere."""
