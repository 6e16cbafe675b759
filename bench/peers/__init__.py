"""What else one could build a chat on, as small applications in the style of each project's own documentation.

Each does what the stock reference's bot does: the visitor's message is one row, committed and sent to everyone in the room;
the bot's fixed reply is a second one. No token, no order, no resend, no search: less than Parley does.
"""
