"""The links of a bundle, on its page."""

from __future__ import annotations

import pytest

from engine.app import Workbench
from engine.bundles import service
from engine.bundles.models import Bundle
from tests.factories import make_bundle
from tests.web.conftest import Visitor
from tests.web.test_bundles import People, links_of


@pytest.fixture
def scan(workbench: Workbench, people: People) -> Bundle:
    """A small bundle: two tasks, one required link."""
    return make_bundle(workbench, "local_grid_scan", actor=people["mara"], title="Scan of the shop")


def test_filling_a_link_by_hand_shows_it_as_filled(mara: Visitor, workbench: Workbench, scan: Bundle) -> None:
    link = links_of(workbench, scan)[0]
    answer = mara.post(
        f"/bundles/{scan.bundle_id}/links",
        {"form": f"link-{link.bundle_link_id}", "name": link.name, "url": "https://example.com/scan"},
    )
    assert answer.status_code == 303
    assert answer.location.endswith(f"#link-{link.bundle_link_id}")
    page = mara.get(f"/bundles/{scan.bundle_id}").text
    assert 'href="https://example.com/scan"' in page
    assert "Filled" in page


@pytest.mark.parametrize("url", ["javascript:alert(1)", "example.com", "", "ftp://example.com/x"])
def test_an_address_that_is_none_is_refused_at_its_field_with_the_input_kept(
    mara: Visitor, workbench: Workbench, scan: Bundle, url: str
) -> None:
    link = links_of(workbench, scan)[0]
    answer = mara.post(
        f"/bundles/{scan.bundle_id}/links",
        {"form": f"link-{link.bundle_link_id}", "name": link.name, "url": url},
    )
    assert answer.status_code == 400
    field = answer.text.split(f'id="link-{link.bundle_link_id}-url"')[1].split("</div>")[0]
    assert 'aria-invalid="true"' in field
    assert f'value="{url}"' in field
    assert ("http://" if url else "must be given") in field
    assert links_of(workbench, scan)[0].url is None


def test_a_link_that_somebody_else_changed_meanwhile_is_refused(
    mara: Visitor, workbench: Workbench, scan: Bundle
) -> None:
    link = links_of(workbench, scan)[0]
    with workbench.transaction(workbench.operator()) as tx:
        service.fill_link(tx, scan.bundle_id, link.name, "https://example.com/first")
    answer = mara.post(
        f"/bundles/{scan.bundle_id}/links",
        {
            "form": f"link-{link.bundle_link_id}",
            "name": link.name,
            "url": "https://example.com/second",
            "revision": str(link.revision),
        },
    )
    assert answer.status_code == 409
    assert "changed by somebody else" in answer.text
    assert links_of(workbench, scan)[0].url == "https://example.com/first"
