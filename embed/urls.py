"""Addresses of the loader, the frame and the demo site; the API's are in embed/api_urls.py."""

from django.urls import path

from embed.views import demo, frame

urlpatterns = [
    path("embed/loader.js", frame.serve_loader, name="loader"),
    path("embed/bot/<str:public_id>.js", frame.serve_look, name="bot_look"),
    path("embed/frame/<str:public_id>/", frame.show_frame, name="frame"),
    path("demo/", demo.show_demo, name="demo"),
    path("demo/<slug:page>/", demo.show_demo, name="demo_page"),
]
