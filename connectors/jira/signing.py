"""Which host a signed call goes to, and what an answer says of the credentials it was signed with."""

import base64
from abc import ABC, abstractmethod
from collections.abc import Generator

import httpx

from connectors import SourceError

__all__ = ["Flow", "Signer", "aim", "basic", "by_gateway", "denied", "refused"]

Flow = Generator[httpx.Request, httpx.Response, None]

LOGIN = "x-seraph-loginreason"

NO_SCOPE = b"scope does not match"
"""What the gateway says with 401 to a token that it knows, and whose scopes do not hold this call."""


class Signer(httpx.Auth, ABC):
    """Signs calls to one site; a call to any other host leaves neither signed nor unsigned."""

    def __init__(self, site: str) -> None:
        self._site = httpx.URL(site)

    def auth_flow(self, request: httpx.Request) -> Flow:
        url, mine = request.url, self._site
        if (url.scheme, url.netloc) != (mine.scheme, mine.netloc):
            raise SourceError(f"refused to give the credentials of {mine.host} to {url.host}")
        yield from self.signed(request)

    @abstractmethod
    def signed(self, request: httpx.Request) -> Flow:
        """Yield the request as it may leave."""


def basic(user: str, password: str) -> str:
    """Return the header of Basic authentication."""
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def by_gateway(url: httpx.URL, site: str, gateway: str, cloud: str) -> httpx.URL:
    """Return where a call to the site goes by the gateway. cloud: the site's id."""
    below = url.raw_path.removeprefix(httpx.URL(site).raw_path.rstrip(b"/"))
    through = httpx.URL(f"{gateway}/ex/jira/{cloud}")
    return through.copy_with(raw_path=through.raw_path + below)


def aim(request: httpx.Request, url: httpx.URL) -> None:
    """Have a request go to `url`."""
    request.url = url
    request.headers["host"] = url.netloc.decode("ascii")


def refused(response: httpx.Response) -> bool:
    """Say whether the credentials were not taken: Jira then answers 401, or as to a visitor and says so."""
    if "AUTHENTICATED_FAILED" in response.headers.get(LOGIN, "") or denied(response):
        return True
    return response.status_code == 401 and NO_SCOPE not in response.read().lower()


def denied(response: httpx.Response) -> bool:
    """Say whether the password was not even looked at, because a CAPTCHA stands before it."""
    return "AUTHENTICATION_DENIED" in response.headers.get(LOGIN, "")
