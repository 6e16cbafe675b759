"""What owners give a bot to know: read, cut into chunks, and made searchable."""
