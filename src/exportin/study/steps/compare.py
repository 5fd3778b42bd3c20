"""Step ``compare``: the questions of the study file, asked of the estimates."""

from collections.abc import Mapping
from typing import Any

from exportin.inference.contrasts import compare_units
from exportin.results.tables import Estimates, Tests
from exportin.study.asked import question
from exportin.study.frames import get_result, problems_to_json, put_frame, put_json
from exportin.study.store import Store
from exportin.tables.problems import InputError, Problem


def compare(store: Store, params: Mapping[str, Any], inputs: Mapping[str, str]) -> dict[str, str]:
    """Answer every compare table of a block; each is one family of tests."""
    estimates = get_result(store, inputs["estimates"], Estimates)
    answers: list[Tests] = []
    problems: list[Problem] = []
    for given in params["contrasts"]:
        try:
            answers.append(compare_units(estimates, question(given)))
        except InputError as error:
            problems.extend(error.problems)
    return {
        "tests": put_frame(store, Tests.concat(answers).frame),
        "problems": put_json(store, problems_to_json(problems)),
    }
