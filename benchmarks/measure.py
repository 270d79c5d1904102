"""Run one command as a process of its own and print what it cost, as JSON.

python -I -S measure.py OUT ERR COMMAND...

OUT and ERR are the files for what the command prints. It imports next to nothing on purpose: Linux counts the
memory of the process that starts a command into the command's peak, so the starter has to be smaller than
anything that is measured. Peak memory is in bytes, times are in seconds.
"""

import os
import sys
import time

WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


def measure(out: str, err: str, command: "list[str]") -> str:
    """Start the command, wait for it, and give its cost as JSON."""
    files = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, out, WRITE, 0o600),
        (os.POSIX_SPAWN_OPEN, 2, err, WRITE, 0o600),
    ]
    begin = time.perf_counter()
    child = os.posix_spawn(command[0], command, os.environ, file_actions=files)
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - begin
    code = os.waitstatus_to_exitcode(status)
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return f'{{"code": {code}, "wall": {wall}, "cpu": {usage.ru_utime + usage.ru_stime}, "peak": {peak}}}'


if __name__ == "__main__":
    print(measure(sys.argv[1], sys.argv[2], sys.argv[3:]))
