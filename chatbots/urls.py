"""Pages about bots. /bots/<slug>/test/ belongs to testsessions."""

from django.urls import path

from chatbots.views import (
    abstention,
    bots,
    editor,
    evaluation,
    evaluation_export,
    insights,
    knowledge,
    mending,
    models,
    rules,
)

urlpatterns = [
    path("models/", models.show_accounts, name="models"),
    path("models/new/", models.make_account, name="new_provider_account"),
    path("models/use/", models.show_use, name="model_use"),
    path("models/budget/", models.show_budget, name="model_budget"),
    path("models/budget/<slug:slug>/", models.show_bot_budget, name="bot_budget"),
    path("models/<int:account_id>/", models.show_account, name="provider_account"),
    path("models/<int:account_id>/check/", models.test_account, name="check_provider_account"),
    path("models/<int:account_id>/delete/", models.remove_account, name="delete_provider_account"),
    path("bots/", bots.show_bots, name="bots"),
    path("bots/new/", bots.make_bot, name="new_bot"),
    path("bots/<slug:slug>/", editor.show_tab, {"tab": "behaviour"}, name="bot"),
    path("bots/<slug:slug>/appearance/", editor.show_tab, {"tab": "appearance"}, name="bot_appearance"),
    path("bots/<slug:slug>/menu/", editor.show_tab, {"tab": "menu"}, name="bot_menu"),
    path("bots/<slug:slug>/handoff/", editor.show_tab, {"tab": "handoff"}, name="bot_handoff"),
    path("bots/<slug:slug>/handoff/try/", rules.show_trial, name="try_rules"),
    path("bots/<slug:slug>/embed/", editor.show_tab, {"tab": "embed"}, name="bot_embed"),
    path("bots/<slug:slug>/publish/", editor.publish, name="publish_bot"),
    path("bots/<slug:slug>/delete/", editor.delete, name="delete_bot"),
    path("bots/<slug:slug>/knowledge/", knowledge.show_knowledge, name="bot_knowledge"),
    path("bots/<slug:slug>/knowledge/sources/", knowledge.show_sources, name="knowledge_sources"),
    path("bots/<slug:slug>/knowledge/search/", knowledge.search_knowledge, name="search_knowledge"),
    path(
        "bots/<slug:slug>/knowledge/upload/",
        knowledge.add_knowledge,
        {"way": "upload"},
        name="upload_knowledge",
    ),
    path(
        "bots/<slug:slug>/knowledge/paste/", knowledge.add_knowledge, {"way": "paste"}, name="paste_knowledge"
    ),
    path("bots/<slug:slug>/knowledge/entry/", knowledge.add_knowledge, {"way": "entry"}, name="add_entry"),
    path("bots/<slug:slug>/knowledge/page/", knowledge.add_knowledge, {"way": "page"}, name="fetch_page"),
    path("bots/<slug:slug>/knowledge/site/", knowledge.add_knowledge, {"way": "site"}, name="fetch_site"),
    path(
        "bots/<slug:slug>/knowledge/<int:source_id>/refresh/", knowledge.refetch_source, name="refetch_source"
    ),
    path("bots/<slug:slug>/knowledge/<int:source_id>/", knowledge.show_source, name="source"),
    path("bots/<slug:slug>/knowledge/<int:source_id>/delete/", knowledge.delete_source, name="delete_source"),
    path("bots/<slug:slug>/mend/", mending.mend, name="mend_bot"),
    path("bots/<slug:slug>/insights/", insights.show_turns, name="bot_insights"),
    path("bots/<slug:slug>/insights/<str:turn_id>/", insights.show_turn, name="bot_turn"),
    path("bots/<slug:slug>/insights/<str:turn_id>/trace/", insights.show_trace, name="bot_trace"),
    path("replies/<int:message_id>/why/", insights.find_turn, name="why_reply"),
    path("bots/<slug:slug>/curve/", abstention.show_curve, name="bot_curve"),
    path("bots/<slug:slug>/not-to-answer/", abstention.show_examples, name="bot_examples"),
    path("bots/<slug:slug>/not-to-answer/remove/", abstention.remove_examples, name="remove_examples"),
    path("bots/<slug:slug>/evaluation/", evaluation.show_runs, name="bot_evaluation"),
    path("bots/<slug:slug>/evaluation/compare/", evaluation.compare, name="compare_evaluations"),
    path("bots/<slug:slug>/evaluation/<int:run_id>/", evaluation.show_run, name="bot_evaluation_run"),
    path(
        "bots/<slug:slug>/evaluation/<int:run_id>/progress/",
        evaluation.show_progress,
        name="evaluation_progress",
    ),
    path("bots/<slug:slug>/evaluation/<int:run_id>/repeat/", evaluation.repeat, name="repeat_evaluation"),
    path("bots/<slug:slug>/evaluation/<int:run_id>/cancel/", evaluation.cancel, name="cancel_evaluation"),
    path("bots/<slug:slug>/evaluation/<int:run_id>/delete/", evaluation.delete, name="delete_evaluation"),
    path(
        "bots/<slug:slug>/evaluation/<int:run_id>/export/", evaluation_export.export, name="export_evaluation"
    ),
    path(
        "bots/<slug:slug>/evaluation/<int:run_id>/results/<int:result_id>/",
        evaluation.show_result,
        name="evaluation_result",
    ),
]
