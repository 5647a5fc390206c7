from __future__ import annotations

import json

from support.templates import Labelled, expand, labelled, luhn_digit


def test_the_same_seed_gives_the_same_text() -> None:
    text = "ghp_<<alnum:36>> <<uuid>> <<password>> <<jwt>> <<card:4:16>> <<iban:DE>> <<pem:3>>"
    assert expand(text, "a") == expand(text, "a") != expand(text, "b")


def test_values_have_their_shape() -> None:
    assert len(expand("<<hex:40>>", "x")) == 40
    card = expand("<<card:37:15>>", "x")
    assert (len(card), card[:2], luhn_digit(card[:-1])) == (15, "37", card[-1])
    assert expand(r"<<pem:3:\n>>", "x").count(r"\n") == 2
    assert json.loads(json.dumps(expand("<<jwt>>", "x"))).count(".") == 2


def test_labels_leave_the_text_and_name_their_place() -> None:
    text, labels = labelled('say "⟦email|a@b.de⟧" and ⟦-|8.8.8.8⟧\n⟦secret:x|a\nb⟧', "x")
    assert text == 'say "a@b.de" and 8.8.8.8\na\nb'
    assert labels == [Labelled("email", 5, 11), Labelled("-", 17, 24), Labelled("secret:x", 25, 28)]
