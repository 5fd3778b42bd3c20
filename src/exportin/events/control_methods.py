"""Sentences and references of what this room does for assays of gated fractions."""

from exportin.results.methods import Method, Reference

ROEDERER = Reference(
    key="roederer2001",
    text="Roederer M. Spectral compensation for flow cytometry: visualization artifacts, "
    "limitations, and caveats. Cytometry 2001;45:194-205.",
    doi="10.1002/1097-0320(20011101)45:3<194::AID-CYTO1163>3.0.CO;2-C",
)
BAGWELL_ADAMS = Reference(
    key="bagwell1993",
    text="Bagwell CB, Adams EG. Fluorescence spectral overlap compensation for any number of flow "
    "cytometry parameters. Ann N Y Acad Sci 1993;677:167-184.",
    doi="10.1111/j.1749-6632.1993.tb38775.x",
)
MAECKER = Reference(
    key="maecker2006",
    text="Maecker HT, Trotter J. Flow cytometry controls, instrument setup, and the determination "
    "of positivity. Cytometry A 2006;69:1037-1042.",
    doi="10.1002/cyto.a.20333",
)
CLOPPER = Reference(
    key="clopper1934",
    text="Clopper CJ, Pearson ES. The use of confidence or fiducial limits illustrated in the case "
    "of the binomial. Biometrika 1934;26:404-413.",
    doi="10.1093/biomet/26.4.404",
)

METHODS = (
    Method(
        name="gated_cells",
        sentence="Fractions are cells of all cells inside the gate, compensated for spill-over; "
        "their intervals within one experiment are exact binomial (Clopper-Pearson) and hold "
        "chance of counting only. Every event that the gate keeps is counted, whatever its scatter "
        "above the debris limit: no gate on live cells is drawn.",
        references=(BAGWELL_ADAMS, CLOPPER),
    ),
    Method(
        name="control_limits",
        sentence="Limits between negative and positive were set once per experiment (and model) "
        "from its named controls, as a quantile of the negative control or the midpoint between "
        "the modes of the negative and the positive control on the stated scale, and used "
        "unchanged for every tube of that experiment.",
        references=(MAECKER, ROEDERER),
    ),
    Method(
        name="single_cells",
        sentence="Single cells were told from doublets by scatter area against height (or width): "
        "those within the stated number of robust standard deviations of the median ratio were "
        "kept.",
    ),
    Method(
        name="tubes_together",
        sentence="Several tubes of one experiment and condition were counted together before any "
        "comparison, so that n counts experiments.",
    ),
)
