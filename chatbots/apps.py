from django.apps import AppConfig


class ChatbotsConfig(AppConfig):
    name = "chatbots"

    def ready(self) -> None:
        """The writer announces new turns; bots run them. A budget that is none stops the start."""
        from chatbots.budgets.limits import check_defaults
        from chatbots.turns import start_turn
        from conversations.delivery import run_turns_with

        check_defaults()
        run_turns_with(start_turn)
