from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo

from apscheduler.executors.pool import ThreadPoolExecutor

class BackgroundScheduler:
    def __init__(
        self,
        *,
        timezone: tzinfo,
        executors: Mapping[str, ThreadPoolExecutor],
        job_defaults: Mapping[str, object],
    ) -> None: ...
    def add_job(
        self,
        func: Callable[..., None],
        trigger: str,
        *,
        seconds: float,
        args: Sequence[object],
        id: str,
        executor: str,
        next_run_time: datetime,
    ) -> object: ...
    def remove_all_jobs(self) -> None: ...
    def start(self) -> None: ...
    def shutdown(self, wait: bool = True) -> None: ...
