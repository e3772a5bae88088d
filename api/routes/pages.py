"""The pages of the desk: for everybody, for coming in, and the console."""

from fastapi import APIRouter, FastAPI

from api.pages import board, desk_pages, entry, errors, public

router = APIRouter()
for part in (public, entry, desk_pages, board):
    router.include_router(part.router)


def install(app: FastAPI) -> None:
    """Serve the pages, and answer a browser's errors with pages too."""
    app.include_router(router)
    errors.install(app)
