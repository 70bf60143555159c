"""The probe: guards the process, imports the project, answers what its models declare."""

# mypy: ignore-errors

from __future__ import annotations

import gc
import os
import platform
import signal
import sys
import threading
import time
import warnings

from .channel import Channel

_LEFT_BEHIND = []


def main(request):
    """Answers once, whatever the project does, and ends the process without running its exit hooks."""
    channel = Channel(request["marker"])
    real_exit = os._exit
    answer = {"python": platform.python_version()}
    try:
        _watch_exits(channel, answer, real_exit)
        _watch_orders(real_exit)
        _watch_time(channel, answer, request, real_exit)
        gc.disable()
        warnings.simplefilter("ignore")
        _clean_path()
        _read(request, answer, channel)
    except BaseException as error:
        from .reasons import failure

        answer["error"] = failure(error)
    _flush()
    channel.answer(answer)
    real_exit(0)


def _read(request, answer, channel):
    try:
        import sqlalchemy
    except ImportError as error:
        answer["error"] = {
            "kind": "no-sqlalchemy",
            "reason": "%s cannot import SQLAlchemy: %s" % (sys.executable, error),
        }
        return
    answer["sqlalchemy"] = sqlalchemy.__version__
    from .guard import Guard
    from .watch import Watch

    attempt = request.get("attempt") or {}
    os.environ.update({str(k): str(v) for k, v in attempt.get("environ", {}).items()})
    guard = Guard(request["profile"]["dialect"], request.get("scratch_url"), channel.progress)
    guard.url_scheme = request.get("url_scheme") or guard.url_scheme
    guard.install()
    watch = Watch()
    watch.install()
    following = _follow_children(guard, request["marker"][-12:])
    _LEFT_BEHIND.extend([following] if following else [])
    session = _session(request, answer, guard, channel, watch)
    try:
        session.read()
    except BaseException as error:
        session.failed(error)
    finally:
        answer["watched"] = watch.answer()
        said = following.close() if following else []
        _LEFT_BEHIND.clear()
        answer["refused"] = guard.refused + [r for r in said if r not in guard.refused]


def _session(request, answer, guard, channel, watch):
    """Reads the models, or replays the revisions."""
    if request.get("replay"):
        from .replay import ReplaySession

        return ReplaySession(request, answer, guard, channel, watch)
    from .session import Session

    return Session(request, answer, guard, channel.progress)


def _follow_children(guard, tag):
    """Guards the Python programs the project starts; only the bundled probe has its own source at hand."""
    from .children import Following

    sources = getattr(sys.modules["__main__"], "SOURCES", None)
    try:
        return Following(sources, __package__, guard, tag) if sources else None
    except OSError:  # nowhere to write: child processes are guarded by their environment alone
        return None


def _clean_path():
    """The program came over stdin: Python put the working directory first, where `logging/` may lie.

    Spelled out, the same directory is one that PYTHONPATH names, and stays.
    """
    if sys.path and sys.path[0] == "":
        del sys.path[0]
    sys.argv = ["alembic"]


def _watch_exits(channel, answer, real_exit):
    """`os._exit` by the project would be silence: the answer says who called it. Forks may exit."""
    process = os.getpid()

    def _exit(status=0):
        if os.getpid() == process:
            from .reasons import calling_place, spelled_place

            place = calling_place(sys._getframe(1))
            reason = "the project ended the program: os._exit(%r) at %s" % (status, spelled_place(place))
            channel.answer(dict(answer, error={"kind": "exit", "reason": reason, "place": place}))
            _clear()
        real_exit(status)

    os._exit = _exit


def _watch_orders(real_exit):
    """Told to end, the probe tidies up first; forks only end."""
    process = os.getpid()

    def end(number, frame):
        if os.getpid() == process:
            _clear()
        real_exit(128 + number)

    signal.signal(signal.SIGTERM, end)


def _watch_time(channel, answer, request, real_exit):
    """After the time is up, says where the project was and ends."""
    seconds = request.get("timeout") or 300
    main_thread = threading.main_thread().ident

    def wait():
        from .reasons import calling_place, spelled_place

        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if channel.deaf(min(1.0, max(0.0, end - time.monotonic()))):  # whoever asked was killed
                _clear()
                real_exit(1)
        frames = sys._current_frames()
        ordered = [frames.get(main_thread)] + list(frames.values())
        place = next((p for p in map(calling_place, filter(None, ordered)) if p), None)
        reason = "the project did not finish importing in %g s; it was at %s" % (
            seconds,
            spelled_place(place),
        )
        channel.answer(dict(answer, error={"kind": "timeout", "reason": reason, "place": place}))
        _clear()
        real_exit(1)

    threading.Thread(target=wait, daemon=True, name="kedge-watch").start()


def _clear():
    for following in _LEFT_BEHIND:
        following.close()


def _flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass
