"""`./desk VERB`: reads the command line, makes the verb's environment, goes on inside it.

Standard library only: this runs before anything is installed.
"""

import argparse
import os
import sys
from pathlib import Path

from api.commands import environments

BENCHES = ("turn", "search", "load", "tenders", "reports", "calls", "assign")


def main(root: Path, arguments: list[str]) -> None:
    os.umask(0o077)  # what the desk writes is nobody else's to read
    options = parser(root).parse_args(arguments)
    data = options.data.resolve()
    environment = "test" if options.verb == "test" else "desk"
    try:
        data.mkdir(parents=True, exist_ok=True)
        python = environments.ensure(root, data, environment)
    except environments.CannotInstall as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"The folder {data} cannot be used: {error.strerror}. Name another: --data DIR")
    command = [str(python), "-m", f"api.commands.{options.verb}", *rest(options)]
    os.chdir(root)
    os.environ |= {"DESK_DATA": str(data), "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"}
    os.execv(python, command)


def parser(root: Path) -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="./desk", description="Sinmungo, the drum anyone may beat.")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--data",
        type=Path,
        default=root / "var",
        metavar="DIR",
        help="where the desk keeps all it has",
    )
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")

    def verb(name: str, words: str) -> argparse.ArgumentParser:
        return verbs.add_parser(name, help=words, description=words, parents=[common])

    up = verb("up", "Install what is missing, prepare everything, and start the desk.")
    up.add_argument("--port", type=int, default=8000, help="the port to listen on (8000)")
    up.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    up.add_argument("--demo", action="store_true", help="with people, tenders and demo.json")
    up.add_argument("--role", choices=("all", "api", "worker"), default="all")
    test = verb("test", "Run every check.")
    test.add_argument("-k", metavar="EXPR", help="only the tests that pytest's EXPR names")
    test.add_argument("--install", action="store_true", help="get missing system packages")
    test.add_argument("--no-skips", action="store_true", help="a skipped part is a failure")
    verb("check", "Say what is on, off or missing, naming each setting.")
    verb("work", "Run the background worker alone (PostgreSQL only).")
    verb("train", "Train the Rasa model.")
    verb("index", "Take in the articles and build the search index.")
    evaluate = verb("eval", "Measure retrieval, answers and abstention.")
    evaluate.add_argument("--check", action="store_true", help="fail below the floors")
    evaluate.add_argument(
        "--public", type=_from_here, metavar="DIR", help="measure retrieval on public sets in DIR"
    )
    evaluate.add_argument(
        "--understanding",
        type=_from_here,
        metavar="DIR",
        help="instead, intents, scope and language on the published sets in DIR",
    )
    evaluate.add_argument("--keep", action="store_true", help="store the figures as the baseline")
    verb("calibrate", "Fit anew when an answer is given and when none is, and store it.")
    bench = verb("bench", "Measure speed and memory beside a peer.")
    bench.add_argument("what", choices=BENCHES)
    bench.add_argument("--messages", type=int, help="turn: how many are sent (500)")
    bench.add_argument("--epochs", type=int, help="turn: how long bare Rasa is trained (3)")
    bench.add_argument(
        "--at", type=int, nargs="+", help="turn: how many at once (1 20)", metavar="N"
    )
    bench.add_argument("--alone", action="store_true", help="turn: without bare Rasa, in a minute")
    bench.add_argument(
        "--sizes", type=int, nargs="+", help="search: passages (1000 10000 100000)", metavar="N"
    )
    bench.add_argument("--chats", type=int, help="load: chats at once (50)")
    bench.add_argument("--seconds", type=float, help="load: for how long (30)")
    bench.add_argument("--tenders", type=int, help="tenders: how many (100000)")
    bench.add_argument("--events", type=int, help="reports: how many (1000000)")
    bench.add_argument("--calls", type=int, help="calls: callers at once (330)")
    bench.add_argument(
        "--spoken", type=float, metavar="SHARE", help="calls: share of free speech (0.05)"
    )
    backup = verb("backup", "Write everything the desk knows into one file.")
    backup.add_argument("file", type=_from_here)
    restore = verb("restore", "Bring a backup into an empty data folder or database.")
    restore.add_argument("file", type=_from_here)
    return top


def _from_here(path: str) -> Path:
    """A path by the folder that the command is typed in: the verbs themselves run in the root."""
    return Path(path).resolve()


def rest(options: argparse.Namespace) -> list[str]:
    """The verb's own options again, for the module that carries it out."""
    given: list[str] = []
    for name, value in vars(options).items():
        if name in {"verb", "data"} or value is None or value is False:
            continue
        flag = "-k" if name == "k" else "--" + name.replace("_", "-")
        if name in {"what", "file"}:
            given.append(str(value))
        elif isinstance(value, list):
            given += [flag, *map(str, value)]
        elif value is True:
            given.append(flag)
        else:
            given += [flag, str(value)]
    return given
