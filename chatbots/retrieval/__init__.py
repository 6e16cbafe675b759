"""Finding what a bot knows about a question. `base` is the seam, `index.load_index` the door."""
