"""The report as a page of its own, the same that a run writes."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from exportin.app.window.desk import Desk
from exportin.app.window.reading import threaded
from exportin.app.window.security import PAPER
from exportin.report.document import build_report
from exportin.study.publish import publish

REPORT = "report.html"


def _report(desk: Desk, request: Request) -> Response:
    """Draw what is not drawn, write results/ as a run does, and show the report."""
    del request
    outcome = desk.session.finished()
    data = build_report(outcome)
    publish(outcome, {REPORT: data})
    return Response(data, 200, {"Content-Security-Policy": PAPER}, "text/html; charset=utf-8")


ROUTES = [Route("/report", threaded(_report))]
