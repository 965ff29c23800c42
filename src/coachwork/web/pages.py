"""Pages from templates: in the reader's language, every value escaped, with the addresses of styles and scripts."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse

from coachwork.reasons import reasons_of, restored
from coachwork.web.static_files import static_files
from coachwork.web.strings import LANGUAGES, Strings, language_of, strings
from coachwork.web.wording import day_words, number_words, told_html, within

COOKIE = "language"
_TEMPLATES = Path(__file__).with_name("templates")
_A_YEAR_S = 365 * 24 * 3600


def page(
    request: Request, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any
) -> HTMLResponse:
    """A page as the answer to a request. Browsers keep no copy of it.

    Args:
        request: that is answered; ``?lang=de`` in its address chooses the language, also of later pages.
        template: below ``templates/``. It has `t` for sentences (`Strings`), `static` for addresses of files, the
            request, and the values; one that is missing is an error.
        status: of HTTP.
        headers: more of them.
        **values: what the template names.
    """
    chosen = request.query_params.get("lang")
    told = strings_for(request)
    text = (
        _environment()
        .get_template(template)
        .render(
            t=told, request=request, languages=LANGUAGES, in_language=lambda code: _in_language(request, code), **values
        )
    )
    answer = HTMLResponse(text, status_code=status, headers={"Cache-Control": "no-store"} | dict(headers or {}))
    answer.headers["Vary"] = "Accept-Language, Cookie"
    answer.headers["Content-Language"] = told.language
    if chosen is not None and chosen in LANGUAGES:
        secure = request.url.scheme == "https"
        answer.set_cookie(COOKIE, chosen, max_age=_A_YEAR_S, httponly=True, samesite="lax", secure=secure)
    return answer


def strings_for(request: Request) -> Strings:
    """The sentences in the language of whoever asks."""
    chosen = request.query_params.get("lang")
    told = chosen if chosen in LANGUAGES else request.cookies.get(COOKIE)
    return strings(language_of(told, request.headers.get("accept-language", "")))


def amount_words(amount: Decimal | str, language: str, decimals: int = 0) -> str:
    """An amount as the language writes it, with its decimals, and at least so many of them.

    >>> amount_words("1741.20", "en"), amount_words("1741.20", "de"), amount_words("0", "en", 2)
    ('1,741.20', '1.741,20', '0.00')
    """
    own = -int(Decimal(amount).as_tuple().exponent)
    return number_words(Decimal(f"{Decimal(amount):.{max(decimals, own, 0)}f}"), language)


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["static"] = static_files().url
    environment.filters["day"] = day_words
    environment.filters["amount"] = amount_words
    environment.filters["told"] = told_html
    environment.filters["reasoned"] = restored
    environment.filters["reasons"] = reasons_of
    environment.filters["within"] = within
    return environment


def _in_language(request: Request, code: str) -> str:
    """The address of the same page in another language; of pages that answer a form, where the form stood."""
    query = [(key, value) for key, value in request.query_params.multi_items() if key != "lang"]
    return f"{request.url.path}?{urlencode([*query, ('lang', code)])}"
