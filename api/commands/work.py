"""`./desk work`: the background worker alone, beside other processes on one PostgreSQL."""

import argparse
import sys

from api.commands import up
from api.commands.environments import CannotInstall
from api.commands.starting import CannotStart
from crm.desk_toml import BadSetting


def main() -> None:
    options = argparse.Namespace(role="worker", demo=False, host="127.0.0.1", port=0)
    try:
        up.run(options)
    except (CannotStart, CannotInstall, BadSetting) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
