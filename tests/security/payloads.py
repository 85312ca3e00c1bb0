"""Two hundred texts that want to be more than text: markup, links, Markdown, terminal sequences, templates.

python -m tests.security.payloads          prints them as a JSON array, for the browser's tests
"""

from __future__ import annotations

import json

SCRIPT = "window.owned=1;alert(1)"
AWAY = "https://attacker.test/stolen"

_MARKUP = (
    f"<script>{SCRIPT}</script>",
    f"<img src=x onerror={SCRIPT}>",
    f"<svg onload={SCRIPT}>",
    f'<svg><animate onbegin="{SCRIPT}" attributeName=x dur=1s>',
    f"<svg><a href=javascript:{SCRIPT}><text y=20>x</text></a></svg>",
    f"<math><mtext><table><mglyph><style><img src=x onerror={SCRIPT}>",
    f"<body onload={SCRIPT}>",
    f"<details open ontoggle={SCRIPT}>x</details>",
    f"<input autofocus onfocus={SCRIPT}>",
    f"<video><source onerror={SCRIPT}></video>",
    f"<audio src=x onerror={SCRIPT}>",
    f"<marquee onstart={SCRIPT}>x</marquee>",
    f"<iframe src=javascript:{SCRIPT}></iframe>",
    f"<iframe srcdoc='<script>parent.{SCRIPT}</script>'></iframe>",
    f"<object data=javascript:{SCRIPT}></object>",
    f"<embed src=data:image/svg+xml,<svg/onload={SCRIPT}>>",
    f"<form action=javascript:{SCRIPT}><button>x</button></form>",
    f"<a href=javascript:{SCRIPT} autofocus>x</a>",
    f"<img src={AWAY}>",
    f"<script src={AWAY}></script>",
    f"<link rel=stylesheet href={AWAY}>",
    f"<style>@import '{AWAY}';body{{display:none}}</style>",
    f"<div style=background:url({AWAY})>x</div>",
    f"<meta http-equiv=refresh content='0;url={AWAY}'>",
    f"<base href={AWAY}>",
)
_OPENINGS = ("", '">', "'>", "</title></textarea></style>", "</script>", "--></template>")

_MARKDOWN = (
    f"[click](javascript:{SCRIPT})",
    f"[click](JaVaScRiPt&colon;{SCRIPT})",
    f"[click](java\tscript:{SCRIPT})",
    "[click](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    f"[click](vbscript:{SCRIPT})",
    f"![image]({AWAY})",
    f"![image][1]\n\n[1]: {AWAY}",
    f"[![image]({AWAY})](javascript:{SCRIPT})",
    f"<javascript:{SCRIPT}>",
    f"[click]: javascript:{SCRIPT}\n[click]",
    f"**<img src=x onerror={SCRIPT}>**",
    f"`</code><script>{SCRIPT}</script>`",
    f"| a |\n|---|\n| <svg onload={SCRIPT}> |",
    f'[click](https://attacker.test/" onmouseover="{SCRIPT})',
    f"~~~html\n<script>{SCRIPT}</script>\n~~~",
)
_TERMINAL = (
    "\x1b[31mred\x1b[0m",
    "\x1b[2J\x1b[Hthe screen was cleared",
    "\x1b[1A\x1b[2Kthe line above was replaced",
    f"\x1b]8;;{AWAY}\x1b\\click\x1b]8;;\x1b\\",
    f"\x1b]8;;javascript:{SCRIPT}\x07click\x1b]8;;\x07",
    "\x1b]0;another title\x07",
    "\x1b]52;c;ZXZpbA==\x07the clipboard",
    "\x1b]1337;File=inline=1:PHN2Zz4=\x07",
    "\x1bP$q\x1b\\a device control string",
    "\x1b[6nwhere is the cursor",
    "\x1b[200~pasted\x1b[201~",
    "\x9b31man 8-bit sequence",
    "all is well\rFAILED: everything is lost",
    "secret\b\b\b\b\b\bshown",
    "\x07\x00\x7fbell, null, delete",
    "a link that never ends \x1b]8;;",
    "an escape at the end \x1b",
)
_OTHER = (
    f"{{{{constructor.constructor('{SCRIPT}')()}}}}",
    f"${{{SCRIPT}}}",
    f"#{{{SCRIPT}}}",
    "{{7*7}}{% include '/etc/passwd' %}",
    "__proto__",
    "constructor",
    f"javascript:{SCRIPT}",
    f"data:text/html,<script>{SCRIPT}</script>",
    f"//attacker.test/{SCRIPT}",
    "=HYPERLINK(\"https://attacker.test\",\"click\")",
    "\u202eevil\u202c reads live",
    "\u200bzero\u200dwidth\ufeff",
    "\u2028line\u2029separators",
    "&lt;script&gt;&#60;script&#62;&Tab;",
    f"＜script＞{SCRIPT}＜/script＞",
    f"%3Cscript%3E{SCRIPT}%3C/script%3E",
    f"'-{SCRIPT}-'",
    "Z\u0351\u0300\u0301\u0302\u0303\u0304\u0305\u0306algo " + "x" * 4000,
)  # fmt: skip

PAYLOADS: tuple[str, ...] = (
    *(f"{opening}{markup}" for opening in _OPENINGS for markup in _MARKUP), *_MARKDOWN, *_TERMINAL, *_OTHER
)  # fmt: skip

if __name__ == "__main__":
    print(json.dumps(PAYLOADS))  # noqa: T201
