"""Survival kernels on real tumors and cohorts, against R (numbers beside the data and ours)."""

import csv
import gzip
import json
import math
from pathlib import Path

import numpy as np
import pytest

from exportin.inference.survival_delay import delay_text, growth_delay
from exportin.inference.survival_logrank import logrank_test
from exportin.kernels.survival_cox import fit_cox
from exportin.kernels.survival_cox_robust import robust_covariance
from exportin.kernels.survival_crossing import crossings
from exportin.kernels.survival_km import kaplan_meier, median, quantile, survival_at
from exportin.kernels.survival_logrank import PETO
from exportin.kernels.survival_rmst import rmst

REFERENCE = Path(__file__).resolve().parents[2] / "reference" / "survival"
CLOSE = {"rel": 1e-8, "abs": 1e-10}
GENES = ("AURKA", "CASP3", "ERBB2", "ESR1", "PLAU", "STAT1", "VEGFA")


def table(path):
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return list(csv.DictReader(text.decode().splitlines()))


def number(text):
    return math.nan if text in ("", "NA") else float(text)


def same(ours, theirs):
    theirs = [math.nan if x is None else x for x in theirs]
    assert list(ours) == pytest.approx(theirs, nan_ok=True, **CLOSE)


# ---- tumors reaching 1000 mm3


def tumors(realdata, name):
    with (realdata / "vivo" / f"{name}.csv").open(newline="") as file:
        head, *lines = csv.reader(file)
    days = [float(d) for d in head[2:]]
    seen = [[(d, number(v)) for d, v in zip(days, line[2:], strict=True) if v] for line in lines]
    flat = np.array([pair for animal in seen for pair in animal])
    offsets = np.concatenate([[0], np.cumsum([len(animal) for animal in seen])])
    found = crossings(flat[:, 0], flat[:, 1], offsets, np.full(len(lines), 1000.0))
    assert found.known.all()
    return np.array([line[0] for line in lines]), found


@pytest.mark.parametrize("name", ["LS_1034", "SNU-81", "SW837"])
def test_time_to_volume_of_tumors(realdata, name):
    arm, found = tumors(realdata, name)
    said = json.loads((realdata / "vivo" / f"{name}_reference.json").read_text())
    said = said["time_to_threshold"]
    group = np.unique(arm, return_inverse=True)[1].astype(np.int64)
    everyone = logrank_test(found.first_visit, found.event, group)
    assert everyone.statistic == pytest.approx(said["logrank_chisq"], rel=1e-7)
    assert everyone.df == said["logrank_df"]
    assert everyone.p_value == pytest.approx(said["logrank_p"], rel=1e-6)
    control = arm == "Vehicle"
    for which, r in said["arms"].items():
        mine = arm == which
        curve = kaplan_meier(found.first_visit[mine], found.event[mine])
        q = median(curve)
        assert (curve.n, curve.events) == (r["n"], r["events"])
        assert curve.last_followup == r["last_followup"]
        assert (q.value if q.bound == "=" else None) == r["median"]
        assert (q.low, q.high) == (r["lo95"], r["hi95"])
        smooth = median(kaplan_meier(found.interpolated[mine], found.event[mine]))
        same([smooth.value if smooth.bound == "=" else math.nan],
             [r["median_loglinear_interpolated"] and round(smooth.value, 12)])  # fmt: skip
        if smooth.bound == "=":
            assert smooth.value == pytest.approx(r["median_loglinear_interpolated"], rel=1e-7)
        if which == "Vehicle":
            continue
        both = mine | control
        two = logrank_test(found.first_visit[both], found.event[both], mine[both].astype(np.int64))
        assert two.p_value == pytest.approx(r["logrank_p_vs_control"], rel=1e-7)
        sides = [(found.first_visit[s], found.event[s]) for s in (mine, control)]
        delay = growth_delay(*sides)
        assert delay_text(delay) == r["TGD_text"]
        assert (delay.difference.value if delay.status == "ok" else None) == r["TGD_days"]


def test_thousands_of_real_tumors(realdata):
    rows = table(realdata / "vivo" / "pdxe_brca_volumes.csv")
    by_mouse = {}
    for row in rows:
        by_mouse.setdefault(row["model_id"], []).append(
            (number(row["day"]), number(row["volume_mm3"]))
        )
    visits = [sorted(dict(v).items()) for v in by_mouse.values()]
    flat = np.array([pair for v in visits for pair in v])
    offsets = np.concatenate([[0], np.cumsum([len(v) for v in visits])])
    found = crossings(flat[:, 0], flat[:, 1], offsets, np.full(len(visits), 800.0))
    reached = found.event
    assert reached.sum() > 100
    assert (found.left[reached] < found.interpolated[reached]).all()
    assert (found.interpolated[reached] <= found.right[reached]).all()
    assert (found.right[reached] == found.first_visit[reached]).all()


# ---- cohorts


def breast(realdata):
    rows = table(realdata / "cohort" / "breast7_multicohort.csv")
    return [r for r in rows if r["t.dmfs"] != "NA" and r["e.dmfs"] != "NA"]


def columns(rows, *names):
    return [np.array([number(r[name]) for r in rows]) for name in names]


@pytest.mark.parametrize("gene", GENES)
def test_breast_cancer_hazards(realdata, gene):
    rows = breast(realdata)
    time, event, x = columns(rows, "t.dmfs", "e.dmfs", gene)
    cohort = np.unique([r["dataset"] for r in rows], return_inverse=True)[1].astype(np.int64)
    z = x.copy()
    for c in np.unique(cohort):
        z[cohort == c] = (x[cohort == c] - x[cohort == c].mean()) / x[cohort == c].std(ddof=1)
    said = json.loads((realdata / "cohort" / "breast7_expected_R.json").read_text())[gene]
    for key, values, strata in (("naive_raw", x, None), ("naive_z", z, None),
                                ("stratified", z, cohort)):  # fmt: skip
        r = said[key]
        for ties, kind in (("efron", ""), ("breslow", "breslow_")):
            fit = fit_cox(time, event > 0, values[:, None], strata=strata, ties=ties)
            assert fit.coef[0] == pytest.approx(r[f"{kind}coef"], **CLOSE)
            same([fit.loglik_null, fit.loglik], r[f"{kind}loglik"])
            if not kind:
                ours = [fit.std_error[0], fit.score.value, fit.likelihood_ratio.value]
                same(ours, [r["se"], r["score"], r["lrt"]])


def test_breast_cancer_curves(realdata):
    rows = breast(realdata)
    time, event, x = columns(rows, "t.dmfs", "e.dmfs", "AURKA")
    cohort = np.array([r["dataset"] for r in rows])
    high = np.zeros(time.size, dtype=bool)
    for c in np.unique(cohort):
        mine = cohort == c
        high[mine] = x[mine] >= np.median(x[mine])
    said = json.loads((realdata / "cohort" / "breast7_AURKA_km_expected_R.json").read_text())
    assert [int(high.sum()), int((~high).sum())] == [434, 433]
    for kind, r in said["km"].items():
        for g, place in ((high, slice(0, 4)), (~high, slice(4, 8))):
            curve = kaplan_meier(time[g], event[g] > 0, conf_type=kind)
            at = survival_at(curve, np.array(r["time"][place], dtype=np.float64))
            for ours, key in ((at.survival, "surv"), (at.low, "lower"), (at.high, "upper"),
                              (at.std_error, "std.err"), (at.n_risk, "n.risk")):  # fmt: skip
                same(ours, r[key][place])
            info = r["table"][0 if place.start == 0 else 1]
            q = median(curve)
            same([q.value], [info["median"]])
            assert (q.low, q.high) == (info.get("0.95LCL"), info.get("0.95UCL"))
    plain = logrank_test(time, event > 0, (~high).astype(np.int64))
    assert plain.statistic**2 == pytest.approx(said["logrank"]["chisq"], **CLOSE)
    same(plain.expected, said["logrank"]["exp"])
    peto = logrank_test(time, event > 0, (~high).astype(np.int64), weighting=PETO)
    assert peto.statistic**2 == pytest.approx(said["peto"]["chisq"], **CLOSE)


def test_sarcoma_hazards(realdata):
    rows = table(realdata / "cohort" / "tcga_sarc_clinical_cn.csv")
    said = json.loads((realdata / "cohort" / "tcga_sarc_expected_R.json").read_text())
    os_rows = [r for r in rows if r["os_days"] not in ("NA", "") and float(r["os_days"]) > 0]
    time, event, age, size = columns(os_rows, "os_days", "os_event", "age", "size_cm")
    margin = np.array([number("NA") if r["margin"] == "NA" else r["margin"] == "positive"
                       for r in os_rows])  # fmt: skip
    histology = np.unique([r["histology_short"] for r in os_rows], return_inverse=True)[1]
    for key, x in (("os_age", [age]), ("os_multi", [age, size, margin])):
        values = np.column_stack(x).astype(np.float64)
        kept = ~np.isnan(values).any(axis=1)
        fit = fit_cox(time[kept], event[kept] > 0, values[kept])
        r = said[key]
        assert (fit.n, fit.n_events) == (r["n"], r["events"])
        same(fit.coef, np.atleast_1d(r["coef"]))
        same(fit.std_error, np.atleast_1d(r["se"]))
        same([fit.loglik_null, fit.loglik, fit.score.value], [*r["loglik"], r["score"]])
    fit = fit_cox(time, event > 0, age[:, None], strata=histology.astype(np.int64))
    r = said["os_strat"]
    same([fit.coef[0], fit.std_error[0], fit.loglik_null, fit.loglik, fit.score.value],
         [r["coef"], r["se"], *r["loglik"], r["score"]])  # fmt: skip


def test_thousand_probes(realdata):
    rows = table(realdata / "cohort" / "vdxs_expr_dmfs.csv.gz")
    said = {r["probe"]: r for r in table(realdata / "cohort" / "vdxs_cox_expected_R.csv")}
    names = list(rows[0])
    time_name = next(n for n in names if n.lower().startswith("t.dmfs"))
    event_name = next(n for n in names if n.lower().startswith("e.dmfs"))
    time, event = columns(rows, time_name, event_name)
    checked = 0
    for probe in [n for n in names if n in said][::10]:
        (x,) = columns(rows, probe)
        fit = fit_cox(time, event > 0, x[:, None])
        r = said[probe]
        same([fit.coef[0], fit.std_error[0], fit.loglik, fit.score.value],
             [float(r[k]) for k in ("coef", "se", "loglik", "score")])  # fmt: skip
        checked += 1
    assert checked > 50


def test_numbers_of_our_own_run_of_r(realdata):
    r = {}
    for row in table(REFERENCE / "expected_real.csv"):
        r[row["case"], row["what"], row["key"]] = float(row["value"])
    rows = table(realdata / "cohort" / "tcga_sarc_clinical_cn.csv")
    rows = [x for x in rows if x["os_days"] not in ("NA", "") and float(x["os_days"]) > 0]
    time, event = columns(rows, "os_days", "os_event")
    curve = kaplan_meier(time, event > 0)
    assert curve.n == r["tcga_sarc_os", "km", "n"]
    for i, p in enumerate((0.25, 0.5), 1):
        q = quantile(curve, p)
        expected = [r["tcga_sarc_os", "km", f"{k}{i}"] for k in ("q", "qlow", "qhigh")]
        assert [q.value, q.low, q.high] == expected
    mean = rmst(curve, 1826.0)
    same(mean[:2], [r["tcga_sarc_os", "rmst", k] for k in ("mean", "se")])
    rows = breast(realdata)
    time, event, *x = columns(rows, "t.dmfs", "e.dmfs", "AURKA", "ESR1")
    cohort = np.unique([b["dataset"] for b in rows], return_inverse=True)[1].astype(np.int64)
    fit = fit_cox(time, event > 0, np.column_stack(x), strata=cohort)
    robust = np.sqrt(np.diag(robust_covariance(fit, cohort)))
    for ours, key in ((fit.coef, "coef"), (fit.std_error, "se"), (robust, "robust")):
        same(ours, [r["breast7", "cox", f"{key}{i}"] for i in (1, 2)])
