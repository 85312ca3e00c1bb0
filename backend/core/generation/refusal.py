"""Answers that decline to answer: counted apart and never data, since a model that learns them refuses too."""

from __future__ import annotations

import re

BEGINNING = 240
"""Characters in which a refusal shows: later in a text the same words are usually about something else."""

_OPENINGS = (
    # English
    r"i(?:['’]m| am) (?:very |really |so )?sorry,? but i",
    r"(?:i(?:['’]m| am) )?sorry,? (?:but )?i (?:can(?:no|['’])t|am unable|am not able|won['’]t)",
    r"i(?:['’]m| am) (?:unable|not able|not allowed) to (?:assist|help|provide|comply|fulfil|answer|create|"
    r"generate|write)",
    r"i (?:can(?:no|['’])t|cannot|can not|won['’]t|will not) (?:assist|help|provide|comply|fulfil|answer|create|"
    r"generate|write|do that|discuss|engage)",
    r"i must (?:decline|refuse)",
    r"as an? (?:ai|artificial intelligence|language model|ai language model|assistant)\b.{0,40}\bi "
    r"(?:can|am|do|must|will)",
    r"i apologi[sz]e,? but i",
    # German, Dutch
    r"(?:es )?tut mir leid,? (?:aber )?(?:ich|da|das|dabei)",
    r"ich kann (?:ihnen |dir )?(?:dabei|diese|dieser|das|hierbei) .{0,40}nicht",
    r"als (?:ki|künstliche intelligenz|sprachmodell)",
    r"het spijt me,? maar",
    # French, Spanish, Portuguese, Italian, Romanian
    r"(?:je suis )?désolée?,? (?:mais )?je ne (?:peux|suis)",
    r"je ne (?:peux|suis) pas (?:en mesure|vous aider|répondre|fournir)",
    r"en tant qu['’](?:ia|intelligence artificielle|assistant)",
    r"lo siento,? (?:pero )?no (?:puedo|me es posible)",
    r"no puedo (?:ayudar|asistir|proporcionar|cumplir|responder)",
    r"como (?:modelo de lenguaje|ia|inteligencia artificial|assistente)",
    r"(?:desculpe|lamento|sinto muito),? (?:mas )?(?:eu )?não posso",
    r"mi dispiace,? (?:ma )?non posso",
    r"îmi pare rău,? (?:dar )?nu pot",
    # Slavic languages
    r"(?:извините|простите|к сожалению),? (?:но )?я не (?:могу|в состоянии)",
    r"как (?:языковая модель|искусственный интеллект)",
    r"przykro mi,? (?:ale )?nie mogę",
    r"je mi líto,? (?:ale )?(?:nemohu|nemůžu)",
    r"вибачте,? (?:але )?я не можу",
    # Turkish, Indonesian, Vietnamese
    r"üzgünüm,? (?:ama |ancak )?.{0,60}(?:yapamam|edemem|veremem)",
    r"maaf,? (?:tetapi )?saya tidak (?:bisa|dapat)",
    r"(?:tôi )?xin lỗi,? (?:nhưng )?tôi không thể",
    # Chinese, Japanese, Korean
    r"(?:很|非常)?(?:抱歉|对不起|對不起)[，,、 ]?(?:但)?(?:我)?.{0,12}(?:无法|不能|無法)",
    r"作为(?:一个|一名)?(?:人工智能|ai|语言模型)",
    r"申し訳(?:ありません|ございません)(?:が|、|。)",
    r"죄송(?:하지만|합니다만|합니다)",
    # Arabic, Hindi
    r"(?:عذرا|عذرًا|آسف)[،,]?.{0,30}لا (?:أستطيع|يمكنني)",
    r"(?:क्षमा करें|मुझे खेद है|माफ़ कीजिए)",
)
_REFUSAL = re.compile(r"[\s\"'«“*>#-]*(?:" + "|".join(_OPENINGS) + ")", re.IGNORECASE | re.DOTALL)


def refuses(text: str) -> bool:
    """Whether a text begins like a refusal, in any of some twenty languages."""
    return bool(_REFUSAL.match(text[:BEGINNING]))
