"""Sentences and references of the methods this assay coins."""

from exportin.events.control_methods import METHODS as SHARED
from exportin.results.methods import Method, Reference

SMILEY = Reference(
    key="smiley1991",
    text="Smiley ST, Reers M, Mottola-Hartshorn C, et al. Intracellular heterogeneity in "
    "mitochondrial membrane potentials revealed by a J-aggregate-forming lipophilic cation JC-1. "
    "Proc Natl Acad Sci USA 1991;88:3671-3675.",
    doi="10.1073/pnas.88.9.3671",
)
COSSARIZZA = Reference(
    key="cossarizza1993",
    text="Cossarizza A, Baccarani-Contri M, Kalashnikova G, Franceschi C. A new method for the "
    "cytofluorimetric analysis of mitochondrial membrane potential using the J-aggregate forming "
    "lipophilic cation JC-1. Biochem Biophys Res Commun 1993;197:40-45.",
    doi="10.1006/bbrc.1993.2438",
)
PERRY = Reference(
    key="perry2011",
    text="Perry SW, Norman JP, Barbieri J, Brown EB, Gelbard HA. Mitochondrial membrane potential "
    "probes and the proton gradient: a practical usage guide. Biotechniques 2011;50:98-115.",
    doi="10.2144/000113610",
)

METHODS = (
    Method(
        name="jc1_ratio",
        sentence="The ratio of red (aggregates) over green (monomers) JC-1 fluorescence was taken "
        "cell by cell after compensation, and its median over cells per experiment and condition; "
        "cells without red signal above zero stand below every ratio. The interval within one "
        "experiment lies between order statistics.",
        references=(SMILEY, COSSARIZZA),
    ),
    Method(
        name="jc1_limit",
        sentence="A cell was called depolarized below a ratio set once per experiment: halfway (on "
        "logarithms) between the modes of its vehicle and of its FCCP control, or a quantile of "
        "the vehicle where so stated; experiments whose FCCP control lay less than two robust "
        "standard deviations below the vehicle were refused.",
        references=(PERRY,),
    ),
    Method(
        name="vehicle_of_experiment",
        sentence="Ratios were divided by that of the vehicle of the same experiment and model, "
        "whose own error is part of the interval.",
    ),
    *SHARED,
)
