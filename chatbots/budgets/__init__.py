"""What language models may take: limits in messages and tokens, per day and month, of visitors, bots and organisations."""
