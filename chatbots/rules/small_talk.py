"""Greetings and thanks that are all a visitor writes, in the six languages."""

import re

from chatbots.rules.normalising import normalise_text

# As normalise_text leaves them.
GREETINGS = (
    "hi|hello|hey|hiya|howdy|heya|hullo|yo|greetings|good (?:morning|afternoon|evening|day)|morning|evening"
    "|hallo|hallochen|guten (?:morgen|tag|abend)|moin(?: moin)?|servus|gruss gott|gruezi|gruss dich|tach"
    "|bonjour|bonsoir|salut|coucou|bien le bonjour"
    "|hola|buenas|buenos dias|buenas (?:tardes|noches)|muy buenas|que tal"
    "|ola|oi|bom dia|boa (?:tarde|noite)|e ai|tudo bem"
    "|مرحبا|اهلا|اهلا وسهلا|السلام عليكم(?: ورحمه الله)?(?: وبركاته)?|سلام|صباح الخير|مساء الخير|هلا"
)
TO_WHOM = (
    "there|all|everyone|everybody|team|bot|again|you|how are you"
    "|zusammen|allerseits|liebes team|ihr lieben|an alle|wie geht s|wie geht es (?:dir|ihnen)"
    "|a tous|tout le monde|a vous|madame|monsieur|ca va|comment ca va|comment allez vous"
    "|a todos|equipo|que tal|como estas|como esta"
    "|a todos|pessoal|equipe|tudo bem|como vai"
    "|بك|بكم|جميعا|كيف حالك|كيف الحال"
)
THANKS = (
    "thanks|thank (?:you|u)|thx|tnx|ty|cheers|many thanks|much appreciated|thanks a (?:lot|million|bunch)"
    "|danke(?: schon| sehr)?|dankeschon|dankesehr|vielen(?: herzlichen)? dank|herzlichen dank|besten dank|tausend dank|merci"
    "|merci|merci (?:bien|beaucoup|infiniment|mille fois)|mille mercis|un grand merci"
    "|gracias|muchas gracias|mil gracias|muchisimas gracias|se lo agradezco|te lo agradezco"
    "|obrigad[oa]|muito obrigad[oa]|brigad[oa]|valeu|agradecid[oa]|agradeco"
    "|شكرا|شكرا جزيلا|شكرا لك|شكرا لكم|شكرا جزيلا لك|الف شكر|مشكور|جزاك الله خيرا"
)
AROUND_THANKS = (
    "ok|okay|ah|oh|great|perfect|super|cool|nice|alright|fine|got it|that helped|that helps|that s all|that is all"
    "|so much|very much|a lot|again|for (?:your|the|all your) help|you|bye|goodbye"
    "|gut|prima|toll|alles klar|fur (?:die|ihre|deine) hilfe|das hat geholfen|tschuss|das war s|das war alles|ihnen|dir"
    "|d accord|parfait|tres bien|pour votre aide|a vous|beaucoup|c est tout|au revoir"
    "|vale|perfecto|muy bien|por (?:su|tu|la) ayuda|eso es todo|adios"
    "|certo|perfeito|otimo|muito bem|por (?:sua|tua) ajuda|pela ajuda|e so isso|tchau"
    "|حسنا|ممتاز|تمام|علي المساعده|علي مساعدتك|مع السلامه"
)
MOST_WORDS = 8
GREETING = re.compile(rf"(?:{GREETINGS})(?: (?:{GREETINGS}|{TO_WHOM})){{0,3}}")
THANK = re.compile(rf"(?:(?:{AROUND_THANKS}) ){{0,2}}(?:{THANKS})(?: (?:{THANKS}|{AROUND_THANKS})){{0,3}}")


def is_greeting(question: str) -> bool:
    """Whether the whole text only greets."""
    return _says(GREETING, question)


def is_thanks(question: str) -> bool:
    """Whether the whole text only thanks."""
    return _says(THANK, question)


def _says(pattern: re.Pattern[str], question: str) -> bool:
    if len(question) > 100:
        return False
    words = normalise_text(question)
    return words.count(" ") < MOST_WORDS and pattern.fullmatch(words) is not None
