"""How a number came out, as a closed list with a sentence each."""

from typing import Literal, get_args

Status = Literal[
    "ok",
    "at_bound",
    "no_response",
    "not_converged",
    "too_few",
    "not_identifiable",
    "no_events",
    "separated",
    "all_flagged",
]

SENTENCES: dict[str, str] = {
    "ok": "Estimated.",
    "at_bound": "The true value lies beyond what was tested or followed; only the bound is known.",
    "no_response": "No dose response was detected.",
    "not_converged": "The fit found no stable optimum.",
    "too_few": "Too few independent observations to estimate this.",
    "not_identifiable": "The data do not determine this number.",
    "no_events": "No event was observed.",
    "separated": "The groups are perfectly separated; the ratio has no finite estimate.",
    "all_flagged": "Every row was excluded or flagged.",
}

STATUSES: tuple[str, ...] = get_args(Status)
