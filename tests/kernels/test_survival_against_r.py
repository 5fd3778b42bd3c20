"""Survival kernels against R survival; reference/survival/README.md says how it was made."""

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from exportin.kernels.survival_competing import cumulative_incidence
from exportin.kernels.survival_cox import CoxStatus, fit_cox
from exportin.kernels.survival_cox_firth import fit_cox_firth
from exportin.kernels.survival_cox_profile import profile_limits
from exportin.kernels.survival_cox_robust import robust_covariance
from exportin.kernels.survival_km import kaplan_meier, quantile, survival_at
from exportin.kernels.survival_logrank import GEHAN, TARONE_WARE, Weighting, log_rank
from exportin.kernels.survival_rmst import rmst
from exportin.kernels.survival_turnbull import turnbull, turnbull_limits
from exportin.kernels.survival_weibull import fit_weibull, time_ratio

REFERENCE = Path(__file__).resolve().parents[2] / "reference" / "survival"
CLOSE = {"rel": 1e-8, "abs": 1e-10}


def _expected():
    out = defaultdict(dict)
    with (REFERENCE / "expected.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            value = np.nan if row["value"] in ("NA", "NaN") else float(row["value"])
            out[row["case"], row["what"]][row["key"]] = value
    return out


def _cases(name):
    out = defaultdict(lambda: defaultdict(list))
    with (REFERENCE / name).open(newline="") as file:
        for row in csv.DictReader(file):
            for key, value in row.items():
                if key != "case":
                    out[row["case"]][key].append(float(value))
    return {c: {k: np.array(v) for k, v in columns.items()} for c, columns in out.items()}


EXPECTED = _expected()
SUBJECTS = _cases("subjects.csv")
INTERVALS = _cases("intervals.csv")


def asked(prefix):
    return sorted(key for key in EXPECTED if key[1].startswith(prefix))


def column(found, prefix):
    """Values of prefix1, prefix2, ... in their order."""
    keys = [k for k in found if k[: len(prefix)] == prefix and k[len(prefix) :].isdigit()]
    return np.array([found[k] for k in sorted(keys, key=lambda k: int(k[len(prefix) :]))])


def whole(values):
    return values.astype(np.int64)


def event_of(d):
    return d["status"] == 1


def same(ours, theirs):
    """Equal, NaN on one side meaning NaN on the other."""
    assert np.isnan(ours).tolist() == np.isnan(theirs).tolist()
    assert ours == pytest.approx(theirs, nan_ok=True, **CLOSE)


@pytest.mark.parametrize(("case", "what"), asked("km_"))
def test_kaplan_meier(case, what):
    d, r = SUBJECTS[case], EXPECTED[case, what]
    curve = kaplan_meier(
        d["time"], event_of(d), conf_type=what.removeprefix("km_"),
        entry=d["entry"] if case == "late" else None,
        weight=d["weight"] if case in ("whole", "part") else None,
    )  # fmt: skip
    at = survival_at(curve, np.unique(d["time"]))
    for ours, key in ((at.survival, "surv"), (at.n_risk, "n")):
        same(ours, column(r, key))
    some = at.survival > 0  # R has no standard error where the curve is zero
    for ours, key in ((at.std_error, "se"), (at.low, "low"), (at.high, "high")):
        theirs = column(r, key)
        if what.endswith("plain") and key != "se":
            assert ours[some] == pytest.approx(theirs[some], **CLOSE)
        else:
            same(ours[some], theirs[some])
    for i, p in enumerate((0.25, 0.5, 0.75), 1):
        q = quantile(curve, p)
        value = np.nan if q.bound == ">" else q.value
        same(np.array([value]), np.array([r[f"q{i}"]]))
        for ours, key in ((q.low, "qlow"), (q.high, "qhigh")):
            same(np.array([np.nan if ours is None else ours]), np.array([r[f"{key}{i}"]]))
        assert q.bound == "=" or q.value == d["time"].max()


@pytest.mark.parametrize(("case", "what"), asked("rmst_"))
def test_restricted_mean(case, what):
    d, r = SUBJECTS[case], EXPECTED[case, what]
    group, horizon = (float(x) for x in what.split("_")[1:])
    mine = d["group"] == group
    found = rmst(kaplan_meier(d["time"][mine], event_of(d)[mine]), horizon)
    assert found[:2] == pytest.approx((r["mean"], r["se"]), **CLOSE)


@pytest.mark.parametrize(("case", "what"), [*asked("survdiff"), *asked("gehan"), *asked("tarone")])
def test_log_rank_family(case, what):
    d, r = SUBJECTS[case], EXPECTED[case, what]
    name = what.removesuffix("_strata")
    how = {"gehan": GEHAN, "tarone": TARONE_WARE}.get(name)
    how = how or Weighting(rho=float(name.split("_")[1]))
    strata = whole(d["stratum"]) if what.endswith("_strata") else None
    found = log_rank(d["time"], event_of(d), whole(d["group"]), strata=strata, weighting=how)
    difference = found.observed - found.expected
    chisq = difference[1:] @ np.linalg.solve(found.covariance[1:, 1:], difference[1:])
    assert chisq == pytest.approx(r["chisq"], **CLOSE)
    assert found.observed == pytest.approx(column(r, "obs"), **CLOSE)
    assert found.expected == pytest.approx(column(r, "exp"), **CLOSE)
    for g in range(found.observed.size):  # scores of a group add up to its O - E
        assert found.score[d["group"] == g].sum() == pytest.approx(difference[g], abs=1e-10)
    if "var1" in r:
        assert np.diag(found.covariance) == pytest.approx(column(r, "var"), **CLOSE)
    if "trend_z" in r:
        s = np.arange(difference.size)
        z = s @ difference / np.sqrt(s @ found.covariance @ s)
        assert z == pytest.approx(r["trend_z"], **CLOSE)


def cox_call(case, what):
    d = SUBJECTS[case]
    name, ties = what.removeprefix("cox_").rsplit("_", 1)
    columns = {"group": ["group"], "two": ["x1", "x2"], "strata": ["group", "x1", "x2"],
               "late": ["group", "x1"], "weight": ["group", "x1"]}[name]  # fmt: skip
    return d, fit_cox(
        d["time"], event_of(d), np.column_stack([d[c] for c in columns]), ties=ties,
        entry=d["entry"] if name == "late" else None,
        weight=d["weight"] if name == "weight" else None,
        strata=whole(d["stratum"]) if name in ("strata", "late") else None,
    )  # fmt: skip


@pytest.mark.parametrize(("case", "what"), asked("cox_"))
def test_cox(case, what):
    r = EXPECTED[case, what]
    d, fit = cox_call(case, what)
    assert fit.status is CoxStatus.OK
    assert fit.coef == pytest.approx(column(r, "coef"), **CLOSE)
    assert fit.std_error == pytest.approx(column(r, "se"), **CLOSE)
    assert (fit.loglik_null, fit.loglik) == pytest.approx((r["null"], r["loglik"]), **CLOSE)
    assert fit.score.value == pytest.approx(r["score"], **CLOSE)
    assert fit.wald.value == pytest.approx(r["wald"], rel=1e-8)
    robust = np.sqrt(np.diag(robust_covariance(fit)))
    assert robust == pytest.approx(column(r, "robust"), **CLOSE)
    if "cluster1" in r:
        clustered = robust_covariance(fit, whole(d["cluster"]))
        assert np.sqrt(np.diag(clustered)) == pytest.approx(column(r, "cluster"), **CLOSE)


@pytest.mark.parametrize(("case", "what"), asked("profile_"))
def test_profile_limits(case, what):
    d, r = SUBJECTS[case], EXPECTED[case, what]
    names = ["group"] if what.endswith("group") else ["group", "x1", "x2"]
    strata = None if what.endswith("group") else whole(d["stratum"])
    fit = fit_cox(d["time"], event_of(d), np.column_stack([d[c] for c in names]), strata=strata)
    low, high = profile_limits(fit)
    assert high == pytest.approx(r["high"], **CLOSE)
    if case == "separated":
        assert fit.status is CoxStatus.SEPARATED
        assert fit.coef[0] == low == -np.inf
        assert fit.loglik == pytest.approx(r["sup"], **CLOSE)
    else:
        assert low == pytest.approx(r["low"], **CLOSE)


@pytest.mark.parametrize(("case", "what"), asked("firth_"))
def test_firth(case, what):
    d, r = SUBJECTS[case], EXPECTED[case, what]
    names = ["group"] if what.endswith("group") else ["group", "x1"]
    fit = fit_cox_firth(d["time"], event_of(d), np.column_stack([d[c] for c in names]))
    assert fit.penalized_loglik == pytest.approx(r["pen"], rel=1e-9)
    # R's optimizers stop where the likelihood is flat to 1e-16: half the digits of the place
    assert fit.coef == pytest.approx(column(r, "coef"), rel=2e-4 if "two" in what else 1e-6)
    assert fit.penalized_loglik >= r["pen"] - 1e-11
    if "lr" in r:
        ours = (fit.low[0], fit.high[0], fit.likelihood_ratio[0])
        assert ours == pytest.approx((r["low"], r["high"], r["lr"]), rel=1e-7)


@pytest.mark.parametrize(("case", "what"), asked("aj_"))
def test_competing_events(case, what):
    d, r = SUBJECTS[case], EXPECTED[case, what]
    _, kind, cause = what.split("_")
    found = cumulative_incidence(
        d["time"], whole(d["status"]), conf_type=kind,
        entry=d["entry"] if case == "late" else None,
        weight=d["weight"] if case == "part" else None,
    )  # fmt: skip
    j = found.causes.index(int(cause))
    same(found.incidence[j], column(r, "p"))
    assert found.std_error[j] == pytest.approx(column(r, "se"), **CLOSE)
    if kind == "plain":
        assert found.low[j] == pytest.approx(column(r, "low"), **CLOSE)
        assert found.high[j] == pytest.approx(column(r, "high"), **CLOSE)
    else:
        same(found.low[j], column(r, "low"))
        same(found.high[j], column(r, "high"))


@pytest.mark.parametrize("case", INTERVALS)
def test_turnbull(case):
    d, r = INTERVALS[case], EXPECTED[case, "turnbull"]
    found = turnbull(d["left"], d["right"])
    assert found.settled
    assert found.gap < 1e-9
    assert found.loglik == pytest.approx(r["loglik"], rel=1e-9)
    assert found.loglik >= r["loglik"] - 1e-9
    at = np.array([3.0, 7.0, 10.0, 14.0, 17.0, 21.0, 24.0, 28.0])
    low, high = turnbull_limits(found, at)
    theirs = np.array([r[f"s{int(t)}"] for t in at])
    assert (low - 1e-6 <= theirs).all()
    assert (theirs <= high + 1e-6).all()


@pytest.mark.parametrize("case", INTERVALS)
def test_weibull(case):
    d, r = INTERVALS[case], EXPECTED[case, "weibull"]
    fit = fit_weibull(d["left"], d["right"], d["group"][:, None])
    expected = [r["coef1"], r["coef2"], r["log_scale"]]
    assert fit.parameters == pytest.approx(expected, **CLOSE)
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(column(r, "se"), **CLOSE)
    assert (fit.loglik, fit.loglik_null) == pytest.approx((r["loglik"], r["null"]), **CLOSE)
    found = time_ratio(d["left"], d["right"], d["group"] == 1)
    assert np.log([found.low, found.high]) == pytest.approx([r["low"], r["high"]], **CLOSE)
