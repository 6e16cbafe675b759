"""Spanish: «¿Puedo hablar con una persona, por favor?»"""

from chatbots.rules.wishes.language import make_language

A = "(?:(?:un|una|unos|el|la|los|las|al|algún|alguno de|alguna|su|sus|tu|otro|otra|a|de|del|de sus|uno de sus) ){0,3}"
BEFORE = "(?:(?:verdader[oa]|auténtic[oa]|buen|otr[oa]) )?"
HUMAN = (
    "(?:personas?|human[oa]s?|ser(?:es)? humanos?|agentes?|operador(?:a|es)?|asesor(?:a|es)?"
    "|representantes?|ejecutiv[oa]s?|emplead[oa]s?|trabajador(?:a)?"
    "|supervisor(?:a)?|encargad[oa]|gerente|responsable|asistente human[oa]|consultor(?:a)?"
    "|teleoperador(?:a)?|técnic[oa]|jefe|miembro)"
)
AFTER = (
    "(?: (?:real(?:es)?|human[oa]s?|de verdad|en vivo|viv[oa]|de carne y hueso|física|de (?:atención"
    "|servicio) al cliente|de servicio|de atención|de soporte|de ventas"
    "|del equipo|de su equipo|comercial|en línea|en persona|por teléfono|por chat|competente|disponible"
    "|técnic[oa])){0,3}"
)
ANYBODY = "alguien(?: real| más| humano| de verdad| de su equipo| del equipo| de soporte| en persona)?"
DESK = (
    "(?:(?:atención|servicio|soporte)(?: técnico)? ?(?:al|de|a) ?(?:cliente|clientes)|servicio técnico"
    "|soporte(?: técnico)?|atención al cliente)"
)
WHO = f"{A}(?:{BEFORE}{HUMAN}{AFTER}|{ANYBODY}|{DESK})"
PERSON = f"{A}{BEFORE}{HUMAN}{AFTER}"
ROBOT = (
    "(?:(?:un|una|el|la|este|esta) )?(?:ro)?(?:bots?|chat ?bot|máquina|computadora|ordenador|ia"
    "|inteligencia artificial|programa|contestadora)"
)
TOPIC = (
    "(?: (?:sobre|acerca de|por|para|de|respecto|que (?:me )?(?:pueda|puede|sepa|ayude|atienda)|porque"
    "|ya que) .{1,120})?"
)
LEAD = (
    "(?:(?:yo )?(?:quiero|quisiera|quería|querría|deseo|desearía|necesito|necesitaría|necesitamos"
    "|queremos|(?:a mí )?me gustaría|preciso|prefiero|preferiría|puedo|podemos|podría|podríamos|exijo"
    "|solicito"
    "|pido|tengo que|debo|intento|trato de|busco)(?: poder)?"
    "|(?:es|sería) posible|(?:cómo|dónde) (?:puedo|podría|hago para|se puede)|hay (?:alguna )?(?:forma"
    "|manera|posibilidad) de(?: poder)?|déjame|déjeme|se puede|(?:me )?permit[ae] ?(?:me)?"
    "|puede dejarme)? ?"
)
TALK = (
    "(?:hablar(?:le)?|charlar|chatear|conversar|comunicarme|contactarme|ponerme en contacto|platicar"
    "|tratar|dialogar|hablar directamente|hablo|entrar en contacto|que me comuniquen|que me pasen"
    "|que me pongan"
    "|que me conecten|ser (?:transferid[oa]|atendid[oa]|conectad[oa])|estar en contacto) (?:con|a|por)"
)
NOT_ROBOT = f"(?: (?:y no|no|en vez de|en lugar de)(?: con)? {ROBOT})?"

SPANISH = make_language(
    name="Spanish",
    clauses=(
        f"{LEAD}{TALK} {WHO}{NOT_ROBOT}{TOPIC}",
        f"{LEAD}(?:contactar(?: con| a)?|tener|ver a|llamar a|recibir) {PERSON}{NOT_ROBOT}{TOPIC}",
        (
            "(?:me |nos )(?:puedes?|podrías?|pueden|podrían) (?:comunicar|conectar|pasar|transferir|poner"
            f"|contactar|derivar|enlazar)(?: en contacto)?(?: (?:con|a))? {WHO}{TOPIC}"
        ),
        (
            "(?:puedes?|podrías?|pueden) (?:comunicarme|conectarme|pasarme|transferirme|ponerme|contactarme"
            f"|derivarme)(?: en contacto)?(?: (?:con|a))? {WHO}{TOPIC}"
        ),
        (
            "(?:comuníqueme|comunícame|comuníquenme|páseme|pásame|pásenme|conécteme|conéctame|transfiéreme"
            "|transfiérame|póngame|ponme|derívame|deríveme|deme|dame|tráeme|llama|llame|búscame|búsqueme)"
            f"(?: en contacto)?(?: (?:con|a))? {WHO}{TOPIC}"
        ),
        (
            "(?:yo )?(?:quiero|quisiera|necesito|necesitamos|prefiero|exijo|solicito|deseo|pido|preferiría"
            f"|(?:a mí )?me gustaría|requiero|busco)(?: tener)? (?:{PERSON}|atención humana|ayuda humana"
            f"|asistencia humana){NOT_ROBOT}{TOPIC}"
        ),
        (
            "(?:(?:yo )?(?:quiero|necesito|prefiero|exijo|quisiera) )?que (?:me |nos )(?:atienda|hable|llame"
            f"|contacte|ayude|responda) (?:{PERSON}|{ANYBODY} de verdad){NOT_ROBOT}{TOPIC}"
        ),
        (
            f"(?:hay|existe|está|tienen) (?:{PERSON}|{ANYBODY})(?: ahí| aquí| disponible)? (?:con quien"
            f"|con el que|con la que|con la cual|a quien) .{{0,60}}(?:hablar|chatear|conversar|contactar"
            f"|comunicar).{{0,20}}"
        ),
        f"(?:hay|existe|está) (?:{PERSON}|alguien (?:real|humano|de verdad)) (?:ahí|aquí|disponible|que .{{1,60}})",
        f"(?:me |nos )?(?:puede|podría) (?:{PERSON} )?(?:atender|ayudar|llamar|contestar)(?:me|nos)? {PERSON}{TOPIC}",
        f"(?:{PERSON}) (?:me )?(?:puede|podría) (?:atender|ayudar|llamar|contestar)(?:me)?.{{0,60}}",
        f"(?:yo )?no (?:quiero|deseo|quisiera)(?: seguir)? (?:hablar|hablando|chatear|tratar) con {ROBOT}",
        f"no quiero {ROBOT}",
    ),
    alone=(
        f"{A}{BEFORE}(?:persona|human[oa]|ser humano|agente|operador(?:a)?|asesor(?:a)?|representante"
        f"|ejecutiv[oa]|teleoperador(?:a)?|asistente humano){AFTER}{NOT_ROBOT}"
        f"|{A}(?:atención|servicio) al cliente|(?:atención|ayuda|asistencia) humana|con {PERSON}"
        f"|chat en vivo|hay alguien(?: ahí| aquí)?|no {ROBOT}"
    ),
    openings=(
        "hola|buenas|buenos días|buenas (?:tardes|noches)|oiga|oye|disculpe|disculpa|perdón|perdone|ok"
        "|vale|sí|pero|y|bueno|gracias|pues|entonces|mire|mira|señor|señorita"
        "|no me (?:ayuda|sirve|ayudas|sirves)|eso no me (?:ayuda|sirve)|esto no (?:ayuda|sirve)|qué tal"
    ),
    fillers=(
        "por favor|porfavor|porfa|pf|x favor|favor|ahora|ahora mismo|ya|directamente|inmediatamente"
        "|de inmediato|urgentemente|urgente|solo|sólo|simplemente|realmente|mejor|gracias|si es posible"
        "|hoy|ya mismo"
        "|muchas gracias|por fin|rápidamente"
    ),
    joints="y|pero|así que|entonces|porque|por eso",
    bare="hablar|charlar|chatear|tener|contactar",
    cues=(
        "person|human|ser$|seres$|agente|operador|asesor|represent|ejecutiv|emplead|trabajador|supervis"
        "|encargad|gerente|responsable|asist|consult|teleop|técnic|jefe|miembro|alguien|atención"
        "|servicio|soporte|bot|robot|chatbot|máquina|computadora|ordenador|ia$|contestadora|programa"
        "|chat$|inteligencia"
    ),
    spelling=(
        "persona humano agente operador asesor representante ejecutivo alguien hablar quiero necesito"
        " quisiera atención servicio cliente soporte supervisor comunicarme real"
    ),
)
