from collections.abc import Callable

class AppriseAsset:
    def __init__(self, *, async_mode: bool) -> None: ...

class NotifyLogEntry:
    message: str

class Apprise:
    def __init__(self, *, asset: AppriseAsset) -> None: ...
    def add(self, services: str) -> bool: ...
    def __len__(self) -> int: ...
    def notify(
        self,
        *,
        title: str,
        body: str,
        body_format: str,
        log_callback: Callable[[NotifyLogEntry, object], None],
        log_level: int,
    ) -> object: ...
