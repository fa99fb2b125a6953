"""What every emulated helpdesk does alike: serving, spoiling answers, keeping time, writing calls down.

An emulator brings its world and its routes; `Site` makes an HTTP server of them, `Control` a stage hand.
"""

from connectors.emulation.answers import Answer, Doc, Refusal, as_doc, as_docs
from connectors.emulation.calls import CallLog
from connectors.emulation.clock import WorldClock, iso
from connectors.emulation.control import Control
from connectors.emulation.courier import Courier, Parcel
from connectors.emulation.dice import Dice
from connectors.emulation.door import Door
from connectors.emulation.faults import PAGE_502, Fault, Faults
from connectors.emulation.people import Crew
from connectors.emulation.profiles import Kind, Running, Struck
from connectors.emulation.serve import serve
from connectors.emulation.site import Site

__all__ = [
    "PAGE_502",
    "Answer",
    "CallLog",
    "Control",
    "Courier",
    "Crew",
    "Dice",
    "Doc",
    "Door",
    "Fault",
    "Faults",
    "Kind",
    "Parcel",
    "Refusal",
    "Running",
    "Site",
    "Struck",
    "WorldClock",
    "as_doc",
    "as_docs",
    "iso",
    "serve",
]
