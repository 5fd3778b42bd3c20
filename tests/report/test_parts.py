"""Counts on top, methods text, exclusions and truth."""

from dataclasses import replace

import polars as pl
import pytest

from exportin.report import names as report_names
from exportin.report import typeset
from exportin.report.document import build_report
from exportin.report.families import CALLED
from exportin.report.found import what_was_found
from exportin.report.methods import Bibliography, look_up, methods_text, used_methods
from exportin.report.names import Names, block_names
from exportin.report.quality import exclusions, lost_exclusions, rules
from exportin.report.tables import comparison_listing, estimate_listing
from exportin.report.truth import truth_table
from exportin.results.methods import Reference
from exportin.results.quantities import Quantity, shared_quantities
from exportin.results.single import shown_rows, stand_ins
from exportin.results.tables import Estimates, Flags, Series, Tests


def test_the_box_counts_what_the_tables_hold(study):
    tiles = {tile.label: tile.count for tile in what_was_found(study.block(), Names({})).tiles}
    assert tiles == {
        "curves": 33, "estimates": 20, "bounds": 2, "no response": 2,
        "raw rows left out": 2,
    }  # fmt: skip


def _tests(study, p_values, **more):
    rows = study.comparisons().frame.drop("id", "model").head(1).to_dicts() * len(p_values)
    return Tests.build(
        {**row, "model": f"LP{i}", "p_value": p, "p_adjusted": p, **more}
        for i, (row, p) in enumerate(zip(rows, p_values, strict=True), start=1)
    )


def test_verdicts_say_where_they_hold(study):
    found = what_was_found(study.block(), Names({}))
    assert [said.where for said in found.verdicts] == [
        f"{line}, Ec50" for line in ("LP6", "LP10", "LPS141", "SW872")
    ]
    assert found.more == ""


def test_many_verdicts_begin_with_those_that_differ(study):
    p_values = [0.2, 0.01] * 5 + [0.5]
    found = what_was_found(study.block(tests=_tests(study, p_values)), Names({}))
    where = [said.where.removesuffix(", Ec50") for said in found.verdicts]
    assert where == ["LP2", "LP4", "LP6", "LP8", "LP10", "LP1", "LP3", "LP5"]
    assert found.more == "3 more (3 without a difference shown)"


def test_tests_that_differ_by_name_alone_stay_together(study):
    frame = _tests(study, [0.2, 0.01, 0.3]).frame
    sign = pl.when(pl.col("model") == "LP2").then(pl.lit("exact sign test"))
    frame = frame.with_columns(test=sign.otherwise(pl.col("test")))
    block = study.block(tests=Tests(frame))
    (group,) = comparison_listing(block, Names({})).groups
    assert [row["model"] for row in group.rows] == ["LP1", "LP2", "LP3"]
    assert "paired t test or exact sign test, two-sided, paired" in group.note
    page = build_report(study.outcome(block)).decode()
    assert page.count('<span class="remark">exact sign test</span>') == 1
    assert 'class="remark">paired t test' not in build_report(study.outcome()).decode()


def test_quantities_stand_in_the_order_of_the_assay(study):
    known = {name: Quantity(name=name, label=name[::-1], estimand="") for name in
             ("ic50_absolute", "ec50")}  # fmt: skip
    names, block = Names(known), study.block(truth=study.truth())
    for pooled in (True, False):
        titles = [g.title for g in estimate_listing(block, names, pooled=pooled).groups]
        assert titles == ["etulosba_05ci", "05ce"]
    assert [label for label, _ in truth_table(block, names).groups] == ["05ce"]
    assert names.rank("unheard of") == 2


def _single(study, pooled):
    keys = {"model": "LP6", "treatment": "selinexor", "quantity": "ec50", "method": "pool_t"}
    unit = study.estimate(**keys, unit_id="e1", value=33.47, conf_low=30.1, conf_high=37.2,
                          interval_level="within", n_units=1)  # fmt: skip
    lone = study.estimate(**{**keys, "n_units": 1, "status": "too_few", "conf_level": None,
                             "value": 33.47 * (1 + 1e-14), **pooled})  # fmt: skip
    return study.block(estimates=Estimates.build([unit, lone]))


def test_one_experiment_shows_its_technical_interval_and_says_so(study):
    block = _single(study, {})
    listing = estimate_listing(block, Names({}), pooled=True)
    assert listing.technical
    assert listing.level == "95%"
    page = build_report(study.outcome(block)).decode()
    assert "One experiment only: technical intervals." in page
    assert "Too few" not in page
    assert page.count(">30.1</data>") == 2  # this table and the technical one
    assert shown_rows(block.estimates.frame, block.estimates.keys).get_column("unit_id").item()


def test_one_experiment_among_others_is_marked_in_its_row(study):
    lone, many = _single(study, {}).estimates, study.estimates()
    both = study.block(estimates=Estimates.concat([lone, _renamed(many)]))
    page = build_report(study.outcome(both)).decode()
    assert page.count("one experiment only: technical interval") == 1
    assert "Estimates pooled over" not in page  # of one of them nothing was pooled
    assert "where n is above 1 they are pooled" in page
    assert "some of one experiment" in page


def _renamed(made):
    rows = made.frame.drop("id").with_columns(pl.col("model") + " b").to_dicts()
    return Estimates.build(rows)


@pytest.mark.parametrize(
    "pooled", [{"value": 35.0}, {"status": "ok"}, {"n_units": 2}, {"bound": ">"}]
)
def test_only_the_same_number_is_shown_with_the_unit_s_interval(study, pooled):
    block = _single(study, pooled)
    assert stand_ins(block.estimates.rows, block.estimates.keys) == {}


def test_rows_between_units_and_technical_rows_stand_apart(study, page):
    block = study.block()
    names = block_names(block)
    pooled = estimate_listing(block, names, pooled=True)
    single = estimate_listing(block, names, pooled=False)
    assert (pooled.count, single.count) == (24, 66)
    assert pooled.keys == ("model", "treatment")
    assert single.keys == ("model", "treatment", "unit_id")
    assert pooled.level == "95%"
    assert [row["model"] for row in pooled.groups[0].rows][2:6] == ["LP6", "LP6", "LP10", "LP10"]
    assert page.index("pooled over experiments; the interval") < page.index("<summary><b>Technical")
    assert "not for comparisons" in page


def test_tests_are_grouped_by_family(study):
    listing = comparison_listing(study.block(), Names({}))
    assert len(listing.groups) == 1
    assert listing.groups[0].note.endswith(
        "Holm over 4 tests; intervals per comparison, not adjusted"
    )


def test_many_curves_point_to_the_file(study):
    models = tuple(f"line {i}" for i in range(216))
    block = study.block(estimates=study.estimates(models))
    made = build_report(study.outcome(block)).decode()
    assert len(made) < 20e6
    assert "The 1296 technical rows per quantity" in made
    assert "<summary><b>Technical" not in made
    assert 'class="window tall"' in made
    assert made.count('data-col="value"') == 2 * 2 * 216  # T778 alone has no response


def test_methods_are_those_really_used(study):
    block, cited = study.block(), Bibliography()
    assert used_methods(block) == (
        "log_logistic_4", "pool_t", "profile_likelihood", "paired_t", "holm",
    )  # fmt: skip
    sentences = methods_text(block, block_names(block), cited)
    assert [r.key for r in cited.entries] == ["hill1910", "cohen1959", "venzon1988", "holm1979"]
    text = ". ".join(s.text for s in sentences)
    assert "between experiments (95%; n = 3 experiments)" in text
    assert "1296 read, 48 empty by layout, 1246 used, 2 left out of every number" in text
    assert "(excluded: 1; saturated: 1)" in text
    assert "averaged were EC50 (relative) and IC50 (absolute) on logarithms" in text
    assert next(s for s in sentences if "pooled on the log" in s.text).cites == (1, 2)


def test_an_unknown_method_is_an_error(study):
    block = study.block()
    frame = block.estimates.frame.with_columns(method=block.estimates.frame["method"] + "+magic")
    bad = replace(block, estimates=Estimates(frame))
    with pytest.raises(ValueError, match="magic"):
        build_report(study.outcome(bad))
    with pytest.raises(ValueError, match="nothing"):
        look_up(["nothing"], {})


def test_one_key_is_one_reference():
    cited = Bibliography()
    assert cited.cite(Reference(key="a", text="A")) == 1
    assert cited.cite(Reference(key="b", text="B")) == 2
    assert cited.cite(Reference(key="a", text="A")) == 1
    with pytest.raises(ValueError, match="'a'"):
        cited.cite(Reference(key="a", text="another"))


def test_exclusions_keep_what_was_taken_back(study, page):
    first, second = exclusions(study.LEDGER, "viability")
    assert (first.undone, second.undone) == (False, True)
    assert second.undos[0].by == "jo"
    assert first.when == "2021-03-01 09:41 UTC"
    assert "<s><code>plate1.csv:C4</code></s>" in page
    assert "taken back by jo, 2021-03-03: was the neighboring plate" in page
    assert exclusions(study.LEDGER, "other") == []


def test_what_is_left_out_now_comes_first_and_the_past_is_folded(study):
    ledger = study.LEDGER
    for number in (4, 6, 8):
        ledger += (
            study.entry(number, "exclude", ("plate1.csv:D5",), "bubble"),
            study.entry(number + 1, "undo", ("plate1.csv:D5",), "", reverses=number),
        )
    page = build_report(replace(study.outcome(), ledger=ledger)).decode()
    part = page[page.index("What is left out now") :]
    now, _, past = part.partition("<details>")
    assert "(4)</summary>" in past  # one of the study's own, and three
    assert "plate1.csv:D5" not in now
    assert "plate1.csv:C4" not in now
    assert past.count("<code>plate1.csv:D5</code>") == 3
    only = build_report(replace(study.outcome(), ledger=ledger[3:])).decode()
    assert "Nothing is left out by a person now." in only


def test_a_row_excluded_again_is_excluded(study):
    again = study.entry(4, "exclude", ("plate1.csv:C4",), "really")
    _, second, third = exclusions((*study.LEDGER, again), "viability")
    assert second.undone
    assert not third.undone


def test_exclusions_of_lost_blocks_are_shown(study):
    ledger = (study.entry(1, "exclude", ("x:A1",), "drift", block="gone"),)
    outcome = replace(study.outcome(), ledger=ledger)
    assert [e.entry.reason for e in lost_exclusions(outcome)] == ["drift"]
    assert "blocks that this study no longer has" in build_report(outcome).decode()


def test_flags_are_grouped_with_the_gravest_first(study):
    found = rules(study.block())
    assert [(r.name, r.count) for r in found] == [
        ("excluded", 1), ("saturated", 1), ("outlier", 7), ("edge effect", 1),
    ]  # fmt: skip
    assert found[0].message == "air bubble"


def test_truth_beside_estimate(study):
    block = study.block(truth=study.truth())
    table = truth_table(block, block_names(block))
    assert len(table.rows) == 12
    by_keys = {row.keys: row for row in table.rows}
    beyond = by_keys[("93T449", "doxorubicin")]
    assert (beyond.truth, beyond.row["bound"], beyond.covered) == (
        "beyond the doses tested", ">", True,
    )  # fmt: skip
    assert by_keys[("T778", "doxorubicin")].covered is False  # a response was missed
    assert by_keys[("LP6", "doxorubicin")].truth == "60 nM"
    assert (table.judged, table.covered) == (12, sum(bool(r.covered) for r in table.rows))
    assert truth_table(study.block(), block_names(block)) is None


@pytest.mark.parametrize(
    ("truth", "answer", "covered"),
    [
        ({"value": 60.0}, {}, True),
        ({"value": 90.0}, {}, False),
        ({"value": 900.0}, {"conf_high": None, "conf_open": "high"}, True),
        ({"value": 60.0}, {"conf_low": None, "conf_high": None}, None),
        ({"value": 60.0}, {"value": None, "status": "not_identifiable"}, None),
        ({"value": 60.0}, {"conf_low": None, "conf_high": None, "conf_open": "both"}, None),
        ({"value": None, "bound": None}, {}, False),
        ({"value": None}, {"value": None, "status": "no_response"}, True),
        ({"value": 2000.0, "bound": ">"}, {}, False),
        ({"value": 2000.0, "bound": ">"}, {"conf_high": 2500.0}, True),
        ({"value": None, "bound": ">"}, {"value": 1500.0, "bound": ">"}, True),
        ({"value": None, "bound": ">"}, {"value": None, "status": "no_response"}, True),
        ({"value": 1.0, "bound": "<"}, {"value": 1500.0, "bound": ">"}, False),
    ],
)
def test_what_counts_as_covered(study, truth, answer, covered):
    row = {"quantity": "ec50", "model": "m", "method": "pool_t", "value": 66.0}
    row |= {"conf_low": 52.0, "conf_high": 84.0, "interval_level": "between", **answer}
    if row["value"] is None or row.get("bound"):
        row |= {"conf_low": None, "conf_high": None}
    told = {"quantity": "ec50", "model": "m", "bound": "=", **truth}
    frame = pl.DataFrame([told], schema_overrides={"value": pl.Float64, "bound": pl.String})
    block = study.block(estimates=Estimates.build([study.estimate(**row)]), truth=frame)
    (beside,) = truth_table(block, Names({})).rows
    assert beside.covered is covered


def test_truth_of_what_nobody_estimated_is_listed(study):
    truth = study.truth().with_columns(model=study.truth()["model"] + "x")
    table = truth_table(study.block(truth=truth), Names({}))
    assert {row.row for row in table.rows} == {None}
    assert table.judged == 0


def test_a_simulated_study_says_so(study, page):
    made = build_report(study.outcome(study.block(truth=study.truth()))).decode()
    assert "Simulated data" in made
    assert "Simulated" not in page


def _family_text(study, **more):
    block, cited = study.block(tests=_tests(study, [0.01, 0.2], **more)), Bibliography()
    sentences = methods_text(block, Names(shared_quantities()), cited)
    (found,) = [s for s in sentences if s.text.startswith("Comparisons of")]
    return found.text, [cited.entries[n - 1].key for n in found.cites]


def test_every_family_says_what_was_adjusted_and_what_its_intervals_cover(study):
    text, keys = _family_text(study, family="Holm over 2 tests (ec50 by treatment)",
                              test="Paired t test on log10")  # fmt: skip
    assert text == (
        "Comparisons of EC50 (relative) by treatment: two-sided p values were adjusted by Holm's "
        "method for 2 tests; the 95% intervals of the effects are two-sided, hold for the single "
        "comparison and are not adjusted; they were computed on logarithms and are given as ratios"
    )
    assert keys == ["holm1979"]
    asked = "Holm over 2 tests (ec50 by treatment; Dunnett needs exact values)"
    text, _ = _family_text(study, family=asked)
    assert "(Dunnett's procedure was asked for, but needs exact values" in text
    assert text.startswith("Comparisons of EC50 (relative) by treatment: two-sided")
    text, keys = _family_text(study, family="Dunnett over 2 tests (ec50 by treatment)")
    assert "cover all comparisons at once (simultaneous)" in text
    assert keys == ["dunnett1955"]
    text, keys = _family_text(study, family="not adjusted (ec50 by treatment)", alternative="less")
    assert "one-sided p values (less) were not adjusted" in text
    assert not keys


def test_a_page_of_single_tests_speaks_of_no_adjustment(study):
    one = _tests(study, [0.01], family="one test (ec50 by treatment)")
    page = build_report(study.outcome(study.block(tests=one))).decode()
    assert "no p value and no interval is adjusted" in page
    assert "adjusted within the family" not in page
    two = _tests(study, [0.01, 0.2], family="Holm over 2 tests (ec50 by treatment)")
    page = build_report(study.outcome(study.block(tests=two))).decode()
    assert "the p value is adjusted within the family named" in page


@pytest.mark.parametrize(("family", "said"), [
    ("Holm over 2 tests (ec50 by treatment); all parts but the primary one (g1) in one family",
     "by Holm's method for 2 tests; all parts but the primary one (g1) in one family; the 95%"),
    ("one test (ec50 by treatment); g1 is the primary part, not adjusted for the other parts (s)",
     "not adjusted; g1 is the primary part, not adjusted for the other parts (s); the 95%"),
    ("Dunnett within each stratum, Bonferroni over 2 strata, 4 tests (ec50 by treatment); "
     "intervals simultaneous within a stratum; g1 is the only part tested",
     "over strata for 4 tests; g1 is the only part tested; the 95%"),
    ("Holm over 2 tests (ec50 by treatment among DMSO (0.1 %), drug)",
     "treatment among DMSO (0.1 %), drug: two-sided"),
])  # fmt: skip
def test_the_rule_behind_a_family_is_said_once(study, family, said):
    text, _ = _family_text(study, family=family)
    assert said in text
    assert "intervals simultaneous" not in text
    assert text.startswith("Comparisons of EC50 (relative) by treatment")


@pytest.mark.parametrize("word", ["Holm", "Hochberg", "Bonferroni", "Benjamini-Hochberg",
                                  "Dunnett", "Tukey"])  # fmt: skip
def test_every_adjustment_has_a_name_and_a_source(study, word):
    text, keys = _family_text(study, family=f"{word} over 2 tests (ec50 by treatment)")
    assert f"adjusted by {CALLED[word]} for 2 tests" in text
    assert keys


def test_tests_are_named_with_the_label_of_their_quantity():
    names = Names(shared_quantities())
    assert names.words("ratio of ec50 per step of x", "ec50") == (
        "ratio of EC50 (relative) per step of x"
    )
    assert names.words("Holm over 2 tests (ec50 by ec50_group)", "ec50") == (
        "Holm over 2 tests (EC50 (relative) by ec50_group)"
    )


def test_a_label_in_the_settings_renames_the_first_quantity(study, monkeypatch):
    monkeypatch.setattr(report_names, "assay_names", lambda: ("measurement",))
    block = study.block(assay="measurement", settings={"label": "Tumor weight"})
    assert block_names(block).label("value") == "Tumor weight"
    assert block_names(replace(block, settings={})).label("value") == "Value"


def test_the_box_is_about_potencies(study):
    rows = study.estimates().frame.drop("id").to_dicts()
    more = [{**row, "quantity": "hill_slope"} for row in rows if row["quantity"] == "ec50"]
    flat = {**rows[1], "model": "M", "unit_id": "e1", "value": None, "status": "no_response"}
    flat |= {"conf_low": None, "conf_high": None, "conf_open": "none", "bound": "="}
    lost = {**flat, "unit_id": "e2", "status": "all_flagged"}
    block = study.block(estimates=Estimates.build([*rows, *more, flat, lost]))
    found = what_was_found(block, Names(shared_quantities()))
    tiles = {tile.label: tile for tile in found.tiles}
    assert tiles["estimates"].count == 20
    assert tiles["estimates"].note.endswith(": EC50 (relative) and IC50 (absolute)")
    assert tiles["no response"].note == "when pooled; 1 of the single curves"
    assert tiles["curves"].note == "each from one experiment; 34 fitted; 1 left out"


def test_tiles_without_meaning_are_not_shown(study):
    rows = [{**row, "quantity": "value"} for row in study.estimates().frame.drop("id").to_dicts()
            if row["quantity"] == "ec50" and row["bound"] == "=" and row["value"]]  # fmt: skip
    block = study.block(estimates=Estimates.build(rows), series=Series.empty())
    labels = [tile.label for tile in what_was_found(block, Names(shared_quantities())).tiles]
    assert labels == ["single results", "estimates", "raw rows left out"]


def test_plates_with_a_pattern_are_told_on_top_and_residuals_are_no_controls(study):
    common = {"row_id": None, "severity": "warn", "by": "plates"}
    rows = [
        {**common, "rule": "plate pattern: edge", "message": "Plate 'P2': edge effect -15 %."},
        {**common, "rule": "plate pattern: row trend", "message": "Plate 'P1': row trend 9 %."},
        {**common, "rule": "plate pattern: column trend", "message": "Plate 'P1': column trend."},
        {**common, "rule": "plate quality: residuals", "message": "Plate 'P3': residuals 20 %."},
        {**common, "rule": "plate pattern", "severity": "note", "message": "Looked for on 3."},
        {**common, "rule": "plate pattern: x", "severity": "note", "message": "Plate 'P4': no."},
    ]
    found = what_was_found(study.block(flags=Flags.from_rows(rows)), Names({}))
    assert found.plates == ("2 plates with a pattern over edge, rows or columns, kept: P1 and P2",)


def test_plates_that_failed_and_were_kept_are_told_on_top(study):
    common = {"row_id": None, "rule": "plate quality: Z prime", "severity": "warn", "by": "plates"}
    rows = [{**common, "message": f"Z prime of plate {i} is 0.3."} for i in range(2)]
    rows.append({**rows[0], "rule": "plate quality: one vehicle well", "message": "One well."})
    block = study.block(flags=Flags.from_rows(rows))
    found = what_was_found(block, Names({}))
    assert found.plates == ("2 plates failed their controls and were kept",)
    said = ("Plate 'P1': CV of the 6 vehicle wells is 30%.", "Plate 'P2' (LPS): Z' is 0.3.",
            "Plate 'P2' (GIST): Z' is 0.4.")  # fmt: skip
    named = Flags.from_rows([{**common, "message": message} for message in said])
    found = what_was_found(study.block(flags=named), Names({}))
    assert found.plates == (
        "3 plates failed their controls and were kept: P1, P2 (GIST) and P2 (LPS)",
    )
    assert (
        "2 plates failed their controls and were kept."
        in build_report(study.outcome(block)).decode()
    )


def _of_parts(study):
    """Comparisons of three phases: odds with p, percentage points without, and a trend."""
    base = study.comparisons().frame.drop("id").head(1).to_dicts()[0]
    base |= {"block": "cell_cycle", "assay": "cell_cycle", "model": "GIST-1", "group_b": "DMSO"}
    base |= {"quantity": "phases", "group_a": "selinexor"}
    odds = {"p_value": 0.001, "p_adjusted": 0.002}
    bare = {"p_value": None, "p_adjusted": None, "statistic": None, "df": None, "family": "no test"}
    rows = [
        base | {"quantity": "g1", "group_a": "treatment", "group_b": None, "part": None,
                "verdict": "treatment: odds 1.6 times per step", **odds},
    ]  # fmt: skip
    for part in ("s", "g1"):
        primary = "; g1 is the primary part" if part == "g1" else ""
        rows += [
            base | {"part": part, "effect_kind": f"odds ratio of {part}", "test": "t test",
                    "family": f"Holm over 2 tests{primary}",
                    "verdict": f"{part}: selinexor: odds 2.7 times those of DMSO, p = 0.001",
                    **odds},
            base | {"part": part, "effect_kind": f"difference in percentage points of {part}",
                    "test": "difference", "units": "%",
                    "verdict": f"{part}: selinexor minus DMSO: 21 percentage points (16 to 26), "
                    "from 57.4 to 78.5 %, 3 paired experiments", **bare},
        ]  # fmt: skip
    return study.block(tests=Tests.build(rows))


def test_the_part_named_beforehand_is_said_first_and_in_percent(study):
    found = what_was_found(_of_parts(study), Names({}))
    assert [said.where for said in found.verdicts] == ["GIST-1, G1", "GIST-1, G1", "GIST-1, S"]
    assert [said.points is not None for said in found.verdicts] == [True, False, True]
    first = found.verdicts[0]
    assert typeset.quoted_beside(first.points, first.row, "g1").striptags() == (
        "selinexor minus DMSO: 21 percentage points (16 to 26), from 57.4 to 78.5 %; "
        "odds 2.7 times those of DMSO, p = 0.001"
    )
