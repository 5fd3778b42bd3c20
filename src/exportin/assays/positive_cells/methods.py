"""Sentences and references of the methods this assay coins."""

from exportin.events.control_methods import METHODS as SHARED
from exportin.results.methods import Method, Reference

NEWCOMBE = Reference(
    key="newcombe1998",
    text="Newcombe RG. Interval estimation for the difference between independent proportions: "
    "comparison of eleven methods. Stat Med 1998;17:873-890.",
    doi="10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I",
)
ZOU = Reference(
    key="zou2008",
    text="Zou GY, Donner A. Construction of confidence limits about effect measures: a general "
    "approach. Stat Med 2008;27:1693-1702.",
    doi="10.1002/sim.3095",
)

METHODS = (
    Method(
        name="control_subtracted",
        sentence="The positive fraction of the negative control was subtracted; the interval "
        "within one experiment puts the exact limits of sample and control together by squares.",
        references=(NEWCOMBE, ZOU),
    ),
    *SHARED,
)
