"""Channel layers with Channels' interface, made for hints: local first, nothing ever waits (docs/performance.md)."""
