"""Says when people are back: "tomorrow at 9:00", in the six languages."""

from dataclasses import dataclass
from datetime import datetime

from chatbots.rules.hours import Hours


@dataclass(frozen=True, slots=True)
class Words:
    """Patterns take `time`; those of a weekday its `day`, those of a date its `number` and `month`."""

    today: str
    tomorrow: str
    weekday: str
    date: str
    days: tuple[str, ...]
    months: tuple[str, ...]


def _words(today: str, tomorrow: str, weekday: str, date: str, days: str, months: str) -> Words:
    return Words(today, tomorrow, weekday, date, tuple(days.split(",")), tuple(months.split(",")))


WORDS = {
    "en": _words(
        "today at {time}", "tomorrow at {time}", "on {day} at {time}", "on {number} {month} at {time}",
        "Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday",
        "January,February,March,April,May,June,July,August,September,October,November,December",
    ),
    "de": _words(
        "heute um {time} Uhr", "morgen um {time} Uhr", "am {day} um {time} Uhr", "am {number}. {month} um {time} Uhr",
        "Montag,Dienstag,Mittwoch,Donnerstag,Freitag,Samstag,Sonntag",
        "Januar,Februar,März,April,Mai,Juni,Juli,August,September,Oktober,November,Dezember",
    ),
    "fr": _words(
        "aujourd'hui à {time}", "demain à {time}", "{day} à {time}", "le {number} {month} à {time}",
        "lundi,mardi,mercredi,jeudi,vendredi,samedi,dimanche",
        "janvier,février,mars,avril,mai,juin,juillet,août,septembre,octobre,novembre,décembre",
    ),
    "es": _words(
        "hoy a las {time}", "mañana a las {time}", "el {day} a las {time}", "el {number} de {month} a las {time}",
        "lunes,martes,miércoles,jueves,viernes,sábado,domingo",
        "enero,febrero,marzo,abril,mayo,junio,julio,agosto,septiembre,octubre,noviembre,diciembre",
    ),
    "pt": _words(
        "hoje às {time}", "amanhã às {time}", "{day} às {time}", "em {number} de {month} às {time}",
        "na segunda-feira,na terça-feira,na quarta-feira,na quinta-feira,na sexta-feira,no sábado,no domingo",
        "janeiro,fevereiro,março,abril,maio,junho,julho,agosto,setembro,outubro,novembro,dezembro",
    ),
    "ar": _words(
        "اليوم الساعة {time}", "غدًا الساعة {time}", "يوم {day} الساعة {time}", "يوم {number} {month} الساعة {time}",
        "الاثنين,الثلاثاء,الأربعاء,الخميس,الجمعة,السبت,الأحد",
        "يناير,فبراير,مارس,أبريل,مايو,يونيو,يوليو,أغسطس,سبتمبر,أكتوبر,نوفمبر,ديسمبر",
    ),
}  # fmt: skip


def word_opening(hours: Hours, language: str = "en") -> str:
    """When it opens next, or "" where it is open or never opens."""
    return word_moment(hours.opens_at, hours.now, language) if hours.opens_at else ""


def word_moment(moment: datetime, now: datetime, language: str = "en") -> str:
    """`moment` as seen from `now`, both in the owner's time zone: today, tomorrow, a weekday, or a date."""
    words, days = WORDS[language], (moment.date() - now.date()).days
    pattern = words.date
    if days < 7:
        pattern = {0: words.today, 1: words.tomorrow}.get(days, words.weekday)
    return pattern.format(
        time=f"{moment.hour}:{moment.minute:02}",
        day=words.days[moment.weekday()],
        number=moment.day,
        month=words.months[moment.month - 1],
    )


def word_state(hours: Hours) -> str:
    """Whether people are there, for the owner."""
    if hours.is_open:
        until = f", until {word_moment(hours.closes_at, hours.now)}" if hours.closes_at else ""
        return f"Open now{until}."
    opens = word_opening(hours)
    return f"Closed now. Opens {opens}." if opens else "Closed now, and no opening is planned."
