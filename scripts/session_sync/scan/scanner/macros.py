"""Parts of expressions that several rules share: a rule writes %ASSIGN%.

Those for anchors are tried on bytes as they are, escapes and all; those for patterns on plain text.
"""

from __future__ import annotations

ESCAPED = r"(?<=%[0-9A-Fa-f]{2})"  # a token may stand right behind what an address escapes
_MACROS = {
    "ESCAPED": ESCAPED,
    "ASSIGN": r"""[\w.\-]{0,40}+["'`\])]{0,64}+\s{0,8}(?:=>|:=|={1,3}|:|,|>|\s)\s{0,8}\(?["'`]{0,64}""",
    "PASSWORD": r"(?:pass(?:[_\-]?word|wort|wd|phrase|code)?|pwd|pswd|kennwort|mot[ _\-]?de[ _\-]?passe|mdp"
    r"|contrase(?:ñ|n)a|clave|senha|palavra[ _\-]?passe|psk)",
    # the short names of one, where they are no part of a word; for (?i:...)
    "PW": r"(?<![a-z0-9])p/?w(?![a-z])|(?-i:(?<=[a-z])P[Ww](?![a-z]))"
    r"|(?:(?<=root)|(?<=bind)|(?<=user)|(?<=admin)|(?<=db))pw(?![a-z])",
    "SECRET": r"(?:secret(?:[ ](?:access[ ])?key)?|token|credentials?|auth[_\-]?code|connection[_\- ]?string"
    r"|(?:api|access|auth|authentication|private|account|master|signing|encryption|license|shared|role)[_\- .]?key)",
    # what stands behind a name that is given a value that chance made, for (?x:...)
    "GIVEN_CHANCE": r"""[\w.\-]{0,40}+(?:[ *_]{0,3}\([^()"\n]{1,30}\)(?=[*_]{0,3}[ ]?[:=]))?"""
    r"""(?:(?:%WRAP%|[^\w\n:=|>]){0,12}(?:%IS%)"""
    r"""(?:%WRAP%|[^\w\n]|<\w{1,9}>|[\w.:]{2,24}\(){0,12}?%CHANCE%"""
    r"""|["'\])\\]{0,6}[ ]?[(,](?:[ ]|<<){0,2}[bfr]?["'\\]{1,6}%CHANCE%"""
    r"""|["'\])]{0,4}[ ]?(?:\?\?|\|\||or)[ ]?["'\\]{1,4}%CHANCE%"""
    r"""|["'`]{0,2}[ ]to[ ]["'`]?%CHANCE%|%LATER%)""",
    # a part of a cookie's name that speaks of a login
    "SESSION": r"(?:sess|sid|auth|token|jwt|login|logged|remember|identity|sso|ticket|credential|clearance|saml|oidc"
    r"|user_id|li_at|ct0|__(?:host|secure)-)",
    # what may stand around a value in JSON, HTML or a form, and stand for the sign between a name and its value
    "WRAP": r"\x1b\[[0-9;]{1,8}m|\\u001b\[[0-9;]{1,8}m|\\{2,80}+|\\(?:u00|x)[0-9a-f]{2}"
    r"|&(?:amp;){0,3}(?:quot|apos|lt|nbsp|\#3[49]|\#x2[27]);|%(?:25){0,3}(?:2[27]|5[bd])",
    "IS": r"[:=>|]|\\{1,32}(?:u00|x)3[ade]|&(?:amp;){0,3}(?:gt|equals|colon|\#6[12]|\#58);|%(?:25){0,3}3[ad]",
    "COLOUR": r"\x1b\[[0-9;]{1,8}m|\\u001b\[[0-9;]{1,8}m",
    # how a value begins that chance made: long, with a digit soon, and no number
    "CHANCE": r"""(?![0-9.]{1,400}+(?![\w+/=\-]))(?=(?:[^\s"'`\\]|\\[/u]){16})[^\s"'`\\0-9]{0,28}+[0-9]""",
    # how a sentence names a password; escaped letters stand behind spaces in a plain text
    "SAID": r"(?:pass(?:word|wort|phrase|code|wd)|kennwort|mot[ ]de[ ]passe|mdp|contrase[ ]{0,8}(?:ñ|n)a|clave|senha"
    r"|palavra[ \-]passe|zugangscode|pwd|pw|pin)",
    # how the cell of a table begins that holds a digit, in bytes
    "CELL": r"""(?:[|,;>\t\n]|\\[tn]|[ ]{2}|\xe2\x94[\x82\x83])[ "'`*\\+]{0,8}(?=[^\s|,;<"]{0,40}[0-9])""",
    # a word with a digit, of eight characters and more, as a password in a sentence is; in bytes and in a text
    "DISTINCT": r"""(?:[^\w\s]|</?[a-z]{1,6}>){0,12}(?=[^\s"'`]{0,60}[0-9])(?=[^\s"'`]{0,60}[A-Za-z])[^\s"'`]{8}""",
    # a word that is hardly anything but a password: with a digit, and a mark between letters and digits
    "STRONG": r"""(?![a-z0-9_]{4,20}\$)(?=[^\s"'`]{0,60}[0-9])(?=[A-Za-z0-9][\w@+.\-]{0,40}[!$^*~\#&?][A-Za-z0-9])"""
    r"""[\w!@\#$%^&*+?~.\-]{8,60}(?![\w=(\[{<>/\\|;:])""",
    # what comes before a value that does not follow the name at once, for (?x:...)
    "LATER": r"""(?:\\{0,8}+["'])?+(?:(?:(?<=["']),?|,?(?:%BREAK%))(?:%BREAK%){0,60}+\\{0,8}+["']?value"""
    r"""|[ ]?\{[^{}]{0,120}default"""
    r"""|(?:[ ][\w:\-]{1,24}=["'\\]{1,8}[^"'<>\n]{0,80}["']){0,3}[ /]{0,2}>(?:%BREAK%){0,40}+"""
    r"""(?:<(?:string|value|!\[CDATA\[)>?)?[^<\s]{8}|(?<=["'])(?:%LINE_END%){2}[^\s]{5}|(?:\]=>|[ ]?\.)(?:%BREAK%))"""
    r"""|</\w{1,9}>(?:%BREAK%){0,40}+<string>|:[ ]?[|>][+\-]?(?:%BREAK%)"""
    r"""|(?:[ ]?:[ ]?[a-z&'][\w.\[\]<>,&?]{0,30}|[ ][a-z]{3,12})[ ]?=[ ]?"""
    r"""(?:[bfr]|[\w.:]{2,24}\((?:\w{1,12}=)?)?["'`\\][^"']""",
    "BREAK": r"\s|\\{1,8}[nrt]",  # between words, in bytes
    "LINE_END": r"(?:\\{1,8}r|\r)?(?:\\{1,8}n|\n)",  # in bytes, where it may be escaped
    # an argument of a command, behind its opening quotes if any
    "ARGUMENT": r"""["'\\]{0,6}(?P<value>(?<=")[^"\s][^"\n]{4,99}|(?<=')[^'\s][^'\n]{4,99}|[^\s"'`|;&<>()]{5,100})""",
    # the commands that read a secret from their standard input, for (?x:...)
    "READS_SECRET": r"""(?:(?:sudo|npx|bunx|pnpm|yarn|exec|run|time|env)[ ](?:-\w{1,12}[ ]|dlx[ ]"""
    r"""|exec[ ]){0,3}){0,2}(?:\S{1,40}/)?(?:kinit|chpasswd|passwd[ ][^\n|;&<]{0,24}-stdin"""
    r"""|sudo[ ](?:-\w{1,8}[ ]){0,2}-\w{0,3}S\w{0,3}(?=[ \n])|ssh-add|smbpasswd|ldappasswd|cryptsetup"""
    r"""|mkpasswd|systemd-creds|ecryptfs[\w-]{0,24}|kubeseal|su(?=[ \n])|p4[ ]login|secret-tool[ ]store"""
    r"""|(?:go)?pass[ ]insert|vault[ ](?:login|kv)|pw[ ]user\w{3}|doveadm[ ]pw|caddy[ ]hash-password"""
    r"""|rclone[ ]obscure|travis[ ]encrypt|(?:gh|glab|wrangler|docker|podman|nerdctl|doppler|fly|flyctl"""
    r"""|vercel|gcloud|heroku|supabase|netlify|az|kubectl|oc|railway|op)[ ][^\n|;&<]{0,60}?(?:secrets?"""
    r"""|env[ ]add|auth[ ]login|login|variable)(?=[ \n])|\w[\w-]{0,24}[ ][^\n|;&<]{0,120}?(?:-(?:pass"""
    r"""|passin|passout)[ ]stdin|--passphrase-fd[ =]0|passwd[ ][^\n|;&<]{0,24}-stdin|(?:password"""
    r"""|passphrase|passwd|pass|token|secret)-?stdin|stdin-?pass(?:word)?))""",
    # what word processors and JSON write between the groups of a number, in bytes
    "GAP": r"""(?:\xc2\xa0|\xe2\x80[\x80-\x95\xaf]|\xe2\x88\x92|\\u00a0|\\u202f|&nbsp;|%20)""",
    # behind the first digit of an address' last octet: it is none of 10.0.0.0/8, 127.0.0.0/8, 192.168.0.0/16
    "NOT_PRIVATE": "".join(
        rf"(?<![^0-9.]{network}\.[0-9]{{{third}}}\.[0-9])"
        for network in (r"10\.[0-9]", r"10\.[0-9]{2}", r"10\.[0-9]{3}", r"127\.[0-9]", r"192\.168")
        for third in (1, 2, 3)
    ),
    # what stands between the end of a keyword and the value that is given to it, in code, settings and tables
    "GIVEN": r"""(?P<rest>[\w.\-]{0,40})["'`\])\\*]{0,64}[ \t]{0,16}(?:\([^()\n]{1,30}\)[*_]{0,3})?(?P<given>"""
    r""":[ ]{0,3}[A-Za-z&'][\w.\[\]<>,&?]{0,30}(?:[ ]=(?![=>~])|=(?=[ ]?[bfr]?["'`]))[ ]{0,3}"""
    r"""|[ ][a-z]{3,12}[ ]=(?!=)[ ]{0,3}"""
    r"""|[ ]?\|(?!\|)[ ]{0,24}"""
    r"""|,?\s{0,60}["']{0,32}(?i:value)["']{0,32}[ ]{0,4}[:=][ ]{0,4}|[ ]?\{[^{}]{0,120}?default[ ]{0,8}=[ ]{0,4}"""
    r"""|,[ ]{0,4}(?=(?:<<)?["'])|[ ]\.[ ](?=")"""
    r"""|(?:[ ][\w:-]{1,24}=["']{1,8}[^"'<>\n]{0,80}["']{1,8}){1,3}[ ]?>\s{0,40}"""
    r"""|</\w{1,9}>\s{0,40}(?=<string>)|(?:\r?\n){2,32}(?=\S)"""
    r"""|=>\n\s{0,40}(?=string)|>\s{1,40}(?=[^\s<])|\([ ]{0,4}(?=["'])"""
    r"""|\)?[ ]?(?:\?\?|\|\||\bor\b)[ ]?(?=["'])|[ ]to[ ](?=["'`]?\S{8})"""
    r"""|:[ ]?[|>][+-]?[ ]{0,2}\n{1,32}[ ]{1,16}"""
    r"""|:[*_]{1,3}[ ]{1,24}|(?:=>|:=|\?\?=|\|\|=|={1,3}|::?|->|<-|>)(?!=)[ \t]{0,24})(?=(?P<value>[^\n]{1,300}))""",
}


def filled_in(text: str) -> str:
    """`text` with the meaning of its macros; one may be of others that follow it."""
    for name, meaning in _MACROS.items():
        text = text.replace(f"%{name}%", meaning)
    return text
