"""Made-up logs of coding agents with planted personal data and secrets, and the truth about them.

    python benchmarks/planted.py --out DIR [--mb 100] [--file-kb 256] [--per-100kb 6] [--seed 7]

Writes DIR/NNNN.md, every fourth as DIR/NNNN.jsonl (lines of a transcript), and DIR.truth.jsonl: one object for each
planted value with its file, type, place in characters (end exclusive) and line. The same seed gives the same bytes.
What is not planted only resembles such values: ids, hashes, placeholders, private addresses, published keys.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
import re
import string
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from support.templates import Labelled, expand, labelled

POOL = 1 << 17  # characters of noise that are made once and then cut from
VALUE = "§"  # stands in a context for the planted value
JSONL_EVERY = 4


def words(text: str, separator: str | None = None) -> list[str]:
    return text.split(separator)


PROSE = {
    "en": (
        "I looked at|We should rewrite|The failing part is|Let me check|It is safe to delete|Nobody calls|I moved",
        "the retry loop|the ledger importer|the token bucket|the password reset form|the secret rotation job|"
        "the pagination cursor|the feature toggle|the card layout|the phone layout of the page",
        "before the release|because the cache is stale|and the suite is green again|as discussed on Monday|"
        "since version 3 dropped it|so that a restart loses nothing|in both worktrees",
    ),
    "de": (
        "Ich habe geprüft:|Danach ändern wir|Noch offen ist|Der Fehler steckt in|Bitte entferne|Gemessen wurde",
        "die Warteschlange|der Abgleich der Konten|das Zurücksetzen des Passworts|die Telefonansicht|"
        "das Geheimnis im Tresor|die Migration der Tabelle",
        "vor dem Ausrollen|weil der Zwischenspeicher alt ist|und alle Tests laufen|wie gestern besprochen|für später",
    ),
    "fr": (
        "J'ai vérifié|Il faut déplacer|Le problème vient de|On peut supprimer|Je relance|Voici",
        "la file d'attente|le mot de passe oublié|la carte du tableau de bord|le jeton expiré|la table des commandes",
        "avant la livraison|parce que le cache est vide|et les essais passent|comme prévu|dans les deux branches",
    ),
    "es": (
        "He revisado|Conviene mover|El fallo viene de|Podemos borrar|Vuelvo a ejecutar|Falta",
        "la cola de tareas|la contraseña olvidada|la tarjeta del panel|el secreto caducado|la tabla de pedidos",
        "antes de publicar|porque la caché es vieja|y las pruebas pasan|como hablamos ayer|en las dos ramas",
    ),
    "pt": (
        "Verifiquei|É melhor mover|A falha vem de|Podemos apagar|Executo de novo|Falta",
        "a fila de tarefas|a senha esquecida|o cartão do painel|o segredo expirado|a tabela de pedidos",
        "antes da entrega|porque o cache é antigo|e os testes passam|como combinado|nos dois ramos",
    ),
}
SENTENCES = {language: [part.split("|") for part in parts] for language, parts in PROSE.items()}
NOUNS = words(
    "ledger invoice parcel beacon harbor lantern ticket cursor shard broker quota cohort digest emitter fixture gadget "
    "hinge intake journal kernel locale mapper notifier orbit packet quorum router sampler tariff uplink vendor widget"
)
VERBS = words("load apply fold trim drain bind seal split probe render settle rotate enqueue flush resolve mount")
SUFFIXES = (".rs", ".py", ".tsx", ".go", ".kt", ".rb", ".sql", ".yaml")

# What resembles a value and is none; each line is expanded and stands in every kind of text.
LOOKALIKES = """
password: ${DB_PASSWORD}
DB_PASSWORD=$(pass show db/main)
password = os.environ["LEDGER_PASSWORD"]
const apiKey = process.env.API_KEY!;
api_key: {{ .Values.vendor.apiKey }}
token: <your-token>
OPENAI_API_KEY=sk-...
GITHUB_TOKEN=ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
AWS_ACCESS_KEY_ID=AKIAXXXXXXXXXXXXXXXX
passwd: ********
secret: [REDACTED]
password: changeme
def reset_password(self, password: str, token: str | None = None) -> bool:
if (password !== confirmPassword) throw new PasswordMismatch(token);
max_tokens: 8192, prompt_tokens: <<digits:4>>, tokenizer: cl100k_base
cache_key=ledger:<<digits:5>>:profile
primary_key = Column(Integer, primary_key=True)
secretKeyRef: { name: ledger-db, key: password }
ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI<<base64:43>> dev@laptop
Accepted publickey for dev from 10.4.<<digits:1>>.17 port 5<<digits:4>> ssh2: ED25519 SHA256:<<base64:43>>
kid: <<hex:40>> alg: RS256 use: sig
arn:aws:iam::<<digits:12>>:role/deployer
x-request-id: <<uuid>>
traceparent: 00-<<hex:32>>-<<hex:16>>-01
etag: "<<hex:32>>"
uses: actions/checkout@<<hex:40>> # v4.2.1
image: registry.internal:5000/ledger@sha256:<<hex:64>>
idempotent replay of job_<<lower:20>> at 17<<digits:8>>
created_at=17<<digits:11>> offset=<<digits:7>>
order 3<<digits:9>> shipped with parcel 00<<digits:8>>
part no. 12-345-<<digits:4>>, lot 000-<<digits:2>>-<<digits:4>>, bin 9<<digits:2>>-<<digits:2>>-<<digits:4>>
isbn 978-3-16-<<digits:6>>-<<digits:1>>
logo@2x.png icon@3x.webp lodash@4.17.21 @types/node@20.11.5 @acme/ui
git clone git@github.com:acme/ledger.git
Co-Authored-By: Claude <noreply@anthropic.com>
owner: 1<<digits:5>>+ledger-bot@users.noreply.github.com
mail to ana@example.com, bo@ledger.test or root@localhost
dev@build-<<digits:1>>:~/ledger$ make check
listening on 127.0.0.1:8<<digits:3>> and [::1]:8080, peers 192.168.<<digits:1>>.14 172.20.0.<<digits:1>> fe80::1c2:ff
documented ranges 192.0.2.14 198.51.100.7 203.0.113.9 2001:db8::<<hex:4>>
allow 34.<<digits:1>>0.0.0/16 and 10.0.0.0/8; multicast 224.0.0.251
agent version 2.14.3.1 (protocol v1.20.0.4, Chrome/126.0.6478.127)
at 10:42:07.<<digits:3>> pid 4<<digits:4>> took 00:00:01.<<digits:6>>
-----BEGIN PUBLIC KEY-----
type Secret = { name: string; token: Token; password?: never };
commit <<hex:40>> (HEAD -> main, tag: v3.1.<<digits:1>>)
mac 3c:22:fb:<<hex:2>>:<<hex:2>>:<<hex:2>> uuid <<uuid>>
SELECT id, email, phone, ssn FROM people WHERE token IS NULL;
grep -rn "password" src | wc -l
""".strip().splitlines()

# kind, usual name, value; values without a shape of their own stand only behind their name.
TOKENS = """
aws_access_key AWS_ACCESS_KEY_ID AKIA<<base32:16>>
github GITHUB_TOKEN ghp_<<alnum:36>>
github_fine_grained GH_TOKEN github_pat_<<alnum:22>>_<<alnum:59>>
github_app INSTALLATION_TOKEN ghs_<<alnum:36>>
gitlab GITLAB_TOKEN glpat-<<alnum:20>>
gitlab_runner RUNNER_TOKEN glrt-<<alnum:20>>
slack_bot SLACK_BOT_TOKEN xoxb-<<digits:12>>-<<digits:13>>-<<alnum:24>>
slack_user SLACK_USER_TOKEN xoxp-<<digits:12>>-<<digits:12>>-<<digits:13>>-<<hex:32>>
slack_app SLACK_APP_TOKEN xapp-1-A<<upper:10>>-<<digits:13>>-<<hex:64>>
stripe STRIPE_SECRET_KEY sk_live_<<alnum:24>>
stripe_restricted STRIPE_API_KEY rk_live_<<alnum:99>>
stripe_webhook STRIPE_WEBHOOK_SECRET whsec_<<alnum:32>>
openai OPENAI_API_KEY sk-proj-<<alnum:74>>T3BlbkFJ<<alnum:74>>
anthropic ANTHROPIC_API_KEY sk-ant-api03-<<alnum:93>>AA
google_api GOOGLE_API_KEY AIza<<alnum:35>>
google_oauth GOOGLE_CLIENT_SECRET GOCSPX-<<alnum:28>>
npm NPM_TOKEN npm_<<alnum:36>>
pypi TWINE_PASSWORD pypi-AgEIcHlwaS5vcmc<<alnum:150>>
rubygems GEM_HOST_API_KEY rubygems_<<hex:48>>
docker_hub DOCKER_TOKEN dckr_pat_<<alnum:27>>
sendgrid SENDGRID_API_KEY SG.<<alnum:22>>.<<alnum:43>>
mailchimp MAILCHIMP_API_KEY <<hex:32>>-us1<<digits:1>>
square SQUARE_ACCESS_TOKEN EAAA<<alnum:60>>
shopify SHOPIFY_ADMIN_TOKEN shpat_<<hex:32>>
digitalocean DIGITALOCEAN_TOKEN dop_v1_<<hex:64>>
vault VAULT_TOKEN hvs.CAESI<<alnum:90>>
terraform_cloud TF_API_TOKEN <<alnum:14>>.atlasv1.<<alnum:67>>
databricks DATABRICKS_TOKEN dapi<<hex:32>>
huggingface HF_TOKEN hf_<<letters:34>>
replicate REPLICATE_API_TOKEN r8_<<alnum:37>>
groq GROQ_API_KEY gsk_<<alnum:52>>
linear LINEAR_API_KEY lin_api_<<alnum:40>>
notion NOTION_TOKEN ntn_<<digits:11>><<alnum:35>>
airtable AIRTABLE_TOKEN pat<<alnum:14>>.<<hex:64>>
atlassian JIRA_API_TOKEN ATATT3xFfGF0<<alnum:171>>=<<HEX:8>>
figma FIGMA_TOKEN figd_<<alnum:40>>
postman POSTMAN_API_KEY PMAK-<<hex:24>>-<<hex:34>>
new_relic NEW_RELIC_API_KEY NRAK-<<upper:27>>
sentry SENTRY_AUTH_TOKEN sntryu_<<hex:64>>
grafana GRAFANA_TOKEN glsa_<<alnum:32>>_<<hex:8>>
doppler DOPPLER_TOKEN dp.pt.<<alnum:43>>
planetscale PLANETSCALE_PASSWORD pscale_pw_<<alnum:43>>
supabase SUPABASE_ACCESS_TOKEN sbp_<<hex:40>>
netlify NETLIFY_AUTH_TOKEN nfp_<<alnum:36>>
azure_client AZURE_CLIENT_SECRET <<alnum:3>>8Q~<<alnum:34>>
age AGE_KEY AGE-SECRET-KEY-1<<base32:58>>
tailscale TS_AUTHKEY tskey-auth-k<<alnum:10>>CNTRL-<<alnum:32>>
pulumi PULUMI_ACCESS_TOKEN pul-<<hex:40>>
nuget NUGET_API_KEY oy2<<lower:43>>
adafruit ADAFRUIT_IO_KEY aio_<<alnum:28>>
easypost EASYPOST_API_KEY EZAK<<alnum:54>>
jwt SESSION_JWT <<jwt>>
""".strip().splitlines()
NAMED = """
aws_secret AWS_SECRET_ACCESS_KEY <<alnum:3>><<base64:34>><<alnum:3>>
datadog DATADOG_API_KEY <<hex:32>>
twilio TWILIO_AUTH_TOKEN <<hex:32>>
cloudflare CLOUDFLARE_API_TOKEN <<alnum:40>>
okta OKTA_API_TOKEN 00<<alnum:40>>
codecov CODECOV_TOKEN <<uuid>>
heroku HEROKU_API_KEY <<uuid>>
generic_key VENDOR_API_KEY <<hex:40>>
generic_secret CLIENT_SECRET <<alnum:32>>
generic_token ACCESS_TOKEN <<alnum:44>>
signing_key SESSION_SIGNING_KEY <<hex:64>>
encryption_key FIELD_ENCRYPTION_KEY <<alnum:42>>=
""".strip().splitlines()
WITH_NAME = """
NAME=§
export NAME="§"
NAME: §
"name": "§",
name = '§'
name: "§"
const camel = "§";
tool --kebab § --dry-run
docker run -e NAME=§ ledger:dev
| `NAME` | § | production |
os.environ["NAME"] = "§"
{\\"name\\": \\"§\\", \\"retries\\": 3}
kubectl create secret generic vendor --from-literal=NAME=§
fly secrets set NAME=§
set NAME to § and restart the worker
""".strip().splitlines()
WITHOUT_NAME = """
Authorization: Bearer §
curl -sS -H "Authorization: Bearer §" https://api.ledger.internal/v2/jobs
fetch(`/v2/jobs?access_token=§`)
I pasted § into the vault, please rotate it
called with (§, 30)
| deploy | § | 2026-03 |
""".strip().splitlines()

# Secrets with a syntax of their own.
LINES = """
https://hooks.slack.com/services/⟦secret:slack_webhook|T<<upper:10>>/B<<upper:10>>/<<alnum:24>>⟧
https://discord.com/api/webhooks/12<<digits:17>>/⟦secret:discord_webhook|<<alnum:68>>⟧
bot.run("⟦secret:discord_bot|MT<<alnum:24>>.G<<alnum:5>>.<<alnum:38>>⟧")
https://api.telegram.org/bot⟦secret:telegram|7<<digits:9>>:AAF<<alnum:32>>⟧/getMe
AccountName=ledger;AccountKey=⟦secret:azure_storage|<<alnum:86>>==⟧;EndpointSuffix=core.windows.net
Endpoint=sb://ledger.internal/;SharedAccessKeyName=Root;SharedAccessKey=⟦secret:azure_bus|<<alnum:43>>=⟧
https://ledger.blob.core.windows.net/x?sv=2024-05-04&sr=c&sig=⟦secret:azure_sas|<<alnum:43>>%3D⟧&sp=rl
//registry.npmjs.org/:_authToken=⟦secret:npm_legacy|<<uuid>>⟧
git remote set-url origin https://x-access-token:⟦secret:github_url|ghs_<<alnum:36>>⟧@github.com/acme/ledger.git
postgresql://ledger:⟦secret:postgres|<<alnum:16>>⟧@db.internal:5432/main?sslmode=require
mongodb+srv://app:⟦secret:mongodb|<<alnum:18>>⟧@cluster0.<<lower:5>>.mongodb.net/main
amqp://worker:⟦secret:amqp|<<alnum:14>>⟧@10.2.0.9:5672/jobs
redis://:⟦secret:redis|<<alnum:24>>⟧@cache:6379/0
mysql://root:⟦secret:mysql|<<alnum:15>>⟧@127.0.0.1:3306/shop
X-Api-Key: ⟦secret:api_key_header|<<alnum:32>>⟧
api.mailgun.net -u 'api:⟦secret:mailgun|key-<<hex:32>>⟧'
""".strip().splitlines()
PEM_LABELS = ("RSA PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY")
SERVICE_ACCOUNT = '{"type": "service_account", "private_key_id": "<<hex:40>>", "private_key": "§\\n"}'

PASSWORDS = """
DB_PASSWORD=§
export ADMIN_PASS='§'
password: §
"password": "§",
passwd = "§"
spring.datasource.password=§
ansible_become_password: "§"
define('DB_PASSWORD', '§');
'password' => '§',
<password>§</password>
PGPASSWORD=§ psql -h 10.0.0.5 -U ledger main
sshpass -p '§' ssh dev@10.1.0.8 uptime
mysql -u root -p§ shop < dump.sql
curl -u admin:§ https://ci.internal/job/build
curl --user 'deploy:§' -T app.tgz https://files.internal/
redis-cli -h cache -a § ping
docker login -u ci -p § registry.internal:5000
mongosh "main" --username app --password §
openssl pkcs12 -in bundle.p12 -passin pass:§ -nodes
smbclient //nas/share -U 'dev%§'
echo '§' | sudo -S systemctl restart ledger
ldapsearch -x -D cn=admin -w § -b dc=ledger
machine files.internal login deploy password §
db.internal:5432:main:ledger:§
Server=sql.internal;Database=main;User Id=app;Password=§;Encrypt=true
jdbc:sqlserver://sql.internal:1433;user=app;password=§
psql "host=db user=ledger password=§ dbname=main"
ftp://backup:§@nas.internal/daily
ALTER USER ledger WITH PASSWORD '§';
CREATE USER 'app'@'%' IDENTIFIED BY '§';
ConvertTo-SecureString "§" -AsPlainText -Force
kubectl create secret generic db --from-literal=password=§
{\\"user\\": \\"ledger\\", \\"password\\": \\"§\\"}
| staging | admin | password: § |
the password is § for now
the new root password is `§`, change it after the demo
log in as admin with password §
das Passwort lautet § und gilt bis Freitag
Passwort: §
le mot de passe est §
Mot de passe : §
la contraseña es §
Contraseña: §
a senha é §
Senha: §
""".strip().splitlines()
SPACED_PASSWORDS = """
password: "§"
"passphrase": "§",
SSH_PASSPHRASE='§'
my password is "§"
""".strip().splitlines()

PERSONAL = {
    "email": 'write to § about it;"email": "§",;Author: Vera Lind <§>;| § | admin | active |;mailto:§;From: §;'
    "user_email='§';INSERT INTO people VALUES (81, '§');git config user.email §;login=§ status=ok;contact: §",
    "ssn": 'SSN: §;ssn=§;"ssn": "§",;| § | approved |;the applicant § was verified;Social Security Number § on file',
    "ssn_named": 'SSN §;social security number: §;"ssn": "§";SSN = §',
    "phone": 'call § after five;Phone: §;"phone": "§",;| § | Lyon |;tel:§;reach me on §;SMS sent to § (queued)',
    "phone_named": 'Telefon: §;phone § (office);Tel. §;"mobile": "§",;Handy: §',
    "credit_card": 'card § exp 04/29;"card_number": "§",;| § | 120.00 EUR |;PAN=§;charge § again;Kreditkarte: §',
    "iban": 'IBAN: §;"iban": "§",;please refund to § today;| § | SEPA |;überweise an §',
    "ip": 'login from §;client_ip=§;§ - - "GET /health HTTP/1.1" 200;"remote_addr": "§",;Host: §;ssh root@§',
}
CONTEXTS = {kind: lines.split(";") for kind, lines in PERSONAL.items()}
SHARES = {"email": 18, "ssn": 11, "phone": 13, "credit_card": 10, "iban": 6, "ip": 6, "secret": 36}
GIVEN = words("vera milan odile jasper ines tomasz lucia henrik amara stefan paula nils chiara mateus elif yann")
FAMILY = words("lindholm petrov marchand okafor bauer ferreira santoro dvorak hughes moreau keller vidal ostrowski")
HOSTS = words(
    "stonebridge-logistics.com harvelo.io kupferberg.de gmail.com outlook.com lumenworks.co.uk atelier-moreau.fr "
    "proton.me mail.vidal-hnos.es norrsken.se ferreira.com.br posteo.de praxis-keller.ch"
)
AREAS = words("212 415 617 206 303 404 512 702 713 818 919 650 408 214 312")
# Mobile and city numbers that are valid whatever the digits are.
PHONES = words(
    "+49 30 2<<digits:6>>;+49 1512 <<digits:7>>;+49 176 2<<digits:7>>;+44 20 7183 <<digits:4>>;+44 7911 1<<digits:5>>;"
    "+33 6 12 <<digits:2>> <<digits:2>> <<digits:2>>;+33 1 42 <<digits:2>> <<digits:2>> <<digits:2>>;"
    "+34 612 <<digits:3>> <<digits:3>>;+39 347 <<digits:7>>;+351 912 <<digits:3>> <<digits:3>>;"
    "+55 11 98<<digits:3>>-<<digits:4>>;+41 79 2<<digits:2>> <<digits:2>> <<digits:2>>;+43 664 2<<digits:6>>;"
    "+4930 2<<digits:6>>;+336128<<digits:5>>",
    ";",
)
NATIONAL_PHONES = words("030 2<<digits:6>>;01512 <<digits:7>>;0176 2<<digits:7>>;0049 30 2<<digits:6>>", ";")
LETTER_IBANS = {"NL": (4, 10), "GB": (4, 14)}  # letters, then digits
DIGIT_IBANS = ("DE", "FR", "ES", "AT", "CH", "BE", "PT", "PL")
PUBLIC_NETWORKS = (5, 23, 34, 46, 51, 62, 78, 81, 91, 93, 104, 185, 194, 212)
CARDS = ("4:16", "4:16", "51:16", "55:16", "2221:16", "34:15", "37:15", "6011:16", "36:14", "3528:16")
GROUPS = {16: (4, 4, 4, 4), 15: (4, 6, 5), 14: (4, 6, 4)}


class Chance(random.Random):
    """Chance with a few words of its own; noise is cut from pools, planted values are made afresh."""

    def __init__(self, seed: str, pools: Chance | None = None) -> None:
        super().__init__(seed)
        self.hexes: str = pools.hexes if pools else self.randbytes(POOL // 2).hex()
        self.codes: str = pools.codes if pools else base64.b64encode(self.randbytes(POOL)).decode()

    def hex(self, length: int) -> str:
        at = int(self.random() * (len(self.hexes) - length))
        return self.hexes[at : at + length]

    def code(self, length: int) -> str:
        """Base64."""
        at = int(self.random() * (len(self.codes) - length))
        return self.codes[at : at + length]

    def number(self, low: int, high: int) -> int:
        return low + int(self.random() * (high - low + 1))

    def uuid(self) -> str:
        return str(uuid.UUID(int=self.getrandbits(128), version=4))

    def time(self) -> str:
        """A moment of 2026."""
        date = f"2026-{self.number(1, 12):02}-{self.number(1, 28):02}"
        minute = f"{self.number(0, 23):02}:{self.number(0, 59):02}"
        return f"{date}T{minute}:{self.number(0, 59):02}.{self.number(0, 999):03}Z"

    def name(self) -> str:
        return f"{self.choice(VERBS)}_{self.choice(NOUNS)}"

    def path(self) -> str:
        return f"{self.choice(NOUNS)}s/{self.choice(NOUNS)}/{self.name()}{self.choice(SUFFIXES)}"

    def address(self) -> str:
        """A private one."""
        return f"10.{self.number(0, 255)}.{self.number(0, 255)}.{self.number(1, 254)}"

    def sentence(self, language: str = "en") -> str:
        return " ".join(self.choice(part) for part in SENTENCES[language]) + "."

    def expand(self, template: str) -> str:
        return expand(template, str(self.getrandbits(64)))

    def lookalike(self) -> str:
        return self.expand(self.choice(LOOKALIKES))


def prose(chance: Chance) -> str:
    language = chance.choices(list(SENTENCES), (6, 1, 1, 1, 1))[0]
    paragraphs = [
        " ".join(chance.sentence(language) for _ in range(chance.number(2, 6))) for _ in range(chance.number(1, 4))
    ]
    return f"## {chance.choice(('User', 'Assistant'))} ({chance.time()})\n\n" + "\n\n".join(paragraphs) + "\n"


def plan(chance: Chance) -> str:
    return "".join(f"- [{chance.choice(' x')}] {chance.sentence()}\n" for _ in range(chance.number(3, 8)))


def diff(chance: Chance) -> str:
    path = chance.path()
    lines = [
        f"{chance.choice(' +-')}    let {chance.name()} = self.{chance.name()}({chance.number(0, 9999)});"
        for _ in range(chance.number(8, 20))
    ]
    head = f"diff --git a/{path} b/{path}\nindex {chance.hex(9)}..{chance.hex(9)} 100644\n--- a/{path}\n+++ b/{path}\n"
    return fenced(head + f"@@ -{chance.number(1, 900)},17 +{chance.number(1, 900)},19 @@\n" + "\n".join(lines), "diff")


def tool_call(chance: Chance) -> str:
    asked = {"name": "Grep", "id": f"toolu_01{chance.hex(22)}", "input": {"pattern": chance.name(), "path": "src"}}
    found = [
        f"{chance.path()}:{chance.number(1, 1500)}:{chance.name()}({chance.name()}, {chance.number(0, 99)})"
        for _ in range(chance.number(5, 15))
    ]
    return f"{json.dumps(asked)}\n" + fenced("\n".join(found))


def test_output(chance: Chance) -> str:
    lines = [f"test {chance.choice(NOUNS)}::{chance.name()} ... ok ({chance.number(1, 900)} ms)" for _ in range(12)]
    lines.append(f"  left: {chance.number(10**6, 10**9)}\n right: {chance.number(10**6, 10**9)}")
    return fenced("\n".join(lines) + f"\ntest result: FAILED. {chance.number(9, 400)} passed; 1 failed")


def stack_trace(chance: Chance) -> str:
    frames = [
        f"    at {chance.name()} (/home/dev/ledger/{chance.path()}:{chance.number(1, 999)}:{chance.number(1, 80)})"
        for _ in range(8)
    ]
    return fenced(f"TypeError: cannot read '{chance.name()}' of undefined [0x{chance.hex(12)}]\n" + "\n".join(frames))


def lock_file(chance: Chance) -> str:
    def package() -> str:
        name, release = chance.choice(NOUNS), f"{chance.number(0, 20)}.{chance.number(0, 40)}.{chance.number(0, 9)}"
        return (
            f'"@{chance.choice(NOUNS)}/{name}@^{release}":\n  version "{release}"\n  resolved "https://registry.yarnpkg'
            f'.com/{name}/-/{name}-{release}.tgz#{chance.hex(40)}"\n  integrity sha512-{chance.code(86)}==\n'
        )

    return fenced("\n".join(package() for _ in range(5)))


def go_sums(chance: Chance) -> str:
    lines = [
        f"github.com/{chance.choice(NOUNS)}/{chance.choice(NOUNS)} v1.{chance.number(0, 40)}.0 h1:{chance.code(43)}=\n"
        for _ in range(8)
    ]
    return fenced("".join(lines))


def git_log(chance: Chance) -> str:
    commits = [
        f"commit {chance.hex(40)}\nAuthor: Claude <noreply@anthropic.com>\nDate:   {chance.time()}\n\n"
        f"    {chance.sentence()}\n"
        for _ in range(4)
    ]
    return fenced("$ git log -4\n" + "\n".join(commits) + f"   {chance.hex(7)}..{chance.hex(7)}  main -> main")


def manifest(chance: Chance) -> str:
    name = chance.choice(NOUNS)
    return fenced(
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n  uid: {chance.uuid()}\nspec:\n"
        f"  template:\n    spec:\n      containers:\n"
        f"        - image: registry.internal/{name}@sha256:{chance.hex(64)}\n"
        f"          env:\n            - name: DB_PASSWORD\n              valueFrom:\n                secretKeyRef:\n"
        f"                  name: {name}-db\n                  key: password\n            - name: POD_IP\n"
        f"              value: {chance.address()}",
        "yaml",
    )


def sql_result(chance: Chance) -> str:
    rows = [
        f" {chance.number(10**7, 10**8)} | {chance.name():<18} | {chance.time()} | {chance.number(1, 10**6) / 100:>9}"
        for _ in range(10)
    ]
    head = " id       | state              | updated_at               | total\n"
    return fenced(head + "\n".join(rows) + "\n(10 rows)")


def audit(chance: Chance) -> str:
    rows = [
        f"{chance.choice(NOUNS)}  <{chance.number(1, 9)}.{chance.number(0, 30)}.{chance.number(1, 9)}\nSeverity: high\n"
        f"{chance.sentence()} - https://github.com/advisories/GHSA-{chance.hex(4)}-{chance.hex(4)}-{chance.hex(4)}\n"
        for _ in range(4)
    ]
    return fenced("$ npm audit\n" + "\n".join(rows) + f"{chance.number(1, 30)} vulnerabilities")


def terraform(chance: Chance) -> str:
    return fenced(
        f"  # aws_db_instance.{chance.choice(NOUNS)} will be updated in-place\n"
        '  ~ resource "aws_db_instance" "main" {\n'
        f'        id       = "db-{chance.hex(26).upper()}"\n      ~ password = (sensitive value)\n'
        f'      ~ endpoint = "{chance.address()}:5432" -> (known after apply)\n'
        f'        vpc_ids  = ["sg-{chance.hex(17)}", "sg-{chance.hex(17)}"]\n    }}\n\nPlan: 0 to add, 1 to change.',
        "hcl",
    )


def encoded(chance: Chance) -> str:
    return f"![chart](data:image/png;base64,{chance.code(4 * chance.number(60, 300))})\n"


def hexdump(chance: Chance) -> str:
    lines = []
    for number in range(chance.number(6, 14)):
        row = bytes.fromhex(chance.hexes[(at := 2 * chance.number(0, POOL // 4)) : at + 32])
        shown = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        lines.append(f"{number * 16:08x}: {row.hex(' ', 2)}  {shown}")
    return fenced("\n".join(lines))


def csv_rows(chance: Chance) -> str:
    rows = [
        f"{chance.number(10**7, 10**8)},{chance.choice(NOUNS)},{chance.number(1, 99)},"
        f"17{chance.number(10**7, 10**8 - 1)},{chance.number(1, 10**5) / 100}"
        for _ in range(12)
    ]
    return fenced("id,item,count,epoch,amount\n" + "\n".join(rows), "csv")


def table(chance: Chance) -> str:
    rows = [
        f"| {chance.name()} | {chance.number(1, 9999)} ms | {chance.hex(8)} | {chance.address()} |" for _ in range(8)
    ]
    return "| step | time | build | node |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"


def server_log(chance: Chance) -> str:
    lines = [
        f"{chance.time()} {chance.choice(('INFO', 'WARN', 'DEBUG'))} {chance.choice(NOUNS)}"
        f"[{chance.number(100, 65000)}] {chance.address()}:{chance.number(1024, 65000)} "
        f"POST /{chance.choice(NOUNS)}/{chance.number(1, 10**8)} "
        f"200 {chance.number(1, 9000)}ms trace={chance.hex(32)}"
        for _ in range(10)
    ]
    return fenced("\n".join(lines))


def object_dump(chance: Chance) -> str:
    content = {
        "id": chance.uuid(),
        "createdAt": chance.number(1_700_000_000_000, 1_790_000_000_000),
        "sha256": chance.hex(64),
        "requestId": f"req_{chance.hex(24)}",
        "node": chance.address(),
        "contact": f"{chance.choice(NOUNS)}@example.org",
        "version": f"{chance.number(0, 20)}.{chance.number(0, 40)}.{chance.number(0, 99)}",
        "usage": {"input_tokens": chance.number(1, 10**5), "cache_key": f"{chance.name()}:{chance.number(1, 999)}"},
    }
    return fenced(json.dumps(content, indent=2), "json")


def listing(chance: Chance) -> str:
    files = [
        f"-rw-r--r-- 1 dev staff {chance.number(1, 10**7):>9} Mar {chance.number(1, 28):>2} 11:0{chance.number(0, 9)} "
        f"{chance.name()}{chance.choice(SUFFIXES)}"
        for _ in range(10)
    ]
    return fenced("dev@build-4:~/ledger$ ls -l\n" + "\n".join(files))


def source_code(chance: Chance) -> str:
    verb = chance.choice(VERBS)
    return fenced(
        f"import {{ {chance.name()} }} from '@{chance.choice(NOUNS)}/{chance.choice(NOUNS)}';\n\n@Injectable()\n"
        f"export class {chance.choice(NOUNS).title()}Service {{\n"
        f"  constructor(private readonly tokens: TokenStore) {{}}\n"
        f"  async {verb}(password: string, secret = process.env.HMAC_SECRET): Promise<number> {{\n"
        f"    const token = await this.tokens.{verb}({{ password, secret, ttl: {chance.number(60, 9999)} }});\n"
        f"    return this.{chance.name()}(token, {chance.random():.6f});\n  }}\n}}",
        "ts",
    )


def lookalikes(chance: Chance) -> str:
    return fenced("\n".join(chance.lookalike() for _ in range(chance.number(3, 8))))


def containers(chance: Chance) -> str:
    return fenced(
        "\n".join(
            f"{chance.hex(12)}  {chance.choice(NOUNS)}:16.{chance.number(0, 9)}  Up {chance.number(2, 50)} minutes  "
            f"127.0.0.1:{chance.number(3000, 9999)}->80/tcp  sha256:{chance.hex(64)}"
            for _ in range(5)
        )
    )


BLOCKS: tuple[Callable[[Chance], str], ...] = (
    *(prose,) * 8,
    *(tool_call,) * 4,
    *(diff,) * 3,
    *(plan, test_output, stack_trace, lock_file, go_sums, git_log, manifest, sql_result, audit, terraform, encoded),
    *(hexdump, csv_rows, table, server_log, object_dump, listing, source_code, lookalikes, lookalikes, containers),
)


def fenced(text: str, language: str = "") -> str:
    return f"```{language}\n{text}\n```\n"


def label(kind: str, value: str) -> str:
    return f"⟦{kind}|{value}⟧"


def email(chance: Chance) -> tuple[str, str]:
    given, family = chance.choice(GIVEN), chance.choice(FAMILY)
    box = chance.choice((f"{given}.{family}", f"{given[0]}{family}", f"{given}_{family}{chance.number(1, 99)}", given))
    return "email", f"{box}{chance.choice(('', '', '', '+receipts'))}@{chance.choice(HOSTS)}"


def ssn(chance: Chance) -> tuple[str, str]:
    """Bare and spaced numbers count only behind their name."""
    area = chance.choice([number for number in range(1, 900) if number != 666])
    separator = chance.choices("- _", (7, 2, 1))[0].replace("_", "")
    number = separator.join((f"{area:03}", f"{chance.number(1, 99):02}", f"{chance.number(1, 9999):04}"))
    return "ssn" if separator == "-" else "ssn_named", number


def phone(chance: Chance) -> tuple[str, str]:
    kind = chance.random()
    if kind < 0.45:
        return "phone", chance.expand(chance.choice(PHONES))
    if kind < 0.6:
        return "phone_named", chance.expand(chance.choice(NATIONAL_PHONES))
    area, exchange, line = chance.choice(AREAS), f"{chance.number(2, 9)}{chance.number(20, 99)}", chance.number(0, 9999)
    exchange = "234" if exchange in ("555", "950", "976") else exchange
    forms = "({}) {}-{:04};{}-{}-{:04};{}.{}.{:04};+1 {} {} {:04};+1{}{}{:04};+1-{}-{}-{:04}"
    form = chance.choice(words(forms, ";"))
    return "phone", form.format(area, exchange, line)


def credit_card(chance: Chance) -> tuple[str, str]:
    number = chance.expand(f"<<card:{chance.choice(CARDS)}>>")
    if chance.random() < 0.5:
        number = grouped(number, GROUPS[len(number)], chance.choice(" -"))
    return "credit_card", number


def iban(chance: Chance) -> tuple[str, str]:
    if chance.random() < 0.25:
        country = chance.choice(list(LETTER_IBANS))
        letters, digits = LETTER_IBANS[country]
        account = "".join(chance.choices(string.ascii_uppercase, k=letters) + chance.choices(string.digits, k=digits))
        number = int("".join(str(int(letter, 36)) for letter in f"{account}{country}00"))
        made = f"{country}{98 - number % 97:02}{account}"
    else:
        made = chance.expand(f"<<iban:{chance.choice(DIGIT_IBANS)}>>")
    return "iban", grouped(made, (4,) * 8, " ") if chance.random() < 0.5 else made


def ip(chance: Chance) -> tuple[str, str]:
    if chance.random() < 0.2:
        return "ip", f"2a0{chance.number(1, 9)}:{chance.hex(3)}:{chance.hex(2)}::{chance.number(1, 9)}{chance.hex(3)}"
    parts = (chance.choice(PUBLIC_NETWORKS), chance.number(1, 254), chance.number(1, 254), chance.number(1, 254))
    return "ip", ".".join(map(str, parts))


PEOPLE: dict[str, Callable[[Chance], tuple[str, str]]] = {
    "email": email,
    "ssn": ssn,
    "phone": phone,
    "credit_card": credit_card,
    "iban": iban,
    "ip": ip,
}


def grouped(text: str, sizes: Sequence[int], separator: str) -> str:
    """`text` cut into parts of these sizes."""
    parts, at = [], 0
    for size in sizes:
        parts.append(text[at : at + size])
        at += size
    return separator.join(part for part in parts if part)


def password(chance: Chance) -> str:
    """It ends in a letter or a digit, so that a sentence's full stop is none of it."""
    letters = string.ascii_letters + string.digits
    kind = chance.random()
    if kind < 0.3:
        return chance.expand("<<password>>")
    if kind < 0.6:
        first, second = chance.choice(NOUNS).title(), chance.choice(FAMILY)
        return f"{first}{chance.choice('-!_*')}{second}{chance.number(10, 9999)}"
    middle = chance.choices(letters + "!*_-.+=", k=chance.number(8, 18))
    return "".join((chance.choice(string.ascii_letters), *middle, chance.choice(string.digits), chance.choice(letters)))


def planted_password(chance: Chance) -> str:
    kind = chance.random()
    if kind < 0.06:
        words = " ".join(chance.sample(NOUNS, 4))
        return chance.choice(SPACED_PASSWORDS).replace(VALUE, label("secret:password", words))
    if kind < 0.12:
        made = base64.b64encode(f"deploy:{password(chance)}".encode()).decode()
        return f"Authorization: Basic {label('secret:basic_auth', made)}"
    return chance.choice(PASSWORDS).replace(VALUE, label("secret:password", password(chance)))


def named(context: str, name: str) -> str:
    """`context` with the name in its own spelling."""
    lower = name.lower()
    first, *others = lower.split("_")
    camel = first + "".join(part.title() for part in others)
    spellings = {"NAME": name, "name": lower, "kebab": lower.replace("_", "-"), "camel": camel}
    return re.sub(r"\b(NAME|name|kebab|camel)\b", lambda match: spellings[match[1]], context)


def planted_token(chance: Chance) -> str:
    own_shape = chance.random() < 0.8
    kind, name, value = chance.choice(TOKENS if own_shape else NAMED).split(" ", 2)
    anonymous = own_shape and chance.random() < 0.4
    context = chance.choice(WITHOUT_NAME) if anonymous else named(chance.choice(WITH_NAME), name)
    return context.replace(VALUE, label(f"secret:{kind}", chance.expand(value)))


def planted_pem(chance: Chance) -> str:
    title = chance.choice(PEM_LABELS)
    escaped = chance.random() < 0.3
    body = chance.expand(f"<<pem:{chance.choice((3, 13, 25))}:{chr(92) + 'n' if escaped else ''}>>")
    separator = "\\n" if escaped else "\n"
    block = separator.join((f"-----BEGIN {title}-----", body, f"-----END {title}-----"))
    text = label("secret:private_key", block)
    return chance.expand(SERVICE_ACCOUNT).replace(VALUE, text) if escaped else text


def planted_secret(chance: Chance) -> str:
    kind = chance.random()
    if kind < 0.33:
        return planted_password(chance)
    if kind < 0.42:
        return planted_pem(chance)
    return chance.expand(chance.choice(LINES)) if kind < 0.57 else planted_token(chance)


def planted_person(chance: Chance, kind: str) -> str:
    context, value = PEOPLE[kind](chance)
    return chance.choice(CONTEXTS[context]).replace(VALUE, label(kind, value))


def prefixed(text: str, first: str, others: str = "") -> str:
    return first + text.replace("\n", f"\n{others or first}")


def in_diff(chance: Chance, text: str) -> str:
    around = [f"{chance.choice(' +-')}  {chance.name()}: {chance.number(1, 99)}" for _ in range(4)]
    return fenced("\n".join((*around[:2], prefixed(text, chance.choice("+-") + "  "), *around[2:])), "diff")


def in_file(chance: Chance, text: str) -> str:
    lines = [f"{chance.name().upper()}={chance.number(1, 9999)}" for _ in range(3)]
    return fenced("\n".join(("$ cat config/local.env", *lines, text, chance.lookalike())))


def in_tool_result(chance: Chance, text: str) -> str:
    content = f"{chance.sentence()}\n{text}\n{chance.sentence()}"
    return json.dumps({"tool_use_id": f"toolu_01{chance.hex(22)}", "content": content}, ensure_ascii=False) + "\n"


def in_log(chance: Chance, text: str) -> str:
    lines = [f"{chance.time()} INFO {chance.choice(NOUNS)} {chance.name()} ok" for _ in range(3)]
    return fenced("\n".join((*lines[:2], f"{chance.time()} DEBUG {chance.choice(NOUNS)} {text}", lines[2])))


def in_numbered_file(chance: Chance, text: str) -> str:
    first = chance.number(1, 400)
    lines = (f"# {chance.name()}", *text.split("\n"), chance.lookalike())
    return "".join(f"{first + number:>6}\t{line}\n" for number, line in enumerate(lines))


def in_colour(chance: Chance, text: str) -> str:
    return fenced(f"\x1b[1m{chance.name()}\x1b[0m\n\x1b[3{chance.number(1, 6)}m{text}\x1b[0m")


FRAMES: tuple[Callable[[Chance, str], str], ...] = (
    *(lambda _, text: text + "\n",) * 4,
    lambda chance, text: f"{chance.sentence()}\n{text}\n",
    lambda _, text: prefixed(text, "> "),
    lambda _, text: prefixed(text, "- ", "  "),
    lambda _, text: prefixed(text, "    "),
    *(in_diff, in_file, in_file, in_tool_result, in_tool_result, in_log, in_numbered_file, in_colour),
)


def planted(chance: Chance) -> str:
    """One planted value, labelled, in its surroundings."""
    kind = chance.choices(list(SHARES), list(SHARES.values()))[0]
    text = planted_secret(chance) if kind == "secret" else planted_person(chance, kind)
    return chance.choice(FRAMES)(chance, text)


def blocks(chance: Chance, characters: int, per_100kb: float) -> Iterator[str]:
    """The labelled blocks of one log."""
    yield f"---\nsession: {chance.uuid()}\nstarted: {chance.time()}\nmodel: claude\n---\n# {chance.sentence()}\n"
    size, following = 0, chance.expovariate(per_100kb / 100_000)
    while size < characters:
        block = chance.choice(BLOCKS)(chance)
        size += len(block)
        yield block
        while size > following:
            following += chance.expovariate(per_100kb / 100_000)
            yield planted(chance)


def as_message(chance: Chance, block: str) -> str:
    """One line of a transcript; the labels pass through JSON unchanged."""
    role = chance.choice(("user", "assistant"))
    message: dict[str, Any] = {
        "type": role,
        "sessionId": chance.uuid(),
        "timestamp": chance.time(),
        "message": {"role": role, "content": [{"type": "text", "text": block}]},
        "uuid": chance.uuid(),
    }
    return json.dumps(message, ensure_ascii=False)


def log(chance: Chance, characters: int, per_100kb: float, as_jsonl: bool) -> tuple[str, list[Labelled]]:
    """The text of one log and what is planted in it."""
    made = blocks(chance, characters, per_100kb)
    return labelled("\n".join(as_message(chance, block) for block in made) if as_jsonl else "\n".join(made), "")


def truths(name: str, text: str, labels: Sequence[Labelled]) -> Iterator[str]:
    line, at = 1, 0
    for found in labels:
        line += text.count("\n", at, found.start)
        at = found.start
        place = {"start": found.start, "end": found.end, "line": line}
        yield json.dumps({"file": name, "type": found.type, **place}) + "\n"


def write(out: Path, size: int, file_size: int, per_100kb: float, seed: int) -> tuple[int, int]:
    """Write the corpus; returns how many files and bytes it has."""
    out.mkdir(parents=True, exist_ok=True)
    pools = Chance(f"{seed}")
    number = done = 0
    with out.with_name(f"{out.name}.truth.jsonl").open("w", encoding="utf-8", newline="\n") as truth:
        while done < size:
            as_jsonl = number % JSONL_EVERY == JSONL_EVERY - 1
            name = f"{number:04}.{'jsonl' if as_jsonl else 'md'}"
            chance = Chance(f"{seed}-{number}", pools)
            text, labels = log(chance, min(file_size, size - done), per_100kb, as_jsonl)
            data = text.encode()
            (out / name).write_bytes(data)
            truth.writelines(truths(name, text, labels))
            number, done = number + 1, done + len(data)
    return number, done


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, required=True, help="an empty folder, or one that is not there yet")
    parser.add_argument("--mb", type=float, default=100)
    parser.add_argument("--file-kb", type=float, default=256)
    parser.add_argument("--per-100kb", type=float, default=6, help="planted values")
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args(argv)
    if chosen.out.exists() and any(chosen.out.iterdir()):
        parser.error(f"{chosen.out} is not empty")
    sizes = int(chosen.mb * 1_000_000), int(chosen.file_kb * 1000)
    files, size = write(chosen.out, *sizes, chosen.per_100kb, chosen.seed)
    print(f"{files} files, {size / 1e6:.1f} MB", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
