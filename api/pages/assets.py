"""The files that pages need: kept by browsers, and asked about again before each use."""

from typing import Any

from fastapi import Response
from fastapi.staticfiles import StaticFiles


class Assets(StaticFiles):
    """Scripts import each other by plain names: after an update none of them may be an old one."""

    def file_response(self, *arguments: Any, **more: Any) -> Response:
        response = super().file_response(*arguments, **more)
        response.headers["Cache-Control"] = "no-cache"
        return response
