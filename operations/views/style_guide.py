"""The living style guide at /ui/: each component in all its states."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

ICONS = [
    "alert",
    "bell",
    "book",
    "bot",
    "chat",
    "check",
    "chevron-down",
    "chevron-left",
    "chevron-right",
    "chevron-updown",
    "clock",
    "close",
    "code",
    "console",
    "copy",
    "download",
    "edit",
    "external",
    "eye",
    "file",
    "hand",
    "info",
    "lock",
    "mail",
    "menu",
    "moon",
    "more",
    "note",
    "palette",
    "people",
    "person",
    "play",
    "plus",
    "publish",
    "refresh",
    "search",
    "send",
    "settings",
    "shield",
    "sign-out",
    "screen",
    "stop",
    "success",
    "sun",
    "swap",
    "trash",
    "upload",
]
COLOURS = [
    "canvas",
    "surface",
    "surface-sunken",
    "surface-hover",
    "surface-raised",
    "line",
    "line-strong",
    "text",
    "text-muted",
    "accent",
    "on-accent",
    "accent-soft",
    "accent-text",
    "danger",
    "danger-soft",
    "danger-text",
    "warning-soft",
    "warning-text",
    "success",
    "success-soft",
    "success-text",
    "info-soft",
    "info-text",
    "bubble-bot",
    "bubble-agent",
    "bubble-note",
    "focus",
]


class SampleForm(forms.Form):
    """Every kind of field; bound with nothing, so that the required ones show their errors."""

    name = forms.CharField(label="Name", help_text="What visitors see above the conversation.")
    email = forms.EmailField(label="E-mail", required=False, initial="mia@example.com")
    role = forms.ChoiceField(label="Role", choices=(("owner", "Owner"), ("agent", "Agent")))
    notes = forms.CharField(label="Notes", widget=forms.Textarea, required=False)
    when = forms.ChoiceField(
        label="When it does not know",
        choices=(("hand_off", "Fetch a person at once"), ("offer", "Offer to fetch a person")),
        widget=forms.RadioSelect,
        initial="hand_off",
    )
    sound = forms.BooleanField(
        label="Play a sound", required=False, help_text="Only while the tab is hidden."
    )
    file = forms.FileField(label="File", required=False)
    colour = forms.CharField(
        label="Colour", widget=forms.TextInput(attrs={"type": "color"}), initial="#0f6663"
    )
    locked = forms.CharField(label="Public id", initial="4f2a9c", disabled=True, required=False)


def may_see_style_guide(user: Any) -> bool:
    """Staff of the installation; anybody who is signed in while developing or on a demo installation."""
    return bool(settings.DEBUG or user.is_staff or user.is_demo)


@login_required
def show_style_guide(request: HttpRequest) -> HttpResponse:
    """GET /ui/. The same 404 as for nothing where the reader may not see it."""
    if not may_see_style_guide(request.user):
        raise Http404
    values = (4, 9, 7, 14, 22, 31, 26, 18, 12, 15, 8, 5)
    bars = [
        {
            "x": round(index * 100 / 12 + 0.8, 2),
            "y": 40 - value,
            "width": 6.7,
            "height": value,
            "label": f"{value} chats",
        }
        for index, value in enumerate(values)
    ]
    points = " ".join(f"{index * 100 / 11:.1f},{38 - value}" for index, value in enumerate(values))
    context = {
        "section": "ui",
        "icons": ICONS,
        "colours": COLOURS,
        "form": SampleForm(),
        "broken": SampleForm({"email": "mia"}),
        "bars": bars,
        "points": points,
        "page": Paginator(range(240), 50).page(2),
    }
    return render(request, "ui/style_guide.html", context)
