from django.apps import AppConfig


class ChatbotsConfig(AppConfig):
    name = "chatbots"

    def ready(self) -> None:
        """The writer announces new turns; bots run them."""
        from chatbots.turns import start_turn
        from conversations.delivery import run_turns_with

        run_turns_with(start_turn)
