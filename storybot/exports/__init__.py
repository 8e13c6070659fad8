"""Everything that belongs to one owner, as a zip: `archive` is lossless, `markdown` is for reading, `shape` is the format."""
