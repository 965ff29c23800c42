"""Forms that a browser sends, as plain texts."""

from typing import Annotated

from fastapi import Depends, Request


async def the_form(request: Request) -> dict[str, str]:
    """The texts of a form; of a field that comes more than once the last one, files are left out."""
    async with request.form(max_files=0, max_fields=100) as told:
        return {name: value for name, value in told.multi_items() if isinstance(value, str)}


FormHere = Annotated[dict[str, str], Depends(the_form)]
