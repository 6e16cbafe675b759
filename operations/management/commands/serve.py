"""`manage.py serve`: the whole product in one process: pages, API, sockets and jobs."""

import signal
import sys
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError, CommandParser
from django.db import connections

from core.commands import ParleyCommand
from operations.demo import PEOPLE, load_demo, read_demo_password, switch_demo_accounts
from operations.drain import when_going_down
from operations.job_thread import JobThread
from operations.startup import prepare_alone


class Command(ParleyCommand):
    help = "Migrate, load the demo at the first start on a loopback address, and serve until SIGTERM."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-migrate", action="store_true", help="leave that to the release")
        parser.add_argument("--no-demo", action="store_true", help="do not load the demo")
        parser.add_argument("--no-jobs", action="store_true", help="leave jobs to `manage.py run_huey`")
        parser.add_argument(
            "--workers", type=int, default=1, help="web processes; more than one needs REDIS_URL"
        )

    def run(self, **options: Any) -> None:
        workers = options["workers"]
        if workers > 1 and (settings.SQLITE or not settings.REDIS_URL):
            raise CommandError("Several workers need PostgreSQL (DATABASE_URL) and Redis (REDIS_URL).")
        demo = settings.LOOPBACK and not options["no_demo"]
        with prepare_alone():
            if not options["no_migrate"]:
                call_command("migrate", interactive=False, verbosity=0)
            switch_demo_accounts()
            if demo:
                load_demo()
        if demo:
            self._print_demo()
        else:
            self.stdout.write(f"Parley: {settings.BASE_URL}/")
        self.stdout.flush()
        connections.close_all()
        # The server puts this back and raises the signal again once it is down: leave by the `finally` below.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        jobs = None if options["no_jobs"] else JobThread()
        if jobs is not None:
            when_going_down(jobs.ask_to_stop)
            jobs.start()
        try:
            _serve(workers)
        finally:
            if jobs is not None:
                jobs.stop()

    def _print_demo(self) -> None:
        url, password = settings.BASE_URL, read_demo_password()
        lines = [
            "",
            "Parley is starting. Where to go:",
            f"  {url}/demo/      a shop's site with the widget: be a visitor",
            f"  {url}/console/   the console: be an agent (in a second browser or a private window)",
            f"  {url}/           the dashboard: build and test bots",
            f"  {url}/admin/     supervision",
            "Sign in as one of these, password " + password,
            *(
                f"  {email:22} {role} of {slug}"
                for slug, people in PEOPLE.items()
                for email, _, role in people
            ),
            "Ctrl-C stops it.",
            "",
        ]
        self.stdout.write("\n".join(lines))


def _serve(workers: int) -> None:
    try:
        uvicorn.run(
            "config.asgi:application",
            host=settings.HOST,
            port=settings.PORT,
            workers=workers if workers > 1 else None,
            ws="operations.socket_protocol:SocketProtocol",
            ws_max_size=settings.FRAME_MAX_BYTES_IN,
            ws_per_message_deflate=False,
            ws_ping_interval=None,
            loop="uvloop" if sys.platform != "win32" else "auto",
            lifespan="on",
            timeout_graceful_shutdown=4,
            access_log=False,
            log_config=None,
            server_header=False,
        )
    except KeyboardInterrupt:
        return
