"""Accounts at providers of language models, and what was spent there."""

from django.db import models
from django.utils import timezone


class ProviderKind(models.TextChoices):
    OPENAI = "openai", "OpenAI and compatible (Ollama, vLLM, Groq …)"
    ANTHROPIC = "anthropic", "Anthropic"


class ProviderAccount(models.Model):
    """One key at one provider. Its models are called NAME/MODEL by bots.

    `key` is encrypted (core/encryption.py) and leaves the database only into requests to `base_url` ("": the provider's
    own); people are shown `key_ending`, its last four characters. `offered` are its models, as `{"name", "price_in",
    "price_out"}`, prices per million tokens in `currency` or None. `check_error` is what the last test of the key said,
    "" where it was well.
    """

    organisation = models.ForeignKey(
        "organisations.Organisation", models.CASCADE, related_name="provider_accounts"
    )
    name = models.SlugField(max_length=30)
    kind = models.CharField(max_length=10, choices=ProviderKind.choices)
    base_url = models.CharField(max_length=300, blank=True, default="")
    key = models.TextField(blank=True, default="", editable=False)
    key_ending = models.CharField(max_length=4, blank=True, default="", editable=False)
    key_set_at = models.DateTimeField(null=True, blank=True, editable=False)
    offered = models.JSONField(default=list, blank=True)
    currency = models.CharField(max_length=3, default="USD")
    is_on = models.BooleanField(default=True)
    checked_at = models.DateTimeField(null=True, blank=True, editable=False)
    check_error = models.CharField(max_length=300, blank=True, default="", editable=False)
    check_hint = models.CharField(max_length=300, blank=True, default="", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(fields=("organisation", "name"), name="provider_account_once"),
        )

    def __str__(self) -> str:
        return self.name


class Budget(models.Model):
    """What an owner allows; without `chatbot` for the organisation and all its bots.

    `limits` is `{"visitor" | "bot" | "organisation": {"messages_day" | "messages_month" | "tokens_day" |
    "tokens_month": whole number}}`; what is not named is as the installation's settings say.
    """

    organisation = models.ForeignKey("organisations.Organisation", models.CASCADE, related_name="+")
    chatbot = models.ForeignKey("chatbots.Chatbot", models.CASCADE, null=True, blank=True, related_name="+")
    limits = models.JSONField(default=dict, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("organisation",),
                condition=models.Q(chatbot__isnull=True),
                name="budget_of_organisation",
            ),
            models.UniqueConstraint(
                fields=("chatbot",), condition=models.Q(chatbot__isnull=False), name="budget_of_bot"
            ),
        )

    def __str__(self) -> str:
        return f"budget {self.pk}"


class BudgetCount(models.Model):
    """What counts against one budget: of `scope` (visitor, bot, organisation) with the id `holder`, in the `period` (day,
    month) that begins on `begins` (UTC). Raised before a model is asked, by an estimate, and put right afterwards.
    """

    organisation = models.ForeignKey(
        "organisations.Organisation", models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    scope = models.CharField(max_length=12)
    holder = models.CharField(max_length=36)
    period = models.CharField(max_length=5)
    begins = models.DateField()
    messages = models.PositiveIntegerField(default=0)
    tokens = models.BigIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("scope", "holder", "period", "begins"), name="budget_count_once"),
        )
        indexes = (models.Index(fields=("begins",), name="budget_count_begins"),)

    def __str__(self) -> str:
        return f"{self.scope} {self.holder} {self.period} {self.begins}"


class ModelUse(models.Model):
    """What a bot's model took on one day (UTC). `estimated` of the `messages` are reckoned, not counted by the provider.

    `cost` is in `currency`, by the prices that held then; 0 where there were none.
    """

    organisation = models.ForeignKey("organisations.Organisation", models.CASCADE, related_name="+")
    chatbot = models.ForeignKey("chatbots.Chatbot", models.CASCADE, related_name="+")
    day = models.DateField()
    model = models.CharField(max_length=100)
    currency = models.CharField(max_length=3, blank=True, default="")
    messages = models.PositiveIntegerField(default=0)
    estimated = models.PositiveIntegerField(default=0)
    tokens_in = models.PositiveBigIntegerField(default=0)
    tokens_out = models.PositiveBigIntegerField(default=0)
    cost = models.FloatField(default=0.0)

    class Meta:
        ordering = ("-day", "chatbot", "model")
        constraints = (
            models.UniqueConstraint(fields=("chatbot", "day", "model", "currency"), name="model_use_once"),
        )

    def __str__(self) -> str:
        return f"{self.model} {self.day}"
