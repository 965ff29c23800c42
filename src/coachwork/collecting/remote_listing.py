"""A listing that lies at an address: a CSV or JSON file, or an answer of Flickr's API with all its pages."""

import json
from pathlib import Path

import httpx2

from coachwork.collecting.fetching import Fetcher, FetchError, FetchProblem, host_of
from coachwork.collecting.flickr import is_flickr_answer, pages_of, unwrapped
from coachwork.collecting.listed import Listing, ListingError
from coachwork.collecting.listing import listing_in, listing_of
from coachwork.collecting.pace import Pace

_ACCEPT = "application/json, text/csv, text/plain;q=0.8, */*;q=0.5"
_MOST_PAGES = 500
_ATTEMPTS = 4


def fetch_listing(url: str, fetcher: Fetcher, *, pace: Pace, longest_wait_s: float = 300.0) -> Listing:
    """Fetches a listing, of Flickr's answers every page.

    Messages name the address without its query, which may hold a key.

    Raises:
        ListingError: it cannot be fetched, or lists no photos.
    """
    shown = Path(url.split("?", maxsplit=1)[0].split("://", maxsplit=1)[-1])
    first = _text(url, fetcher, pace, longest_wait_s)
    answer = _json(first)
    if not is_flickr_answer(answer) or not isinstance(answer, dict):
        return listing_in(first, shown)
    page, pages, _ = pages_of(answer)
    answers: list[tuple[str, object]] = [("", answer)]
    if page == 1:
        for number in range(2, min(pages, _MOST_PAGES) + 1):
            address = str(httpx2.URL(url).copy_set_param("page", number))
            answers.append(("", _json(_text(address, fetcher, pace, longest_wait_s))))
    return listing_of(answers, shown)


def _text(url: str, fetcher: Fetcher, pace: Pace, longest_wait_s: float) -> str:
    host = host_of(url)
    for attempt in range(1, _ATTEMPTS + 1):
        pace.await_turn(host)
        try:
            return fetcher.fetch(url, accept=_ACCEPT).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            message = f"the listing at {host} is not UTF-8 text: check the address"
            raise ListingError(message) from error
        except FetchError as error:
            wait = 5.0 * 2 ** (attempt - 1) if error.wait_s is None else error.wait_s
            if not error.passing or attempt == _ATTEMPTS or wait > longest_wait_s:
                hint = ": allow it if you trust it" if error.problem is FetchProblem.PRIVATE_ADDRESS else ""
                message = f"the listing at {host} cannot be fetched: {error.explanation}{hint}"
                raise ListingError(message) from error
            pace.hold(host, wait)
    raise AssertionError  # the last attempt returns or raises


def _json(text: str) -> object:
    try:
        return json.loads(unwrapped(text))
    except (ValueError, RecursionError):
        return None
