"""English: "Can I speak to a human, please?" """

from chatbots.rules.wishes.language import make_language

A = "(?:(?:a|an|the|any|some|one of the|one of your|one of|your|my|another) )?"
KIND = (
    "(?:(?:real|live|life|living|actual|proper|genuine|human|chat|customer|client|service|support|care|technical|tech"
    "|sales|call (?:center|centre)|help desk|helpdesk) ){0,3}"
)
# Words that mean somebody of the owner's side wherever they stand; the others below only beside a verb of talking.
HUMAN = (
    "(?:human beings?|humans?|persons?|people|agents?|representatives?|reps?|operators?"
    "|members? of (?:your |the )?(?:staff|team)"
    "|staff members?|team members?|staff|colleagues?|csr|advis[oe]rs?|consultants?)"
)
BOSS = "(?:manager|supervisor|boss|superior)"
ANYBODY = "(?:(?:someone|somebody|anyone|anybody|some one|any one)(?: else| real| human| live| alive)?)"
DESK = (
    "(?:(?:live |human |customer |client |technical |tech )*(?:service|support|care|help ?desk"
    "|assistance)(?: team| desk| department| line)?)"
)
PERSON = f"{A}{KIND}{HUMAN}"
WHO = f"{A}(?:{KIND}{HUMAN}|{ANYBODY}|{DESK}|{BOSS}|assistant|employee|man|woman)"
ROBOT = (
    "(?:a |an |the |this |these |some |your )?(?:chat|ro)?(?:bots?|machines?|computers?|ai"
    "|automat(?:ed system|ion)|algorithms?|program)"
)
LEAD = (
    "(?:(?:(?:i|we) )?(?:(?:d|would) (?:like|love|prefer|rather)|want|wanna|wish|need|must|have got"
    "|ve got|got|have|prefer|demand"
    "|insist|am trying|m trying|was trying|was hoping|am hoping|was wondering if i could"
    "|wonder if i could) (?:to )?(?:be able to )?(?:get to )?"
    "|(?:can|could|may|might|shall) (?:i|we) (?:get to )?|(?:can|could|will|would) you (?:let me|help me"
    "|have me) (?:to )?"
    "|let me |allow me to |(?:is|would) it (?:be )?possible (?:for me )?to |is there (?:a|any) (?:way"
    "|chance) (?:to |i can |i could |of )"
    "|how (?:can|do|could|may) (?:i|we) |(?:i|we) (?:can|could) |am i able to |want to |need to |like to "
    "|trying to |to )?"
)
TALK = (
    "(?:speak|talk|chat|have a (?:chat|word|talk|conversation)|communicate|converse|deal|speaking|talking"
    "|chatting|correspond|get in (?:touch"
    "|contact)|be in touch|connect"
    "|(?:be|get) (?:connected|transferred|put through|put in touch|redirected|forwarded"
    "|patched through)) (?:directly )?(?:to|with) "
)
TAIL = (
    f"(?: (?:and not|not|instead of|rather than|other than|but not) (?:to |with )?(?:{ROBOT}|you)"
    "|(?: (?:(?:on|over|by|via) (?:the )?(?:phone|line|chat|telephone)|in person|here|there|available|face to face"
    "|from (?:your|the) [a-z ]{2,40}|at (?:your|the) [a-z ]{2,40}|in (?:your|the) [a-z ]{2,40}"
    "|for (?:help|assistance|support)))?"
    "(?: (?:about|regarding|concerning|because|as|since|with regards? to|to (?:help|assist|solve|sort|fix"
    "|discuss|resolve|ask|explain|get|deal)"
    "|(?:who|that) (?:can|could|is able to|will|knows|speaks|understands|actually)) .{1,150}|(?: who"
    "| that)? can help(?: me)?)?)"
)

ENGLISH = make_language(
    name="English",
    clauses=(
        f"{LEAD}{TALK}{WHO}{TAIL}",
        (
            f"{LEAD}(?:reach|contact|call|see|message|get (?:a )?hold of|get) {A}{KIND}(?:human beings?|human"
            f"|person|agent|representative|rep|operator){TAIL}"
        ),
        (
            "(?:(?:can|could|will|would) you )?(?:connect|transfer|forward|redirect|escalate|patch|switch"
            "|route|refer|pass|hand|put)"
            " (?:me|us|this|it|this chat|my (?:chat|case|issue))(?: on| over| through| in touch)?(?: (?:to"
            f"|with|onto) {WHO}{TAIL})"
        ),
        (
            "(?:(?:can|could|will|would) you )?(?:(?:get|give|fetch|find|send|bring|call) (?:me|us|in)|get|fetch)"
            f" {A}(?:{KIND}{HUMAN}|{BOSS}){TAIL}"
        ),
        (
            "(?:(?:can|could|will|would) you )?(?:get|fetch|find|bring|call) (?:me |us )?(?:someone"
            "|somebody)(?: else| real| human)? (?:i can|to) (?:talk|speak|chat)(?: to| with)?"
        ),
        (
            "(?:i|we)?(?: ?(?:really|still))? ?(?:need|want|require|demand|(?:would|d) (?:like|prefer)|prefer"
            "|am looking for|m looking for|request|insist on)"
            f" (?:to have )?(?:{PERSON}|{A}{BOSS}|{A}(?:human|live|real) (?:help|support|assistance|contact"
            f"|chat|conversation|interaction|being)){TAIL}"
        ),
        (
            f"(?:can|could|may) (?:i|we) (?:please )?(?:have|get|see|ask for|request) (?:{PERSON}|{A}{BOSS}"
            f"|human (?:help|support|assistance)){TAIL}"
        ),
        (
            f"(?:can|could|will|would|may) (?:{PERSON}|{A}{BOSS}) (?:help|assist|call|contact|answer|join"
            f"|take over|talk|speak|chat|handle|look).{{0,80}}"
        ),
        (
            "(?:can|could|will|would) (?:someone|somebody|anyone|anybody)(?: real| human)? (?:call|talk to"
            "|speak to|speak with|talk with|chat with|contact) (?:me|us).{0,80}"
        ),
        (
            f"(?:is|are) there (?:{PERSON}|{A}{ANYBODY}|{A}{BOSS})(?: that| who| whom)?(?: here| there"
            "| available)? (?:i|we) (?:can|could|may|might)"
            " (?:please )?(?:speak|talk|chat|write)(?: to| with)?.{0,80}"
        ),
        (
            f"(?:can|could|would) (?:i|we|you) (?:get|put|have) (?:me )?(?:{PERSON}|{ANYBODY})"
            " on the (?:line|phone|chat).{0,80}"
        ),
        (
            f"(?:is|are) there {PERSON} (?:here|there|available|around|online|on duty|free|on the line"
            "|on the other end|to (?:talk|speak|chat|help).{0,80})"
        ),
        (
            "(?:i|we) (?:do not|don t|dont|d rather not|am not going|refuse) ?(?:want|wanna|wish|like"
            "|care)?(?: to)? (?:talk|speak|chat|deal|talking|speaking|chatting)"
            f" (?:to|with) {ROBOT}"
        ),
        (
            "(?:i am |i m )?(?:tired|sick|fed up) (?:of|with) (?:talking to |speaking to "
            f"|chatting with )?{ROBOT}.{{0,40}}"
        ),
    ),
    alone=(
        f"{A}{KIND}(?:human being|human|real person|person|agent|representative|rep|operator|member of staff){TAIL}"
        f"|{A}(?:live|human|customer|client) (?:chat|support|help|service|services|care|assistance"
        "|contact)(?: team| agent| representative| department)?"
        f"|{A}(?:real|actual|live) (?:people|person|humans?|agents?)|speak (?:to )?{A}{KIND}{HUMAN}"
        f"|talk (?:to )?{A}{KIND}{HUMAN}"
        "|(?:is )?(?:anybody|anyone|someone|somebody) (?:there|here)|any (?:real |live )?(?:humans?"
        "|persons?|people|agents?) (?:around|there|here|available|online)|no (?:more )?(?:ro)?bots?"
        f"|not {ROBOT}|{A}(?:supervisor|manager)|escalate(?: this| it)?|help ?desk"
    ),
    openings=(
        "hi|hello|hey|hey there|hi there|hello there|good (?:morning|afternoon|evening|day)|dear (?:sir"
        "|madam|team)|sir|madam|mate|excuse me|sorry"
        "|ok|okay|well|so|oh|ugh|wow|no(?= (?:i|let|can) )|nope|yes|yeah|thanks|thank you|but|and|then"
        "|look|listen|alright"
        "|right|hmm|um|again|bot|chatbot"
        "|that is not helpful|that s not helpful|this is not helpful|this isn t helpful"
        "|you are not helping|you re not helping|useless|not helpful|i said|i repeat"
    ),
    fillers=(
        "please|pls|plz|plss|please please|just|now|right now|right away|kindly|really|actually"
        "|immediately|asap|a s a p|instead|finally|directly|simply"
        "|quickly|urgently|today|maybe|perhaps|possibly|only|already|for once|if possible|if i may|thanks"
        "|thank you|thx|sir|madam|mate|god damn|goddamn|damn|fucking|bloody"
    ),
    joints="and|but|so|then|because",
    bare="speak|talk|chat|communicate|get|deal",
    cues=(
        "human|person|people|agent|rep|operator|staff|member|csr$|advis|consult|manag|superv|boss"
        "|superior|some(?:one|body)|any(?:one|body)|one$|body$|service|support|care$|help|assist|bot"
        "|robot|chatbot|machine|computer|ai$|autom|algor|program|colleague|employee|man$|woman$|live$"
        "|escal"
    ),
    spelling=(
        "human person people agent representative operator someone somebody anyone anybody speak talk"
        " customer service support please would"
        " connect transfer supervisor manager member staff advisor assistant"
    ),
)
