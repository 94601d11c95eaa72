"""The tools that Workbench can run by itself for ``auto_fetch`` (TPL-16)."""

from __future__ import annotations

from types import MappingProxyType

#: Tool name -> what it fetches.
KNOWN_TOOLS = MappingProxyType(
    {
        "frase": "a content brief with the questions that readers ask",
        "google_analytics": "visits and conversions of a page",
        "gtmetrix": "a loading-time report of a page",
        "localfalcon": "a grid of local rankings around a place",
        "pagespeed": "a speed and accessibility report of a page",
        "screaming_frog": "a crawl of a site with broken links and redirects",
        "search_console": "search queries, positions and indexing of a site",
        "surfer": "a content score with terms to use",
    }
)
