"""Sentences and references of the methods this assay coins."""

from exportin.results.methods import Method, Reference

DEAN = Reference(
    key="dean1974",
    text="Dean PN, Jett JH. Mathematical analysis of DNA distributions derived from flow "
    "microfluorometry. J Cell Biol 1974;60:523-527.",
    doi="10.1083/jcb.60.2.523",
)
FOX = Reference(
    key="fox1980",
    text="Fox MH. A model for the computer analysis of synchronous DNA distributions obtained by "
    "flow cytometry. Cytometry 1980;1:71-77.",
    doi="10.1002/cyto.990010114",
)
WATSON = Reference(
    key="watson1987",
    text="Watson JV, Chambers SH, Smith PJ. A pragmatic approach to the analysis of DNA histograms "
    "with a definable G1 peak. Cytometry 1987;8:1-8.",
    doi="10.1002/cyto.990080101",
)
BAGWELL = Reference(
    key="bagwell1991",
    text="Bagwell CB, Mayo SW, Whetstone SD, et al. DNA histogram debris theory and compensation. "
    "Cytometry 1991;12:107-118.",
    doi="10.1002/cyto.990120203",
)
BURNHAM = Reference(
    key="burnham2002",
    text="Burnham KP, Anderson DR. Model selection and multimodel inference. 2nd ed. New York: "
    "Springer; 2002.",
)
WERSTO = Reference(
    key="wersto2001",
    text="Wersto RP, Chrest FJ, Leary JF, Morris C, Stetler-Stevenson MA, Gabrielson E. Doublet "
    "discrimination in DNA cell-cycle analysis. Cytometry 2001;46:296-306.",
    doi="10.1002/cyto.1171",
)

METHODS = (
    Method(
        name="dna_histogram",
        sentence="DNA histograms were fitted by maximum likelihood (Poisson counts, bins "
        "integrated) with G0/G1 and G2/M as Gaussians of equal CV (of two CVs where one "
        "clearly did not fit), S as a broadened non-negative "
        "quadratic (Dean-Jett) and as a broadened straight line (trapezoid), both averaged by "
        "their Akaike weights, or the quadratic with a further Gaussian inside S where a "
        "synchronous wave was supported (Dean-Jett-Fox), aggregates of two or three cells, and "
        "debris; intervals are "
        "profile likelihood, widened by the misfit. Beside them stands the range over all models "
        "that the histogram admits (trapezoid and quadratic S, Watson's model, debris models, "
        "aggregates in or out, G2/G1 free or 2, a CV of its own for G2/M); where they differ by "
        "more than 5 points, or the CV is above 11 %, the phases are called not identifiable and "
        "no number is given.",
        references=(DEAN, FOX, WATSON, BAGWELL, BURNHAM),
    ),
    Method(
        name="singlet_ridge",
        sentence="Single nuclei were told from doublets by area against height (or width) of the "
        "DNA pulse: those within the stated number of robust standard deviations of the median "
        "ratio were kept.",
        references=(WERSTO,),
    ),
    Method(
        name="shared_g1",
        sentence="Tubes of one experiment shared the position of G1, its CV and the ratio of G2/M "
        "to G1 as far as they agreed (a normal distribution over tubes, its variance estimated).",
    ),
    Method(
        name="tubes_averaged",
        sentence="Several tubes of one experiment and condition were averaged, weighted by their "
        "single nuclei, before any comparison, so that n counts experiments.",
    ),
)
