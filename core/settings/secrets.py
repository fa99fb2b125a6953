"""References to secrets, and the one place where they become text."""

import hashlib
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from core.errors import Problem, SettingsError
from core.settings.words import Mistake

__all__ = ["SecretRef", "Secrets", "looks_like_reference"]

PREFIX = "SLAHUB_"
VARIABLE = re.compile(r"\$\{(SLAHUB_[A-Z0-9_]+)\}")
FILE = re.compile(r"file:([A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*)")
ANY_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
LOOK = re.compile(r"\$\{[^}]*\}|^file:\S")


def looks_like_reference(text: str) -> bool:
    """Tell whether `text` is, or holds, what only a key for secrets may hold."""
    return LOOK.search(text) is not None


@dataclass(frozen=True, slots=True)
class SecretRef:
    """Where a secret is kept: `${SLAHUB_NAME}` or `file:name` below the secrets folder. Never the secret.

    Raises: Mistake for any other text, without showing it: it may be a secret.
    """

    text: str

    def __post_init__(self) -> None:
        if VARIABLE.fullmatch(self.text):
            return
        if self.text.startswith("file:"):
            name = FILE.fullmatch(self.text)
            if name is None or {".", ".."} & set(name[1].split("/")):
                raise Mistake(
                    "a secret's file is named by its path below the secrets folder",
                    "write file:name, without a leading / and without ..",
                )
            return
        variable = ANY_VARIABLE.fullmatch(self.text)
        if variable:
            name_ = variable[1].upper()
            raise Mistake(
                f"the hub reads only variables that begin with {PREFIX}",
                f"write ${{{name_ if name_.startswith(PREFIX) else PREFIX + name_}}}",
            )
        raise Mistake(
            "a secret must not stand in the configuration",
            f"write a reference, ${{{PREFIX}NAME}} or file:name, and change the secret if this text was shared",
        )

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            _reference, serialization=core_schema.plain_serializer_function_ser_schema(lambda ref: ref.text)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {
            "type": "string",
            "pattern": f"^({VARIABLE.pattern}|{FILE.pattern})$",
            "description": "Where the secret is kept: ${SLAHUB_NAME}, or file:name below the secrets folder.",
        }


def _reference(value: object) -> SecretRef:
    if isinstance(value, SecretRef):
        return value
    if not isinstance(value, str):
        raise Mistake("expected a reference to a secret", f"write ${{{PREFIX}NAME}} or file:name")
    return SecretRef(value)


@dataclass(frozen=True, slots=True)
class Secrets:
    """Turns references into secrets. Holds the environment it was given, and shows nothing of it."""

    folder: Path
    environment: dict[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)

    def resolve(self, ref: SecretRef, key: str = "") -> str:
        """Return the secret behind `ref`; a file's trailing newline is cut.

        Raises: SettingsError naming the reference (never a value) when it is not set.
        """
        variable = VARIABLE.fullmatch(ref.text)
        value = self.environment.get(variable[1], "") if variable else self._read(ref, key)
        if not value:
            if variable:
                hint = "set it where slahub runs, or write file:name and keep the secret in the secrets folder"
                raise SettingsError(Problem(f"the variable {variable[1]} is not set", key=key, hint=hint))
            raise SettingsError(Problem(f"the file behind {ref.text} is empty", key=key, hint="put the secret into it"))
        return value

    def exposed(self, ref: SecretRef) -> str:
        """Return a sentence when every user of this machine can read the secret's file, else nothing."""
        if VARIABLE.fullmatch(ref.text):
            return ""
        try:
            mode = self._path(ref, "").stat().st_mode
        except (OSError, SettingsError):
            return ""
        if mode & stat.S_IROTH:
            return f"every user of this machine can read the file behind {ref.text}; chmod 600 ends that"
        return ""

    def digest(self, ref: SecretRef) -> bytes | None:
        """Return what is another when the secret's file holds another secret; None for a variable, or without one."""
        if VARIABLE.fullmatch(ref.text):
            return None
        try:
            return hashlib.sha256(self.resolve(ref).encode()).digest()
        except SettingsError:
            return None

    def _path(self, ref: SecretRef, key: str) -> Path:
        folder = self.folder.resolve()
        path = (folder / ref.text.removeprefix("file:")).resolve()
        if not path.is_relative_to(folder):
            raise SettingsError(Problem(f"{ref.text} leads out of the secrets folder {self.folder}", key=key))
        return path

    def _read(self, ref: SecretRef, key: str) -> str:
        path = self._path(ref, key)
        try:
            content = path.read_bytes()
        except FileNotFoundError as exc:
            text, hint = (
                f"there is no file behind {ref.text} in {self.folder}",
                "put the secret there, readable for you only",
            )
            raise SettingsError(Problem(text, key=key, hint=hint)) from exc
        except OSError as exc:
            text = f"the file behind {ref.text} cannot be read: {exc.strerror}"
            raise SettingsError(Problem(text, key=key)) from exc
        try:
            text = content.decode()
        except UnicodeDecodeError:
            # Not chained: that exception carries the bytes of the secret.
            raise SettingsError(Problem(f"the file behind {ref.text} is not text", key=key)) from None
        return text.removesuffix("\n").removesuffix("\r")
