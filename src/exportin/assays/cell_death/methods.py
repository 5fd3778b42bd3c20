"""Sentences and references of the methods this assay coins."""

from exportin.events.control_methods import METHODS as SHARED
from exportin.results.methods import Method, Reference

VERMES = Reference(
    key="vermes1995",
    text="Vermes I, Haanen C, Steffens-Nakken H, Reutelingsperger C. A novel assay for apoptosis: "
    "flow cytometric detection of phosphatidylserine expression on early apoptotic cells using "
    "fluorescein labelled annexin V. J Immunol Methods 1995;184:39-51.",
    doi="10.1016/0022-1759(95)00072-I",
)

METHODS = (
    Method(
        name="annexin_quadrants",
        sentence="Cells were called live (negative for annexin V and the DNA dye), early apoptotic "
        "(annexin V only), late apoptotic (both; dead cells of any other cause are counted here "
        "too) or necrotic (DNA dye only) by one limit for each dye.",
        references=(VERMES,),
    ),
    *SHARED,
)
