"""A client of the openprocurement API 2.5, the same for a national core and for the sandbox."""

from bot.procurement.openprocurement.core import OpenProcurement
from bot.procurement.openprocurement.profile import Profile

__all__ = ["OpenProcurement", "Profile"]
