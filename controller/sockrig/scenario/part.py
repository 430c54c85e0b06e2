"""The base of every mapping in a scenario, and how pydantic's errors become ours.

An error leaves here as a :class:`~pydantic.ValidationError` whose messages say what was expected;
:mod:`sockrig.scenario.loader` adds the positions. Where a field may have several forms the form is chosen first, by a
tag in angle brackets, so that messages are about that form alone; the tags stand in the errors' locations.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    ModelWrapValidatorHandler,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from sockrig.scenario.suggestions import did_you_mean
from sockrig.scenario.units import shown

FROM_FILE = "file"
"""The context of a validation of what stood in a file: only the keys count there, not the names in Python."""
UNKNOWN_KEY = "unknown_key"
"""The type of an error whose location ends with a key that should not be there."""
MISSING_KEY = "missing_key"
"""The type of an error whose location ends with a key that should be there."""
_IN_WORDS = "in_words"


def key_of(field_name: str) -> str:
    """The key in a file for a field in Python: ``from_`` is ``from``, ``expect_error`` is ``expect-error``."""
    return field_name.rstrip("_").replace("_", "-")


def is_tag(part: str | int) -> bool:
    """Whether a part of an error's location is a form's tag, or pydantic's mark of a key."""
    return isinstance(part, str) and (part == "[key]" or (part.startswith("<") and part.endswith(">")))


class Part(BaseModel):
    """Any mapping of a scenario: it cannot be changed, and knows no other keys than its own."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=key_of,
        validate_by_name=True,
        validate_by_alias=True,
        use_attribute_docstrings=True,
        allow_inf_nan=False,
    )

    _keys: ClassVar[tuple[str, ...]]
    _python_names: ClassVar[tuple[str, ...]]
    """Names of fields that are no keys."""

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        """Note the keys; every mapping that is validated asks for them."""
        cls._keys = tuple(key_of(name) for name in cls.model_fields)
        cls._python_names = tuple(name for name in cls.model_fields if key_of(name) != name)

    @model_validator(mode="wrap")
    @classmethod
    def _tell_errors(cls, data: Any, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        in_python_only: list[str] = []
        if info.context == FROM_FILE and isinstance(data, Mapping):
            in_python_only = [name for name in cls._python_names if name in data]
        try:
            if not in_python_only:
                return handler(data)
            handler({key: value for key, value in data.items() if key not in in_python_only})
            errors = []
        except ValidationError as error:
            errors = [_retold(details, cls._keys) for details in error.errors(include_url=False)]
        errors += [_unknown_key(name, cls._keys) for name in in_python_only]
        raise ValidationError.from_exception_data(cls.__name__, errors)


def problem_at(part: Part, message: str, *path: str | int) -> ValidationError:
    """An error about one place in a mapping, for validators that look at the whole of it."""
    return ValidationError.from_exception_data(type(part).__name__, [_details(_IN_WORDS, message, path)])


def missing_key(part: Part, key: str) -> ValidationError:
    """An error about a key that should be there, for validators that look at the whole of a mapping."""
    details = _details(MISSING_KEY, f"{key!r} is missing", (key,))
    return ValidationError.from_exception_data(type(part).__name__, [details])


def known_by_key(noun: str, kinds: Mapping[str, type[Part]]) -> tuple[Discriminator, BeforeValidator]:
    """Annotations for a union of mappings that are told apart by the one key that only they have.

    Args:
        noun: for messages: ``a call``.
        kinds: the key of each; its tag is the key in angle brackets.
    """
    tags = {kind: f"<{key}>" for key, kind in kinds.items()}

    def tag(value: object) -> str | None:
        if isinstance(value, Part):
            return tags.get(type(value))
        keys = [key for key in kinds if isinstance(value, Mapping) and key in value]
        return f"<{keys[0]}>" if keys else None

    def check(value: object) -> object:
        if type(value) in tags:
            return value
        if not isinstance(value, Mapping):
            raise ValueError(f"{shown(value)} is not {noun}: expected a mapping with one of {', '.join(kinds)}")  # noqa: TRY004
        here = [key for key in value if key in kinds]
        if len(here) > 1:
            message = f"{noun} is one of {', '.join(here)}, not several: expected one of them"
            raise ValidationError.from_exception_data(noun, [_details(UNKNOWN_KEY, message, (here[1],))])
        if not here:
            raise ValidationError.from_exception_data(noun, [_no_kind(noun, value, list(kinds))])
        return value

    return Discriminator(tag), BeforeValidator(check)


def tag_of_form(forms: Mapping[type, str]) -> Discriminator:
    """An annotation for a union whose forms are told apart by their types alone."""

    def tag(value: object) -> str | None:
        return next((name for form, name in forms.items() if isinstance(value, form)), None)

    return Discriminator(tag)


def checked(parse: Callable[[Any], object]) -> BeforeValidator:
    """An annotation for text that is kept as it is, once ``parse`` can read it."""

    def check(value: object) -> object:
        if isinstance(value, (str, int)) and not isinstance(value, bool):
            parse(value)
        return value

    return BeforeValidator(check)


def _details(kind: str, message: str, location: tuple[str | int, ...]) -> InitErrorDetails:
    error = PydanticCustomError(kind, "{message}", {"message": message})
    return InitErrorDetails(type=error, loc=location, input=None)


def _unknown_key(key: str, known: tuple[str, ...]) -> InitErrorDetails:
    message = f"unknown key {shown(key)!r}; {did_you_mean(key, known)}known here: {', '.join(known)}"
    return _details(UNKNOWN_KEY, message, (key,))


def _no_kind(noun: str, value: Mapping[str, object], kinds: list[str]) -> InitErrorDetails:
    """A mapping without any of the keys that tell its kind: the key nearest to one of them is probably meant for it."""
    for key in value:
        guess = did_you_mean(str(key), kinds)
        if guess:
            return _details(
                UNKNOWN_KEY, f"unknown key {shown(key)!r}; {guess}{noun} has one of {', '.join(kinds)}", (key,)
            )
    return _details(_IN_WORDS, f"{noun} needs one of {', '.join(kinds)}", ())


def _retold(details: ErrorDetails, known: tuple[str, ...]) -> InitErrorDetails:
    """One error of a mapping, or of something in it, in our words; what was retold before stays as it is."""
    location, context = details["loc"], details.get("ctx") or {}
    if details["type"] in {UNKNOWN_KEY, MISSING_KEY, _IN_WORDS}:
        return _details(details["type"], context["message"], location)
    if details["type"] == "extra_forbidden":
        return _unknown_key(str(location[0]), known)
    if details["type"] == "missing":
        return _details(MISSING_KEY, f"{location[-1]!r} is missing", location)
    return _details(_IN_WORDS, _in_words(details["type"], details["input"], context, details["msg"]), location)


_EXPECTED: Mapping[str, str] = {
    "string_type": "text; put it in quotes",
    "string_unicode": "text in Unicode",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "tuple_type": "a list",
    "union_tag_not_found": "a value, or a list of them",
}


def _in_words(kind: str, value: object, context: Mapping[str, Any], message: str) -> str:
    """What was found and what was expected, for each type of error that our fields can meet."""
    if kind == "value_error":
        return str(context["error"])
    if kind == "too_long":
        return f"too many: expected at most {context['max_length']:,}"
    if kind == "string_too_long":
        return f"too long: expected at most {context['max_length']:,} characters"
    expected = _EXPECTED.get(kind)
    if kind == "literal_error":
        expected = context["expected"]
    elif kind == "greater_than_equal":
        expected = f"at least {context['ge']}"
    elif kind == "less_than_equal":
        expected = f"at most {context['le']}"
    return f"{shown(value)}: expected {expected}" if expected else message.lower()
