"""Pages of test sessions; their API is in config/api_urls.py."""

from django.urls import path

from testsessions import views

urlpatterns = [path("bots/<slug:slug>/test/", views.show_test, name="test_bot")]
