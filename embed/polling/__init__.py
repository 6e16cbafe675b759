"""The chat without a socket: posting frames and waiting for answers over HTTP, where a network blocks sockets."""
