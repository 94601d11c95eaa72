"""Whose campaign it is, also beside a partner whose record cannot be read."""

from __future__ import annotations

from sqlalchemy import text

from engine.app import Workbench
from engine.reference.campaigns import partner_keys
from engine.reference.models import Campaign
from tests.factories import make_people


def test_a_campaign_has_its_partner_by_key_and_is_left_out_where_that_cannot_be_read(workbench: Workbench):
    make_people(workbench)
    with workbench.reading(workbench.operator()) as tx:
        campaigns = tx.find(Campaign)
        known = partner_keys(tx)
    assert known["acme_spring"] == "acme"
    assert known.keys() == {one.key for one in campaigns}
    with workbench.database.write() as connection:
        connection.execute(text("UPDATE partners SET document = '{}'"))
    with workbench.reading(workbench.operator()) as tx:
        assert partner_keys(tx) == {}
