"""The stage hand over HTTP: `POST /_stage/{method}` with its arguments as JSON, `GET` for what only tells."""

import inspect
from collections.abc import Callable

from connectors.emulation.answers import Answer, Doc, Refusal

__all__ = ["Door"]

_TOLD = ("now", "strikes", "truth", "writes")


class Door:
    """Lets calls over HTTP in to a stage. It asks for no credentials: the emulator listens on the loopback."""

    def __init__(self, stage: object) -> None:
        self._verbs: dict[str, Callable[..., object]] = {
            name: verb for name, verb in inspect.getmembers(stage, callable) if not name.startswith("_")
        }

    def __call__(self, method: str, name: str, body: Doc) -> Answer:
        """Answer one call; what the method returned stands under `result`.

        Raises: Refusal (404) for an unknown method or thing, (400) for arguments that do not fit.
        """
        verb = self._verbs.get(name)
        if verb is None or (method == "GET" and name not in _TOLD):
            known = ", ".join(sorted(self._verbs))
            raise Refusal(404, {"error": f"the stage hand cannot {name!r}; it can {known}"})
        try:
            inspect.signature(verb).bind(**body)
        except TypeError as wrong:
            raise Refusal(400, {"error": f"{name}: {wrong}"}) from wrong
        try:
            result = verb(**body)
        except LookupError as missing:
            raise Refusal(404, {"error": f"{name}: {missing}"}) from missing
        except (TypeError, ValueError) as wrong:
            raise Refusal(400, {"error": f"{name}: {wrong}"}) from wrong
        return Answer(result if name in ("strikes", "truth", "writes") else {"result": result})
