"""Forms whose texts are longer than Starlette takes them by itself: 1 MB for each field."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from api.security import LIST_LIMIT


class LargeForm(APIRoute):
    """A route whose form may be as large as its request: the shield has counted that already."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def handle(request: Request) -> Response:
            await request.form(max_part_size=LIST_LIMIT)  # kept by the request for who asks again
            return await answer(request)

        return handle
