"""Pages about bots. /bots/<slug>/test/ belongs to testsessions."""

from django.urls import path

from chatbots.views import bots, editor, knowledge

urlpatterns = [
    path("bots/", bots.show_bots, name="bots"),
    path("bots/new/", bots.make_bot, name="new_bot"),
    path("bots/<slug:slug>/", editor.show_tab, {"tab": "behaviour"}, name="bot"),
    path("bots/<slug:slug>/appearance/", editor.show_tab, {"tab": "appearance"}, name="bot_appearance"),
    path("bots/<slug:slug>/handoff/", editor.show_tab, {"tab": "handoff"}, name="bot_handoff"),
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
    path("bots/<slug:slug>/knowledge/<int:source_id>/", knowledge.show_source, name="source"),
    path("bots/<slug:slug>/knowledge/<int:source_id>/delete/", knowledge.delete_source, name="delete_source"),
]
