"""Where the console leads: a few doors always in sight, the others in menus by their purpose."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Door:
    """A page: its address, the key of its name, and the verbs of which any one opens it."""

    path: str
    name: str
    verbs: tuple[str, ...] = ()
    # Open to everybody; its language stands in the address.
    public: bool = False

    @property
    def window(self) -> str:
        """The browser tab it opens in beside the console, which must stay where it is."""
        return f"sinmungo-{self.path.rsplit('/', 1)[1]}"

    def leads_to(self, path: str) -> bool:
        return path == self.path or (self.path != "/console" and path.startswith(f"{self.path}/"))


@dataclass(frozen=True, slots=True)
class Menu:
    name: str
    doors: tuple[Door, ...]

    def leads_to(self, path: str) -> bool:
        return any(door.leads_to(path) for door in self.doors)


PLACES: tuple[Door | Menu, ...] = (
    Door("/console", "console.talks", ("conversation.read",)),
    Door("/console/tickets", "console.tickets", ("ticket.read",)),
    Menu(
        "menu.knowledge",
        (
            Door("/console/articles", "articles.title", ("article.read",)),
            Door("/console/gaps", "gap.title", ("gap.read",)),
            Door("/console/recall", "recall.title", ("recall.read",)),
            Door("/console/rulings", "ruling.title", ("ruling.read",)),
            Door("/console/replies", "replies.title", ("reply.read",)),
            Door("/console/macros", "macros.title", ("macro.read",)),
            Door("/help", "site.help", public=True),
        ),
    ),
    Menu(
        "menu.floor",
        (
            Door("/console/floor", "floor.title", ("queue.read",)),
            Door("/console/allocation", "allocation.title", ("queue.write",)),
            Door("/console/contacts", "round.title", ("conversation.read",)),
            Door("/console/callbacks", "promise.title", ("conversation.read",)),
            Door("/console/appointments", "appointment.title", ("appointment.read",)),
            Door("/console/suspensions", "suspension.title", ("suspension.read",)),
            Door("/console/board", "board.title", ("report.read",)),
            Door("/console/post", "post.title", ("post.read",)),
        ),
    ),
    Menu(
        "menu.centre",
        (
            Door("/console/team", "team.title", ("notice.read",)),
            Door("/console/quality", "quality.title", ("quality.read", "quality.write")),
            Door("/console/courses", "courses.title", ("report.read",)),
            Door("/console/people", "console.people", ("counselor.read",)),
            Door("/console/walls", "walls.nav", ("wall.read",)),
            Door("/console/staffing", "staffing.title", ("staffing.read",)),
            Door("/console/shifts", "shift.title", ("staffing.read",)),
            Door("/console/reach", "reach.title", ("campaign.call", "campaign.read")),
            Door("/console/reports", "report.title", ("report.read",)),
            Door("/console/targets", "target.title", ("report.read",)),
        ),
    ),
)


def places(may: Mapping[str, bool]) -> list[Door | Menu]:
    """What somebody with these verbs finds in the header; a menu of one door is that door."""
    found: list[Door | Menu] = []
    for place in PLACES:
        inside = place.doors if isinstance(place, Menu) else (place,)
        doors = tuple(d for d in inside if not d.verbs or any(may[verb] for verb in d.verbs))
        if len(doors) > 1:
            found.append(Menu(place.name, doors))
        else:
            found += doors
    return found
