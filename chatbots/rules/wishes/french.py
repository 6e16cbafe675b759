"""French: « Puis-je parler à un conseiller, s'il vous plaît ? »"""

from chatbots.rules.wishes.language import make_language

A = (
    "(?:(?:un|une|le|la|l|les|des|de|d|du|vos|votre|ton|tes|n importe quel|n importe quelle|un de vos"
    "|une de vos|l un de vos) ){0,2}"
)
BEFORE = "(?:(?:vrai|vraie|véritable|autre|vrais|vraies|vos|bon) ){0,2}"
HUMAN = (
    "(?:personne|personnes|humain|humaine|humains|être humain|êtres humains|conseill(?:er|ère|ers)|agent"
    "|agente|agents|opérat(?:eur|rice)"
    "|employée?|représentante?|responsable|interlocut(?:eur|rice)|collaborat(?:eur|rice)"
    "|technicien(?:ne)?|télé ?conseill(?:er|ère)"
    "|membre|supérieur|manager|gestionnaire|chargée? de clientèle)"
)
AFTER = (
    "(?: (?:réel|réelle|humain|humaine|physique|vivante?|en direct|en ligne|en chair et en os|en vrai"
    "|client|clientèle|client[eè]le|commercial|de l équipe|de votre équipe"
    "|du service(?: client[eè]?le?| clients)?|du support|de chez vous|compétente?|au téléphone"
    "|par téléphone|par chat|disponible)){0,3}"
)
ANYBODY = (
    "quelqu un(?: d autre| de réel| d humain| de votre équipe| de chez vous| de vivant| du service client)?"
)
DESK = (
    "(?:service (?:clients?|clientèle|après vente|technique)|support(?: technique| client)?|sav|assistance"
    "|standard)"
)
WHO = f"{A}(?:{BEFORE}{HUMAN}{AFTER}|{ANYBODY}|{DESK})"
PERSON = f"{A}{BEFORE}{HUMAN}{AFTER}"
ROBOT = (
    "(?:(?:un|une|le|la|l|ce|cette|votre|des) )?(?:ro)?(?:bots?|chat ?bot|machine|ordinateur|ia"
    "|intelligence artificielle|automate|programme)"
)
TOPIC = (
    "(?: (?:au sujet|à propos|concernant|pour|sur|de|du|d|car|parce que|qui (?:peut|pourrait|pourra)"
    "|capable) .{1,120})?"
)
LEAD = (
    "(?:(?:je|j|nous|on) (?:voudrais|veux|voulais|souhaite|souhaiterais|souhaiterait|souhaitons|aimerais"
    "|aimerions|aimerai|préfère|préférerais|dois|peux|pourrais|désire"
    "|ai besoin de?|demande à|exige de|cherche à|essaie de|essaye de|voudrions|tiens à)(?: pouvoir)?(?: à)?"
    "|(?:est ce que |est ce qu )?(?:je peux|je pourrais|je puis|on peut|on pourrait|c est possible d[e]?"
    "|il est possible d[e]?|il y a moyen d[e]?)"
    "|(?:puis je|pourrais je|peut on|pourrait on|pourrions nous|est il possible d[e]?"
    "|serait il possible d[e]?|y a t il (?:un )?moyen d[e]?|possible d[e]?|comment(?: (?:puis je|je peux"
    "|peut on|faire pour|je fais pour|pourrais je))?)"
    "|laiss(?:ez|e)(?: moi)?|il faut que je|besoin de|envie de|merci de me laisser)? ?"
)
TALK = (
    "(?:parler|discuter|échanger|dialoguer|communiquer|chatter|tchatter|converser|m adresser|m entretenir"
    "|entrer en (?:contact|relation|communication)|avoir affaire"
    "|être (?:mise?|mis) en (?:relation|contact)|être (?:connectée?|en contact|en relation|transférée?"
    "|redirigée?)|parle)(?: directement)? (?:à|au|aux|avec|vers|en ligne avec)"
)
NOT_ROBOT = f"(?: (?:et (?:pas|non)|pas|et non pas|plutôt qu|au lieu d|non)(?: (?:à|avec|e))? {ROBOT})?"

FRENCH = make_language(
    name="French",
    clauses=(
        f"{LEAD}{TALK} {WHO}{NOT_ROBOT}{TOPIC}",
        (
            f"{LEAD}(?:avoir|obtenir|joindre|contacter|voir|appeler|avoir au téléphone) (?:{PERSON}"
            f"|{A}conseiller clientèle){NOT_ROBOT}{TOPIC}"
        ),
        (
            "(?:(?:pouvez|pourriez|voulez) vous |peux tu |pourrais tu |vous pouvez |tu peux )?(?:me |m "
            "|nous )(?:passer|mettre en (?:relation|contact|communication)|transférer|connecter|rediriger"
            "|orienter|diriger)"
            f"(?: (?:à|au|avec|vers))? {WHO}{TOPIC}"
        ),
        (
            "(?:passez|passe|mettez|mets|transférez|transfère|connectez|connecte|redirigez|dirigez|donnez"
            "|donne|trouvez|appelez|envoyez)(?: (?:moi|nous))?(?: en (?:relation|contact|communication))?"
            f"(?: (?:à|au|avec|vers))? {WHO}{TOPIC}"
        ),
        (
            "(?:je|j|nous|on) (?:veux|voudrais|souhaite|aimerais|préfère|demande|exige|ai besoin|avons besoin"
            f"|cherche|désire|voulons)(?: avoir)? {PERSON}{NOT_ROBOT}{TOPIC}"
        ),
        f"(?:il me faut|il me faudrait|besoin) {PERSON}{TOPIC}",
        (
            "(?:est ce qu |est ce que |y a t il |il y a |y a il |y aurait il "
            f"|existe t il )(?:il y a )?(?:{PERSON}|{ANYBODY})(?: ici| là)? (?:à qui|avec qui|avec lequel"
            f"|avec laquelle|auquel) .{{0,60}}(?:parler|discuter|échanger|adresser)"
        ),
        f"(?:est ce qu |est ce que |y a t il |il y a )(?:il y a )?{PERSON} (?:ici|là|disponible|en ligne)",
        (
            f"(?:est ce qu |est ce que )?(?:{PERSON}) (?:peut|pourrait)(?: (?:il|elle))?(?: (?:m|me"
            f"|nous))? (?:aider|répondre|appeler|rappeler|contacter|assister).{{0,60}}"
        ),
        (
            "(?:je|j) (?:ne )?(?:veux|souhaite|voudrais|désire) (?:pas|plus) (?:parler|discuter|échanger"
            f"|avoir affaire) (?:à|avec) {ROBOT}"
        ),
        (
            "(?:je|j) (?:veux|voudrais|souhaite|aimerais) qu on (?:me|m) (?:passe|mette en (?:relation"
            f"|contact) avec|donne) {WHO}{TOPIC}"
        ),
        f"(?:je|j) (?:ne )?(?:veux|souhaite|voudrais) (?:pas|plus)(?: d| de)? {ROBOT}",
    ),
    alone=(
        f"{A}{BEFORE}(?:humaine?|être humain|conseill(?:er|ère)|télé ?conseill(?:er|ère)|agent"
        "|opérat(?:eur|rice)|interlocut(?:eur|rice)|représentant|vraie personne"
        f"|personne){AFTER}{NOT_ROBOT}"
        f"|{A}service clients?|service clientèle|{ANYBODY}|(?:il y a|y a t il|est ce qu il y a) quelqu un"
        f"|pas (?:de|un) (?:ro)?bot|à {PERSON}|chat en direct"
    ),
    openings=(
        "bonjour|bonsoir|salut|coucou|hello|allo|excusez moi|pardon|désolée?|ok|oui|non|mais|et|alors|bon"
        "|bien|merci|madame|monsieur|euh|donc|encore"
        "|ça ne m aide pas|cela ne m aide pas|c est inutile|inutile"
    ),
    fillers=(
        "svp|stp|s il vous plaît|s il te plaît|s v p|merci|merci d avance|maintenant|directement"
        "|tout de suite|immédiatement|juste|plutôt|vraiment|enfin|simplement"
        "|urgemment|en urgence|rapidement|vite|bien|si possible|aujourd hui|seulement|d urgence|absolument|de suite"
    ),
    joints="et|mais|donc|alors|parce que|car|sinon",
    bare="parler|discuter|échanger|avoir|contacter|joindre",
    cues=(
        "person|humain|être|conseil|agent|opérat|employé|représent|responsable|interloc|collab"
        "|technicien|télé|membre|supérieur|manager|gestionnaire|chargé|quelqu|service|support|sav$"
        "|assist|standard|bot|robot|chatbot|machine|ordinateur|ia$|intelligence|automate|programme|chat$"
    ),
    spelling=(
        "humain personne conseiller conseillère agent opérateur représentant quelqu parler discuter"
        " voudrais souhaite service client interlocuteur responsable vraie"
    ),
)
