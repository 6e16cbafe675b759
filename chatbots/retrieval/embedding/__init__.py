"""Turning texts into vectors whose nearness is nearness of meaning. `base.find_embedder` is the door."""
