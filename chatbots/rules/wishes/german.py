"""German: „Ich möchte bitte mit einem Mitarbeiter sprechen." """

from chatbots.rules.wishes.language import make_language

A = (
    "(?:(?:ein|eine|einen|einem|einer|nem|nen|ne|der|die|das|den|dem|ihr|ihre|ihren|ihrem|ihrer|euer|eure"
    "|euren|eurem|eurer"
    "|irgendein|irgendeinen|irgendeinem|irgendeiner|irgend) )?"
)
KIND = (
    "(?:(?:echt|richtig|real|menschlich|wirklich|lebend|lebendig|leibhaftig|persönlich|zuständig|ander"
    "|kompetent|freundlich)"
    "(?:e|en|em|er|es)? ){0,2}"
)
HUMAN = (
    "(?:mensch(?:en)?|person|mitarbeiter(?:in|n|s)?|mitarbeitenden?|(?:kunden|service|fach"
    "|bank)?berater(?:in)?|agent(?:en|in)?"
    "|ansprechpartner(?:in)?|ansprechperson|(?:kunden)?betreuer(?:in)?|sachbearbeiter(?:in)?|(?:service"
    "|support|kundendienst)mitarbeiter(?:in)?"
    "|operator|angestellten?|teammitglied|kollegen|kollegin|vorgesetzten?|chef|manager|supervisor)"
)
ANYBODY = (
    "(?:(?:jemand(?:en|em)?|irgendjemand(?:en|em)?|irgendwem|wem|wen)(?: (?:echte[ns]|richtige[ns]|anders"
    "|anderem|anderen|menschliche[ns]))?)"
)
DESK = (
    "(?:kundenservice|kundendienst|kundenbetreuung|kundenberatung|kundensupport|support(?:team)?"
    "|service(?:team)?|team|hotline)"
)
FROM = "(?: aus fleisch und blut| (?:vo[nm]|aus|bei|in|im) (?:(?:dem|der|ihrem|ihrer|eurem|eurer) )?[a-z]{3,30})?"
WHO = f"{A}(?:{KIND}{HUMAN}|{ANYBODY}|{DESK}){FROM}"
PERSON = f"{A}{KIND}{HUMAN}{FROM}"
ROBOT = (
    "(?:ein|eine|einen|einem|einer|nem|dem|der|diesem|dieser)? ?(?:chat ?)?(?:bot|roboter|maschine|computer"
    "|ki|automat(?:en)?|programm)"
)
TOPIC = "(?: (?:über|wegen|zu|zum|zur|bezüglich|für|um) .{1,80})?"
TALK = (
    "(?:sprechen|reden|chatten|schreiben|telefonieren|kommunizieren|unterhalten|verbunden werden"
    "|zu tun haben|weitersprechen"
    "|(?:in )?kontakt (?:aufnehmen|treten|haben))(?: können| dürfen| wollen)?"
)
LEAD = (
    "(?:(?:(?:ich|wir) )?(?:möchten?|möcht|will|wollen|würden?|muss|müssen|müsste|kann|können|könnten?"
    "|wünschen?|wünschte|darf|dürfte|mag"
    "|habe|hätten?|bitte(?: darum)?|versuche|wollte)(?: (?:ich|wir|man|mich|mir))*"
    "|(?:wie|wo|wann) (?:kann|könnte|darf) (?:ich|man)|lass(?:en)?(?: sie)? mich|ist es möglich"
    "|wäre es möglich|besteht die möglichkeit|gibt es die möglichkeit|geht es)? ?"
)
NOT_ROBOT = (
    f"(?: (?:und )?(?:nicht|kein|keinen|keinem|statt|anstatt|als|und keinem|und kein)(?: mit)? {ROBOT})?"
)

GERMAN = make_language(
    name="German",
    clauses=(
        f"{LEAD}(?:(?:über|wegen|zu|bezüglich) .{{1,60}} )?mit {WHO}{NOT_ROBOT}{TOPIC} (?:zu )?{TALK}{TOPIC}",
        (
            f"{LEAD}{PERSON}{TOPIC} (?:zu )?(?:sprechen|erreichen|kontaktieren|haben|bekommen|kriegen"
            f"|dran haben|anschreiben){TOPIC}"
        ),
        f"{LEAD}{A}(?:{ANYBODY}|{DESK}) (?:zu )?(?:sprechen|dran haben)",
        f"(?:sprechen|sprech|reden|rede|chatten|kontakt) (?:mit|zu) {WHO}",
        f"{LEAD}(?:sprechen|reden|chatten) mit {WHO}{TOPIC}",
        (
            "(?:ich|wir)? ?(?:brauchen?|will|wollen|möchten?|benötigen?|verlangen?|hätten?|wünschen?(?: mir)?"
            f"|bevorzugen?|fordere|suchen?) {PERSON}{NOT_ROBOT}"
            "(?: der .{1,80}| die .{1,80})?(?: haben| sprechen)?"
        ),
        (
            "(?:(?:können|könnten|würden) sie |kannst du |könntest du |würdest du )?(?:mich|uns) (?:(?:mit|zu"
            f"|an|auf) )?{WHO} (?:verbinden|weiterleiten|durchstellen|weiterverbinden|weitergeben|übergeben"
            "|vermitteln)"
        ),
        (
            "(?:verbinde|verbinden sie|verbindet|vermitteln sie|leiten sie|leite|stellen sie|stell) (?:mich"
            f"|uns|das)(?: (?:weiter|durch))? (?:mit|zu|an|auf) {WHO}(?: (?:weiter|durch))?"
        ),
        (
            f"(?:holen sie|hol|gib|geben sie|schick|schicken sie|rufen sie|ruf)(?: (?:mir|uns))? (?:{PERSON}"
            f"|{A}{ANYBODY})(?: (?:dazu|her|ran))?"
        ),
        (
            f"(?:kann|könnte|könnten) (?:mir |uns |sich )?(?:{PERSON}|{A}(?:{ANYBODY}) vom {DESK})(?: mir"
            f"| uns)? .{{0,60}}?(?:helfen|antworten|anrufen|kümmern|übernehmen|melden|weiterhelfen)"
        ),
        (
            f"(?:gibt es|ist|sind)(?: da| hier| dort| bei ihnen)? (?:{PERSON}|{ANYBODY})(?: (?:da|hier|dort"
            "|verfügbar|erreichbar|online))?"
            "(?: (?:mit dem|mit der|mit denen|den|die|der) .{0,60}?(?:sprechen|reden|schreiben|helfen"
            "|chatten).{0,20})"
        ),
        f"(?:gibt es|ist|sind)(?: da| hier| dort)? {PERSON} (?:da|hier|dort|verfügbar|erreichbar|online)",
        f"(?:ich|wir) (?:will|möchte|mag|wollen|möchten|werde) nicht (?:länger |mehr |weiter )?mit {ROBOT} {TALK}",
        f"ich (?:will|möchte) (?:keinen|kein) {ROBOT}",
    ),
    alone=(
        f"{A}{KIND}(?:mensch|menschen|person|mitarbeiter(?:in)?|(?:kunden)?berater(?:in)?|agent"
        "|ansprechpartner(?:in)?|ansprechperson|operator"
        "|(?:kunden)?betreuer(?:in)?|kundenservice|kundendienst|kundenbetreuung|live ?chat"
        f"|servicemitarbeiter(?:in)?|sachbearbeiter(?:in)?){NOT_ROBOT}"
        f"|mit {WHO}|(?:ist )?(?:da )?jemand (?:da|hier)|(?:kein|keinen) {ROBOT}"
    ),
    openings=(
        "hallo|hi|hey|moin|servus|guten (?:tag|morgen|abend)|grüß gott|sehr geehrte damen und herren"
        "|entschuldigung|entschuldigen sie|sorry|ok|okay|nein|nee|ja"
        "|aber|und|also|ach|oh|nun|na gut|gut|danke|nochmal|noch einmal|das hilft (?:mir )?nicht"
        "|das hilft mir nicht weiter|quatsch|dann"
    ),
    fillers=(
        "bitte|gerne|gern|mal|jetzt|sofort|endlich|direkt|doch|einfach|lieber|einmal|kurz|nur|dringend"
        "|wieder|umgehend|schnell|bitteschön|persönlich|live"
        "|eher|echt|heute|wirklich|danke|vielleicht|hier|auch|so schnell wie möglich|unbedingt"
        "|tatsächlich|eben|halt|gleich"
    ),
    joints="und|aber|sondern|deshalb|daher|also|dann|darum",
    bare="mit|einen|einem",
    cues=(
        "mensch|person|mitarb|berat|kunden|service|fachb|bankb|agent|ansprech|betreu|sachbe|support"
        "|operator|angestell|team|kolleg|vorgesetzt|chef|manager|supervisor|jemand|irgend|wem$|wen$"
        "|hotline|bot|chatbot|robot|maschine|computer|ki$|automat|programm|live"
    ),
    spelling=(
        "mensch menschen person mitarbeiter mitarbeiterin berater kundenberater ansprechpartner"
        " kundenservice kundendienst jemand jemandem jemanden sprechen"
        " reden möchte verbinden betreuer sachbearbeiter einem einen echten richtigen support"
    ),
)
