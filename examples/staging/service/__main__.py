"""Run the service: ``python -m service --port 8080``."""

import argparse
import asyncio
import logging
import sys
import time

from service import VERSION, app


async def run(port: int) -> None:
    """Serve until the process is stopped."""
    async with app.start(port) as server:
        sys.stdout.write(f"listening on 127.0.0.1:{app.port_of(server)}\n")
        sys.stdout.flush()
        app.log.info("harbor %s is up", VERSION)
        await server.serve_forever()


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(prog="service", description="Run the Harbor service.")
    parser.add_argument("--port", type=int, default=0, help="port on loopback (0: any)")
    form = logging.Formatter("%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s")
    form.converter = time.gmtime
    form.datefmt = "%Y-%m-%dT%H:%M:%S"
    handler = logging.StreamHandler()
    handler.setFormatter(form)
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    asyncio.run(run(parser.parse_args().port))


if __name__ == "__main__":
    main()
