"""From what happened in a command to its exit code and, on stderr, its one error."""

import sys
import traceback
from collections.abc import Callable

from sockrig.cli.output import flush_results, silence_results
from sockrig_wire.errors import InterruptedRunError, SockrigError, exception_of
from sockrig_wire.failures import error_of

CANNOT_RUN = 4
INTERRUPTED = InterruptedRunError.exit_code


def exit_code_of(work: Callable[[], int], *, debug: bool) -> int:
    """Do the work; a failure is told in a sentence, with its traceback if ``debug``."""
    try:
        code = work()
        flush_results()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our results has enough of them (``| head``).
        silence_results()
        return 0
    except Exception as failure:
        if debug:
            traceback.print_exc()
        error = told(failure)
        print(f"sockrig: {error}", file=sys.stderr)
        return error.exit_code
    return code


def told(failure: BaseException) -> SockrigError:
    """A failure as a person should read it; of a group its first, for the others are its consequences."""
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    return failure if isinstance(failure, SockrigError) else exception_of(error_of(failure))
