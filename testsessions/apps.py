from django.apps import AppConfig


class TestsessionsConfig(AppConfig):
    name = "testsessions"
