"""The calls of campaigns; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from collections.abc import Mapping

from .. import models
from ..answers import Answer, Listing
from ..collection import Collection
from ..given import UNSET, Unset, in_path, revision_of
from .ids import AttachmentId, CampaignId


class Campaigns(Collection):
    """The calls of campaigns."""

    def list(
        self, *, find: str | None = None, partner: str | None = None, limit: int | None = None
    ) -> Listing[models.Campaign]:
        """List: What is done for a partner over a time, those that are active first, by name.

        Args:
            find: A part of the name or key, in any case.
            partner: A key or id of a partner: its campaigns alone.
            limit: How many are given at most, else all.
        """
        return self._list(
            models.Campaign, "campaigns", "/api/campaigns", {"find": find, "partner": partner}, limit
        )

    def add(
        self,
        *,
        key: str,
        name: str,
        partner: str,
        people: Mapping[str, str] | Unset = UNSET,
        primary_url: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Answer[models.Campaign]:
        """Add a campaign of a partner.

        Args:
            key: A short word for it, which stays: templates, folders and files name it by it.
            name: What pages call it.
            partner: The key or id of whom it is done for.
            people: Who does what in it: the key or id of an employee by assignee role.
            primary_url: The website that it is about.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Campaign,
            "POST",
            "/api/campaigns",
            {"key": key, "name": name, "partner": partner, "people": people, "primary_url": primary_url},
            key=idempotency_key,
        )

    def get(self, campaign_id: CampaignId) -> models.Campaign:
        """Get one: What is done for a partner over a time, those that are active first, by name.

        Args:
            campaign_id: Its id, in any of its forms.
        """
        return self._get(models.Campaign, f"/api/campaigns/{in_path(campaign_id, 'campaign_id')}", {})

    def update(
        self,
        campaign_id: CampaignId,
        *,
        name: str | Unset | None = UNSET,
        partner: str | Unset | None = UNSET,
        people: Mapping[str, str] | Unset | None = UNSET,
        primary_url: str | Unset | None = UNSET,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Campaign]:
        """Change what is said of a campaign, and who does what in it.

        Args:
            campaign_id: Its key or id.
            name: What pages call it.
            partner: The key or id of whom it is done for.
            people: Who does what in it from now on, by assignee role; nobody takes the role away, others
                stay.
            primary_url: The website that it is about; empty takes it away.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Campaign,
            "PATCH",
            f"/api/campaigns/{in_path(campaign_id, 'campaign_id')}",
            {"name": name, "partner": partner, "people": people, "primary_url": primary_url},
            revision=revision_of(campaign_id, revision),
            key=idempotency_key,
        )

    def activate(
        self, campaign_id: CampaignId, *, idempotency_key: str | None = None
    ) -> Answer[models.Campaign]:
        """Start work in a campaign again that was not active.

        Args:
            campaign_id: Its key or id.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Campaign,
            "POST",
            f"/api/campaigns/{in_path(campaign_id, 'campaign_id')}/activate",
            {},
            key=idempotency_key,
        )

    def attach(
        self,
        campaign_id: CampaignId,
        *,
        label: str,
        url: str,
        category: str | Unset | None = UNSET,
        type: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Answer[models.CampaignAttachment]:
        """Attach material to a campaign, for whoever does its work.

        Args:
            campaign_id: Its key or id.
            label: What the material is called.
            url: Where it is.
            category: On tasks of which category it is shown; left out, on all tasks of the campaign.
            type: What kind of material it is, a free word such as guideline.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.CampaignAttachment,
            "POST",
            f"/api/campaigns/{in_path(campaign_id, 'campaign_id')}/attach",
            {"category": category, "label": label, "type": type, "url": url},
            key=idempotency_key,
        )

    def list_attachments(
        self, campaign_id: CampaignId, *, limit: int | None = None
    ) -> Listing[models.CampaignAttachment]:
        """List: The material that is attached to a campaign, in the order in which it was.

        Args:
            campaign_id: Its id, in any of its forms.
            limit: How many are given at most, else all.
        """
        return self._list(
            models.CampaignAttachment,
            "attachments",
            f"/api/campaigns/{in_path(campaign_id, 'campaign_id')}/attachments",
            {},
            limit,
        )

    def get_attachment(
        self, campaign_id: CampaignId, attachment_id: AttachmentId
    ) -> models.CampaignAttachment:
        """Get one: The material that is attached to a campaign, in the order in which it was.

        Args:
            campaign_id: Its id, in any of its forms.
            attachment_id: Its id, in any of its forms.
        """
        return self._get(
            models.CampaignAttachment,
            f"/api/campaigns/{in_path(campaign_id, 'campaign_id')}/attachments/{in_path(attachment_id, 'attachment_id')}",
            {},
        )

    def deactivate(
        self, campaign_id: CampaignId, *, idempotency_key: str | None = None
    ) -> Answer[models.Campaign]:
        """Start nothing new in a campaign; what runs goes on.

        Args:
            campaign_id: Its key or id.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Campaign,
            "POST",
            f"/api/campaigns/{in_path(campaign_id, 'campaign_id')}/deactivate",
            {},
            key=idempotency_key,
        )

    def detach(
        self, campaign_id: CampaignId, *, attachment_id: str, idempotency_key: str | None = None
    ) -> Answer[models.CampaignAttachment]:
        """Take material off a campaign.

        Args:
            campaign_id: Its key or id.
            attachment_id: The id of the attachment.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.CampaignAttachment,
            "POST",
            f"/api/campaigns/{in_path(campaign_id, 'campaign_id')}/detach",
            {"attachment_id": attachment_id},
            key=idempotency_key,
        )
