"""Portuguese: "Gostaria de falar com um atendente, por favor." """

from chatbots.rules.wishes.language import make_language

A = "(?:(?:um|uma|o|a|os|as|algum|alguma|seu|sua|seus|outro|outra|ao|à|de|do|da|dos|um dos seus|uma das suas) ){0,3}"
BEFORE = "(?:(?:verdadeir[oa]|outr[oa]) )?"
HUMAN = (
    "(?:pessoas?|human[oa]s?|ser(?:es)? humanos?|atendentes?|agentes?|operador(?:a|es)?|representantes?"
    "|funcionári[oa]s?|consultor(?:a|es)?|colaborador(?:a)?|assessor(?:a)?"
    "|gerente|supervisor(?:a)?|responsável|assistentes?|técnic[oa]|especialista|empregad[oa]|membro)"
)
AFTER = (
    "(?: (?:real|reais|human[oa]s?|de verdade|de carne e osso|ao vivo|viv[oa]|físic[oa]|do suporte"
    "|da equipe|da equipa|da sua equipe|do atendimento|de atendimento|do apoio ao cliente|de apoio"
    "|por telefone|por chat|online|competente|disponível|comercial|aí)){0,3}"
)
ANYBODY = "alguém(?: real| de verdade| humano| aí| da equipe| da equipa| do suporte| da empresa| daí)?"
DESK = (
    "(?:(?:serviço de )?(?:atendimento|apoio|suporte)(?: técnico)?(?: (?:ao|do) (?:cliente|consumidor))?|sac"
    "|central de atendimento|atendimento humano|serviço ao cliente)"
)
WHO = f"{A}(?:{BEFORE}{HUMAN}{AFTER}|{ANYBODY}|{DESK})"
PERSON = f"{A}{BEFORE}{HUMAN}{AFTER}"
ROBOT = (
    "(?:(?:um|uma|o|a|este|esta|esse|essa) )?(?:bots?|robôs?|robots?|chat ?bot|máquina|computador|ia"
    "|inteligência artificial|programa)"
)
TOPIC = (
    "(?: (?:sobre|acerca d[eao]|a respeito|por causa|para|de|que (?:me )?(?:possa|saiba|pode|ajude|atenda)"
    "|porque|pois) .{1,120})?"
)
LEAD = (
    "(?:(?:eu )?(?:quero|queria|gostaria|gostava|desejo|desejaria|preciso|precisava|necessito|prefiro"
    "|preferia|posso|podia|poderia|podemos|poderíamos|consigo|tenho (?:de|que)|exijo|solicito|tento"
    "|tentando|queremos|precisamos)"
    "(?: de)?(?: poder)?|(?:é|seria) possível(?: eu)?|(?:como|onde) (?:posso|faço para|faço pra|consigo"
    "|podia|poderia|eu falo|é que posso)|dá (?:para|pra)|tem como|há (?:alguma )?(?:forma|maneira) de"
    "|tem jeito de"
    "|deix[ae](?: me)?|me deix[ae]|será que posso|vou)? ?"
)
TALK = (
    "(?:falar|conversar|chatear|teclar|comunicar(?: me)?|contactar|contatar|entrar em conta(?:c)?to"
    "|ser (?:atendid[oa]|transferid[oa])|tratar|dialogar|fala|falo|bater papo|ficar em conta(?:c)?to"
    "|me comunicar) (?:com|por|pra|para)"
)
NOT_ROBOT = f"(?: (?:e não|não|em vez de|ao invés de|em lugar de)(?: com)? {ROBOT})?"

PORTUGUESE = make_language(
    name="Portuguese",
    clauses=(
        f"{LEAD}{TALK} {WHO}{NOT_ROBOT}{TOPIC}",
        f"{LEAD}(?:contactar|contatar|ter|ver|chamar|receber) {PERSON}{NOT_ROBOT}{TOPIC}",
        (
            "(?:(?:você )?(?:pode|poderia|podia|podes|consegue|podem) )?(?:me )?(?:transferir|passar|conectar"
            "|colocar|ligar|encaminhar|direcionar|pôr|chamar)(?: me)?(?: em conta(?:c)?to)?(?: (?:para|pra"
            f"|com|a))? {WHO}{TOPIC}"
        ),
        (
            "(?:me )?(?:transfere|transfira|passa|passe|conecta|conecte|coloca|coloque|liga|ligue|encaminha"
            "|encaminhe|chama|chame|ponha|põe|dê|dá|arranje|arranja)(?: me)?(?: em conta(?:c)?to)?"
            f"(?: (?:para|pra|com|a))? {WHO}{TOPIC}"
        ),
        (
            "(?:eu )?(?:quero|queria|preciso|precisava|prefiro|exijo|solicito|desejo|gostaria|necessito"
            f"|preferia|peço)(?: de)?(?: ter)? (?:{PERSON}|atendimento humano|ajuda humana|suporte humano"
            f"|apoio humano){NOT_ROBOT}{TOPIC}"
        ),
        (
            "(?:eu )?(?:quero|queria|preciso|prefiro|exijo|gostaria) (?:de )?(?:ser atendid[oa] por"
            f"|que) (?:{PERSON})(?: me (?:atenda|ajude|ligue|responda))?{NOT_ROBOT}"
        ),
        (
            f"(?:tem|há|existe|está|haverá) (?:{PERSON}|{ANYBODY})(?: aí| aqui| disponível)? (?:com quem"
            f"|com o qual|com a qual|que eu|a quem) .{{0,60}}(?:falar|conversar|contactar|contatar).{{0,20}}"
        ),
        (
            f"(?:tem|há|existe|está) (?:{PERSON}|alguém (?:real|humano|de verdade)) (?:aí|aqui|disponível"
            f"|para .{{1,60}}|que .{{1,60}})"
        ),
        f"(?:{PERSON}) (?:me )?(?:pode|poderia|podia) (?:me )?(?:atender|ajudar|ligar|responder)(?: me)?.{{0,60}}",
        f"(?:pode|poderia) {PERSON} (?:me )?(?:atender|ajudar|ligar|responder)(?: me)?.{{0,60}}",
        f"(?:eu )?não (?:quero|desejo)(?: mais| continuar a?)? ?(?:falar|conversar|tratar) com {ROBOT}",
        f"não quero {ROBOT}",
    ),
    alone=(
        f"{A}{BEFORE}(?:pessoa|human[oa]|ser humano|atendentes?|agente|operador(?:a)?|representante"
        f"|consultor(?:a)?|funcionári[oa]|assistente human[oa]){AFTER}{NOT_ROBOT}"
        f"|(?:atendimento|suporte|apoio|ajuda) human[oa]|{A}(?:atendimento|apoio|serviço) ao cliente"
        f"|com {PERSON}|chat ao vivo|(?:tem|há) alguém(?: aí| aqui)?|não {ROBOT}"
    ),
    openings=(
        "olá|oi|bom dia|boa (?:tarde|noite)|e aí|desculpe|desculpa|com licença|ok|sim|mas|e|bem|bom"
        "|obrigad[oa]|então|olha|olhe|senhor|senhora|moço|moça"
        "|isso não (?:ajuda|me ajuda|adianta|ajudou)|não (?:ajudou|adianta|ajuda)|tudo bem"
    ),
    fillers=(
        "por favor|porfavor|pf|pfv|pfvr|se faz favor|sff|faz favor|agora|já|agora mesmo|diretamente"
        "|imediatamente|urgentemente|urgente|só|apenas|simplesmente|realmente|mesmo|logo|obrigad[oa]|hoje"
        "|se possível|rápido|finalmente|melhor"
    ),
    joints="e|mas|então|porque|por isso|pois",
    bare="falar|conversar|ter|contactar|contatar",
    cues=(
        "pessoa|human|ser$|seres$|atend|agente|operador|represent|funcionári|consult|colabor|assess"
        "|gerente|supervis|responsáve|assist|técnic|especialista|empregad|membro|alguém|serviço|apoio"
        "|suporte|sac$|central|ajuda|bot|robô|robot|chatbot|máquina|computador|ia$|inteligência|programa"
        "|chat$"
    ),
    spelling=(
        "pessoa humano atendente agente operador representante funcionário consultor alguém falar quero"
        " preciso gostaria atendimento cliente suporte supervisor conversar real"
    ),
)
