"""Epochs grow, and only one session of a controller counts."""

import pytest

from sockrig_agent.session.book import Admission, SessionBook
from sockrig_wire.errors import LostError


def admit(book, controller_id, epoch, open_runs=(), keep_runs=()):
    return book.admit(controller_id, epoch, open_runs=open_runs, keep_runs=keep_runs)


def test_a_first_session_replaces_nothing():
    book = SessionBook()
    assert admit(book, "controller", 1) == Admission(None, ())
    assert (book.epoch("controller"), book.controllers()) == (1, ("controller",))


def test_a_newer_session_replaces_the_one_that_stands():
    book = SessionBook()
    admit(book, "controller", 1)
    assert admit(book, "controller", 5).replaced_epoch == 1
    assert book.epoch("controller") == 5


@pytest.mark.parametrize("epoch", [4, 5])
@pytest.mark.parametrize("ended", [False, True])
def test_a_session_that_is_not_newer_is_refused(epoch, ended):
    book = SessionBook()
    admit(book, "controller", 5)
    if ended:
        book.end("controller", 5)
    with pytest.raises(LostError, match="epoch 5 has been"):
        admit(book, "controller", epoch)
    assert book.epoch("controller") == (None if ended else 5)


def test_controllers_have_epochs_of_their_own():
    book = SessionBook()
    admit(book, "first", 5)
    admit(book, "second", 1)
    book.check("first", 5)
    book.check("second", 1)


@pytest.mark.parametrize("epoch", [1, 3])
def test_frames_of_another_session_are_refused(epoch):
    book = SessionBook()
    admit(book, "controller", 2)
    book.check("controller", 2)
    with pytest.raises(LostError, match="the one that stands has epoch 2"):
        book.check("controller", epoch)


def test_frames_without_a_session_are_refused():
    book = SessionBook()
    with pytest.raises(LostError, match="there is none now"):
        book.check("controller", 1)
    admit(book, "controller", 1)
    book.end("controller", 1)
    with pytest.raises(LostError):
        book.check("controller", 1)


def test_the_end_of_a_replaced_session_is_no_news():
    book = SessionBook()
    admit(book, "controller", 1)
    admit(book, "controller", 2)
    assert not book.end("controller", 1)
    assert book.epoch("controller") == 2
    assert book.end("controller", 2)
    assert not book.end("controller", 2)


def test_of_the_open_runs_those_that_the_controller_does_not_keep_are_closed():
    admission = admit(SessionBook(), "controller", 1, ["a", "b", "c"], ["b", "unknown"])
    assert admission.close_runs == ("a", "c")


def test_only_so_many_ended_controllers_are_remembered():
    book = SessionBook(max_remembered=2)
    for controller_id in ("first", "second", "third"):
        admit(book, controller_id, 5)
        book.end(controller_id, 5)
    admit(book, "first", 1)
    with pytest.raises(LostError):
        admit(book, "third", 1)
